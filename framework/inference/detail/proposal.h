// SPDX-License-Identifier: Apache-2.0
// What importance draws come from, and what they are weighted by.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

#include "framework/base/random.h"
#include "framework/inference/detail/likelihood.h"
#include "framework/inference/fit.h"
#include "framework/inference/problem.h"

namespace insula::inference::detail {

/// A normal distribution, or a multivariate t of as many degrees of freedom.
struct Proposal {
  Eigen::VectorXd mean;                                  // D
  Eigen::LLT<Eigen::MatrixXd> scale{Eigen::MatrixXd()};  // the covariance of the normal one
  double degrees = 0;                                    // 0: normal
};

/// θ, then λ and, of AR(1) noise, ζ of each channel, then ρ of each scale: independent normal
/// ones, as the fit reports them. The factor fails where the covariance is not positive definite.
Proposal reported_posterior(const Problem& problem, const Fit& fit);

Eigen::VectorXd draw(const Proposal& proposal, Stream& stream);
double log_density(const Proposal& proposal, const Eigen::VectorXd& x);

/// ln p(y, x), β and loadings integrated out, of each column of `x`; −∞ where the model cannot be
/// run.
std::vector<double> log_joint_of_draws(const Problem& problem,
                                       const std::vector<ChannelData>& data,
                                       const Fit& fit,
                                       const Eigen::MatrixXd& x);

}  // namespace insula::inference::detail
