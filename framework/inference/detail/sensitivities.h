// SPDX-License-Identifier: Apache-2.0
// Products with the derivatives J of all channels' predictions, whether an evaluation has them by
// columns or by drives: J_w = E Φ, E what unit drives show for a while.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"

namespace insula::inference::detail {

/// The parameters that are weights of no drive if an evaluation has derivatives by drives, and all
/// parameters otherwise: those of its Jacobian's columns.
std::vector<Eigen::Index> columns_of(const Problem& problem, const Evaluation& evaluation);

/// Φ times the rows of `columns` that belong to each group's weights: drives × m.
std::vector<Eigen::MatrixXd> driven(const Problem& problem, const Eigen::MatrixXd& columns);

/// Adds E times `drives`, of each group, to what a channel shows: samples × m.
void add_effects(const Evaluation& evaluation,
                 std::size_t channel,
                 const std::vector<Eigen::Ref<const Eigen::MatrixXd>>& drives,
                 Eigen::MatrixXd& shown);

/// J of every channel times `columns`: samples × m each, for P × m.
std::vector<Eigen::MatrixXd> shown(const Problem& problem,
                                   const Evaluation& evaluation,
                                   const Eigen::MatrixXd& columns);

/// J's columns of the parameters that are weights under no learned scale.
Eigen::MatrixXd shown_of(const Evaluation& evaluation,
                         std::size_t channel,
                         const std::vector<Eigen::Index>& others);

/// Jᵀv of every channel: P × m each, for samples × m.
std::vector<Eigen::MatrixXd> pulled(const Problem& problem,
                                    const Evaluation& evaluation,
                                    const std::vector<Eigen::MatrixXd>& v);

/// What each channel knows of θ times `columns`, e^λ JᵀΩ(J − X A⁻¹ e^λ XᵀΩJ) · columns, at a joint
/// whose spreads have been taken: P × m each, for P × m.
std::vector<Eigen::MatrixXd> known_times(const Problem& problem,
                                         const std::vector<ChannelData>& data,
                                         const Evaluation& evaluation,
                                         const std::vector<NoiseValue>& noise,
                                         const Joint& joint,
                                         const Eigen::MatrixXd& columns);

}  // namespace insula::inference::detail
