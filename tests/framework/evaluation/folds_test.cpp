// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/folds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

TEST(SplitBlocks, CutsOneRunIntoEqualParts) {
  const auto folds = split_blocks({1159.2}, 6);
  ASSERT_EQ(folds.size(), 6u);
  for (std::size_t k = 0; k < 6; ++k) {
    ASSERT_EQ(folds[k].test.size(), 1u);
    EXPECT_CLOSE(folds[k].test[0].end - folds[k].test[0].begin, 193.2, Tolerance::rounding(16));
  }
  EXPECT_EQ(folds[0].name, "1");
  EXPECT_EQ(folds[5].name, "6");
  EXPECT_EQ(folds[0].test[0].begin, 0);
  EXPECT_EQ(folds[5].test[0].end, 1159.2);
}

TEST(SplitBlocks, GivesABlockThatCrossesARunsEndTwoIntervals) {
  const auto folds = split_blocks({100, 200}, 2);
  ASSERT_EQ(folds[0].test.size(), 2u);
  EXPECT_EQ(folds[0].test[0].run, 0u);
  EXPECT_EQ(folds[0].test[0].end, 100);
  EXPECT_EQ(folds[0].test[1].run, 1u);
  EXPECT_EQ(folds[0].test[1].begin, 0);
  EXPECT_EQ(folds[0].test[1].end, 50);
  ASSERT_EQ(folds[1].test.size(), 1u);
  EXPECT_EQ(folds[1].test[0].begin, 50);
}

TEST(SplitBlocks, LeavesNoSliverWhereABlockEndsWithARun) {
  // 3 · 0.1 is not 0.3 in binary.
  for (const Fold& fold : split_blocks({0.1, 0.1, 0.1}, 3)) EXPECT_EQ(fold.test.size(), 1u);
}

TEST(SplitRuns, LeavesOneRunOut) {
  const auto folds = split_runs({"a", "b"}, {10, 20});
  ASSERT_EQ(folds.size(), 2u);
  EXPECT_EQ(folds[1].name, "b");
  EXPECT_EQ(part_of(folds[1], 1, 19.9, 32), Part::test);
  EXPECT_EQ(part_of(folds[1], 0, 9.9, 32), Part::train);
}

TEST(Folds, RefuseWhatCannotBeSplit) {
  EXPECT_THROW(split_blocks({10}, 1), InternalError);
  EXPECT_THROW(split_blocks({}, 2), InternalError);
  EXPECT_THROW(split_blocks({10, 0}, 2), InternalError);
  EXPECT_THROW(split_blocks({std::numeric_limits<double>::quiet_NaN()}, 2), InternalError);
  EXPECT_THROW(split_runs({"a"}, {10}), InternalError);
  EXPECT_THROW(split_runs({"a", "b"}, {10}), InternalError);
}

TEST(PartOf, IsHalfOpenAndGapsLieOnBothSides) {
  const Fold fold{"1", {{0, 10, 20}}};
  EXPECT_EQ(part_of(fold, 0, 10, 5), Part::test);
  EXPECT_EQ(part_of(fold, 0, 20, 5), Part::gap);
  EXPECT_EQ(part_of(fold, 0, 24.9, 5), Part::gap);
  EXPECT_EQ(part_of(fold, 0, 25, 5), Part::train);
  EXPECT_EQ(part_of(fold, 0, 5.1, 5), Part::gap);
  EXPECT_EQ(part_of(fold, 0, 5, 5), Part::train);
  EXPECT_EQ(part_of(fold, 1, 15, 5), Part::train);
  EXPECT_EQ(part_of(fold, 0, 20, 0), Part::train);
}

TEST(Folds, TestEverySampleOnceAndNeverTrainWithinTheGap) {
  Stream random(3, "folds");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> duration(1 + random.below(4));
    for (double& d : duration) d = std::round(10 + 500 * random.uniform());
    const int count = 2 + static_cast<int>(random.below(8));
    const double gap = 40 * random.uniform(), interval = 0.5 + 3 * random.uniform();
    const auto folds = split_blocks(duration, count);
    SCOPED_TRACE(testing::Message() << "trial " << trial << ": " << count << " folds, gap " << gap);
    ASSERT_EQ(folds.size(), static_cast<std::size_t>(count));
    for (std::size_t run = 0; run < duration.size(); ++run) {
      for (double t = 0; t < duration[run]; t += interval) {
        int tested = 0;
        for (const Fold& fold : folds) tested += part_of(fold, run, t, gap) == Part::test;
        EXPECT_EQ(tested, 1) << "run " << run << " at " << t;
      }
    }
    for (const Fold& fold : folds) {
      for (std::size_t run = 0; run < duration.size(); ++run) {
        for (double t = 0; t < duration[run]; t += interval) {
          if (part_of(fold, run, t, gap) != Part::train) continue;
          for (double s = 0; s < duration[run]; s += interval) {
            if (part_of(fold, run, s, gap) == Part::test) {
              EXPECT_GE(std::abs(t - s), gap);
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace insula::evaluation
