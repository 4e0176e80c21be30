// SPDX-License-Identifier: Apache-2.0
// Posteriors and evidences by importance sampling against closed forms and sums over grids.
#include "framework/inference/importance.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>

#include "framework/base/error.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const char* const kDraws = "four standard errors of a mean over so many draws";

Tolerance of_mean(double sd, const ImportancePosterior& p) {
  return Tolerance::because(4 * sd / std::sqrt(p.effective_draws), kDraws);
}
Tolerance of_sd(double sd, double kurtosis, const ImportancePosterior& p) {
  return Tolerance::because(4 * sd * std::sqrt((kurtosis - 1) / (4 * p.effective_draws)),
                            "four standard errors of an sd over so many draws, by the kurtosis");
}
Tolerance of_evidence(const ImportancePosterior& p) {
  return Tolerance::because(4 * p.log_evidence_se, "four standard errors as reported");
}

// Moments and evidence of one or two parameters on a grid over ±`reach` sds of a fit.
struct Grid {
  double log_evidence = 0;
  VectorXd mean, sd, kurtosis;
};
Grid on_grid(const std::function<double(const VectorXd&)>& log_joint,
             const Fit& fit,
             double reach) {
  constexpr int kPoints = 400;
  const Index p = fit.mean.size();
  const VectorXd width = fit.covariance.diagonal().cwiseSqrt() * reach;
  const double top = log_joint(fit.mean);
  double sum = 0;
  VectorXd moment[5];
  for (VectorXd& m : moment) m = VectorXd::Zero(p);
  for (int i = 0; i < kPoints; ++i)
    for (int j = 0; j < (p == 1 ? 1 : kPoints); ++j) {
      VectorXd theta = fit.mean;
      theta[0] += width[0] * (2.0 * i / (kPoints - 1) - 1);
      if (p == 2) theta[1] += width[1] * (2.0 * j / (kPoints - 1) - 1);
      const double mass = std::exp(log_joint(theta) - top);
      sum += mass;
      for (int power = 0; power < 5; ++power)
        moment[power].array() += mass * (theta - fit.mean).array().pow(power);
    }
  Grid grid;
  for (VectorXd& m : moment) m /= sum;
  const auto m1 = moment[1].array(), m2 = moment[2].array(), m3 = moment[3].array(),
             m4 = moment[4].array();
  const Eigen::ArrayXd variance = m2 - m1.square();
  grid.mean = fit.mean + moment[1];
  grid.sd = variance.sqrt();
  grid.kurtosis = (m4 - 4 * m1 * m3 + 6 * m1.square() * m2 - 3 * m1.pow(4)) / variance.square();
  grid.log_evidence = top + std::log(sum) + (width.array() * 2 / (kPoints - 1)).log().sum();
  return grid;
}

double log_normal(double x, double mean, double variance) {
  return -0.5 * ((x - mean) * (x - mean) / variance + std::log(2 * std::numbers::pi * variance));
}

TEST(ImportancePosterior, EqualsTheClosedFormWhereTheModelIsLinear) {
  const double lambda = -0.7, zeta = 0.5;
  const toys::Linear linear = toys::linear_problem(Noise::ar1, 3, lambda, zeta);
  const Fit fit = variational_laplace(linear.problem);
  const ImportancePosterior posterior = importance_posterior(linear.problem, fit);
  ASSERT_TRUE(is_trusted(posterior));
  // The dense model: y ~ N(Dm, D V Dᵀ + noise).
  const toys::Dense dense = toys::dense_model(linear, lambda, zeta);
  const MatrixXd total =
      dense.design * dense.prior_variance.asDiagonal() * dense.design.transpose() + dense.noise;
  const Eigen::LLT<MatrixXd> factor(total);
  const VectorXd residual = dense.data - dense.design * dense.prior_mean;
  const double evidence =
      -0.5 * (residual.dot(factor.solve(residual)) +
              static_cast<double>(residual.size()) * std::log(2 * std::numbers::pi)) -
      MatrixXd(factor.matrixL()).diagonal().array().log().sum();
  EXPECT_CLOSE(posterior.log_evidence,
               evidence,
               Tolerance::because(4 * posterior.log_evidence_se + 1e-5,
                                  "standard error; λ and ζ have a variance of 1e-10"));
  for (Index i = 0; i < fit.mean.size(); ++i) {
    const double sd = std::sqrt(fit.covariance(i, i));
    EXPECT_CLOSE(posterior.mean[i], fit.mean[i], of_mean(sd, posterior));
    EXPECT_CLOSE(std::sqrt(posterior.covariance(i, i)), sd, of_sd(sd, 3, posterior));
  }
}

