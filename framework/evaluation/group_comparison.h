// SPDX-License-Identifier: Apache-2.0
// How common each model is in the population that subjects come from, when they may differ in the
// model that is true of them.
//
// A subject follows model k with probability r_k, r ~ Dirichlet(α₀); ln p(y_n | k) = L_nk. What is
// known of r is a Dirichlet with counts α, found by variational Bayes. L may also hold
// cross-validated log predictive densities.
//
// source  Stephan 2009, NeuroImage 46:1004 (random effects); Rigoux 2014, NeuroImage 84:971
//         (omnibus risk, protected exceedance); Penny 2010, PLoS Comput. Biol. 6:e1000709
//         (families, averaging); Soch 2016, NeuroImage 141:469 (cross-validated densities)
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::evaluation {

/// A Dirichlet posterior over the frequencies of models, or of families of them.
struct RandomEffects {
  Eigen::VectorXd counts;                // α
  Eigen::VectorXd expected_frequency;    // α / Σα
  Eigen::VectorXd exceedance;            // P(the most frequent of all)
  Eigen::VectorXd protected_exceedance;  // the same, allowing for none being more frequent
  Eigen::MatrixXd assignment;            // subjects × models: P(the subject follows the model)
  double free_energy = 0;   // of the data if frequencies differ, less that if not, in nats
  double omnibus_risk = 0;  // P(frequencies do not differ | data)
  int iterations = 0;
  bool converged = false;
};

struct GroupComparisonOptions {
  /// Ends when the counts move less than this (Euclidean norm). SPM ends at 1e-3.
  double smallest_change = 1e-10;
  int most_iterations = 100000;
};

/// Each model counts 1 before. Equal to spm_BMS where `smallest_change` is.
///
/// shape   log_evidence subjects × models, finite
/// errors  InternalError if it is empty or not finite
/// exact   a constant added to a subject's row changes nothing but rounding; exceedance below
/// cost    O(subjects · models) an iteration, tens to thousands of them
RandomEffects random_effects(const Eigen::MatrixXd& log_evidence,
                             const GroupComparisonOptions& options = {});

/// The frequencies of families. Each family counts 1 before, shared by its members, so that a large
/// family is no more likely than a small one. If frequencies do not differ, families are equally
/// frequent, and models within one.
///
/// Counts below 1 are where variational Bayes errs most: of two families about which the data say
/// nothing it prefers the smaller. Frequencies are therefore integrated out, and subjects assigned
/// given the expected counts of the others (collapsed variational Bayes, order 0); the bound on the
/// evidence takes the exact distribution of counts.
///
/// shape   family: per model the one that it belongs to, counted from 0 without gaps
/// errors  InternalError as above, or if families do not fit to the table
/// cost    as above, and once O(subjects² · models)
/// source  Penny 2010 (the prior); Asuncion 2009, UAI 25:27, and Teh 2007, NIPS 19:1353 (the bound)
RandomEffects random_family_effects(const Eigen::MatrixXd& log_evidence,
                                    const std::vector<int>& family,
                                    const GroupComparisonOptions& options = {});

/// All subjects follow the same model.
struct FixedEffects {
  Eigen::VectorXd log_evidence;        // summed over subjects
  Eigen::VectorXd probability;         // of the models
  Eigen::VectorXd family_probability;  // empty without families
};
FixedEffects fixed_effects(const Eigen::MatrixXd& log_evidence,
                           const std::vector<int>& family = {});

/// The probability of each r_k to be the largest of all under Dirichlet(counts).
///
/// Two: the distribution function of a beta. More: r_k ∝ independent gammas, so it is ∫ p_k Π_{j≠k}
/// P_j; in t = ln x the integrand is analytic and dies away on both sides, and the trapezoidal rule
/// converges exponentially.
/// domain  counts > 0
/// exact   absolute 1e-12 for counts that add up to less than 1e3; the sum is 1 within that
/// cost    O(models · √Σcounts) gamma distribution functions
/// source  Soch & Allefeld 2016, arXiv:1611.01439; Trefethen & Weideman 2014, SIAM Rev. 56:385
Eigen::VectorXd exceedance_probabilities(const Eigen::VectorXd& counts);

/// Weights for averaging over models: their probabilities, without those below `window` times the
/// largest, adding up to 1. Apply it to a subject's row of `assignment`, to fixed effects, or to
/// the members of one family.
/// source  Penny 2010, with an Occam's window of 1/20
Eigen::VectorXd averaging_weights(const Eigen::VectorXd& probability, double window = 1.0 / 20);

}  // namespace insula::evaluation
