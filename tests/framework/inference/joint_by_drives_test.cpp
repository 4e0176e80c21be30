// SPDX-License-Identifier: Apache-2.0
// Weights of drives: everything that is had by way of the drives is what the derivatives written
// down column by column give.
#include "framework/inference/detail/joint_by_drives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "framework/base/error.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/sensitivities.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Two channels see 60 stimuli through two regions that features drive by 130 and 20 weights, a
// stimulus every other sample; what it does lasts for nine. The first channel has coloured noise,
// confounds and samples that are missing, some of them for longer than what stimuli do lasts; the
// second has white noise and sees nothing of the first stimuli.
//
//   f_c = a_c Σ_g E_cg Φ_g w_g + b h_c
constexpr Index kStimuli = 60, kWatchedSamples = 120, kLasts = 9, kStimuliTogether = 16,
                kUnwatched = 3;
constexpr Index kWatchedWeights[2] = {130, 20};

struct Watched {
  Problem problem;
  std::array<std::array<MatrixXd, 2>, 2> effect;  // per channel and group: samples × stimuli
};

Watched watched(std::uint64_t seed) {
  Watched toy;
  Stream stream(seed, "watched");
  const Index p = kUnwatched + kWatchedWeights[0] + kWatchedWeights[1];
  VectorXd mean = VectorXd::Zero(p), variance = VectorXd::Constant(p, 0.5);
  // Others stand between the groups.
  const std::vector<Index> others{0, 1 + kWatchedWeights[0], p - 1};
  for (const Index i : others) variance[i] = 0.09;
  mean[others[0]] = mean[others[1]] = 1;
  toys::set_prior(toy.problem, mean, variance);
  for (Index g = 0; g < 2; ++g) {
    DriveGroup group;
    PriorScale scale{"w" + std::to_string(g) + ".scale", {}};
    for (Index i = 0; i < kWatchedWeights[g]; ++i)
      group.parameter.push_back(i + (g == 0 ? 1 : 2 + kWatchedWeights[0]));
    scale.parameter = group.parameter;
    group.design = toys::normal_matrix(stream, kStimuli, kWatchedWeights[g]) / 5;
    toy.problem.drives.push_back(group);
    toy.problem.scales.push_back(scale);
  }
  MatrixXd shown_by_b = toys::normal_matrix(stream, kWatchedSamples, 2);
  for (std::size_t c = 0; c < 2; ++c)
    for (MatrixXd& e : toy.effect[c]) {
      e = MatrixXd::Zero(kWatchedSamples, kStimuli);
      for (Index s = c == 0 ? 0 : kStimuliTogether; s < kStimuli; ++s)
        for (Index t = 2 * s; t < std::min(kWatchedSamples, 2 * s + kLasts); ++t)
          e(t, s) = stream.normal() / (1.0 + static_cast<double>(t - 2 * s));
    }
  const auto drive = [problem = toy.problem](const VectorXd& theta, Index g) {
    const DriveGroup& group = problem.drives[static_cast<std::size_t>(g)];
    return VectorXd(group.design * theta(group.parameter));
  };
  const auto predict = [=, effect = toy.effect](const VectorXd& theta) {
    Evaluation e;
    for (std::size_t c = 0; c < 2; ++c) {
      const VectorXd seen = effect[c][0] * drive(theta, 0) + effect[c][1] * drive(theta, 1);
      e.prediction.push_back(theta[others[c]] * seen + theta[others[2]] * shown_by_b.col(Index(c)));
      MatrixXd jacobian = MatrixXd::Zero(kWatchedSamples, kUnwatched);
      jacobian.col(Index(c)) = seen;
      jacobian.col(2) = shown_by_b.col(Index(c));
      e.jacobian.push_back(jacobian);
    }
    return e;
  };
  const Watched whole = toy;
  toy.problem.evaluate = [=](const VectorXd& theta, bool with_jacobian) {
    Evaluation e = predict(theta);
    for (std::size_t c = 0; c < 2; ++c) {
      MatrixXd jacobian(kWatchedSamples, theta.size());
      jacobian(Eigen::all, others) = e.jacobian[c];
      for (std::size_t g = 0; g < 2; ++g)
        jacobian(Eigen::all, whole.problem.drives[g].parameter) =
            theta[others[c]] * whole.effect[c][g] * whole.problem.drives[g].design;
      e.jacobian[c] = jacobian;
    }
    if (!with_jacobian) e.jacobian.clear();
    return e;
  };
  toy.problem.evaluate_by_drives = [=](const VectorXd& theta, Accuracy) {
    Evaluation e = predict(theta);
    std::vector<numerics::ImpulseBlock> blocks;
    for (Index first = 0; first < kStimuli; first += kStimuliTogether) {
      numerics::ImpulseBlock b{first, std::min(kStimuliTogether, kStimuli - first), {}, {}};
      const Index end = std::min(kWatchedSamples, 2 * (first + b.count - 1) + kLasts);
      for (std::size_t c = 0; c < 2; ++c) {
        if (c == 1 && first == 0) {
          b.sample.push_back(-1);
          b.effect.emplace_back(0, 2 * b.count);
          continue;
        }
        b.sample.push_back(2 * first);
        MatrixXd both(end - 2 * first, 2 * b.count);
        for (std::size_t g = 0; g < 2; ++g)
          both.middleCols(static_cast<Index>(g) * b.count, b.count) =
              theta[others[c]] * whole.effect[c][g].block(2 * first, first, both.rows(), b.count);
        b.effect.push_back(both);
      }
      blocks.push_back(b);
    }
    e.impulses = std::make_shared<const std::vector<numerics::ImpulseBlock>>(std::move(blocks));
    return e;
  };
  VectorXd truth = 0.7 * toys::normal_matrix(stream, p, 1);
  truth[others[0]] = 1.1;
  truth[others[1]] = 0.9;
  const Evaluation shown = predict(truth);
  for (std::size_t c = 0; c < 2; ++c) {
    VectorXd data = shown.prediction[c];
    double noise = 0;
    for (double& y : data) y += noise = (c == 0 ? 0.5 : 0.0) * noise + 0.3 * stream.normal();
    Channel channel = toys::plain_channel(c == 0 ? "y" : "z", data);
    if (c == 0) {
      channel.noise = Noise::ar1;
      channel.run_start = {0, 80};
      channel.confounds = toys::normal_matrix(stream, kWatchedSamples, 3);
      channel.confound_precision = VectorXd::Constant(3, 0.1);
      for (const Index t : {0, 20, 21, 22, 90, 119}) channel.use[static_cast<std::size_t>(t)] = 0;
      std::fill_n(channel.use.begin() + 35, 35, 0);
    }
    toy.problem.channels.push_back(channel);
  }
  return toy;
}

