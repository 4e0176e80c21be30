// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tolerance.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace insula {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Tolerance, OfRoundingGrowsWithTheNumberOrItsScale) {
  EXPECT_TRUE(Tolerance::rounding(4).allows(100 * (1 + 4 * kEpsilon), 100));
  EXPECT_FALSE(Tolerance::rounding(4).allows(100 * (1 + 6 * kEpsilon), 100));
  EXPECT_FALSE(Tolerance::rounding(4).allows(kEpsilon, 0));
  EXPECT_TRUE(Tolerance::rounding(4, 1).allows(kEpsilon, 0));
}

TEST(Tolerance, OfTruncationFallsWithThePowerOfTheStep) {
  EXPECT_EQ(Tolerance::truncation(3, 0.5, 2).bound(7), 0.75);
}

TEST(Tolerance, OfPrintedNumbersIsHalfTheirLastDigit) {
  EXPECT_TRUE(Tolerance::printed_digits(3).allows(0.012349, 0.0123));
  EXPECT_FALSE(Tolerance::printed_digits(3).allows(0.012351, 0.0123));
  EXPECT_TRUE(Tolerance::printed_decimals(2).allows(100.004, 100.00));
  EXPECT_FALSE(Tolerance::printed_decimals(2).allows(100.006, 100.00));
}

TEST(Tolerance, OfSamplingIsFiveStandardErrors) {
  EXPECT_EQ(Tolerance::sampling(2, 100).bound(0), 1);
}

TEST(Tolerance, NeverTakesNanOrAnInfinityForAnythingElse) {
  const Tolerance wide = Tolerance::because(1e300, "wide");
  EXPECT_FALSE(wide.allows(std::nan(""), 0));
  EXPECT_FALSE(wide.allows(0, std::nan("")));
  EXPECT_FALSE(wide.allows(std::nan(""), std::nan("")));
  EXPECT_FALSE(Tolerance::rounding(1).allows(0, kInfinity));
  EXPECT_FALSE(Tolerance::rounding(1).allows(-kInfinity, kInfinity));
  EXPECT_TRUE(Tolerance::rounding(1).allows(kInfinity, kInfinity));
}

TEST(ExpectClose, PrintsTheReasonOfTheBoundThatFailed) {
  EXPECT_NONFATAL_FAILURE(EXPECT_CLOSE(2.0, 1.0, Tolerance::because(0.5, "the paper rounds")),
                          "they differ by 1, allowed is 0.5 (the paper rounds)");
}

TEST(ExpectClose, ComparesMatricesEntryByEntry) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(2, 3);
  EXPECT_CLOSE(a, Eigen::MatrixXd::Zero(2, 3), Tolerance::rounding(1));
  a(1, 2) = 1;
  EXPECT_NONFATAL_FAILURE(EXPECT_CLOSE(a, Eigen::MatrixXd::Zero(2, 3), Tolerance::rounding(1)),
                          "entry (1, 2)");
  EXPECT_NONFATAL_FAILURE(EXPECT_CLOSE(a, Eigen::MatrixXd::Zero(3, 2), Tolerance::rounding(1)),
                          "a is 2 x 3");
}

}  // namespace
}  // namespace insula
