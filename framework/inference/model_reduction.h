// SPDX-License-Identifier: Apache-2.0
// The evidence and posterior of a model under another prior, from those of a fitted one, without
// fitting again.
//
// p(y | reduced) / p(y | full) = ∫ q(θ) p_reduced(θ) / p_full(θ) dθ, where q is the full posterior:
// exact if it is, and that is Gaussian where the likelihood is. So verify the best few by a fit:
// far from the full posterior the approximation is only as good as the Gaussian's tail.
//
// source  Friston & Penny 2011, NeuroImage 56:2089; of parameters that are switched off it is the
//         Savage-Dickey ratio, Dickey 1971, Ann. Math. Statist. 42:204
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::inference {

struct GaussianBelief {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

/// A parameter that a reduced model holds at a value.
struct Switch {
  Eigen::Index parameter = 0;
  double off = 0;
};

struct Reduction {
  double log_evidence_change = 0;  // reduced − full, nats
  GaussianBelief posterior;        // of all parameters; those switched off have variance 0
};

/// The model in which these parameters are held, and whose prior of the others is the full prior
/// given that: the same as before unless the prior is correlated. None: the full model.
///
/// shape   prior and posterior of the P parameters, both with positive definite covariances
/// errors  InternalError if shapes differ, a parameter is named twice or a covariance is singular
/// exact   by conditioning: no small variance stands for 0
/// cost    O(P² · switched off)
Reduction switch_off(const GaussianBelief& prior,
                     const GaussianBelief& posterior,
                     const std::vector<Switch>& off);

/// The model with any other Gaussian prior. A parameter whose reduced variance is 0 is held at its
/// reduced mean, exactly as above.
///
/// The change is NaN if there is no such posterior: where the reduced prior is wider than the full
/// one and the data say less than nothing of a direction.
/// errors  InternalError as above, or if the reduced covariance is singular otherwise
/// cost    O(P³)
Reduction reduce(const GaussianBelief& prior,
                 const GaussianBelief& posterior,
                 const GaussianBelief& reduced_prior);

}  // namespace insula::inference