struct SolvedFor {
  detail::State state;
  detail::Joint joint;
  detail::Spreads spreads;
};

class JointByDrives : public testing::Test {
 protected:
  void SetUp() override {
    columns = solved(detail::Slopes::by_columns);
    drives = solved(detail::Slopes::by_drives);
  }
  SolvedFor solved(detail::Slopes slopes) {
    Stream stream(4, "where");
    VectorXd theta = 0.3 * toys::normal_matrix(stream, problem.prior_mean.size(), 1);
    theta[0] = 1.2;
    SolvedFor s{detail::make_state(problem, data, theta, slopes), {}, {}};
    s.state.noise = {{1.4, 0.4}, {0.9, 0}};
    const auto columns_of = detail::columns_of(problem, s.state.evaluation);
    s.joint = detail::make_joint(data, std::ssize(columns_of));
    EXPECT_TRUE(detail::linearise(data, s.state.evaluation, s.state.beta, s.joint));
    if (slopes == detail::Slopes::by_drives) {
      s.spreads = detail::solve_by_drives(problem,
                                          s.state.prior_variance,
                                          data,
                                          s.state.evaluation,
                                          theta,
                                          s.state.beta,
                                          s.state.noise,
                                          s.joint);
    } else {
      detail::solve(problem,
                    s.state.prior_variance,
                    data,
                    theta,
                    s.state.beta,
                    s.state.noise,
                    detail::Beta::at_optimum,
                    0,
                    s.joint);
      s.spreads = detail::spreads(s.joint);
    }
    return s;
  }
  static void expect_same(const MatrixXd& a, const MatrixXd& b, const char* what) {
    ASSERT_EQ(a.rows(), b.rows()) << what;
    ASSERT_EQ(a.cols(), b.cols()) << what;
    EXPECT_LT((a - b).norm(), 1e-11 * (1 + b.norm())) << what;  // rounding, of sums of hundreds
  }

