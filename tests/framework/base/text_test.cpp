// SPDX-License-Identifier: Apache-2.0
#include "framework/base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "framework/base/random.h"

namespace insula {
namespace {

const std::vector<std::string> kNames{"gain", "tau", "threshold", "duration"};

TEST(NearestName, FindsASwapADropAnAdditionAndAWrongLetter) {
  EXPECT_EQ(nearest_name("gian", kNames), "gain");
  EXPECT_EQ(nearest_name("durtion", kNames), "duration");
  EXPECT_EQ(nearest_name("taus", kNames), "tau");
  EXPECT_EQ(nearest_name("thteshold", kNames), "threshold");
}

TEST(NearestName, IgnoresCase) { EXPECT_EQ(nearest_name("TAU", kNames), "tau"); }

TEST(NearestName, AllowsOneEditInShortNamesAndAThirdOfTheLengthInLongOnes) {
  EXPECT_EQ(nearest_name("tu", kNames), "tau");
  EXPECT_EQ(nearest_name("tqq", kNames), "");
  EXPECT_EQ(nearest_name("threxxxld", kNames), "threshold");  // 3 edits of 9 letters
  EXPECT_EQ(nearest_name("thxxxxold", kNames), "");           // 4 edits of 9 letters
}

TEST(NearestName, TakesTheFirstOfEquallyNearCandidates) {
  const std::vector<std::string> names{"V5", "V4"};
  EXPECT_EQ(nearest_name("V3", names), "V5");
}

TEST(NearestName, PrefersTheNearerOfTwo) {
  const std::vector<std::string> names{"abcdefgxx", "abcdefghx"};
  EXPECT_EQ(nearest_name("abcdefghi", names), "abcdefghx");
}

TEST(NearestName, IsNothingAmongNothing) { EXPECT_EQ(nearest_name("tau", {}), ""); }

TEST(NameHint, ListsAllNamesAndTheNearest) {
  EXPECT_EQ(name_hint("gian", kNames),
            "did you mean 'gain'? it has: gain, tau, threshold, duration");
  EXPECT_EQ(name_hint("weight", kNames), "it has: gain, tau, threshold, duration");
  EXPECT_EQ(name_hint("gian", kNames, "it can be"),
            "did you mean 'gain'? it can be: gain, tau, threshold, duration");
  EXPECT_EQ(name_hint("weight", {}), "it has nothing");
}

TEST(InWords, JoinsTheLastTwoWithAnd) {
  const std::vector<std::string> abc{"a", "b", "c"};
  EXPECT_EQ(in_words({}), "");
  EXPECT_EQ(in_words(std::span(abc).first(1)), "a");
  EXPECT_EQ(in_words(std::span(abc).first(2)), "a and b");
  EXPECT_EQ(in_words(abc), "a, b and c");
}

TEST(NumberText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(-3), "-3");
  EXPECT_EQ(number_text(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(number_text(std::nan("")), "n/a");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(NumberText, ReadsBackAsTheSameDouble) {
  Stream stream(1, "number_text");
  for (int i = 0; i < 1000; ++i) {
    const double value = stream.normal() * std::pow(10.0, 300 * (2 * stream.uniform() - 1));
    EXPECT_EQ(std::strtod(number_text(value).c_str(), nullptr), value);
  }
}

TEST(ShortNumber, RoundsToItsDigitsWithoutTrailingZeros) {
  EXPECT_EQ(short_number(3.14159), "3.14");
  EXPECT_EQ(short_number(2.0), "2");
  EXPECT_EQ(short_number(0.000123456, 2), "0.00012");
  EXPECT_EQ(short_number(-1234567), "-1.23e+06");
  EXPECT_EQ(short_number(std::nan("")), "n/a");
}

}  // namespace
}  // namespace insula
