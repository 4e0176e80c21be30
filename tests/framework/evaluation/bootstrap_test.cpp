// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/base/error.h"
#include "tests/framework/evaluation/held_out.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

const Bootstrap kBootstrap{32, 400, 7, "bootstrap/test"};

TEST(Score, LiesInItsInterval) {
  const auto folds = simulate(6, 60, 3.22, 0.6, 1);
  for (const Metric& one : metrics()) {
    const Interval95 score95 = score(one, folds, kBootstrap);
    EXPECT_EQ(score95.value, one.score(folds, all_samples(folds)));
    EXPECT_LT(score95.low, score95.value);
    EXPECT_GT(score95.high, score95.value);
  }
}

TEST(Score, IsTheSameForTheSameSeedAndTaskOnly) {
  const auto folds = simulate(6, 60, 3.22, 0.6, 1);
  const Interval95 first = score(metric("r"), folds, kBootstrap);
  const Interval95 again = score(metric("r"), folds, kBootstrap);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  Bootstrap other = kBootstrap;
  other.task = "bootstrap/other";
  EXPECT_NE(score(metric("r"), folds, other).low, first.low);
}

TEST(Score, HasNoBoundsWithFewerThanTwoBlocks) {
  const auto folds = simulate(1, 10, 1, 0.6, 1);
  const Interval95 score95 = score(metric("r"), folds, kBootstrap);
  EXPECT_TRUE(std::isfinite(score95.value));
  EXPECT_TRUE(std::isnan(score95.low));
  EXPECT_TRUE(std::isnan(score95.high));
}

TEST(Score, DrawsWholeBlocks) {
  // Within a block of 32 samples errors are 0 or 1 throughout: a mean of whole blocks is a multiple
  // of 1/4, which single samples would not give.
  auto folds = simulate(1, 128, 1, 0, 1);
  folds[0].predicted.setZero();
  for (Eigen::Index s = 0; s < 128; ++s) folds[0].observed[s] = (s / 32) % 2 == 0 ? 0 : 2;
  const Interval95 score95 = score(metric("log_density"), folds, kBootstrap);
  for (const double bound : {score95.low, score95.high}) {
    const double quarters = (score95.value - bound) / 2 * 4;
    EXPECT_CLOSE(quarters, std::round(quarters), Tolerance::rounding(64, 1));
    EXPECT_NE(quarters, 0);
  }
}

TEST(Score, CutsBlocksWithinRunsAndFolds) {
  // Two runs of 40 s: blocks of 32 s cannot be cut across them, so there are two, and a draw is one
  // of (a, a), (a, b), (b, b).
  auto folds = simulate(1, 80, 1, 0, 1);
  for (Eigen::Index s = 40; s < 80; ++s) {
    folds[0].run[static_cast<std::size_t>(s)] = 1;
    folds[0].time[s] -= 40;
  }
  folds[0].predicted.setZero();
  for (Eigen::Index s = 0; s < 80; ++s) folds[0].observed[s] = s < 40 ? 0 : 2;
  const Interval95 score95 = score(metric("log_density"), folds, kBootstrap);
  EXPECT_CLOSE(score95.high - score95.value, 1, Tolerance::rounding(16, 2));
  EXPECT_CLOSE(score95.value - score95.low, 1, Tolerance::rounding(16, 2));
}

TEST(Difference, OfAModelWithItselfIsExactlyZero) {
  const auto folds = simulate(6, 60, 3.22, 0.6, 1);
  for (const Metric& one : metrics()) {
    const Interval95 zero = difference(one, folds, folds, kBootstrap);
    EXPECT_EQ(zero.value, 0);
    EXPECT_EQ(zero.low, 0);
    EXPECT_EQ(zero.high, 0);
  }
}

TEST(Difference, IsPaired) {
  // Two models that differ by little on noisy data: the paired interval is far narrower than that
  // of either score.
  auto model = simulate(6, 60, 3.22, 0.6, 1), other = model;
  for (HeldOut& fold : other) fold.predicted *= 0.9;
  const Interval95 paired = difference(metric("log_density"), model, other, kBootstrap);
  const Interval95 alone = score(metric("log_density"), model, kBootstrap);
  EXPECT_LT(paired.high - paired.low, 0.3 * (alone.high - alone.low));
  const Interval95 opposite = difference(metric("log_density"), other, model, kBootstrap);
  EXPECT_CLOSE(opposite.low, -paired.high, Tolerance::rounding(16, 2));
}