  Problem problem = watched(1).problem;
  std::vector<detail::ChannelData> data = detail::make_data(problem.channels);
  SolvedFor columns, drives;
};

TEST_F(JointByDrives, HasThePosteriorOfColumns) {
  expect_same(drives.joint.precision_lower.selfadjointView<Eigen::Lower>(),
              columns.joint.precision_lower.selfadjointView<Eigen::Lower>(),
              "precision");
  expect_same(drives.joint.covariance, columns.joint.covariance, "covariance");
  expect_same(drives.joint.gradient, columns.joint.gradient, "gradient");
  for (std::size_t c = 0; c < 2; ++c) {
    const detail::ChannelBlock &a = drives.joint.blocks[c], &b = columns.joint.blocks[c];
    expect_same(a.coupling, b.coupling, "coupling");
    expect_same(a.covariance_beta, b.covariance_beta, "covariance of confounds");
    ASSERT_EQ(drives.spreads.parts[c].size(), columns.spreads.parts[c].size());
    for (std::size_t i = 0; i < columns.spreads.parts[c].size(); ++i)
      EXPECT_CLOSE(drives.spreads.parts[c][i],
                   columns.spreads.parts[c][i],
                   Tolerance::rounding(1e4, columns.spreads.parts[c][i]))
          << c << i;
    // f + Xβ moves with θ as J − X Bᵀ, and with what is left of β.
    const MatrixXd& x = problem.channels[c].confounds;
    MatrixXd moves = columns.state.evaluation.jacobian[c];
    if (x.cols() > 0) moves -= x * b.coupling;
    MatrixXd covariance = moves * columns.joint.covariance * moves.transpose();
    if (x.cols() > 0)
      covariance +=
          x * b.confound_precision.solve(MatrixXd::Identity(x.cols(), x.cols())) * x.transpose();
    expect_same(drives.spreads.variance[c], covariance.diagonal(), "variance");
  }
}

TEST_F(JointByDrives, HasTheFreeEnergyOfColumns) {
  const auto energy = [&](const SolvedFor& s) {
    return detail::free_energy(problem,
                               s.state.prior_variance,
                               data,
                               s.state.theta,
                               s.state.beta,
                               s.state.noise,
                               0,
                               s.joint)
        .total();
  };
  EXPECT_CLOSE(energy(drives), energy(columns), Tolerance::rounding(1e4, energy(columns)));
}

TEST_F(JointByDrives, HasTheProductsOfColumns) {
  Stream stream(5, "columns");
  const MatrixXd of_parameters = toys::normal_matrix(stream, problem.prior_mean.size(), 4);
  const MatrixXd of_samples = toys::normal_matrix(stream, kWatchedSamples, 4);
  const Evaluation &by_drives = drives.state.evaluation, &by_columns = columns.state.evaluation;
  const auto shown = detail::shown(problem, by_drives, of_parameters);
  const auto known = [&](const SolvedFor& s) {
    return detail::known_times(
        problem, data, s.state.evaluation, s.state.noise, s.joint, of_parameters);
  };
  const std::vector<MatrixXd> v{of_samples, of_samples.rightCols(3)};
  const auto pulled = detail::pulled(problem, by_drives, v);
  for (std::size_t c = 0; c < 2; ++c) {
    expect_same(shown[c], by_columns.jacobian[c] * of_parameters, "J times columns");
    expect_same(pulled[c], by_columns.jacobian[c].transpose() * v[c], "J' times samples");
    expect_same(known(drives)[c], known(columns)[c], "D times columns");
  }
}

