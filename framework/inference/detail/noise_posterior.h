// SPDX-License-Identifier: Apache-2.0
// The noise of one channel given the posterior of everything else.
//
// With q(θ, β) held, ln q(λ, ζ) is, up to a constant,
//
//   V(λ, ζ) = ½ n λ + ½ ln|Ω(ζ)| − ½ e^λ Σ_i w_i(ζ) t_i + ln p(λ) + ln p(ζ),   t_i = E_q[eᵀ part_i
//   e]
//
// so the data enter through one number per part of Ω, and V costs nothing to climb. The t_i hold
// the trace of Σ against the part: its gradient is that of the free energy.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/chain.h"
#include "framework/inference/detail/likelihood.h"

namespace insula::inference::detail {

/// V and its derivatives in (λ, ζ); white noise has the λ row only, the rest is zero.
struct NoiseEnergy {
  double value = 0;
  Eigen::Vector2d gradient = Eigen::Vector2d::Zero();
  Eigen::Matrix2d hessian = Eigen::Matrix2d::Zero();
};
NoiseEnergy noise_energy(const Channel& channel,
                         const Chain& chain,
                         const std::vector<double>& spread,
                         const NoiseValue& noise);

/// −Hessian, made positive definite where V is not concave (far from its maximum only).
Eigen::Matrix2d noise_precision(const Channel& channel, const NoiseEnergy& energy);

/// ½ ln|Π Σ| − ½ (λ − h)ᵀΠ(λ − h) of the hyperparameters at `noise`.
double noise_complexity(const Channel& channel, const NoiseEnergy& energy, const NoiseValue& noise);

/// The maximum of V, by damped Newton steps from `start`.
NoiseValue best_noise(const Channel& channel,
                      const Chain& chain,
                      const std::vector<double>& spread,
                      const NoiseValue& start);

}  // namespace insula::inference::detail