TEST(Difference, RefusesOtherSamples) {
  const auto model = simulate(2, 60, 3.22, 0.6, 1);
  auto other = model;
  other[1].time[3] += 0.1;
  EXPECT_THROW(difference(metric("r"), model, other, kBootstrap), InternalError);
  other = model;
  other[0].observed[5] += 1;
  EXPECT_THROW(difference(metric("r"), model, other, kBootstrap), InternalError);
  other = model;
  other.pop_back();
  EXPECT_THROW(difference(metric("r"), model, other, kBootstrap), InternalError);
}

TEST(MeanScore, OfEqualChannelsIsThatOfOne) {
  const auto folds = simulate(6, 60, 3.22, 0.6, 1);
  const std::vector<std::vector<HeldOut>> channels{folds, folds, folds};
  const Interval95 one = score(metric("r2"), folds, kBootstrap);
  const Interval95 mean = mean_score(metric("r2"), channels, kBootstrap);
  EXPECT_CLOSE(mean.value, one.value, Tolerance::rounding(8));
  EXPECT_CLOSE(mean.low, one.low, Tolerance::rounding(8, 1));
  EXPECT_CLOSE(mean.high, one.high, Tolerance::rounding(8, 1));
}

TEST(MeanScore, DrawsTheSameStretchesInChannelsOfOtherDelays) {
  // The second channel is the first one sampled half an interval later, and its opposite in sign:
  // what one block adds the other takes away, only if blocks are drawn together.
  auto first = simulate(6, 60, 3.22, 0.9, 4);
  for (HeldOut& fold : first) fold.predicted.setZero();
  auto second = first;
  for (HeldOut& fold : second) {
    fold.time.array() += 1.61;
    // log density falls with the square of the error, and the squares of both sum to a constant.
    fold.observed = (30 - fold.observed.array().square()).sqrt().matrix();
  }
  const std::vector<std::vector<HeldOut>> channels{first, second};
  const Interval95 together = mean_score(metric("log_density"), channels, kBootstrap);
  const Interval95 alone = score(metric("log_density"), first, kBootstrap);
  // A sample beside a block's border may fall to either side: one sample in ten.
  EXPECT_LT(together.high - together.low, 0.1 * (alone.high - alone.low));
}

TEST(MeanScore, LeavesOutAChannelWithoutAScore) {
  const auto folds = simulate(6, 60, 3.22, 0.6, 1);
  auto flat = folds;
  for (HeldOut& fold : flat) fold.observed.setConstant(0.1);
  const std::vector<std::vector<HeldOut>> channels{folds, flat};
  EXPECT_EQ(mean_score(metric("r"), channels, kBootstrap).value,
            score(metric("r"), folds, kBootstrap).value);
  EXPECT_EQ(mean_difference(metric("r"), channels, channels, kBootstrap).high, 0);
}

TEST(Bootstrap, RefusesNonsense) {
  const auto folds = simulate(2, 60, 3.22, 0.6, 1);
  EXPECT_THROW(score(metric("r"), folds, {0, 10, 1, "x"}), InternalError);
  EXPECT_THROW(score(metric("r"), folds, {32, 0, 1, "x"}), InternalError);
}

// The interval of the draws that are handed out is the interval.
TEST(Draws, MakeTheIntervalOfTheMeanScore) {
  const std::vector<std::vector<HeldOut>> channels{simulate(6, 60, 3.22, 0.6, 1),
                                                   simulate(6, 60, 3.22, 0.3, 2)};
  const Interval95 expected = mean_score(metric("r"), channels, kBootstrap);
  const std::vector<double> draws = mean_score_draws(metric("r"), channels, kBootstrap);
  ASSERT_EQ(draws.size(), static_cast<std::size_t>(kBootstrap.draws));
  const Interval95 same =
      interval_of_draws(expected.value, draws, count_blocks(channels, kBootstrap));
  EXPECT_EQ(same.low, expected.low);
  EXPECT_EQ(same.high, expected.high);
  EXPECT_LT(expected.low, expected.high);
}

}  // namespace
}  // namespace insula::evaluation
