// SPDX-License-Identifier: Apache-2.0
// The held-out error of ridge regression for many penalties and targets, from one
// eigendecomposition: what a fit without a block of rows predicts for them follows from the fit to
// all rows.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "framework/numerics/dense.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/memory.h"

namespace insula::regression {

using numerics::Dense;
using numerics::DenseIn;
using numerics::DenseOut;
using numerics::DenseVector;

/// A ridge regression in the basis of its eigenvectors. With features X that the nuisance leaves
/// (see ClearedRows) and targets y:
///
///   primal  X'X = V Λ V', rows of X V, cross V'X'y
///   dual    X X' = U Λ U' without the span of the nuisance, rows of U, cross U'y
template <typename T>
struct RotatedRidge {
  bool dual = false;
  DenseVector<T> values;  // q: Λ
  /// Writes the named rows (ascending), each of q entries.
  std::function<void(const std::vector<Eigen::Index>& rows, DenseOut<T> into)> rows;
  Eigen::Index real_rows = 0;  // those after them stand for penalties of the nuisance
  DenseIn<T> y;                // n × targets
  DenseIn<T> cross;            // q × targets
  DenseIn<T> nuisance;         // n × rank, orthonormal
};

/// The mean squared held-out error of every penalty and target, alphas × targets: that of refits
/// without the rows that a fold does not train on, nuisance included.
///
/// With H the matrix that maps targets on fitted values and b the rows left out, their residual is
///   r_b = (I − H_bb)⁻¹ (y − H y)_b                  (primal)
///       = (Q_bb)⁻¹ (Q y)_b,  Q = (X X' + α)⁻¹         (dual; nothing cancels)
///
/// Returns false if the numbers of type T do not carry this far, which happens where a penalty is
/// tiny and the rows that are left are about as many as the features.
///
/// shape   folds name rows below n; alphas > 0
/// cost    2·n·q·targets per penalty in matrix products, the rest of lower order
/// source  Sherman-Morrison-Woodbury; Golub, Heath & Wahba 1979, Technometrics 21:215, for blocks
///         of one row
template <typename T>
bool leave_out_error(const RotatedRidge<T>& ridge,
                     const std::vector<InnerFold>& folds,
                     const std::vector<double>& alphas,
                     Memory& memory,
                     Eigen::MatrixXd& error);

}  // namespace insula::regression
