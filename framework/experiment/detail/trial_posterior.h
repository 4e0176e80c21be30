// SPDX-License-Identifier: Apache-2.0
// What a fit says of trials, kept until they are checked: predictors at the posterior mean, and how
// they move with what is not known of the parameters.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/inference/fit.h"

namespace insula::experiment {

/// One observation of trials of one subject under one fit.
struct TrialPosterior {
  std::shared_ptr<const TrialProblem> problem;
  inference::Predictors at_mean;  // slopes name rows of `spread`
  Eigen::MatrixXd spread;         // spread · spreadᵀ is the covariance of the parameters used

  /// Natural predictors of all trials [N, Q] at the posterior mean.
  Eigen::MatrixXd natural() const { return problem->natural(at_mean.value); }
  /// The same at parameters drawn from the posterior; linear in them before the links. Fits of the
  /// same parameters with the same stream get the same draw.
  Eigen::MatrixXd draw_natural(Stream& stream) const;
};

/// A problem that outlives the fit, with a copy of the observation that it points to.
std::shared_ptr<const TrialProblem> outliving(const TrialProblem& problem);

/// One for each of the fit's observations of trials; none if the model cannot be run at the mean.
std::vector<TrialPosterior> trial_posteriors(const FitProblem& problem, const inference::Fit& fit);

/// The density of response times in trials with these natural predictors [N, Q], averaged over the
/// trials, 1/s: with `response` 0 or 1 that of a time together with that response, otherwise (NaN)
/// of the time alone, for a kind without choices.
///
/// shape   times [T] → T
/// cost    N · T scores, in parallel
Eigen::VectorXd mean_density(const TrialKind& kind,
                             const Eigen::MatrixXd& natural,
                             const std::vector<double>& times,
                             double response);

/// The probability of one of several options in each trial, at natural predictors [N, Q] of a kind
/// of options.
Eigen::VectorXd share_of_option(const TrialKind& kind, const Eigen::MatrixXd& natural, int option);

}  // namespace insula::experiment