TEST_F(JointByDrives, IsWhatAWholeFitNeeds) {
  Problem plain = problem;
  plain.evaluate_by_drives = nullptr;
  const Fit by_drives = variational_laplace(problem, {}),
            by_columns = variational_laplace(plain, {});
  ASSERT_TRUE(by_drives.converged()) << by_drives.reason;
  ASSERT_TRUE(by_columns.converged()) << by_columns.reason;
  EXPECT_EQ(by_drives.iterations.size(), by_columns.iterations.size());
  // A path of a few steps multiplies what rounding differs by.
  EXPECT_NEAR(by_drives.free_energy.total(), by_columns.free_energy.total(), 1e-6);
  EXPECT_LT((by_drives.mean - by_columns.mean).norm(), 1e-6 * by_columns.mean.norm());
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_LT((by_drives.channels[c].prediction_sd - by_columns.channels[c].prediction_sd).norm(),
              1e-6 * by_columns.channels[c].prediction_sd.norm());
}

// What is driven in no way: weights at 0, and no derivatives in them.
class UndrivenStart : public JointByDrives {
 protected:
  UndrivenStart() {
    begun = problem;
    begun.evaluate_undriven = [this](const VectorXd& theta) {
      ++runs;
      VectorXd quiet = theta;
      for (const DriveGroup& group : problem.drives) {
        EXPECT_EQ(theta(group.parameter), problem.prior_mean(group.parameter));
        for (const Index i : group.parameter) quiet[i] = 0;
      }
      Evaluation e = problem.evaluate_by_drives(quiet, Accuracy::rough);
      e.impulses = nullptr;
      return e;
    };
  }
  Problem begun;
  int runs = 0;
};

TEST_F(UndrivenStart, EndsWhereOthersDo) {
  const Fit fit = variational_laplace(begun, {}), cold = variational_laplace(problem, {});
  ASSERT_TRUE(fit.converged()) << fit.reason;
  ASSERT_TRUE(cold.converged()) << cold.reason;
  EXPECT_GT(runs, 1);
  EXPECT_LE(runs, 4);  // three steps
  EXPECT_NE(fit.mean, cold.mean);
  // Both end where a step promises less than 0.05 nats.
  EXPECT_NEAR(fit.free_energy.total(), cold.free_energy.total(), 0.05);
  for (const Index i : {Index{0}, 1 + kWatchedWeights[0], problem.prior_mean.size() - 1})
    EXPECT_NEAR(fit.mean[i], cold.mean[i], 0.3 * std::sqrt(cold.covariance(i, i)));
}

TEST_F(UndrivenStart, IsNoneWhereTheModelCannotBeRunThere) {
  begun.evaluate_undriven = [this](const VectorXd&) {
    ++runs;
    Evaluation e;
    e.outcome.kind = Outcome::Kind::diverged;
    return e;
  };
  const Fit fit = variational_laplace(begun, {}), cold = variational_laplace(problem, {});
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(fit.mean, cold.mean);
}

TEST_F(UndrivenStart, LeavesTheFitWholeOrInterruptedWheneverItIsStopped) {
  const Fit whole = variational_laplace(begun, {});
  int interrupted = 0, most = 1000;
  for (int allowed = 0; allowed < most; ++allowed) {
    int asked = 0;
    Options options;
    options.stop = [&] { return ++asked > allowed; };
    const Fit fit = variational_laplace(begun, options);
    if (fit.status == Fit::Status::interrupted) {
      ++interrupted;
      continue;
    }
    EXPECT_EQ(fit.mean, whole.mean);
    most = 0;
  }
  EXPECT_GT(interrupted, 3);
  EXPECT_EQ(most, 0) << "it was never left alone for long enough";
}

