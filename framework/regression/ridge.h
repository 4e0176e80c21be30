// SPDX-License-Identifier: Apache-2.0
// Ridge regression beside nuisance columns that are free or only partly penalised.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

namespace insula::regression {

/// Rows of a regression. Nuisance columns have their own fixed penalties; those that are 0 make a
/// column free, as an intercept is.
struct RidgeRows {
  Eigen::MatrixXd x;                 // rows × p
  Eigen::MatrixXd nuisance;          // rows × K; K may be 0
  Eigen::VectorXd nuisance_penalty;  // K
  Eigen::MatrixXd y;                 // rows × targets

  RidgeRows select(const std::vector<Eigen::Index>& rows) const;
};

enum class Scale {
  as_given,
  unit_sd,  // columns of x are divided by their standard deviation over the fitted rows
};

/// What columns are multiplied by before a fit; under unit_sd 0 drops one that is constant to
/// rounding. shape  rows × p → p
Eigen::VectorXd column_factor(const Eigen::MatrixXd& x, Scale scale);

/// Rows from which the nuisance has been taken out, ready for any penalty.
struct RidgeMoments {
  Eigen::VectorXd factor;          // p: what columns were multiplied by; 0 drops one
  Eigen::MatrixXd x_left, y_left;  // what the nuisance leaves, x scaled
  Eigen::MatrixXd gram, cross;     // x'x and x'y of these; empty if p exceeds the rows
  Eigen::MatrixXd x_on_nuisance, y_on_nuisance;  // K × p, K × targets
};

RidgeMoments ridge_moments(const RidgeRows& rows, Scale scale);

/// Bytes that are in use at most while a RidgePath is made of so many rows, beside these; and those
/// that it holds then.
std::size_t ridge_making_bytes(Eigen::Index rows,
                               Eigen::Index columns,
                               Eigen::Index nuisance,
                               Eigen::Index targets);
std::size_t ridge_path_bytes(Eigen::Index rows, Eigen::Index columns, Eigen::Index targets);

/// The fits of one set of rows for every penalty α, from one eigendecomposition:
///
///   ‖y − Xβ − Zγ‖² + α Σ_j r_j (s_j β_j)² + Σ_k d_k γ_k²
///
/// with s_j the standard deviation of column j (1 if as given), r_j its relative penalty (default
/// 1) and d the nuisance penalties. A column that is constant to rounding gets no weight under
/// unit_sd.
///
/// domain  α > 0
/// source  Hoerl & Kennard 1970, Technometrics 12:55; Frisch & Waugh 1933 for the nuisance
/// cost    O(n·q²) for the decomposition, q = min(n, p), then O(p·q) per α and target
class RidgePath {
 public:
  explicit RidgePath(const RidgeRows& rows, Scale scale = Scale::as_given)
      : RidgePath(ridge_moments(rows, scale), {}) {}
  RidgePath(const RidgeMoments& moments, const Eigen::VectorXd& relative_penalty);

  /// β, p × targets, with one α for each target; in the units of the columns as given.
  Eigen::MatrixXd weights(const Eigen::VectorXd& alpha) const;
  /// γ, K × targets, that goes with these weights.
  Eigen::MatrixXd nuisance_weights(const Eigen::MatrixXd& weights) const;
  /// For every α of a grid, predictions of new rows: rows × targets.
  std::vector<Eigen::MatrixXd> predict(const Eigen::MatrixXd& x,
                                       const Eigen::MatrixXd& nuisance,
                                       const std::vector<double>& alphas) const;

 private:
  Eigen::MatrixXd basis_;                          // p × q, scaled back to the columns as given
  Eigen::VectorXd eigenvalue_;                     // q
  Eigen::MatrixXd projected_;                      // q × targets
  Eigen::MatrixXd x_on_nuisance_, y_on_nuisance_;  // K × p, K × targets
};

}  // namespace insula::regression
