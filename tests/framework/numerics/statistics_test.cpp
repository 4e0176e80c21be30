// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  EXPECT_EQ(quantile({3, 1, 2}, 0), 1);
  EXPECT_EQ(quantile({3, 1, 2}, 1), 3);
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_CLOSE(quantile({4, 1, 3, 2}, 0.4), 2.2, Tolerance::rounding(4));
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(Quantile, KeepsAnInfiniteValueOutOfItsNeighbour) {
  EXPECT_EQ(quantile({-std::numeric_limits<double>::infinity(), 1, 2}, 0.5), 1);
}

TEST(Correlation, IsOneForAnyRisingLine) {
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(20, -1, 5);
  EXPECT_CLOSE(correlation(x, (3 * x.array() + 1e3).matrix()), 1, Tolerance::rounding(1e4));
  EXPECT_CLOSE(correlation(x, -x), -1, Tolerance::rounding(8));
}

TEST(Correlation, IgnoresOrderScaleAndShift) {
  Stream random(2, "correlation");
  Eigen::VectorXd a(50), b(50);
  for (Eigen::Index i = 0; i < 50; ++i) a[i] = random.normal(), b[i] = a[i] + random.normal();
  const double r = correlation(a, b);
  EXPECT_CLOSE(correlation(b.reverse(), 2 * a.reverse() + Eigen::VectorXd::Constant(50, 3)), r,
               Tolerance::rounding(100));
  EXPECT_GT(r, 0.4);
  EXPECT_LT(r, 0.95);
}

TEST(Correlation, IsNotANumberForAConstant) {
  // 0.1 cannot be written exactly: its mean may differ from it by a rounding.
  const Eigen::VectorXd constant = Eigen::VectorXd::Constant(7, 0.1);
  EXPECT_TRUE(std::isnan(correlation(constant, Eigen::VectorXd::LinSpaced(7, 0, 1))));
  EXPECT_THROW(correlation(constant, Eigen::VectorXd::Zero(6)), InternalError);
}

}  // namespace
}  // namespace insula::numerics
