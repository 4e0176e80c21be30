// SPDX-License-Identifier: Apache-2.0
// Ridge regression of many rows or features by one Cholesky factor for each penalty, where
// eigenvectors take too much memory or, of a few penalties, too long.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/regression/feature_rows.h"
#include "framework/regression/leave_out.h"
#include "framework/regression/memory.h"

namespace insula::regression {

/// Whether an eigendecomposition of so many rows has room in the memory that is left.
template <typename T>
bool has_room_for_eigenvectors(Eigen::Index rows, const Memory& memory);

/// Whether factors of a kernel of so many rows take less time than its eigenvectors.
bool factors_are_faster(Eigen::Index rows, std::size_t penalties);

/// Mean squared held-out errors (alphas × targets) as of leave_out_error, and for each target the
/// weights of rows at its best penalty, as choose_penalties() chooses it. With Q = (K + α)⁻¹ on
/// what the nuisance leaves, and b the rows that a fold does not train on:
///
///   r_b = (Q_bb)⁻¹ (Q y)_b,   weights Q y
///
/// Returns false if numbers of type T do not carry this far, or at all.
///
/// shape   kernel n × n, of which the lower triangle is read, and is the same afterwards but for
///         what the nuisance spans; row_weights n × targets
/// cost    for each penalty ⅔ n³ + 2 n² targets in products and factors, beside Σ_b of n |b|²; and
///         n·(|b| + targets) numbers of memory
template <typename T>
bool factored_dual(DenseOut<T> kernel,
                   const ClearedRows<T>& x,
                   Eigen::Index real_rows,
                   const std::vector<InnerFold>& folds,
                   const std::vector<double>& alphas,
                   Memory& memory,
                   Eigen::MatrixXd& errors,
                   DenseOut<T> row_weights);

/// The same by the products of features, G = X'X (p × p; both triangles are written) and X'y, which
/// become the weights (p × targets). With W = L⁻¹ X_b', L the factor of G + α, and N the nuisance:
///
///   r_b = (I − W'W − N_b N_b')⁻¹ (y − X (G + α)⁻¹ X'y)_b
///
/// cost    for each penalty p³/3 + n p² + 2 (p² + n p) targets and one reading of the rows left
///         out; p·(|b| + 2 targets) + |b|·(|b| + targets) numbers of memory
template <typename T>
bool factored_primal(DenseOut<T> gram,
                     const ClearedRows<T>& x,
                     Eigen::Index real_rows,
                     const std::vector<InnerFold>& folds,
                     const std::vector<double>& alphas,
                     Memory& memory,
                     Eigen::MatrixXd& errors,
                     DenseOut<T> cross);

}  // namespace insula::regression
