// SPDX-License-Identifier: Apache-2.0
// Representational dissimilarity matrices (RDMs) held against each other. An RDM is a vector of the
// dissimilarities of all pairs of stimuli, in the order (0,1), (0,2), …, (1,2), …: n·(n − 1)/2
// numbers. A NaN says that nothing is known of a pair: comparisons leave it out.
//
// source  Kriegeskorte, Mur & Bandettini 2008, Front. Syst. Neurosci. 2:4; Nili et al. 2014, PLoS
//         Comput. Biol. 10:e1003553
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace insula::evaluation {

using Rdm = Eigen::VectorXd;

enum class Similarity { pearson, spearman, kendall_tau_a };
/// Their names, in that order.
const std::vector<std::string>& similarity_names();
std::string to_text(Similarity kind);
/// errors  InternalError for another name
Similarity similarity_of(const std::string& name);

/// NaN if fewer than two pairs are known in both, or if either is constant there (τ-a: 0).
/// errors  InternalError if the sizes differ
double similarity(Similarity kind, const Rdm& a, const Rdm& b);

/// The RDM that is most like all of these, on average: the mean of them, each scaled to mean 0 and
/// variance 1 (pearson) or as ranks. Nothing correlates better with them (with their ranks). For
/// τ-a no closed form is known, and the mean of ranks is near to it. Pairs that are unknown in one
/// are unknown in it. errors  InternalError for none, or if the sizes differ
Rdm pooled(Similarity kind, const std::vector<Rdm>& rdms);

/// Between these the true model's mean similarity to the subjects' RDMs is expected. For spearman
/// both are correlations of ranks with means of ranks that are not ranked again: no RDM can be
/// above that upper bound. For τ-a the upper bound is approximate.
struct RdmCeiling {
  double lower = 0;  // of each subject to the pooled RDM of the others
  double upper = 0;  // to that of all, itself included
};

/// errors  InternalError for fewer than two subjects
/// source  Nili et al. 2014
RdmCeiling rdm_ceiling(Similarity kind, const std::vector<Rdm>& subjects);

}  // namespace insula::evaluation
