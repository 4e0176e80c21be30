// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/cross_validation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Rows {
  std::vector<int> run;
  VectorXd time;
  std::vector<Index> in_use;
};

// Runs of random length, of which a share of the rows is in use.
Rows random_rows(Stream& random) {
  Rows rows;
  std::vector<double> time;
  const int runs = 1 + static_cast<int>(random.below(3));
  const double interval = 0.5 + 3 * random.uniform();
  for (int run = 0; run < runs; ++run) {
    const auto n = 40 + static_cast<int>(random.below(200));
    for (int s = 0; s < n; ++s) {
      if (random.uniform() < 0.9) rows.in_use.push_back(static_cast<Index>(time.size()));
      time.push_back(s * interval);
      rows.run.push_back(run);
    }
  }
  rows.time = Eigen::Map<const VectorXd>(time.data(), static_cast<Index>(time.size()));
  return rows;
}

TEST(InnerFolds, TestEachRowInUseOnceAndKeepTheGap) {
  Stream random(5, "inner folds");
  for (int trial = 0; trial < 100; ++trial) {
    const Rows rows = random_rows(random);
    const double gap = 10 * random.uniform();  // small enough never to be halved here
    const auto folds = inner_folds(rows.run, rows.time, rows.in_use, gap);
    ASSERT_EQ(folds.size(), 5u);
    std::vector<Index> tested;
    for (const InnerFold& fold : folds) {
      tested.insert(tested.end(), fold.test.begin(), fold.test.end());
      EXPECT_GE(5 * fold.train.size(), 2 * rows.in_use.size());
      for (const Index a : fold.train) {
        for (const Index b : fold.test) {
          EXPECT_NE(a, b);
          if (rows.run[size_t(a)] == rows.run[size_t(b)]) {
            EXPECT_GE(std::abs(rows.time[a] - rows.time[b]), gap) << "trial " << trial;
          }
        }
      }
    }
    EXPECT_EQ(tested, rows.in_use);
  }
}

TEST(InnerFolds, HalveAGapThatWouldLeaveTooLittle) {
  std::vector<Index> rows(40);
  for (Index i = 0; i < 40; ++i) rows[size_t(i)] = i;
  const VectorXd time = VectorXd::LinSpaced(40, 0, 78);
  for (const InnerFold& fold : inner_folds(std::vector<int>(40, 0), time, rows, 60)) {
    EXPECT_GE(fold.train.size(), 16u);
  }
}

// Two runs of one stimulus, and a third of its own: as the folds outside cut them.
TEST(InnerFolds, KeepRunsThatRepeatAStimulusTogether) {
  std::vector<Index> rows;
  std::vector<int> run, together;
  VectorXd time(90);
  for (Index i = 0; i < 90; ++i) {
    rows.push_back(i);
    run.push_back(static_cast<int>(i / 30));
    time[i] = static_cast<double>(i % 30);
    together.push_back(i < 60 ? static_cast<int>(i % 30) : -1);
  }
  const auto folds = inner_folds(run, time, rows, 2, 3, together);
  ASSERT_EQ(folds.size(), 3u);
  std::vector<Index> tested;
  for (const InnerFold& fold : folds) {
    tested.insert(tested.end(), fold.test.begin(), fold.test.end());
    EXPECT_EQ(fold.test.size(), 30u);
    for (const Index a : fold.train) {
      for (const Index b : fold.test) {
        EXPECT_FALSE(a < 60 && b < 60 && a % 30 == b % 30) << a << " " << b;
        if (run[size_t(a)] == run[size_t(b)]) {
          EXPECT_GE(std::abs(time[a] - time[b]), 2);
        }
      }
    }
  }
  std::ranges::sort(tested);
  EXPECT_EQ(tested, rows);
  EXPECT_EQ(folds[0].test.front(), 0);
  EXPECT_EQ(folds[0].test.back(), 30 + 14);
  EXPECT_EQ(folds[2].test.front(), 60);
}

