// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/log_factorial.h"
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
  EXPECT_CLOSE(correlation(b.reverse(), 2 * a.reverse() + Eigen::VectorXd::Constant(50, 3)),
               r,
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

TEST(Student, IsTheCauchyDistributionAtOneDegreeAndTheNormalOneInTheLimit) {
  EXPECT_CLOSE(student_distribution(1, 1), 0.75, Tolerance::rounding(4));
  // The next term of the expansion in 1/ν is (t³ + t) φ(t) / (4ν) (A&S 26.7.6).
  EXPECT_CLOSE(student_distribution(1.959963984540054, 1000000),
               0.975,
               Tolerance::because(2e-7, "(t³ + t) φ(t) / (4ν) is 1.4e-7"));
  EXPECT_CLOSE(student_distribution(-2, 7) + student_distribution(2, 7), 1, Tolerance::rounding(4));
}

TEST(Student, HasTheQuantilesOfTheTables) {
  // Abramowitz & Stegun 1964, table 26.10
  EXPECT_CLOSE(student_quantile(0.975, 1), 12.706, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(student_quantile(0.975, 2), 4.303, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(student_quantile(0.975, 5), 2.571, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(student_quantile(0.975, 10), 2.228, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(student_quantile(0.025, 30), -2.042, Tolerance::printed_decimals(3));
  EXPECT_EQ(student_quantile(0.5, 3), 0);
}

TEST(LogFactorial, IsTheSumOfLogarithms) {
  double sum = 0;
  for (int n = 0; n <= 170; ++n) {
    if (n > 0) sum += std::log(n);
    EXPECT_CLOSE(log_factorial(n), sum, Tolerance::rounding(2 * (sum + 1)));
  }
  EXPECT_CLOSE(
      log_factorial(0.5), std::log(std::sqrt(std::numbers::pi) / 2), Tolerance::rounding(4));
}

}  // namespace
}  // namespace insula::numerics
