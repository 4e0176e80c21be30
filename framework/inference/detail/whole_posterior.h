// SPDX-License-Identifier: Apache-2.0
// The normal posterior of everything together, θ, scales and noise, where steps have ended.
//
// An amplifier ψ of many weights trades with their learned scale ρ: given ρ it may look ten times
// as certain as it is. The weights given everything else are normal, exactly, with S_ww of the
// joint; what is left, the marginal posterior of ψ, ρ and noise η, is taken to second order, so
// that
//
//   ln p(y) ≈ ln p(y, θ̂, ρ̂, η̂) − ½ ln det S_ww / 2π − ½ ln det H / 2π
//
// with H the objective's precision of (ψ, ρ, η), the weights eliminated.
//
// source  Laplace's method with the linear part integrated out, as Rue, Martino & Chopin 2009, J.
// R.
//         Stat. Soc. B 71:319, sec. 3
#pragma once

#include "framework/inference/detail/weight_subspace.h"

namespace insula::inference::detail {

/// Turns what a fit says given scales and noise into what it says with them unknown: the covariance
/// of θ (of weights' shrinkage not), the variance of scales, and the free energy. `hyper` and
/// `joint`: at `state`. Does nothing where rounding leaves no covariance.
void describe_whole(const Problem& problem,
                    const State& state,
                    const WeightSubspace& subspace,
                    const HyperJoint& hyper,
                    const Joint& joint,
                    Fit& fit);

}  // namespace insula::inference::detail