TEST_F(UndrivenStart, GivesWayToAGivenOne) {
  Options options;
  options.start = problem.prior_mean;
  const Fit fit = variational_laplace(begun, options);
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(fit.mean, variational_laplace(problem, {}).mean);
}

// Evaluations that are rough are off by some thousandths of what channels show.
class RoughSteps : public JointByDrives {
 protected:
  RoughSteps() {
    rough = problem;
    rough.evaluate_by_drives = [this](const VectorXd& theta, Accuracy accuracy) {
      Evaluation e = problem.evaluate_by_drives(theta, accuracy);
      ++(accuracy == Accuracy::full ? full_runs : rough_runs);
      if (accuracy == Accuracy::full) {
        if (full_fails) {
          e = {};
          e.outcome.kind = Outcome::Kind::diverged;
        }
        return e;
      }
      for (VectorXd& f : e.prediction) f = f.array() + 3e-3 * f.array().sin();
      return e;
    };
  }
  void expect_full(const Fit& fit) const {
    const Evaluation there = problem.evaluate(fit.mean, false);
    for (std::size_t c = 0; c < 2; ++c)
      EXPECT_CLOSE(
          fit.channels[c].prediction - problem.channels[c].confounds * fit.channels[c].beta,
          there.prediction[c],
          Tolerance::rounding(1e4, 1));
  }
  Problem rough;
  bool full_fails = false;
  int rough_runs = 0, full_runs = 0;
};

TEST_F(RoughSteps, LeadWhereFullOnesDo) {
  const Fit fit = variational_laplace(rough, {}), full = variational_laplace(problem, {});
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_GT(rough_runs, 1);
  EXPECT_GT(full_runs, 0);
  expect_full(fit);
  // Both end where a step promises less than 0.05 nats.
  EXPECT_NEAR(fit.free_energy.total(), full.free_energy.total(), 0.05);
  for (const Index i : {Index{0}, 1 + kWatchedWeights[0], problem.prior_mean.size() - 1})
    EXPECT_NEAR(fit.mean[i], full.mean[i], 0.3 * std::sqrt(full.covariance(i, i)));
}

TEST_F(RoughSteps, AreNotWhatAFitEndsWith) {
  Options options;
  const int steps = static_cast<int>(variational_laplace(rough, {}).iterations.size());
  for (options.max_iterations = 0; options.max_iterations < steps; ++options.max_iterations) {
    const Fit fit = variational_laplace(rough, options);
    EXPECT_FALSE(fit.converged());
    expect_full(fit);
  }
  Options warm;
  warm.start = variational_laplace(problem, {}).mean;
  expect_full(variational_laplace(rough, warm));
}

TEST_F(RoughSteps, AreAllThereIsWhereNoOtherEvaluationSucceeds) {
  full_fails = true;
  const Fit fit = variational_laplace(rough, {});
  EXPECT_EQ(fit.status, Fit::Status::stalled);
  EXPECT_NE(fit.reason.find("the model can be run roughly alone: diverged"), std::string::npos)
      << fit.reason;
}

TEST_F(JointByDrives, IsNotTakenFromEffectsOfAnotherShape) {
  const auto whole = problem.evaluate_by_drives;
  problem.evaluate_by_drives = [&](const VectorXd& theta, Accuracy accuracy) {
    Evaluation e = whole(theta, accuracy);
    auto blocks = *e.impulses;
    blocks.pop_back();
    e.impulses = std::make_shared<const std::vector<numerics::ImpulseBlock>>(blocks);
    return e;
  };
  EXPECT_THROW(detail::make_state(problem, data, problem.prior_mean, detail::Slopes::by_drives),
               InternalError);
}

}  // namespace
}  // namespace insula::inference
