// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/variational_laplace.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <atomic>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "tests/framework/inference/spm_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

const Eigen::Vector2d kTruth(0.7, 0.5);

Problem growing() {
  toys::SpmToy toy = toys::read_spm_toy("growth");
  toy.problem.evaluate = toys::evaluate_exactly(toy.model);
  return toy.problem;
}

TEST(VariationalLaplace, EndsAtAMaximumOfTheLogJoint) {
  const Fit fit = variational_laplace(growing());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_EQ(fit.reason.find("a full step promises"), 0u);
  EXPECT_LT(fit.iterations.back().predicted_gain, 1);
  // A promise of 1e-4 nats is √2e-4 posterior sds; this gradient is per prior sd, ten times longer.
  EXPECT_LT(fit.gradient_norm, 0.5);
}

TEST(VariationalLaplace, ReachesTheSameOptimumMoreCloselyWithATighterTolerance) {
  Options tight;
  tight.tolerance = 1e-10;
  const Fit loose = variational_laplace(growing());
  const Fit fit = variational_laplace(growing(), tight);
  ASSERT_TRUE(fit.converged());
  EXPECT_LT(fit.gradient_norm, loose.gradient_norm);
  const VectorXd sd = fit.covariance.diagonal().cwiseSqrt();
  EXPECT_CLOSE((fit.mean - loose.mean).cwiseQuotient(sd),
               VectorXd::Zero(4),
               Tolerance::because(std::sqrt(2e-4) * 1.5, "tolerance of the looser fit"));
  EXPECT_CLOSE(fit.free_energy.total(),
               loose.free_energy.total(),
               Tolerance::because(1e-2, "F has a slope where the log joint has none"));
}

// Parameters in another order and other units are the same problem.
TEST(VariationalLaplace, DoesNotDependOnOrderOrUnitsOfTheParameters) {
  const Problem problem = growing();
  const VectorXd units = Eigen::Vector4d(1000, 0.01, 3, 0.2);
  Eigen::PermutationMatrix<Eigen::Dynamic> order(4);
  order.indices() << 3, 0, 1, 2;
  Problem other = problem;
  other.prior_mean = order * problem.prior_mean.cwiseProduct(units);
  other.prior_variance = order * problem.prior_variance.cwiseProduct(units.cwiseAbs2());
  other.evaluate = [&](const VectorXd& theta, bool with_jacobian) {
    const VectorXd original = (order.transpose() * theta).cwiseQuotient(units);
    Evaluation evaluation = problem.evaluate(original, with_jacobian);
    for (Eigen::MatrixXd& jacobian : evaluation.jacobian) {
      const Eigen::MatrixXd scaled = jacobian * units.cwiseInverse().asDiagonal();
      jacobian = scaled * order.transpose();
    }
    return evaluation;
  };
  const Fit fit = variational_laplace(problem), moved = variational_laplace(other);
  const auto path = Tolerance::because(1e-6, "rounding along the path");
  EXPECT_EQ(fit.iterations.size(), moved.iterations.size());
  EXPECT_CLOSE(moved.free_energy.total(), fit.free_energy.total(), path);
  EXPECT_CLOSE((order.transpose() * moved.mean).cwiseQuotient(units), fit.mean, path);
}

TEST(VariationalLaplace, LearnsTheNoise) {
  constexpr Index kSamples = 4000;
  Stream stream(2, "ar1");
  VectorXd noise(kSamples);
  const double rho = 0.6, sd = 0.5;
  noise[0] = sd / std::sqrt(1 - rho * rho) * stream.normal();
  for (Index i = 1; i < kSamples; ++i) noise[i] = rho * noise[i - 1] + sd * stream.normal();
  Problem problem;
  toys::set_prior(problem, VectorXd::Zero(1), VectorXd::Ones(1));
  problem.channels.push_back(toys::plain_channel("A", noise));
  problem.channels[0].noise = Noise::ar1;
  problem.evaluate = toys::evaluate_exactly([](const Eigen::VectorXcd& p) -> Eigen::MatrixXcd {
    return Eigen::VectorXcd::Constant(kSamples, p[0]);
  });
  const Fit fit = variational_laplace(problem);
  const ChannelFit& channel = fit.channels[0];
  const auto sampling = [](double variance) { return Tolerance::sampling(std::sqrt(variance), 1); };
  EXPECT_CLOSE(channel.lambda, -2 * std::log(sd), sampling(channel.lambda_variance));
  EXPECT_CLOSE(channel.zeta, std::atanh(rho), sampling(channel.zeta_variance));
  // Large-sample variances: 2/n of a log-precision, (1 − ρ²)/n of ρ and so 1/(n (1 − ρ²)) of ζ.
  EXPECT_CLOSE(channel.lambda_variance, 2.0 / kSamples, Tolerance::because(1e-5, "O(1/n^1.5)"));
  EXPECT_CLOSE(channel.zeta_variance,
               1 / (kSamples * (1 - rho * rho)),
               Tolerance::because(3e-5, "O(1/n^1.5)"));
  EXPECT_CLOSE(channel.noise_sd,
               sd / std::sqrt(1 - rho * rho),
               Tolerance::because(0.04, "five standard errors of sd and rho"));
}

