// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/config/reader.h"

namespace insula::config {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Range, ContainsItsClosedEndsOnly) {
  const Range half_open{0, 1, false, true};
  EXPECT_TRUE(half_open.contains(0));
  EXPECT_TRUE(half_open.contains(0.5));
  EXPECT_FALSE(half_open.contains(1));
  EXPECT_FALSE(positive.contains(0));
  EXPECT_TRUE(positive.contains(1e-300));
  EXPECT_TRUE(not_negative.contains(0));
  EXPECT_FALSE(unit_interval.contains(0));
  EXPECT_FALSE(unit_interval.contains(1));
}

TEST(Range, ContainsNothingThatIsNotFinite) {
  EXPECT_FALSE(any_number.contains(kInfinity));
  EXPECT_FALSE(any_number.contains(-kInfinity));
  EXPECT_FALSE(any_number.contains(std::nan("")));
}

TEST(Range, SaysItselfInWords) {
  EXPECT_EQ(any_number.in_words(), "any number");
  EXPECT_EQ(positive.in_words(), "positive");
  EXPECT_EQ(not_negative.in_words(), "not negative");
  EXPECT_EQ((Range{-kInfinity, 0, false, true}.in_words()), "negative");
  EXPECT_EQ((Range{-kInfinity, 0}.in_words()), "not positive");
  EXPECT_EQ((Range{0, 1}.in_words()), "between 0 and 1");
  EXPECT_EQ(unit_interval.in_words(), "above 0 and below 1");
  EXPECT_EQ((Range{0, 1, false, true}.in_words()), "at least 0 and below 1");
  EXPECT_EQ((Range{3, kInfinity, true}.in_words()), "above 3");
  EXPECT_EQ((Range{3}.in_words()), "at least 3");
  EXPECT_EQ((Range{-kInfinity, 0.5, false, true}.in_words()), "below 0.5");
  EXPECT_EQ((Range{-kInfinity, 0.5}.in_words()), "at most 0.5");
}

}  // namespace
}  // namespace insula::config