// Two counts or one: far from normal, and Laplace's evidence is off by its own correction.
TEST(ImportancePosterior, OfFewCountsIsTheOneOnAGridAndTheNormalOneIsNot) {
  VectorXd y(2);
  y << 0, 1;
  const Problem problem = toys::linear_scored(toys::poisson(y), {MatrixXd::Ones(2, 1)}, 2);
  const Fit fit = variational_laplace(problem, toys::tight(1e-12));
  ImportanceOptions options;
  options.effective_draws = 20000;
  options.most_draws = 60000;
  const ImportancePosterior posterior = importance_posterior(problem, fit, options);
  const auto log_joint = [&](const VectorXd& theta) {
    double sum = log_normal(theta[0], 0, 2);
    for (const double count : y)
      sum += count * theta[0] - std::exp(theta[0]) - std::lgamma(count + 1);
    return sum;
  };
  const Grid grid = on_grid(log_joint, fit, 9);
  ASSERT_TRUE(is_trusted(posterior));
  EXPECT_CLOSE(posterior.mean[0], grid.mean[0], of_mean(grid.sd[0], posterior));
  EXPECT_CLOSE(std::sqrt(posterior.covariance(0, 0)),
               grid.sd[0],
               of_sd(grid.sd[0], grid.kurtosis[0], posterior));
  EXPECT_CLOSE(posterior.log_evidence, grid.log_evidence, of_evidence(posterior));
  EXPECT_GT(std::abs(fit.mean[0] - grid.mean[0]), 0.1 * grid.sd[0]);
  EXPECT_GT(std::abs(fit.free_energy.total() - grid.log_evidence), 5 * posterior.log_evidence_se);
}

// θ0 + c θ1² is seen with noise of this sd; see pareto_test.cpp.
Problem banana(double noise_sd, double c) {
  Problem problem;
  toys::set_prior(problem, Eigen::Vector2d(0, 0.5), Eigen::Vector2d(4, 1));
  Channel channel = toys::plain_channel("A", VectorXd::Ones(1));
  channel.lambda_mean = -2 * std::log(noise_sd);
  channel.lambda_variance = 1e-6;
  problem.channels.push_back(channel);
  problem.evaluate = toys::evaluate_exactly([c](const Eigen::VectorXcd& p) -> Eigen::MatrixXcd {
    return Eigen::VectorXcd::Constant(1, p[0] + c * p[1] * p[1]);
  });
  return problem;
}

TEST(ImportancePosterior, FollowsABananaThatTheNormalOneTakesForAStick) {
  const double noise_sd = 0.5, c = 0.4;
  const Problem problem = banana(noise_sd, c);
  const Fit fit = variational_laplace(problem);
  ImportanceOptions options;
  options.effective_draws = 3000;
  options.most_draws = 40000;
  const ImportancePosterior posterior = importance_posterior(problem, fit, options);
  ASSERT_TRUE(is_trusted(posterior));
  const auto log_joint = [&](const VectorXd& theta) {
    return log_normal(theta[0], 0, 4) + log_normal(theta[1], 0.5, 1) +
           log_normal(1, theta[0] + c * theta[1] * theta[1], noise_sd * noise_sd);
  };
  const Grid grid = on_grid(log_joint, fit, 14);
  for (Index i = 0; i < 2; ++i) {
    EXPECT_CLOSE(posterior.mean[i], grid.mean[i], of_mean(grid.sd[i], posterior));
    EXPECT_CLOSE(std::sqrt(posterior.covariance(i, i)),
                 grid.sd[i],
                 Tolerance::because(0.15 * grid.sd[i],
                                    "the heaviest weights lie at the ends of the banana, and move "
                                    "sds by up to a tenth from one set of draws to the next"));
  }
  EXPECT_GT(std::abs(fit.mean[0] - grid.mean[0]), 0.2 * grid.sd[0]);
  EXPECT_CLOSE(posterior.log_evidence,
               grid.log_evidence,
               Tolerance::because(4 * posterior.log_evidence_se + 1e-3,
                                  "standard error; the grid knows λ, the fit to 1e-3"));
}

TEST(ImportancePosterior, SaysThatItCannotBeTrustedOnABananaTooThin) {
  const Problem problem = banana(0.002, 1);
  const Fit fit = variational_laplace(problem);
  ImportanceOptions options;
  options.most_draws = 2000;
  const ImportancePosterior posterior = importance_posterior(problem, fit, options);
  EXPECT_FALSE(is_trusted(posterior));
  EXPECT_LT(posterior.narrowest, 0.1);
  EXPECT_LE(posterior.draws.cols(), 2000);
}

