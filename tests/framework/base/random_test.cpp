// SPDX-License-Identifier: Apache-2.0
#include "framework/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Random123 1.14, tests/kat_vectors, the three lines "philox4x32 10".
TEST(Philox, GivesThePublishedKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Stream, GivesTheSameNumbersForTheSameName) {
  Stream a(7, "bootstrap/gated/V5"), b(7, "bootstrap/gated/V5");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Stream, IsAValueThatContinuesFromItsCopy) {
  Stream stream(7, "task");
  for (int i = 0; i < 3; ++i) stream.bits();
  Stream copy = stream;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(stream.bits(), copy.bits());
}

// One hundred and fifty thousand 64-bit numbers: two equal ones by chance: 6e-10.
TEST(Stream, NeverRepeatsANumberAcrossSeedsAndTasks) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
    for (const char* task : {"", "a", "b", "ab", "ba"}) {
      Stream stream(seed, task);
      for (int i = 0; i < 10000; ++i) EXPECT_TRUE(seen.insert(stream.bits()).second);
    }
  }
}

struct Moments {
  double mean = 0, square = 0, lag = 0;
};

template <class Draw>
Moments moments(int n, const Draw& draw) {
  Moments sum;
  double last = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    sum.mean += x;
    sum.square += x * x;
    sum.lag += x * last;
    last = x;
  }
  return {sum.mean / n, sum.square / n, sum.lag / n};
}

constexpr int kDraws = 200000;

TEST(Uniform, HasTheMomentsOfTheUniformDistribution) {
  Stream stream(3, "uniform");
  const Moments found = moments(kDraws, [&] { return stream.uniform() - 0.5; });
  EXPECT_CLOSE(found.mean, 0, Tolerance::sampling(std::sqrt(1.0 / 12), kDraws));
  EXPECT_CLOSE(found.square, 1.0 / 12, Tolerance::sampling(std::sqrt(1.0 / 180), kDraws));
  EXPECT_CLOSE(found.lag, 0, Tolerance::sampling(1.0 / 12, kDraws));
}

TEST(Uniform, StaysInsideItsOpenEnds) {
  Stream stream(4, "ends");
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GT(u, 0);
    ASSERT_LT(u, 1);
    ASSERT_EQ(std::ldexp(u, 53), std::floor(std::ldexp(u, 53)));  // a multiple of 2^-53
  }
}

TEST(Normal, HasTheMomentsOfTheStandardNormal) {
  Stream stream(5, "normal");
  const Moments found = moments(kDraws, [&] { return stream.normal(); });
  EXPECT_CLOSE(found.mean, 0, Tolerance::sampling(1, kDraws));
  EXPECT_CLOSE(found.square, 1, Tolerance::sampling(std::sqrt(2.0), kDraws));
  EXPECT_CLOSE(found.lag, 0, Tolerance::sampling(1, kDraws));
}

// Kolmogorov-Smirnov distance to the normal distribution; P(D > 3/sqrt(n)) < 2 exp(-18) = 3e-8.
TEST(Normal, HasTheShapeOfTheStandardNormal) {
  Stream stream(6, "shape");
  std::vector<double> x(kDraws);
  for (double& value : x) value = stream.normal();
  std::sort(x.begin(), x.end());
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = 0.5 * std::erfc(-x[i] / std::sqrt(2.0));
    const double below = static_cast<double>(i) / kDraws;
    distance = std::max({distance, std::abs(expected - below), expected - below - 1.0 / kDraws});
  }
  EXPECT_LT(distance, 3 / std::sqrt(static_cast<double>(kDraws)));
}

TEST(Below, ReachesEveryNumberEquallyOften) {
  Stream stream(8, "below");
  constexpr int kSides = 6;
  std::array<int, kSides> count{};
  for (int i = 0; i < kDraws; ++i) ++count.at(stream.below(kSides));
  for (int n : count) {
    EXPECT_CLOSE(static_cast<double>(n) / kDraws,
                 1.0 / kSides,
                 Tolerance::sampling(std::sqrt(5.0) / 6, kDraws));
  }
}

// A plain remainder would give numbers below 2^62 twice as often: for n = 3·2^62 their share is
// 1/3, and 1/2 with the bias.
TEST(Below, HasNoModuloBias) {
  Stream stream(9, "bias");
  const std::uint64_t quarter = std::uint64_t{1} << 62;
  int small = 0;
  for (int i = 0; i < kDraws; ++i) small += stream.below(3 * quarter) < quarter ? 1 : 0;
  EXPECT_CLOSE(static_cast<double>(small) / kDraws,
               1.0 / 3,
               Tolerance::sampling(std::sqrt(2.0) / 3, kDraws));
}

TEST(Below, OfOneIsZeroAndOfZeroIsOurMistake) {
  Stream stream(10, "edge");
  EXPECT_EQ(stream.below(1), 0U);
  EXPECT_THROW(stream.below(0), InternalError);
}

}  // namespace
}  // namespace insula
