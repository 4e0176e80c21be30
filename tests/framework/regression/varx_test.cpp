// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/varx.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd scalar(double value) { return MatrixXd::Constant(1, 1, value); }

TEST(SpectralRadius, IsTheRootOfTheCharacteristicPolynomial) {
  EXPECT_CLOSE(Lags{{scalar(-0.7)}}.spectral_radius(), 0.7, Tolerance::rounding(4));
  // y_t = 0.5 y_{t−1} + 0.3 y_{t−2}: λ² = 0.5 λ + 0.3
  EXPECT_CLOSE((Lags{{scalar(0.5), scalar(0.3)}}.spectral_radius()),
               0.25 + std::sqrt(0.0625 + 0.3),
               Tolerance::rounding(16));
  EXPECT_EQ(Lags{}.spectral_radius(), 0);
}

TEST(Simulate, OfOneLagIsAGeometricApproach) {
  const MatrixXd course = simulate({{scalar(0.5)}}, MatrixXd::Ones(20, 1), VectorXd::Zero(1), {0});
  for (Index t = 0; t < 20; ++t) {
    EXPECT_CLOSE(course(t, 0), 2 * (1 - std::pow(0.5, double(t) + 1)), Tolerance::rounding(16));
  }
}

TEST(Simulate, StartsEachRunAtRest) {
  const MatrixXd drive = random_matrix(30, 2, "drive");
  const Lags lags{{0.4 * random_matrix(2, 2, "a1"), 0.2 * random_matrix(2, 2, "a2")}};
  const VectorXd rest = Eigen::Vector2d(1, -1);
  const MatrixXd both = simulate(lags, drive, rest, {0, 18});
  EXPECT_EQ(both.bottomRows(12), simulate(lags, drive.bottomRows(12), rest, {0}));
  EXPECT_CLOSE(both.row(0).transpose(),
               drive.row(0).transpose() + (lags.a[0] + lags.a[1]) * rest,
               Tolerance::rounding(8, 1));
}

TEST(Simulate, FollowsItsEquation) {
  const MatrixXd drive = random_matrix(30, 3, "drive");
  const Lags lags{{0.3 * random_matrix(3, 3, "a1"), 0.2 * random_matrix(3, 3, "a2")}};
  const MatrixXd y = simulate(lags, drive, VectorXd::Zero(3), {0});
  for (Index t = 2; t < 30; ++t) {
    const VectorXd expected = lags.a[0] * y.row(t - 1).transpose() +
                              lags.a[1] * y.row(t - 2).transpose() + drive.row(t).transpose();
    EXPECT_CLOSE(y.row(t).transpose(), expected, Tolerance::rounding(64, 1));
  }
}

TEST(LagColumns, NeverReachIntoAnotherRun) {
  const MatrixXd data = random_matrix(10, 2, "data");
  const MatrixXd columns = lag_columns(data, 2, {0, 6});
  ASSERT_EQ(columns.cols(), 4);
  EXPECT_EQ(columns.row(5).head(2), data.row(4));
  EXPECT_EQ(columns.row(5).tail(2), data.row(3));
  EXPECT_TRUE(columns.row(6).array().isNaN().all());
  EXPECT_EQ(columns.row(7).head(2), data.row(6));
  EXPECT_TRUE(columns.row(7).tail(2).array().isNaN().all());
}

}  // namespace
}  // namespace insula::regression
