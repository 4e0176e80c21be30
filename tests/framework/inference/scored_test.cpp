// SPDX-License-Identifier: Apache-2.0
// Scored data in variational Laplace: against the Gaussian road, against Newton's method written
// here, and beside Gaussian data.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/scored.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Scored, GaussianDataGiveThePosteriorOfAChannelWithKnownNoise) {
  const double lambda = 0.4;
  toys::Linear linear = toys::linear_problem(Noise::white, 0, lambda, 0);
  for (Channel& channel : linear.problem.channels) channel.lambda_variance = 1e-12;
  Problem scored;
  toys::set_prior(scored, linear.problem.prior_mean, linear.problem.prior_variance);
  for (const Channel& channel : linear.problem.channels) {
    scored.scored.push_back(toys::gaussian(channel.data, std::exp(lambda)));
    scored.scored.back().use = channel.use;
  }
  scored.evaluate = [design = linear.design](const VectorXd& theta, bool with_jacobian) {
    Evaluation evaluation;
    for (const MatrixXd& a : design) {
      evaluation.predictors.push_back({a * theta, {}});
      if (with_jacobian) evaluation.predictors.back().slope = {toys::full_slope(a)};
    }
    return evaluation;
  };
  const Fit expected = variational_laplace(linear.problem, toys::tight());
  const Fit fit = variational_laplace(scored, toys::tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_TRUE(fit.channels.empty());
  const auto fixed = Tolerance::because(1e-7, "λ is fixed by a prior of variance 1e-12");
  EXPECT_CLOSE(fit.mean, expected.mean, fixed);
  EXPECT_CLOSE(fit.covariance, expected.covariance, fixed);
  EXPECT_CLOSE(fit.free_energy.total(), expected.free_energy.total(), fixed);
  EXPECT_CLOSE(fit.scored[1].predictor, linear.design[1] * fit.mean, Tolerance::rounding(100, 10));
}

// Newton's method on the log posterior of a generalised linear model with prior N(0, variance).
struct Newton {
  VectorXd mean;
  MatrixXd covariance;
};
template <class MeanOf>
Newton newton(
    const MatrixXd& design, const VectorXd& y, double variance, MeanOf mean_of, bool is_count) {
  Newton result{VectorXd::Zero(design.cols()), {}};
  for (int i = 0; i < 100; ++i) {
    const VectorXd mu = (design * result.mean).unaryExpr(mean_of);
    const VectorXd weight = is_count ? mu : VectorXd(mu.array() * (1 - mu.array()));
    MatrixXd precision = design.transpose() * weight.asDiagonal() * design;
    precision.diagonal().array() += 1 / variance;
    result.covariance = precision.inverse();
    result.mean += result.covariance * (design.transpose() * (y - mu) - result.mean / variance);
  }
  return result;
}

