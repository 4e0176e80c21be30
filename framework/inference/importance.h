// SPDX-License-Identifier: Apache-2.0
// The posterior itself in the place of the normal one that a fit reports.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>

#include "framework/inference/fit.h"
#include "framework/inference/problem.h"

namespace insula::inference {

struct ImportanceOptions {
  /// As many independent draws as the weighted ones shall be worth, with weights to be trusted.
  double effective_draws = 300;
  /// Evaluations of the model, at most.
  int most_draws = 6000;
  std::uint64_t seed = 0;
  std::string task;  // key of the random numbers
  /// Asked before every round; true ends it with what there is, marked as interrupted.
  std::function<bool()> stop;
};

/// θ with everything else integrated out.
struct ImportancePosterior {
  Eigen::VectorXd mean;         // P
  Eigen::MatrixXd covariance;   // P × P
  Eigen::MatrixXd draws;        // P × N, in the order in which they were drawn
  Eigen::VectorXd weight;       // N, sum 1; 0 where the model cannot be run
  double log_evidence = 0;      // nats
  double log_evidence_se = 0;   // standard error by the weights' variance
  double effective_draws = 0;   // 1 / Σ weight²
  double narrowest = 0;         // smallest variance of a direction, relative to the fit's
  bool is_interrupted = false;  // by `stop`, before the draws were enough
  double pareto_k = 0;  // of the weights; above pareto_k_limit() none of this can be trusted
};

/// The posterior of a problem by importance sampling around a fit of it.
///
/// Draws of θ, noise and scales; confounds and loadings are integrated out exactly. The first come
/// from the fit's own posterior. Each further round draws from a multivariate t with mean and
/// covariance of all draws so far, every draw being weighted by the mixture of all that was drawn
/// from; while weights are too uneven to say what those moments are, a power of them below 1 is
/// used. So the proposal follows a posterior that is skewed, or wider than its mode suggests.
///
/// The same numbers at any number of threads.
///
/// errors  InternalError if sizes in `problem` and `fit` disagree; a fit without a start has none
/// cost    an evaluate() without Jacobian for each draw, O(draws · rounds · P²)
/// source  Cornuet et al. 2012, Scand. J. Stat. 39:798 (adaptive multiple importance sampling);
///         Koblents & Míguez 2015, Stat. Comput. 25:407 (tempered weights)
ImportancePosterior importance_posterior(const Problem& problem,
                                         const Fit& fit,
                                         const ImportanceOptions& options = {});

/// Whether it can be worked with: k̂ within its limit, weights worth 100 draws (a mean errs by a
/// tenth of an sd), and no direction narrower than a tenth of the fit's variance. Draws that have
/// found a part of the posterior alone look fine by themselves, but narrow beside the curvature at
/// the mode.
bool is_trusted(const ImportancePosterior& posterior);

/// Mean, covariance, shrinkage and k̂ of the fit become those of the draws. What the fit says of
/// channels, scored data and its free energy stays.
void adopt(const ImportancePosterior& posterior, Fit& fit);

}  // namespace insula::inference
