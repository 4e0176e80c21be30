// SPDX-License-Identifier: Apache-2.0
// Partial least squares: regression on the few directions of the features that share most variance
// with the targets.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "framework/regression/cross_validation.h"
#include "framework/regression/feature_rows.h"

namespace insula::regression {

struct PlsSearch {
  Eigen::Index components = 10;               // at most
  std::size_t memory = std::size_t{1} << 31;  // bytes, beside features and targets
};

/// T is float or double.
template <typename T>
struct PlsFit {
  Dense<T> weights;                      // features × targets
  Eigen::MatrixXd nuisance_weights;      // K × targets
  std::vector<Eigen::Index> components;  // of each target
  Eigen::VectorXd error;                 // of each target: mean squared, held out
  Eigen::MatrixXd errors;                // components × targets: with 1, 2, … components
  bool is_dual = false;
  std::size_t peak = 0;
};

/// Directions are found for all targets together, how many of them count for each target by the
/// error in rows that are left out, of equal numbers the smallest. Each fold finds its own, beside
/// its own nuisance, from its products of features. Features and targets are used in the scale that
/// they have.
///
/// Where there are more features than rows to train on, they are first turned into as many as there
/// are rows, which changes nothing: the method does not depend on the axes.
///
/// shape   as ridge_cv; fewer components than asked for if the features or targets are exhausted
/// errors  as ridge_cv
/// source  Wold, Martens & Wold 1983, in Matrix Pencils, 286; by the second algorithm of Dayal &
///         MacGregor 1997, J. Chemometrics 11:73, which never deflates the features
template <typename T>
PlsFit<T> pls_cv(const FeatureRows<T>& x,
                 const Dense<T>& y,
                 const Nuisance& nuisance,
                 const std::vector<InnerFold>& folds,
                 const PlsSearch& search);

}  // namespace insula::regression
