// SPDX-License-Identifier: Apache-2.0
// The Gaussian posterior of joint.h where hundreds of parameters are weights of drives.
//
// Their part of the precision is Π_w + ΦᵀMΦ, M = Σ_c E_cᵀW_cE_c over what the channels know of the
// drives. Drives act for a while, so M is a band, whose making costs little and does not grow with
// the weights: the weights cost one product of Φ with itself, whatever the number of channels. Nor
// are the derivatives in weights ever written down.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"

namespace insula::inference::detail {

/// solve() and spreads() of joint.h, confounds at their optimum, for a joint that was linearised
/// from an evaluation by drives. Blocks keep the Gram matrices of the parameters of no group alone.
Spreads solve_by_drives(const Problem& problem,
                        const Eigen::VectorXd& prior_variance,
                        const std::vector<ChannelData>& data,
                        const Evaluation& evaluation,
                        const Eigen::VectorXd& theta,
                        const std::vector<Eigen::VectorXd>& beta,
                        const std::vector<NoiseValue>& noise,
                        Joint& joint);

}  // namespace insula::inference::detail
