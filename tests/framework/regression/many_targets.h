// SPDX-License-Identifier: Apache-2.0
// Synthetic features and targets for the ridge family.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/regression/cross_validation.h"
#include "framework/regression/feature_rows.h"
#include "tests/framework/regression/random_matrix.h"

namespace insula::regression {

template <typename T>
struct ManyTargets {
  Dense<T> x, y;
};

/// Normal features; each target is a few of them, an offset, and noise of its own size.
template <typename T>
ManyTargets<T> many_targets(Eigen::Index n, Eigen::Index p, Eigen::Index targets) {
  const Eigen::MatrixXd x = random_matrix(n, p, "features");
  Eigen::MatrixXd y = x * random_matrix(p, targets, "weights") / std::sqrt(double(p));
  const Eigen::MatrixXd noise = random_matrix(n, targets, "noise");
  for (Eigen::Index t = 0; t < targets; ++t) {
    y.col(t) += (0.3 + 3.0 * double(t) / double(targets)) * noise.col(t);
    y.col(t).array() += 2;
  }
  return {x.cast<T>(), y.cast<T>()};
}

/// Contiguous folds of rows one second apart, with a gap in seconds.
inline std::vector<InnerFold> contiguous_folds(Eigen::Index n, int folds, double gap = 0) {
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(n));
  for (Eigen::Index i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
  const Eigen::VectorXd time = Eigen::VectorXd::LinSpaced(n, 0, double(n - 1));
  return inner_folds(std::vector<int>(rows.size(), 0), time, rows, gap, folds);
}

/// The same features, but handed out in pieces by a function.
template <typename T>
FeatureRows<T> streamed(const Dense<T>& x) {
  FeatureRows<T> rows = rows_of(x);
  rows.whole = nullptr;
  return rows;
}

}  // namespace insula::regression