// Types of stimuli that alternate, of which one is rare.
TEST(InnerFolds, KeepTypesOfStimuliTogether) {
  std::vector<Index> rows;
  std::vector<int> together;
  for (Index i = 0; i < 120; ++i) {
    rows.push_back(i);
    together.push_back(i < 4 ? -1 : i % 12 == 0 ? 7 : static_cast<int>(i % 3));
  }
  const VectorXd time = VectorXd::LinSpaced(120, 0, 119);
  const auto folds = inner_folds(std::vector<int>(120, 0), time, rows, 0, 5, together);
  ASSERT_GE(folds.size(), 3u);
  std::size_t tested = 0;
  for (const InnerFold& fold : folds) {
    tested += fold.test.size();
    EXPECT_EQ(fold.train.size() + fold.test.size(), 120u);
    for (const Index a : fold.train) {
      for (const Index b : fold.test) {
        const int mark = together[size_t(a)];
        EXPECT_FALSE(mark >= 0 && mark == together[size_t(b)]);
      }
    }
  }
  EXPECT_EQ(tested, 120u);
  // Of one type there is nothing to keep apart.
  const std::vector<int> one(120, 3);
  const auto blocks = inner_folds(std::vector<int>(120, 0), time, rows, 0, 5, one);
  const auto plain = inner_folds(std::vector<int>(120, 0), time, rows, 0, 5);
  ASSERT_EQ(blocks.size(), 5u);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(blocks[k].test, plain[k].test);
}

TEST(InnerFolds, OfTooFewRowsAreNone) {
  EXPECT_TRUE(inner_folds(std::vector<int>(9, 0), VectorXd::Zero(9), {0, 1, 2, 3}, 1).empty());
  EXPECT_THROW(inner_folds({}, VectorXd(0), {}, 1, 1), InternalError);
}

TEST(RidgeError, DoesNotSeeHeldOutOrGapRows) {
  // What a fold predicts stays the same to the bit whatever stands in rows it does not train on.
  std::vector<Index> all(100);
  for (Index i = 0; i < 100; ++i) all[size_t(i)] = i;
  const auto folds = inner_folds(std::vector<int>(100, 0), VectorXd::LinSpaced(100, 0, 99), all, 8);
  RidgeRows rows{random_matrix(100, 4, "x"),
                 MatrixXd::Ones(100, 1),
                 VectorXd::Zero(1),
                 random_matrix(100, 2, "y")};
  for (const InnerFold& fold : folds) {
    RidgeRows marked = rows;
    marked.y.setConstant(1e6);
    marked.y(fold.train, Eigen::all) = rows.y(fold.train, Eigen::all);
    const auto predict = [&](const RidgeRows& from) {
      return RidgePath(from.select(fold.train), Scale::unit_sd)
          .predict(rows.x, rows.nuisance, {2.0})[0];
    };
    EXPECT_EQ(predict(rows), predict(marked));
  }
}

TEST(RidgeError, IsThatOfTheProcedureItStandsFor) {
  std::vector<Index> all(60);
  for (Index i = 0; i < 60; ++i) all[size_t(i)] = i;
  const auto folds = inner_folds(std::vector<int>(60, 0), VectorXd::LinSpaced(60, 0, 59), all, 3);
  const RidgeRows rows{random_matrix(60, 4, "x"),
                       MatrixXd::Ones(60, 1),
                       VectorXd::Zero(1),
                       random_matrix(60, 2, "y")};
  const VectorXd slow = held_out_error(folds, rows.y, [&](const InnerFold& fold) -> MatrixXd {
    const RidgePath path(rows.select(fold.train));
    const MatrixXd weights = path.weights(VectorXd::Constant(2, 10));
    return (rows.x * weights + rows.nuisance * path.nuisance_weights(weights))(fold.test,
                                                                               Eigen::all);
  });
  const MatrixXd fast = ridge_error(folds, rows, {1, 10}, Scale::as_given);
  EXPECT_CLOSE(fast.row(1).transpose(), slow, Tolerance::rounding(200));
}

TEST(HeldOutError, WithoutFoldsIsNotANumber) {
  const VectorXd error =
      held_out_error({}, MatrixXd::Ones(3, 2), [](const InnerFold&) { return MatrixXd(); });
  EXPECT_TRUE(error.array().isNaN().all());
}

TEST(BestPenalty, PrefersTheLargestOfEqualOnes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(best_penalty(Eigen::Vector3d(1, 1, 2)), 1);
  EXPECT_EQ(best_penalty(Eigen::Vector3d(3, 2, 2)), 2);
  EXPECT_EQ(best_penalty(Eigen::Vector3d(1, nan, nan)), 0);
  EXPECT_EQ(best_penalty(Eigen::Vector3d(nan, nan, nan)), 2);
}

TEST(PenaltyGrid, StepsEquallyInTheExponent) {
  const auto grid = penalty_grid(-1, 1, 2);
  ASSERT_EQ(grid.size(), 5u);
  EXPECT_CLOSE(grid[0], 0.1, Tolerance::rounding(2));
  EXPECT_CLOSE(grid[3], std::sqrt(10.0), Tolerance::rounding(2));
  EXPECT_CLOSE(grid[4], 10, Tolerance::rounding(2));
}

}  // namespace
}  // namespace insula::regression
