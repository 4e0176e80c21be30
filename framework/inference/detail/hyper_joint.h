// SPDX-License-Identifier: Apache-2.0
// The posterior over parameters, learned scales of priors and noise together, for problems with
// many weights under a learned scale: there each pulls on the others so much that turns would creep
// (Σ_w, the noise and the scale each by half of what is left, in every turn).
//
// With the weights' spread integrated out the objective is, at ψ, w, scales ρ and noise η = (λ, ζ),
//
//   ln p(y, ψ, w | ρ, η) + ln p(ρ) + ln p(η) − ½ ln|1 + Π⁻¹D|,   D = J_wᵀ e^λ Ω(ζ) J_w
//
// Its second derivatives that Gauss and Newton's leave out matter here, since residuals and
// gradients of shrunken weights do not vanish. With D_η = ∂D/∂η, weights that go with the roots of
// their scales, and g the data's gradient in them:
//
//   η, η′   ½ (own terms of the noise) − ½ tr Σ_w D_η Σ_w D_η′
//   η, θ    −J ᵀ(e^λ Ω)_η e
//
// What ψ and ρ do to D is taken for c D, c = −2 ∂(−½ ln|·|)/∂(ψ, ρ) / tr Σ_w D: exact for one scale
// and for whatever amplifies all that the weights drive, and the only kind that pulls hard. Then
//
//   ψρ, ψρ  ½ c cᵀ (tr Σ_w D − tr Σ_w D Σ_w D) − ¼ c cᵀ gᵀw,   ψρ, w  −½ c gᵀ
//   η, ψρ   ½ c (tr Σ_w D_η − tr Σ_w D_η Σ_w D)
//
// The gradient is exact but for the draws of weight_spread.h, so that where a fit ends does not
// depend on these approximations; only how soon.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/inference/detail/trust_region.h"
#include "framework/inference/detail/weight_spread.h"

namespace insula::inference::detail {

/// The noise of every channel where a state has been solved for.
struct NoiseHere {
  std::vector<NoiseEnergy> energy;
  std::vector<std::vector<double>> spread;  // t, as energy was computed with
};

struct HyperJoint {
  std::vector<NoiseAxis> axes;
  Eigen::MatrixXd precision;       // lower triangle: P, then scales, then axes
  Eigen::VectorXd gradient;        // as many
  double promise = 0;              // of a full step, nats
  Eigen::VectorXd hyper_variance;  // scales and axes: of their priors
  Eigen::VectorXd rest;            // per axis: tr ΣD_η beside the weights'
  WeightDraws draws;
  double known = 0, twice_known = 0;  // tr Σ_w D and tr Σ_w D Σ_w D, all channels
  bool is_halved = false;             // the model could not be run at the draws as they were
};

/// At a state that has just been solved for.
HyperJoint hyper_joint(const Problem& problem,
                       const std::vector<ChannelData>& data,
                       const State& state,
                       const Joint& joint,
                       const NoiseHere& noise,
                       const Options& options);

/// The best step within `radius` prior standard deviations that moves no hyperparameter far.
Step step_of(const HyperJoint& joint, const Eigen::VectorXd& prior_variance, double radius);

/// Moves θ, scales and noise; weights go with the roots of their scales.
void move(const Problem& problem, const HyperJoint& joint, const Step& step, State& state);

/// What the objective has beside the log joint of data and parameters, at a state that `joint` is
/// of or that is a step from it; up to a constant.
double objective_beside_log_joint(const Problem& problem,
                                  const std::vector<ChannelData>& data,
                                  const HyperJoint& joint,
                                  const State& here,
                                  const State& state);

}  // namespace insula::inference::detail
