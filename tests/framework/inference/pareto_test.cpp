// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/pareto.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using detail::pareto_k;
using detail::pareto_shape;
using Eigen::VectorXd;

const nlohmann::json& reference() {
  static const nlohmann::json all = [] {
    std::ifstream file(std::string(INSULA_REFERENCE) + "/inference/pareto_reference.json");
    return nlohmann::json::parse(file);
  }();
  return all;
}

std::vector<double> pareto_quantiles(double k, int n) {
  std::vector<double> x;
  for (int i = 1; i <= n; ++i) x.push_back(std::expm1(-k * std::log1p(-(i - 0.5) / n)) / k);
  return x;
}

// The reference weighs out terms below 2e-15; inputs differ in their last digits.
const Tolerance kPeer = Tolerance::because(1e-9, "ArviZ drops weights below 10 epsilon");

TEST(ParetoShape, EqualsArviz) {
  for (const auto& one : reference()["shapes"]) {
    EXPECT_CLOSE(pareto_shape(pareto_quantiles(one["shape"], one["count"])), one["arviz"], kPeer);
  }
}

TEST(ParetoShape, IsNearMaximumLikelihoodAndTheTruthForLongSamples) {
  for (const auto& one : reference()["shapes"]) {
    if (one["count"] < 300) continue;
    const double shape = pareto_shape(pareto_quantiles(one["shape"], one["count"]));
    const double n = one["count"], k = one["shape"];
    // The prior draws by 10/(n + 10) of the way to ½.
    const double pull = 10 / (n + 10) * (0.5 - k);
    EXPECT_CLOSE(shape - pull,
                 one["maximum_likelihood"],
                 Tolerance::because(0.02, "another estimator of the same"));
    EXPECT_CLOSE(shape - pull, k, Tolerance::because(0.02, "quantiles in place of a sample"));
  }
}

TEST(ParetoShape, IsNotANumberForTooFew) {
  EXPECT_TRUE(std::isnan(pareto_shape({1, 2, 3, 4})));
  EXPECT_TRUE(std::isnan(pareto_shape({0, 0, 0, 0, 0, 0})));
}

TEST(ParetoK, EqualsArvizForLogNormalWeights) {
  for (const auto& one : reference()["log_normal_weights"]) {
    std::vector<double> log_weights;
    for (int count = one["count"], i = count; i >= 1; --i) {
      log_weights.push_back(one["scale"].get<double>() * normal_quantile((i - 0.5) / count));
    }
    EXPECT_CLOSE(pareto_k(log_weights), one["arviz"], kPeer);
  }
}

TEST(ParetoK, IsZeroForEqualWeightsAndNotANumberForFew) {
  EXPECT_EQ(pareto_k(std::vector<double>(100, -3.5)), 0);
  EXPECT_TRUE(std::isnan(pareto_k(std::vector<double>(24, 1.0))));
}

TEST(ParetoK, BearsDrawsOfWeightZero) {
  std::vector<double> log_weights(20, -std::numeric_limits<double>::infinity());
  for (int i = 1; i < 980; ++i) log_weights.push_back(normal_quantile(i / 980.0));
  EXPECT_LT(pareto_k(log_weights), 0.5);
}

TEST(ParetoKLimit, FollowsTheNumberOfDraws) {
  EXPECT_CLOSE(pareto_k_limit(100), 0.5, Tolerance::rounding(2));
  EXPECT_CLOSE(pareto_k_limit(1000), 2.0 / 3, Tolerance::rounding(2));
  EXPECT_EQ(pareto_k_limit(100000), 0.7);
}

TEST(ParetoCheck, PassesWhereThePosteriorIsGaussian) {
  const toys::Linear linear = toys::linear_problem(Noise::ar1, 3, -0.7, 0.5);
  const Fit fit = variational_laplace(linear.problem, toys::checked());
  EXPECT_LT(fit.pareto_k, 0.3);  // of nearly equal weights: λ and ζ are all but fixed
}

TEST(ParetoCheck, PassesWhereNoiseIsLearned) {
  toys::Linear linear = toys::linear_problem(Noise::ar1, 3, -0.7, 0.5);
  for (Channel& channel : linear.problem.channels) {
    channel.lambda_variance = 16;
    channel.zeta_variance = 0.25;
  }
  const Fit fit = variational_laplace(linear.problem, toys::checked());
  EXPECT_LT(fit.pareto_k, pareto_k_limit(1000));
  EXPECT_GT(fit.pareto_k, 0);
}

// A banana: only θ0 + θ1² is seen, along it the prior alone holds θ1, and θ0 must follow its
// square: N(0, 1)·N(−θ1², 0.01²) against a straight Gaussian.
TEST(ParetoCheck, FailsOnABanana) {
  Problem problem;
  toys::set_prior(problem, Eigen::Vector2d(0, 0.5), Eigen::Vector2d(4, 1));
  Channel channel = toys::plain_channel("A", VectorXd::Ones(20));
  channel.lambda_mean = 6;
  channel.lambda_variance = 1e-6;
  problem.channels.push_back(channel);
  problem.evaluate = toys::evaluate_exactly([](const Eigen::VectorXcd& p) -> Eigen::MatrixXcd {
    return Eigen::VectorXcd::Constant(20, p[0] + p[1] * p[1]);
  });
  const Fit fit = variational_laplace(problem, toys::checked());
  ASSERT_TRUE(fit.converged());
  EXPECT_GT(fit.pareto_k, pareto_k_limit(1000));
}

TEST(ParetoCheck, RunsDrawsTogetherWhereAProblemCan) {
  Problem problem = toys::decay_problem(3, {0.5, 0.3});
  const double one_by_one = variational_laplace(problem, toys::checked()).pareto_k;
  std::atomic<int> blocks = 0, draws = 0;
  problem.evaluate_many = [&](std::span<const VectorXd> thetas) {
    ++blocks;
    draws += static_cast<int>(thetas.size());
    std::vector<Evaluation> all;
    for (const VectorXd& theta : thetas) all.push_back(problem.evaluate(theta, false));
    return all;
  };
  EXPECT_EQ(variational_laplace(problem, toys::checked()).pareto_k, one_by_one);
  EXPECT_EQ(draws, 1000);
  EXPECT_EQ(blocks, 125);
}

TEST(ParetoCheck, RefusesAnotherNumberOfEvaluations) {
  Problem problem = toys::decay_problem(3, {0.5, 0.3});
  problem.evaluate_many = [](std::span<const VectorXd>) { return std::vector<Evaluation>(3); };
  EXPECT_THROW(variational_laplace(problem, toys::checked()), InternalError);
}

TEST(ParetoCheck, IsNotANumberUnlessAskedFor) {
  EXPECT_TRUE(std::isnan(variational_laplace(toys::decay_problem(3, {0.5, 0.3})).pareto_k));
}

}  // namespace
}  // namespace insula::inference
