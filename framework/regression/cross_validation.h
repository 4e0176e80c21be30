// SPDX-License-Identifier: Apache-2.0
// Cross-validation inside a training part: how linear models choose their penalties, and what error
// they must expect.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "framework/regression/memory.h"
#include "framework/regression/ridge.h"

namespace insula::regression {

/// Which rows of one inner fold are fitted and which are predicted.
struct InnerFold {
  std::vector<Eigen::Index> train, test;
};

inline constexpr int kInnerFolds = 5;

/// Contiguous blocks of equal size over the `rows` in use, in order of time; rows of the same run
/// nearer than `gap` seconds to the block are neither fitted nor predicted.
///
/// Rows with the same number ≥ 0 in `together` (one for each row; or none at all) are in one fold:
/// blocks are then of such groups, in the order in which they first appear, and as equal as they
/// allow; a fold that would be empty is none. Rows that are all of one group are cut as if they
/// were of none.
///
/// Where the gap leaves a fold fewer than 40 % of the rows (short recordings), it is halved until
/// it does not. Fewer than 2·folds rows give no fold. shape   run and time (s) of every row, rows
/// in use ascending → at most `folds` folds
std::vector<InnerFold> inner_folds(const std::vector<int>& run,
                                   const Eigen::VectorXd& time,
                                   const std::vector<Eigen::Index>& rows,
                                   double gap,
                                   int folds = kInnerFolds,
                                   const std::vector<int>& together = {});

/// Mean squared held-out error per target of a procedure that is given the rows to fit and predicts
/// others (rows × targets); NaN without folds.
Eigen::VectorXd held_out_error(const std::vector<InnerFold>& folds,
                               const Eigen::MatrixXd& y,
                               const std::function<Eigen::MatrixXd(const InnerFold&)>& predict);

/// Mean squared held-out error of ridge regression for each penalty: alphas × targets. What it
/// takes, `memory` counts.
/// errors  MemoryExceeded
Eigen::MatrixXd ridge_error(const std::vector<InnerFold>& folds,
                            const RidgeRows& rows,
                            const std::vector<double>& alphas,
                            Scale scale,
                            Memory& memory);

/// The same without a bound of memory.
Eigen::MatrixXd ridge_error(const std::vector<InnerFold>& folds,
                            const RidgeRows& rows,
                            const std::vector<double>& alphas,
                            Scale scale);

/// 10^low … 10^high in equal steps of the exponent, ascending.
std::vector<double> penalty_grid(double low, double high, int steps_per_decade);

/// The row of the smallest error; equal errors choose the largest penalty (the last row), and so do
/// errors that are all NaN.
Eigen::Index best_penalty(const Eigen::VectorXd& error);

}  // namespace insula::regression
