// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/step_signal.h"

#include <gtest/gtest.h>

#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

using Numbers = std::vector<double>;

StepSignal from(Numbers onset, Numbers value) {
  StepSignal signal;
  signal.onset = std::move(onset);
  signal.value = std::move(value);
  return signal;
}

TEST(StepSignal, IsZeroBeforeItsFirstOnset) {
  const StepSignal signal = from({1, 2}, {3, 5});
  EXPECT_EQ(signal.at(0), 0);
  EXPECT_EQ(signal.at(0.999), 0);
  EXPECT_EQ(StepSignal{}.at(4), 0);
}

TEST(StepSignal, HoldsItsValueUntilTheNextOnset) {
  const StepSignal signal = from({1, 2}, {3, 5});
  EXPECT_EQ(signal.at(1), 3);
  EXPECT_EQ(signal.at(1.999), 3);
  EXPECT_EQ(signal.at(2), 5);
  EXPECT_EQ(signal.at(1e9), 5);
}

TEST(Sampled, MergesEqualNeighboursAndEndsInZero) {
  const StepSignal signal = sampled("x", Numbers{0, 0, 1, 1, 2, 0, 3}, 10, 0.5);
  EXPECT_EQ(signal.name, "x");
  EXPECT_EQ(signal.onset, (Numbers{11, 12, 12.5, 13, 13.5}));
  EXPECT_EQ(signal.value, (Numbers{1, 2, 0, 3, 0}));
}

TEST(Sampled, GivesEverySampleBackInTheMiddleOfItsInterval) {
  Stream stream(1, "sampled");
  Numbers values(500);
  for (double& x : values) x = static_cast<double>(stream.below(3));
  const StepSignal signal = sampled("x", values, -2, 0.20125);
  for (std::size_t k = 0; k < values.size(); ++k) {
    ASSERT_EQ(signal.at(-2 + (static_cast<double>(k) + 0.5) * 0.20125), values[k]) << k;
  }
  for (std::size_t k = 1; k < signal.onset.size(); ++k) {
    EXPECT_LT(signal.onset[k - 1], signal.onset[k]);
    EXPECT_NE(signal.value[k - 1], signal.value[k]);
  }
}

TEST(Boxcars, AreOnFromOnsetForTheirDuration) {
  const StepSignal signal = boxcars("x", {{5, 2, 1.5}, {1, 1, 1}});
  EXPECT_EQ(signal.onset, (Numbers{1, 2, 5, 7}));
  EXPECT_EQ(signal.value, (Numbers{1, 0, 1.5, 0}));
}

TEST(Boxcars, AddWhereTheyOverlap) {
  const StepSignal signal = boxcars("x", {{0, 4, 1}, {1, 2, 10}, {2, 4, 100}});
  EXPECT_EQ(signal.onset, (Numbers{0, 1, 2, 3, 4, 6}));
  EXPECT_EQ(signal.value, (Numbers{1, 11, 111, 101, 100, 0}));
}

TEST(Boxcars, ThatTouchLeaveNeitherGapNorOverlap) {
  // 0.1 + 0.2 is not 0.3 in binary.
  const StepSignal signal =
      boxcars("x", {{0.1, 0.2, 1}, {0.3, 0.2, 1}, {32.2, 32.2, 1}, {64.4, 1, 1}});
  EXPECT_EQ(signal.onset.size(), 4U);
  EXPECT_EQ(signal.value, (Numbers{1, 0, 1, 0}));
}

TEST(Boxcars, LeaveNoRoundingBehind) {
  const StepSignal signal = boxcars("x", {{0, 3, 0.1}, {1, 3, 0.2}, {2, 3, 0.3}});
  EXPECT_EQ(signal.value.back(), 0);
  EXPECT_EQ(signal.at(4.5), 0.3);
}

TEST(Boxcars, KeepTheAreaOfTheirEvents) {
  Stream stream(2, "boxcars");
  for (int round = 0; round < 200; ++round) {
    std::vector<Event> events(1 + stream.below(30));
    double area = 0, size = 0;
    for (Event& event : events) {
      event = {100 * stream.uniform(), 0.01 + 10 * stream.uniform(), stream.normal()};
      area += event.duration * event.amplitude;
      size += event.duration * std::abs(event.amplitude);
    }
    const StepSignal signal = boxcars("x", events);
    double integral = 0;
    for (std::size_t k = 0; k + 1 < signal.onset.size(); ++k) {
      integral += signal.value[k] * (signal.onset[k + 1] - signal.onset[k]);
    }
    // About 60 pieces, whose times near 100 s are held to eps · 100 and heights up to about 10.
    EXPECT_CLOSE(integral, area, Tolerance::rounding(60, 10 * 100 + size)) << round;
    EXPECT_EQ(signal.value.back(), 0) << round;
  }
}

TEST(Cut, KeepsWhatLiesInTheRun) {
  const StepSignal signal = cut(from({-3, -1, 2, 10, 12}, {1, 2, 3, 4, 0}), 10);
  EXPECT_EQ(signal.onset, (Numbers{0, 2}));
  EXPECT_EQ(signal.value, (Numbers{2, 3}));
  EXPECT_TRUE(cut(from({-3, -1}, {1, 0}), 10).onset.empty());
  EXPECT_EQ(cut(from({0, 4}, {1, 2}), 10).onset, (Numbers{0, 4}));
}

TEST(Clipped, MergesWhatBecomesEqual) {
  const StepSignal signal = clipped(from({1, 2, 3, 4}, {1, 2, -1, 0.5}), 0, 1);
  EXPECT_EQ(signal.onset, (Numbers{1, 3, 4}));
  EXPECT_EQ(signal.value, (Numbers{1, 0, 0.5}));
}

}  // namespace
}  // namespace insula::dataset
