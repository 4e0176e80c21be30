// SPDX-License-Identifier: Apache-2.0
// What the posterior of joint_by_drives.h leaves open of what channels show.
//
// A channel shows E d + J ψ − X β̂(θ), d = Φw the drives, E a narrow band. So the variance of a
// sample and its covariance with the one before need the drives' covariance where the band is
// alone: blocks of HHᵀ, H = ΦL⁻ᵀ, made once for all channels, and what drives have in common with
// the other parameters and with confounds.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"

namespace insula::inference::detail {

/// spreads() of joint.h with variances, at a joint whose precision has been factored, L⁻¹ at hand.
/// Sets the blocks' coupling and covariance of β.
Spreads spreads_by_drives(const Problem& problem,
                          const std::vector<ChannelData>& data,
                          const Evaluation& evaluation,
                          const Eigen::MatrixXd& inverse_factor,
                          Joint& joint);

}  // namespace insula::inference::detail