TEST(Scored, LogisticRegressionEndsWhereNewtonsMethodEnds) {
  Stream stream(31, "logistic");
  const MatrixXd design = toys::normal_matrix(stream, 100, 3);
  const VectorXd eta = design * Eigen::Vector3d(1, -0.5, 0.2);
  const VectorXd y = eta.unaryExpr([&](double h) { return toys::draw_bernoulli(stream, h); });
  const Newton expected = newton(
      design, y, 4, [](double h) { return 1 / (1 + std::exp(-h)); }, false);
  const Fit fit =
      variational_laplace(toys::linear_scored(toys::bernoulli(y), {design}, 4), toys::tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_CLOSE(fit.mean, expected.mean, Tolerance::because(2e-7, "a promise of 1e-14 nats"));
  EXPECT_CLOSE(fit.covariance, expected.covariance, Tolerance::because(1e-7, "the same"));
  const VectorXd sd = (design * fit.covariance * design.transpose()).diagonal().cwiseSqrt();
  EXPECT_CLOSE(fit.scored[0].predictor_sd, sd, Tolerance::rounding(1000, 1));
  Scores at;
  at.value.resize(100);
  toys::bernoulli(y).score(design * fit.mean, at, false);
  EXPECT_CLOSE(fit.scored[0].log_density, at.value, Tolerance::rounding(100, 1));
}

TEST(Scored, PoissonRegressionEndsWhereNewtonsMethodEnds) {
  Stream stream(32, "poisson");
  const MatrixXd design = toys::normal_matrix(stream, 80, 3);
  const VectorXd eta = design * Eigen::Vector3d(1, -0.5, 0.2);
  const VectorXd y = eta.unaryExpr([&](double h) { return toys::draw_poisson(stream, h); });
  const Newton expected = newton(
      design, y, 1, [](double h) { return std::exp(h); }, true);
  const Fit fit =
      variational_laplace(toys::linear_scored(toys::poisson(y), {design}, 1), toys::tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_CLOSE(fit.mean, expected.mean, Tolerance::because(2e-7, "a promise of 1e-14 nats"));
  EXPECT_CLOSE(fit.covariance, expected.covariance, Tolerance::because(1e-7, "the same"));
}

// The engine's gradient against central differences of its log joint, all kinds of data at once.
void expect_gradient_of_log_joint(const Problem& problem, const VectorXd& theta) {
  const std::vector<detail::ChannelData> data = detail::make_data(problem.channels);
  detail::Joint joint = detail::make_joint(data, problem.prior_mean.size());
  detail::State state = detail::make_state(problem, data, theta);
  ASSERT_TRUE(detail::linearise(data, state.evaluation, state.beta, joint));
  detail::linearise(problem, state.evaluation, state.scores, joint);
  detail::solve(problem,
                problem.prior_variance,
                data,
                theta,
                state.beta,
                state.noise,
                detail::Beta::at_optimum,
                0,
                joint);
  const auto log_joint = [&](Index i, double step) {
    VectorXd moved = theta;
    moved[i] += step;
    const detail::State there = detail::make_state(problem, data, moved);
    return detail::log_joint(problem,
                             problem.prior_variance,
                             data,
                             moved,
                             there.evaluation,
                             there.scores,
                             there.beta,
                             there.noise);
  };
  constexpr double kStep = 1e-4;
  for (Index i = 0; i < theta.size(); ++i) {
    EXPECT_CLOSE(joint.gradient[i],
                 (log_joint(i, kStep) - log_joint(i, -kStep)) / (2 * kStep),
                 Tolerance::truncation(500, kStep, 2));
  }
}

TEST(Scored, GradientIsThatOfTheLogJoint) {
  Stream stream(33, "gradient");
  for (int i = 0; i < 5; ++i) {
    const Eigen::Vector4d theta = 0.7 * toys::normal_matrix(stream, 4, 1);
    expect_gradient_of_log_joint(toys::joint_problem(7, {0.3, -0.4, 0.2, 0.1}), theta);
    expect_gradient_of_log_joint(
        toys::linear_scored(
            toys::gaussian_with_scale(toys::normal_matrix(stream, 30, 1)),
            {toys::normal_matrix(stream, 30, 4), 0.3 * toys::normal_matrix(stream, 30, 4)},
            1),
        theta);
  }
}

// Two predictors that share parameters: the information is the sum written out datum by datum.
TEST(Scored, InformationIsTheCurvatureSeenThroughTheSlopes) {
  Stream stream(34, "information");
  const MatrixXd mean = toys::normal_matrix(stream, 25, 3),
                 scale = toys::normal_matrix(stream, 25, 3);
  Problem problem = toys::linear_scored(
      toys::gaussian_with_scale(toys::normal_matrix(stream, 25, 1)), {mean, 0.2 * scale}, 1);
  const auto score = problem.scored[0].score;
  problem.scored[0].observed_information = nullptr;
  problem.scored[0].score = [score](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    score(eta, scores, with_derivatives);
    if (with_derivatives) scores.curvature.col(1).setConstant(0.3);
  };
  problem.scored[0].use[4] = 0;
  const Fit fit = variational_laplace(problem);
  MatrixXd expected = MatrixXd::Zero(3, 3);
  for (Index n = 0; n < 25; ++n) {
    if (n == 4) continue;
    MatrixXd j(2, 3);
    j << mean.row(n), 0.2 * scale.row(n);
    Eigen::Matrix2d h;
    h << std::exp(-2 * fit.scored[0].predictor(n, 1)), 0.3, 0.3, 2;
    expected += j.transpose() * h * j;
  }
  EXPECT_CLOSE(fit.information, expected, Tolerance::rounding(1000, 30));
  EXPECT_CLOSE(fit.covariance * (expected + MatrixXd::Identity(3, 3)),
               MatrixXd::Identity(3, 3),
               Tolerance::rounding(1e5, 1));
  EXPECT_TRUE(std::isnan(fit.scored[0].log_density[4]));
}

TEST(Scored, SlopesMayNameOnlyTheParametersThatMatter) {
  const Problem problem = toys::joint_problem(3, {0.5, 0.2, -0.3, 0.4});
  Problem full = problem;
  full.evaluate = [evaluate = problem.evaluate](const VectorXd& theta, bool with_jacobian) {
    Evaluation evaluation = evaluate(theta, with_jacobian);
    for (Predictors& predictors : evaluation.predictors) {
      for (Slope& slope : predictors.slope) {
        MatrixXd all = MatrixXd::Zero(slope.value.rows(), theta.size());
        for (std::size_t j = 0; j < slope.parameter.size(); ++j) {
          all.col(slope.parameter[j]) = slope.value.col(static_cast<Index>(j));
        }
        slope = toys::full_slope(all);
      }
    }
    return evaluation;
  };
  const Fit fit = variational_laplace(problem), same = variational_laplace(full);
  const auto rounding = Tolerance::because(1e-9, "other order of sums along the path");
  EXPECT_CLOSE(fit.mean, same.mean, rounding);
  EXPECT_CLOSE(fit.covariance, same.covariance, rounding);
  EXPECT_CLOSE(fit.scored[1].predictor_covariance, same.scored[1].predictor_covariance, rounding);
}

// Three binomial standard deviations around 95 % of 4 × 50: 91 to 99.6 %.
TEST(Scored, IntervalsOfJointFitsCoverTheTruth) {
  constexpr int kSets = 50;
  int covered = 0;
  for (int set = 0; set < kSets; ++set) {
    Stream stream(35, "coverage/scored/" + std::to_string(set));
    const Eigen::Vector4d truth = std::sqrt(0.5) * toys::normal_matrix(stream, 4, 1);
    const Fit fit =
        variational_laplace(toys::joint_problem(100 + static_cast<std::uint64_t>(set), truth));
    ASSERT_TRUE(fit.converged()) << fit.reason;
    const VectorXd sd = fit.covariance.diagonal().cwiseSqrt();
    for (Index i = 0; i < 4; ++i) {
      covered += std::abs(fit.mean[i] - truth[i]) <= normal_quantile(0.975) * sd[i];
    }
  }
  EXPECT_NEAR(covered / (4.0 * kSets), 0.95, 3 * std::sqrt(0.95 * 0.05 / (4 * kSets)));
}

// Each kind of data sharpens what it shares with the others, and the joint fit is the sharpest.
TEST(Scored, DataOfSeveralKindsSharpenWhatTheyShare) {
  const Problem joint = toys::joint_problem(5, {0.2, 0.3, 0.1, -0.2});
  Problem neural = joint;
  for (Scored& scored : neural.scored) std::ranges::fill(scored.use, char{0});
  Problem behaviour = joint;
  std::ranges::fill(behaviour.channels[0].use, char{0});
  const VectorXd both = variational_laplace(joint).covariance.diagonal();
  const VectorXd one = variational_laplace(neural).covariance.diagonal();
  const VectorXd other = variational_laplace(behaviour).covariance.diagonal();
  for (const Index shared : {0, 1}) {
    EXPECT_LT(both[shared], 0.95 * one[shared]);
    EXPECT_LT(both[shared], 0.95 * other[shared]);
  }
  EXPECT_CLOSE(one[2], 0.5, Tolerance::rounding(10));  // choices alone know it: the prior is left
}

TEST(Scored, StepsToWhereADatumCannotBeAreTakenBack) {
  Problem problem = toys::joint_problem(6, {0.2, 0.3, 0.1, -0.2});
  const double wall = variational_laplace(problem).scored[0].predictor(17, 0);
  const auto score = problem.scored[0].score;
  problem.scored[0].score = [=](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    score(eta, scores, with_derivatives);
    const bool beyond = wall > 0 ? eta(17, 0) > 1.001 * wall : eta(17, 0) < 1.001 * wall;
    if (beyond) scores.value[17] = -kInfinity;
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_TRUE(std::isfinite(fit.free_energy.total()));
  EXPECT_LE(std::abs(fit.scored[0].predictor(17, 0)), 1.001 * std::abs(wall));
}

TEST(Scored, SaysWhichDatumCannotBeAtTheStart) {
  Problem problem = toys::joint_problem(6, {0.2, 0.3, 0.1, -0.2});
  const auto score = problem.scored[1].score;
  problem.scored[1].score = [=](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    score(eta, scores, with_derivatives);
    scores.value[3] = -kInfinity;
    scores.value[5] = -kInfinity;
  };
  problem.scored[1].use[3] = 0;
  const Fit fit = variational_laplace(problem);
  EXPECT_EQ(fit.status, Fit::Status::no_start);
  EXPECT_EQ(fit.outcome.kind, Outcome::Kind::impossible);
  EXPECT_EQ(fit.reason,
            "the model gives no density to count of decision, datum 6 of 80 at its starting point");
}

TEST(Scored, PredictorsThatAreNotNumbersAreARunThatDiverged) {
  Problem problem = toys::joint_problem(6, {0.2, 0.3, 0.1, -0.2});
  problem.evaluate = [evaluate = problem.evaluate](const VectorXd& theta, bool with_jacobian) {
    Evaluation evaluation = evaluate(theta, with_jacobian);
    evaluation.predictors[0].value(79, 0) = std::numeric_limits<double>::quiet_NaN();
    return evaluation;
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_EQ(fit.outcome.kind, Outcome::Kind::diverged);
  EXPECT_EQ(fit.outcome.where, "the predictors of choice of decision, datum 80 of 80");
  problem.scored[0].use[79] = 0;
  EXPECT_TRUE(variational_laplace(problem).converged());
}

TEST(Scored, GivesTheSameBytesAtAnyNumberOfThreads) {
  Options options;
  options.starts = 6;
  options.pareto_check = true;
  options.pareto_draws = 200;
  std::vector<std::string> bytes;
  for (const int threads : {1, 5}) {
    set_threads(threads);
    bytes.push_back(toys::bytes_of(
        variational_laplace(toys::joint_problem(8, {0.2, 0.3, 0.1, -0.2}), options)));
  }
  set_threads(0);
  EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(Scored, StartsWhereItIsTold) {
  const Problem problem = toys::joint_problem(9, {0.2, 0.3, 0.1, -0.2});
  const Fit cold = variational_laplace(problem, toys::tight());
  Options warm = toys::tight();
  warm.start = cold.mean;
  const Fit fit = variational_laplace(problem, warm);
  ASSERT_TRUE(fit.converged());
  EXPECT_LT(fit.iterations.size(), cold.iterations.size());
  EXPECT_CLOSE(fit.mean, cold.mean, Tolerance::because(1e-6, "promises of 1e-14 nats"));
  warm.start.resize(3);
  EXPECT_THROW(variational_laplace(problem, warm), InternalError);
}

TEST(Scored, AreRefusedBySpmsSchedule) {
  EXPECT_THROW(spm_variational_laplace(toys::joint_problem(1, Eigen::Vector4d::Zero())),
               InternalError);
}

TEST(Scored, RefusesSizesThatDisagree) {
  const Problem problem = toys::joint_problem(1, Eigen::Vector4d::Zero());
  Problem bad = problem;
  bad.scored[0].use.pop_back();
  EXPECT_THROW(variational_laplace(bad), InternalError);
  bad = problem;
  bad.scored[0].score = nullptr;
  EXPECT_THROW(variational_laplace(bad), InternalError);
  bad = problem;
  bad.scored[1].predictors = 2;
  EXPECT_THROW(variational_laplace(bad), InternalError);
  bad = problem;
  bad.evaluate = [evaluate = problem.evaluate](const VectorXd& theta, bool with_jacobian) {
    Evaluation evaluation = evaluate(theta, with_jacobian);
    if (with_jacobian) evaluation.predictors[0].slope[0].parameter = {1, 1};
    return evaluation;
  };
  EXPECT_THROW(variational_laplace(bad), InternalError);
}

}  // namespace
}  // namespace insula::inference
