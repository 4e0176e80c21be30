// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/trust_region.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference::detail {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Hill {
  MatrixXd precision;
  VectorXd gradient, prior_variance;
};

Hill random_hill(std::uint64_t seed) {
  Stream stream(seed, "hill");
  const MatrixXd root = toys::normal_matrix(stream, 6, 6);
  Hill hill{root * root.transpose(),
            3 * toys::normal_matrix(stream, 6, 1),
            toys::normal_matrix(stream, 6, 1).array().exp()};
  hill.precision.diagonal() += hill.prior_variance.cwiseInverse();
  return hill;
}

double gain(const Hill& hill, const VectorXd& step) {
  return hill.gradient.dot(step) - 0.5 * step.dot(hill.precision * step);
}

double length(const Hill& hill, const VectorXd& step) {
  return step.cwiseQuotient(hill.prior_variance.cwiseSqrt()).norm();
}

Step step_within(const Hill& hill, double radius) {
  return trust_region_step(hill.precision, hill.gradient, hill.prior_variance, radius);
}

TEST(TrustRegion, TakesTheFullStepWhereItFits) {
  const Hill hill = random_hill(1);
  const Step step = step_within(hill, 1e6);
  EXPECT_EQ(step.damping, 0);
  EXPECT_CLOSE(step.delta, hill.precision.inverse() * hill.gradient, Tolerance::rounding(1000, 10));
}

TEST(TrustRegion, StaysInsideAndPredictsItsOwnGain) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Hill hill = random_hill(seed);
    for (const double radius : {1e-6, 1e-2, 0.3, 1.0, 5.0}) {
      const Step step = step_within(hill, radius);
      EXPECT_LE(step.length, radius * (1 + 1e-12));
      EXPECT_CLOSE(length(hill, step.delta), step.length, Tolerance::rounding(100));
      EXPECT_CLOSE(step.predicted_gain, gain(hill, step.delta), Tolerance::rounding(1000, 10));
      EXPECT_GT(step.predicted_gain, 0);
    }
  }
}

// Moré and Sorensen promise (1 − slack)² of the best gain inside the ball; the full step shortened
// to the ball is one candidate, the gradient another, random directions the rest.
TEST(TrustRegion, GainsNearlyAsMuchAsAnyStepOfThatLength) {
  Stream stream(9, "directions");
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Hill hill = random_hill(seed);
    const Step step = step_within(hill, 0.4);
    std::vector<VectorXd> others{hill.precision.inverse() * hill.gradient,
                                 hill.prior_variance.cwiseProduct(hill.gradient)};
    for (int i = 0; i < 500; ++i) others.push_back(toys::normal_matrix(stream, 6, 1));
    for (const VectorXd& other : others) {
      const VectorXd inside = other * std::min(1.0, step.length / length(hill, other));
      EXPECT_GE(step.predicted_gain, 0.81 * gain(hill, inside));
    }
  }
}

TEST(TrustRegion, DoesNotDependOnTheUnitsOfTheParameters) {
  const Hill hill = random_hill(4);
  const VectorXd units = (VectorXd(6) << 1, 1024, 1.0 / 64, 2, 8, 0.5).finished();
  const Hill other{
      units.cwiseInverse().asDiagonal() * hill.precision * units.cwiseInverse().asDiagonal(),
      hill.gradient.cwiseQuotient(units),
      hill.prior_variance.cwiseProduct(units.cwiseAbs2())};
  const Step step = step_within(other, 0.3);
  EXPECT_CLOSE(
      step.delta.cwiseQuotient(units), step_within(hill, 0.3).delta, Tolerance::rounding(1e5, 1));
}

}  // namespace
}  // namespace insula::inference::detail
