// SPDX-License-Identifier: Apache-2.0
// Ridge regression of many targets on many features, with a penalty per target that is chosen by
// cross-validation. For a few columns whose scale each fold finds for itself, see ridge.h.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "framework/regression/cross_validation.h"
#include "framework/regression/feature_rows.h"

namespace insula::regression {

struct RidgeSearch {
  std::vector<double> alphas;                 // above 0, ascending
  std::size_t memory = std::size_t{1} << 31;  // bytes, beside features and targets
  /// Both are exact; by_cost takes factors where eigenvectors do not fit in the memory, or where,
  /// in the dual form, penalties are few and rows many.
  enum class Solver { by_cost, eigenvectors, factors };
  Solver solver = Solver::by_cost;
};

/// T is float or double.
template <typename T>
struct RidgeFit {
  Dense<T> weights;                  // features × targets; of a kernel, rows × targets
  Eigen::MatrixXd nuisance_weights;  // K × targets
  Eigen::VectorXd alpha;             // of each target
  Eigen::VectorXd error;             // of each target: mean squared, held out, at its penalty
  Eigen::MatrixXd errors;            // alphas × targets
  bool is_dual = false;              // decomposed by rows and not by features
  bool is_factored = false;          // by a Cholesky factor for each penalty
  bool is_widened = false;           // float did not carry: computed in double, then rounded
  std::size_t peak = 0;              // bytes of memory at most in use
};

/// The weights that minimise ‖y_t − X β − Z γ‖² + α_t ‖β‖² + Σ_k d_k γ_k², for each target t, with
/// Z the nuisance and d its penalties. α_t has the smallest mean squared error in rows that are
/// left out, equal errors the largest one. Features are used in the scale that they have.
///
/// One eigendecomposition, of X'X or, where a fold trains on fewer rows than there are features, of
/// X X'; or one Cholesky factor of these and α for each penalty (Solver). Folds follow from either
/// exactly. Features are read chunk by chunk, two to four times (by factors of X'X once more for
/// each penalty), and need not fit in memory; of those in memory no copy is made unless there is
/// nuisance.
///
/// shape   x n × p, y n × targets; folds name rows below n, and leave out what they do not train on
/// errors  InputError if the memory does not suffice or features are not finite
/// cost    see leave_out.h; q³ for the decomposition, q = min(n, p); 3 q² numbers of memory. By
///         factors ⅔ n³, or q³/3 + n q², for each penalty and q² numbers of memory
/// source  Hoerl & Kennard 1970, Technometrics 12:55; Saunders, Gammerman & Vovk 1998, ICML, eq. 8
///         for the dual form
template <typename T>
RidgeFit<T> ridge_cv(const FeatureRows<T>& x,
                     const Dense<T>& y,
                     const Nuisance& nuisance,
                     const std::vector<InnerFold>& folds,
                     const RidgeSearch& search);

/// x x', n × n, within a bound of memory (bytes).
template <typename T>
Dense<T> linear_kernel(const FeatureRows<T>& x, std::size_t memory);

/// The same with a positive semidefinite kernel, of which the lower triangle is read, in place of
/// X X'. With weights w, the prediction for a new row is Σ_i w_i k(row, row_i) and its nuisance.
template <typename T>
RidgeFit<T> kernel_ridge_cv(const Dense<T>& kernel,
                            const Dense<T>& y,
                            const Nuisance& nuisance,
                            const std::vector<InnerFold>& folds,
                            const RidgeSearch& search);

}  // namespace insula::regression
