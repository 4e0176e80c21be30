// SPDX-License-Identifier: Apache-2.0
// Steps that the members of the ridge family share.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/regression/feature_rows.h"
#include "framework/regression/leave_out.h"
#include "framework/regression/memory.h"

namespace insula::regression {

/// Eigenvectors in place of the lower triangle of a Gram matrix, and its eigenvalues, none below 0.
/// errors  InputError if an entry is not finite
template <typename T>
DenseVector<T> decompose(DenseOut<T> gram, Memory& memory);

/// The same of x x', whose null space holds the nuisance: only vectors that are orthogonal to it
/// count, and stand in the first columns; as many values are returned.
template <typename T>
DenseVector<T> decompose_kernel(DenseOut<T> kernel, const Dense<T>& nuisance, Memory& memory);

/// Whether numbers of type T carry the smallest eigenvalue plus the smallest penalty.
template <typename T>
bool carries(const DenseVector<T>& values, const std::vector<double>& alphas);

/// into ← the named rows of x · basis.
template <typename T>
void rows_times(const ClearedRows<T>& x,
                const std::vector<Eigen::Index>& rows,
                const DenseIn<T>& basis,
                Memory& memory,
                DenseOut<T> into);

/// matrix ← basisᵀ · matrix, for a square basis.
template <typename T>
void rotate_in_place(const DenseIn<T>& basis, Memory& memory, DenseOut<T> matrix);

/// into ← basis · (Λ + α_t)⁻¹ cross, target by target; `into` may be `cross`, or begin with it.
template <typename T>
void weights_in_place(const DenseIn<T>& basis,
                      const DenseVector<T>& values,
                      const Eigen::VectorXd& alpha,
                      const DenseIn<T>& cross,
                      Memory& memory,
                      DenseOut<T> into);

/// The fewest rows that a fold trains on.
Eigen::Index fewest_rows(const std::vector<InnerFold>& folds);

/// The best penalty of each target, and its error.
void choose_penalties(const Eigen::MatrixXd& error,
                      const std::vector<double>& alphas,
                      Eigen::VectorXd& alpha,
                      Eigen::VectorXd& best_error);

/// errors  InternalError unless alphas are positive and ascending and folds name rows below n
void check_search(Eigen::Index rows,
                  const std::vector<InnerFold>& folds,
                  const std::vector<double>& alphas);

/// The same features in double precision.
FeatureRows<double> widened(const FeatureRows<float>& x, Memory& memory);

}  // namespace insula::regression
