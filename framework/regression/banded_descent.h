// SPDX-License-Identifier: Apache-2.0
// Banded ridge regression whose penalties follow the gradient of the held-out error.
#pragma once

#include "framework/regression/banded.h"

namespace insula::regression {

struct BandedDescent {
  int steps = 20;                             // at most, for each target
  std::size_t memory = std::size_t{1} << 31;  // bytes, beside features and targets
};

/// T is float or double; the work is done in double.
template <typename T>
struct DescendedBands {
  Dense<T> weights;                  // features × targets
  Eigen::MatrixXd nuisance_weights;  // K × targets
  Eigen::MatrixXd penalty;           // bands × targets: α / γ
  Eigen::VectorXd error;             // of each target: mean squared, held out
  Eigen::VectorXd start_error;       // of each target before the first step
  std::vector<int> steps;            // of each target, taken
  std::size_t peak = 0;
};

/// From penalties per band and target (bands × targets, above 0; ∞ is a band without weights), such
/// as the best ones of a random search, down to a minimum of the error in rows that are left out.
///
/// Held-out residuals r(δ), δ = ln penalty, have a Jacobian in closed form, r' = X_b A⁻¹ d_j E_j β
/// for band j, A = X'X + diag(d) without the block b; steps are those of Levenberg & Marquardt. It
/// ends where a step gains less than 1e-9 of the error.
///
/// errors  as banded_ridge
/// cost    for each target and step one Cholesky factor of all features per fold: meant for few
///         targets, or for few features
/// source  Dupré la Tour et al. 2022, NeuroImage 264:119728, for descent on ln penalties; Marquardt
///         1963, J. SIAM 11:431
template <typename T>
DescendedBands<T> descend_bands(const FeatureRows<T>& x,
                                const std::vector<Eigen::Index>& band_sizes,
                                const Dense<T>& y,
                                const Nuisance& nuisance,
                                const std::vector<InnerFold>& folds,
                                const Eigen::MatrixXd& start,
                                const BandedDescent& descent);

}  // namespace insula::regression
