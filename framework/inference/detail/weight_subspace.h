// SPDX-License-Identifier: Apache-2.0
// Many weights under learned scales by the few combinations of them that steps use between two runs
// of the model.
//
// What moves between two runs is noise η, scales ρ and the other parameters ψ: a few numbers. The
// weights follow. With P_ww their precision at hand, Newton's step moves them by
//
//   δw = P_ww⁻¹ (g_w − H_wψ δψ − H_wρ δρ − H_wη δη),
//
// which is spanned by w − m and by Σ times: what each part of each channel's noise makes of the
// residual, the prior's pull, and the others' columns. The first step of a climb lies in that span
// whole. A further one, from other noise, has another precision in the place of P_ww; Σ D_c times
// the first step and w − m are what differs in first order.
//
// In a basis of these, orthonormal in the prior and with each scale's weights apart, a problem with
// hundreds of weights is one with tens, of the same kind: w = m + V v, v ~ N(0, e^ρ). So the climb
// need not know.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/hyper_joint.h"

namespace insula::inference::detail {

struct WeightSubspace {
  Eigen::MatrixXd basis;  // P × fewer: ∂θ/∂ the few; other parameters are themselves
  Problem problem;        // in the few: priors, scales and channels, and nothing to run
  HyperModel model;
  State state;
  Joint joint;  // assembled
};

/// At a state that has just been solved for, with its spreads taken, and the model there.
WeightSubspace weight_subspace(const Problem& problem,
                               const std::vector<ChannelData>& data,
                               const State& state,
                               const HyperModel& model,
                               const Joint& joint);

/// Moves θ, noise and scales of the whole problem to where they stand in the subspace.
void widen(const Problem& problem, const WeightSubspace& subspace, const State& few, State& state);

}  // namespace insula::inference::detail