TEST(VariationalLaplace, TakesStepsBackFromWhereTheModelCannotBeRun) {
  Problem problem = toys::decay_problem(1, kTruth);
  const Fit free = variational_laplace(problem);
  // A wall just beyond the optimum, inside the first steps' overshoot.
  const double wall = free.mean[0] + 0.01;
  problem.evaluate = [evaluate = problem.evaluate, wall](const VectorXd& theta, bool jacobian) {
    if (theta[0] > wall) return Evaluation{{Outcome::Kind::diverged, "V5", 12.5, "run-1"}, {}, {}};
    return evaluate(theta, jacobian);
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_TRUE(fit.converged());
  EXPECT_EQ(fit.outcome.kind, Outcome::Kind::diverged);
  EXPECT_EQ(fit.outcome.where, "V5");
  EXPECT_CLOSE(fit.mean[0], free.mean[0], Tolerance::because(0.01, "tolerance of 1e-4 nats"));
}

TEST(VariationalLaplace, TreatsPredictionsThatAreNotNumbersAsARunThatDiverged) {
  Problem problem = toys::decay_problem(1, kTruth);
  const double wall = variational_laplace(problem).mean[0] + 0.01;
  problem.evaluate = [evaluate = problem.evaluate, wall](const VectorXd& theta, bool jacobian) {
    Evaluation evaluation = evaluate(theta, jacobian);
    if (theta[0] > wall) evaluation.prediction[0][7] = std::numeric_limits<double>::quiet_NaN();
    return evaluation;
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_TRUE(fit.converged());
  EXPECT_EQ(fit.outcome.where, "rate of A");
}

TEST(VariationalLaplace, SaysThatItCannotStart) {
  Problem problem = toys::decay_problem(1, kTruth);
  problem.evaluate = [](const VectorXd&, bool) {
    return Evaluation{{Outcome::Kind::stiff, "V1", 0.5, ""}, {}, {}};
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_EQ(fit.status, Fit::Status::no_start);
  EXPECT_EQ(fit.outcome.where, "V1");
  EXPECT_TRUE(std::isnan(fit.start_free_energy.at(0)));
  EXPECT_EQ(to_text(fit.status), "no start");
}

// A Jacobian of the wrong sign points downhill: no step helps, and the fit says so.
TEST(VariationalLaplace, SaysThatItStalled) {
  Problem problem = toys::decay_problem(1, kTruth);
  problem.evaluate = [evaluate = problem.evaluate](const VectorXd& theta, bool jacobian) {
    Evaluation evaluation = evaluate(theta, jacobian);
    if (jacobian) evaluation.jacobian[0] *= -1;
    return evaluation;
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_EQ(fit.status, Fit::Status::stalled);
  EXPECT_GT(fit.gradient_norm, 1);
  EXPECT_FALSE(fit.converged());
}

// An integrator that chooses its steps moves predictions a little from one θ to the next, and no
// derivative says so. Precise data feel it before the promise of a full step is below the
// tolerance: then the fit is where it should be, and no more can be had of it.
TEST(VariationalLaplace, HasConvergedWhereTheModelsNumbersResolveNoMore) {
  const Fit smooth = variational_laplace(toys::decay_problem(1, kTruth));
  Problem problem = toys::decay_problem(1, kTruth);
  problem.evaluate = [evaluate = problem.evaluate, sd = smooth.channels[0].noise_sd](
                         const VectorXd& theta, bool jacobian) {
    Evaluation evaluation = evaluate(theta, jacobian);
    VectorXd& prediction = evaluation.prediction[0];
    const double size = 4e-3 * sd / std::sqrt(static_cast<double>(prediction.size()));
    for (Eigen::Index i = 0; i < prediction.size(); ++i)
      prediction[i] += size * std::sin(1e9 * theta.sum() + static_cast<double>(i));
    return evaluation;
  };
  Options options;
  options.tolerance = 1e-9;
  const Fit fit = variational_laplace(problem, options);
  EXPECT_TRUE(fit.converged()) << fit.reason;
  EXPECT_NE(fit.reason.find("less than the model's numbers resolve"), std::string::npos);
  EXPECT_LT(fit.iterations.size(), 30u);
  for (Eigen::Index i = 0; i < fit.mean.size(); ++i)
    EXPECT_CLOSE(
        fit.mean[i],
        smooth.mean[i],
        Tolerance::because(0.14 * std::sqrt(smooth.covariance(i, i)), "a promise of 0.01 nats"));
}

TEST(VariationalLaplace, SaysThatItRanOutOfSteps) {
  Options options;
  options.max_iterations = 2;
  const Fit fit = variational_laplace(growing(), options);
  EXPECT_EQ(fit.status, Fit::Status::iteration_limit);
  EXPECT_EQ(fit.iterations.size(), 2u);
  EXPECT_EQ(fit.reason, "not converged after 2 steps");
}

TEST(VariationalLaplace, StopsOnRequestWithWhatItHas) {
  int told = 0;
  Options options;
  options.progress = [&](const Iteration&) { ++told; };
  options.stop = [&] { return told == 3; };
  const Fit fit = variational_laplace(growing(), options);
  EXPECT_EQ(fit.status, Fit::Status::interrupted);
  EXPECT_EQ(fit.iterations.size(), 3u);
  EXPECT_EQ(fit.mean.size(), 4);
}

// Whichever of several starts a stop meets: the best of the others is not the best of all.
TEST(VariationalLaplace, IsWholeOrInterruptedWheneverItIsStopped) {
  Options options;
  options.starts = 3;
  const Fit whole = variational_laplace(growing(), options);
  ASSERT_TRUE(whole.converged());
  int interrupted = 0, most = 1000;
  for (int allowed = 0; allowed < most; ++allowed) {
    std::atomic<int> asked = 0;
    options.stop = [&] { return ++asked > allowed; };
    const Fit fit = variational_laplace(growing(), options);
    if (fit.status == Fit::Status::interrupted) {
      ++interrupted;
      continue;
    }
    EXPECT_EQ(fit.mean, whole.mean);
    most = 0;
  }
  EXPECT_GT(interrupted, 5);
  EXPECT_EQ(most, 0) << "it was never left alone for long enough";
}

TEST(VariationalLaplace, FitsAModelWithoutParameters) {
  Problem problem;
  toys::set_prior(problem, VectorXd(0), VectorXd(0));
  problem.channels.push_back(toys::plain_channel("A", VectorXd::LinSpaced(50, -1, 1)));
  problem.evaluate = [](const VectorXd&, bool) {
    return Evaluation{{}, {VectorXd::Zero(50)}, {Eigen::MatrixXd(50, 0)}};
  };
  const Fit fit = variational_laplace(problem);
  EXPECT_TRUE(fit.converged());
  EXPECT_EQ(fit.free_energy.parameters, 0);
  const double square = problem.channels[0].data.squaredNorm();
  EXPECT_CLOSE(fit.channels[0].lambda,
               std::log(50 / square),
               Tolerance::because(0.01, "prior of variance 16 against 50 samples"));
}

TEST(VariationalLaplace, NamesTheDirectionsThatTheDataSayLittleAbout) {
  Problem problem;
  toys::set_prior(problem, VectorXd::Zero(3), Eigen::Vector3d(1, 1, 4));
  Stream stream(1, "weak");
  problem.channels.push_back(toys::plain_channel("A", toys::normal_matrix(stream, 30, 1)));
  problem.evaluate = toys::evaluate_exactly([](const Eigen::VectorXcd& p) -> Eigen::MatrixXcd {
    return Eigen::VectorXcd::Constant(30, p[0] + 0.5 * p[1]) +
           1e-9 * p[2] * Eigen::VectorXcd::Ones(30);
  });
  const Fit fit = variational_laplace(problem);
  ASSERT_EQ(fit.weak_directions.size(), 2u);
  for (const WeakDirection& weak : fit.weak_directions) {
    EXPECT_CLOSE(weak.ratio, 1, Tolerance::because(1e-6, "the data say 1e-9 of nothing"));
  }
  const std::string both = fit.weak_directions[0].in_words + fit.weak_directions[1].in_words;
  EXPECT_NE(both.find("p1 (0.89), p0 (-0.45)"), std::string::npos) << both;
  EXPECT_NE(both.find("p2 (1)"), std::string::npos) << both;
}

TEST(VariationalLaplace, RefusesAProblemWhoseSizesDisagree) {
  Problem problem = toys::decay_problem(1, kTruth);
  problem.channels[0].use.pop_back();
  EXPECT_THROW(variational_laplace(problem), InternalError);
  problem = toys::decay_problem(1, kTruth);
  problem.prior_variance[1] = 0;
  EXPECT_THROW(variational_laplace(problem), InternalError);
  problem = toys::decay_problem(1, kTruth);
  problem.channels[0].data[5] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(variational_laplace(problem), InternalError);
  problem = toys::decay_problem(1, kTruth);
  problem.channels[0].data.conservativeResize(59);
  problem.channels[0].use.pop_back();
  problem.channels[0].confounds.conservativeResize(59, 2);
  EXPECT_THROW(variational_laplace(problem), InternalError);
}

}  // namespace
}  // namespace insula::inference
