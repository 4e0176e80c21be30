// SPDX-License-Identifier: Apache-2.0
// A group from finished fits: empirical Bayes over subjects without running a model again.
//
//   θ_sh ~ N(x_sᵀ B_h, V_h)          subject s, parameter h; design x_s, first entry 1
//
// Each subject was fitted alone. What its data say of θ_s is taken to be Gaussian: its posterior
// over its prior. So everything here is a linear mixed model, it costs milliseconds, and any
// design, choice of parameters or reduced model may be tried on the same fits. group.h fits
// subjects again under the group's density instead.
//
// source  Friston et al. 2016, NeuroImage 128:413; Zeidman et al. 2019, NeuroImage 200:12
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/inference/model_reduction.h"

namespace insula::inference {

/// Fits of S subjects: of H parameters that all have, with the same prior.
struct GroupOfFits {
  Eigen::VectorXd prior_mean, prior_variance;  // H
  std::vector<GaussianBelief> posterior;       // S, each of H
  std::vector<double> free_energy;             // S, nats
  Eigen::MatrixXd design;                      // S × C, the first column ones, none all zero
};

struct EmpiricalBayesOptions {
  /// As spm_dcm_peb with Q = 'all' does it: variances at the joint mode with the means, log
  /// precisions N(0, 1/16) around 16 over the prior variance, posteriors narrowed by a sixteenth of
  /// the prior precision. Otherwise variances maximise what is left when the means are integrated
  /// out, which does not shrink them by the number of covariates, and their prior is as weak as
  /// GroupOptions says.
  bool is_spm = false;
};

struct EmpiricalBayes {
  bool converged = false;
  /// Of vec B, column by column: HC. A priori a mean is as the parameter of one subject; an effect
  /// has mean 0 and the same variance at the covariate's root mean square.
  GaussianBelief prior, effects;
  Eigen::VectorXd variance;              // H: V
  Eigen::VectorXd log_variance_sd;       // H
  double free_energy = 0;                // nats, of all data; comparable between designs
  std::vector<GaussianBelief> subjects;  // S: with the group's density as prior
  Eigen::MatrixXd means() const;         // H × C
  Eigen::Index parameters() const { return variance.size(); }
};

/// errors  InternalError if shapes disagree, a covariance is not positive definite, or there are
///         no more subjects than columns of the design
/// cost    O(S (H³ + C² H²) + C³ H³) some ten times
EmpiricalBayes empirical_bayes(const GroupOfFits& fits, const EmpiricalBayesOptions& options = {});

/// What fits to the others say of one subject's covariate.
struct CovariatePrediction {
  double mean = 0, sd = 0;  // in the covariate's unit
  bool converged = false;   // of the group without the subject
};

/// Every subject's value of a column of the design, predicted from its own parameters and the group
/// of all others: p(x_s | y) with the other columns known, and a prior twice as wide as the others'
/// values (as spm_dcm_ppd has it). Columns are centred by what the others have, so that the value
/// of the subject goes into nothing.
///
/// errors  as empirical_bayes(); InternalError if `column` is 0 or beyond
/// cost    S groups, in parallel
std::vector<CovariatePrediction> predict_covariate(const GroupOfFits& fits,
                                                   Eigen::Index column,
                                                   const EmpiricalBayesOptions& options = {});

}  // namespace insula::inference
