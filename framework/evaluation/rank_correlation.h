// SPDX-License-Identifier: Apache-2.0
// Correlations that know only order.
#pragma once

#include <Eigen/Core>

namespace insula::evaluation {

/// Ranks from 1, ties have the mean of theirs.
Eigen::VectorXd ranks(const Eigen::VectorXd& x);

/// Pearson's correlation of ranks; NaN if either is constant.
/// errors  InternalError if the sizes differ
double spearman(const Eigen::VectorXd& a, const Eigen::VectorXd& b);

/// Concordant pairs minus discordant ones over all pairs. Unlike τ-b it does not reward a model
/// that predicts ties. NaN for fewer than two values.
/// errors  InternalError if the sizes differ
/// cost    O(n log n)
/// source  Kendall 1938, Biometrika 30:81; counting as in Knight 1966, J. Am. Stat. Assoc. 61:436;
///         why for RDMs: Nili et al. 2014, PLoS Comput. Biol. 10:e1003553
double kendall_tau_a(const Eigen::VectorXd& a, const Eigen::VectorXd& b);

}  // namespace insula::evaluation