// A model that runs for positive parameters alone: the prior and the posterior end there.
TEST(ImportancePosterior, EndsWhereTheModelCannotBeRun) {
  Problem problem =
      toys::linear_scored(toys::poisson(VectorXd::Constant(1, 1.0)), {MatrixXd::Ones(1, 1)}, 2);
  const auto everywhere = problem.evaluate;
  problem.evaluate = [everywhere](const VectorXd& theta, bool with_jacobian) {
    Evaluation at = everywhere(theta, with_jacobian);
    if (theta[0] >= -0.5) return at;
    Evaluation nothing;
    nothing.outcome.kind = Outcome::Kind::diverged;
    return nothing;
  };
  const Fit fit = variational_laplace(problem, toys::tight(1e-12));
  ImportanceOptions options;
  options.effective_draws = 20000;
  options.most_draws = 60000;
  const ImportancePosterior posterior = importance_posterior(problem, fit, options);
  const Grid grid = on_grid(
      [&](const VectorXd& theta) {
        return theta[0] < -0.5 ? -HUGE_VAL
                               : log_normal(theta[0], 0, 2) + theta[0] - std::exp(theta[0]);
      },
      fit,
      9);
  ASSERT_TRUE(is_trusted(posterior));
  EXPECT_CLOSE(posterior.mean[0],
               grid.mean[0],
               Tolerance::because(4 * grid.sd[0] / std::sqrt(posterior.effective_draws) + 0.005,
                                  "standard error; the grid meets the edge to half a step"));
  EXPECT_CLOSE(posterior.log_evidence,
               grid.log_evidence,
               Tolerance::because(4 * posterior.log_evidence_se + 0.01, "the same"));
  for (Index i = 0; i < posterior.draws.cols(); ++i) {
    if (posterior.draws(0, i) < -0.5) {
      EXPECT_EQ(posterior.weight[i], 0);
    }
  }
}

TEST(ImportancePosterior, IsTheSameToTheBitOnOneThread) {
  const Problem problem = toys::decay_problem(3, {0.5, 0.3});
  const Fit fit = variational_laplace(problem);
  const ImportancePosterior many = importance_posterior(problem, fit);
  set_threads(1);
  const ImportancePosterior one = importance_posterior(problem, fit);
  set_threads(0);
  EXPECT_TRUE(many.draws == one.draws);
  EXPECT_TRUE(many.weight == one.weight);
  EXPECT_EQ(many.log_evidence, one.log_evidence);
}

TEST(ImportancePosterior, SaysThatItWasStoppedBeforeItsDrawsWereEnough) {
  const Problem problem = toys::decay_problem(3, {0.5, 0.3});
  const Fit fit = variational_laplace(problem);
  ImportanceOptions options;
  options.effective_draws = 1e6;
  options.stop = [] { return true; };
  const ImportancePosterior stopped = importance_posterior(problem, fit, options);
  EXPECT_TRUE(stopped.is_interrupted);
  EXPECT_EQ(stopped.draws.cols(), 500) << "one round";
  options.stop = [] { return false; };
  const ImportancePosterior whole = importance_posterior(problem, fit, options);
  EXPECT_FALSE(whole.is_interrupted);
  EXPECT_EQ(whole.draws.cols(), 6000);
}

TEST(ImportancePosterior, AdoptedByAFitChangesItsMomentsAndNothingElse) {
  const Problem problem = toys::decay_problem(3, {0.5, 0.3});
  const Fit fit = variational_laplace(problem);
  const ImportancePosterior posterior = importance_posterior(problem, fit);
  Fit changed = fit;
  adopt(posterior, changed);
  EXPECT_TRUE(changed.mean == posterior.mean);
  EXPECT_TRUE(changed.covariance == posterior.covariance);
  EXPECT_EQ(changed.free_energy.total(), fit.free_energy.total());
  for (Index i = 0; i < fit.mean.size(); ++i)
    EXPECT_CLOSE(changed.shrinkage[i],
                 posterior.covariance(i, i) / problem.prior_variance[i],
                 Tolerance::rounding(fit.shrinkage[i], 8));
}

TEST(ImportancePosterior, RefusesAFitOfAnotherProblem) {
  const Fit fit = variational_laplace(toys::linear_problem(Noise::ar1, 3, -0.7, 0.5).problem);
  EXPECT_THROW(importance_posterior(banana(1, 1), fit), InternalError);
}

}  // namespace
}  // namespace insula::inference
