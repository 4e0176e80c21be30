// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/poisson.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/error.h"
#include "framework/numerics/linear_algebra.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Counts uniforms until their product is below e^{−mean}: Knuth 1997, TAOCP 2, sec. 3.4.1.
double poisson_draw(double mean, Stream& random) {
  double count = 0;
  for (double product = random.uniform(); product > std::exp(-mean); product *= random.uniform())
    count += 1;
  return count;
}

// 400 counts of exposure 0.1 or 0.3 s, a constant and three columns of known weights.
const VectorXd kTruth = (VectorXd(4) << 2, 0.5, -0.8, 0).finished();

CountRows simulated(Index n = 400) {
  CountRows rows{random_matrix(n, 4, "x"), VectorXd(n), VectorXd(n)};
  rows.x.col(0).setOnes();
  Stream random(1, "counts");
  for (Index i = 0; i < n; ++i) {
    rows.exposure[i] = i % 2 == 0 ? 0.1 : 0.3;
    rows.y[i] = poisson_draw(rows.exposure[i] * std::exp(rows.x.row(i).dot(kTruth)), random);
  }
  return rows;
}

VectorXd mean_of(const CountRows& rows, const VectorXd& weights) {
  return rows.exposure.array() * (rows.x * weights).array().exp();
}

VectorXd slope_of(const CountRows& rows, const VectorXd& penalty, const VectorXd& weights) {
  return rows.x.transpose() * (rows.y - mean_of(rows, weights)) - penalty.cwiseProduct(weights);
}

TEST(PoissonRegression, OfAConstantIsTheMeanRate) {
  CountRows rows = simulated();
  rows.x = MatrixXd::Ones(400, 1);
  const PoissonFit fit = poisson_regression(rows, VectorXd::Zero(1));
  EXPECT_TRUE(fit.converged);
  EXPECT_CLOSE(
      std::exp(fit.weights[0]), rows.y.sum() / rows.exposure.sum(), Tolerance::rounding(100));
}

TEST(PoissonRegression, OfTwoConditionsIsTheMeanRateOfEach) {
  CountRows rows = simulated();
  rows.x = MatrixXd::Zero(400, 2);
  rows.x.col(0).head(150).setOnes();
  rows.x.col(1).tail(250).setOnes();
  const VectorXd weights = poisson_regression(rows, VectorXd::Zero(2)).weights;
  const auto rate = [&](Index first, Index count) {
    return rows.y.segment(first, count).sum() / rows.exposure.segment(first, count).sum();
  };
  EXPECT_CLOSE(std::exp(weights[0]), rate(0, 150), Tolerance::rounding(100));
  EXPECT_CLOSE(std::exp(weights[1]), rate(150, 250), Tolerance::rounding(100));
}

TEST(PoissonRegression, HasNoSlopeAtItsMaximum) {
  const CountRows rows = simulated();
  for (const double penalty : {0.0, 3.0, 1e4}) {
    VectorXd all = VectorXd::Constant(4, penalty);
    all[0] = 0;
    const PoissonFit fit = poisson_regression(rows, all);
    EXPECT_TRUE(fit.converged);
    EXPECT_LE(fit.iterations, 10) << "Newton's method is of second order";
    EXPECT_CLOSE(slope_of(rows, all, fit.weights),
                 VectorXd::Zero(4),
                 Tolerance::because(1e-7, "rounding of sums of 400 counts and of their weights"));
  }
}

TEST(PoissonRegression, FindsTheWeightsThatMadeTheCounts) {
  const CountRows rows = simulated(4000);
  const VectorXd weights = poisson_regression(rows, VectorXd::Zero(4)).weights;
  // Standard errors from Fisher's information at the truth.
  const MatrixXd information = rows.x.transpose() * mean_of(rows, kTruth).asDiagonal() * rows.x;
  const MatrixXd covariance = numerics::solve(information, MatrixXd::Identity(4, 4));
  for (Index j = 0; j < 4; ++j) {
    const double error = std::sqrt(covariance(j, j));
    EXPECT_LT(error, 0.05);
    EXPECT_CLOSE(weights[j], kTruth[j], Tolerance::because(4 * error, "four standard errors"));
  }
}

TEST(PoissonRegression, EndsWhereItEndsFromAnyStart) {
  const CountRows rows = simulated();
  const VectorXd penalty = VectorXd::Constant(4, 0.5);
  const VectorXd own = poisson_regression(rows, penalty).weights;
  for (const double away : {-3.0, 4.0}) {  // 4: steps from there must be halved
    const PoissonFit other = poisson_regression(rows, penalty, own.array() + away);
    EXPECT_CLOSE(other.weights, own, Tolerance::because(1e-9, "a Newton step from convergence"));
  }
  const VectorXd beyond = VectorXd::Constant(4, 1e4);  // e^{1e4} is not finite
  EXPECT_CLOSE(poisson_regression(rows, penalty, beyond).weights,
               own,
               Tolerance::because(1e-9, "a Newton step from convergence"));
}

TEST(PoissonRegression, SharesWeightAmongColumnsThatAreTheSame) {
  CountRows rows = simulated();
  const VectorXd alone = poisson_regression(rows, VectorXd::Zero(4)).weights;
  rows.x.conservativeResize(400, 6);
  rows.x.col(4) = rows.x.col(1);
  rows.x.col(5).setZero();
  const VectorXd weights = poisson_regression(rows, VectorXd::Zero(6)).weights;
  EXPECT_CLOSE(weights[1], weights[4], Tolerance::because(1e-6, "a pseudo-inverse"));
  EXPECT_CLOSE(weights[1] + weights[4], alone[1], Tolerance::because(1e-6, "a pseudo-inverse"));
  EXPECT_EQ(weights[5], 0);
}

TEST(PoissonRegression, EndsWhereThereIsNoMaximum) {
  CountRows rows = simulated();
  rows.y.setZero();  // the best rate is 0, the best constant −∞
  const PoissonFit fit = poisson_regression(rows, VectorXd::Zero(4));
  EXPECT_TRUE(fit.weights.allFinite());
  EXPECT_LT(mean_of(rows, fit.weights).sum(), 1e-6);
}

TEST(PoissonRegression, RefusesWhatIsNoCount) {
  CountRows rows = simulated();
  rows.y[3] = -1;
  EXPECT_THROW(poisson_regression(rows, VectorXd::Zero(4)), InternalError);
  rows.y[3] = std::nan("");
  EXPECT_THROW(poisson_regression(rows, VectorXd::Zero(4)), InternalError);
  EXPECT_THROW(poisson_regression(simulated(), VectorXd::Zero(3)), InternalError);
}

TEST(PoissonDeviance, IsTwiceTheDistanceFromTheBestLikelihood) {
  const Eigen::Vector3d y(0, 1, 4), mean(0.5, 1, 2);
  const auto log_density = [](double count, double rate) {
    return (count > 0 ? count * std::log(rate) : 0) - rate - std::lgamma(count + 1);
  };
  double expected = 0;
  for (Index i = 0; i < 3; ++i)
    expected += 2 * (log_density(y[i], y[i]) - log_density(y[i], mean[i]));
  EXPECT_CLOSE(poisson_deviance(y, mean), expected, Tolerance::rounding(20));
  EXPECT_EQ(poisson_deviance(mean, mean), 0);
}

}  // namespace
}  // namespace insula::regression
