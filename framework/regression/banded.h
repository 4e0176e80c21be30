// SPDX-License-Identifier: Apache-2.0
// Banded ridge regression: bands of features, each with a penalty of its own for each target.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "framework/regression/cross_validation.h"
#include "framework/regression/feature_rows.h"

namespace insula::regression {

struct BandedSearch {
  std::vector<double> alphas;  // above 0, ascending
  Eigen::MatrixXd candidates;  // candidates × bands: weights of bands, none below 0, not all 0
  std::size_t memory = std::size_t{1} << 31;  // bytes, beside features and targets
};

/// Weights on the simplex to try: equal ones first, then draws from symmetric Dirichlet
/// distributions of concentrations 1 (anywhere) and 0.1 (near the corners and edges) in turn.
/// source  Dupré la Tour et al. 2022, NeuroImage 264:119728
Eigen::MatrixXd simplex_candidates(Eigen::Index bands, Eigen::Index count, std::uint64_t seed);

/// T is float or double.
template <typename T>
struct BandedFit {
  Dense<T> weights;                     // features × targets
  Eigen::MatrixXd nuisance_weights;     // K × targets
  Eigen::VectorXd alpha;                // of each target
  Eigen::MatrixXd band_weights;         // bands × targets: γ of the candidate chosen
  std::vector<Eigen::Index> candidate;  // of each target
  Eigen::VectorXd error;                // of each target: mean squared, held out
  Eigen::MatrixXd errors;               // candidates × targets, each at its best penalty
  Eigen::MatrixXd best_alphas;          // candidates × targets: these penalties
  bool is_dual = false;
  bool is_widened = false;  // float did not carry: computed in double, then rounded
  std::size_t peak = 0;     // bytes of memory at most in use
};

/// The weights that minimise ‖y_t − Σ_b X_b β_b − Z γ‖² + α_t Σ_b ‖β_b‖² / γ_bt + penalties of the
/// nuisance. Candidates γ and penalties α are chosen for each target by the error in rows that are
/// left out; of equal candidates the first is chosen, of equal penalties the largest. A band of
/// weight 0 gets no weights.
///
/// shape   band_sizes add up to the columns of x, which lie in their order
/// errors  as ridge_cv; InternalError if bands or candidates contradict each other
/// cost    one eigendecomposition per candidate, and its part of ridge_cv; features that are not in
///         memory are read once per candidate and twice more
/// source  Nunez-Elizalde, Huth & Gallant 2019, NeuroImage 197:482; Dupré la Tour et al. 2022
template <typename T>
BandedFit<T> banded_ridge(const FeatureRows<T>& x,
                          const std::vector<Eigen::Index>& band_sizes,
                          const Dense<T>& y,
                          const Nuisance& nuisance,
                          const std::vector<InnerFold>& folds,
                          const BandedSearch& search);

}  // namespace insula::regression
