// SPDX-License-Identifier: Apache-2.0
// The posterior over parameters, learned scales of priors and noise together, for problems with
// many weights under a learned scale: there each pulls on the others so much that turns would creep
// (Σ_w, the noise and the scale each by half of what is left, in every turn).
//
// With the weights' spread integrated out the objective is, at ψ, w, scales ρ and noise η = (λ, ζ),
//
//   ln p(y, ψ, w | ρ, η) + ln p(ρ) + ln p(η) − ½ ln|1 + Π⁻¹D|,   D = J_wᵀ e^λ Ω(ζ) J_w
//
// Around a point where the model has been run it is known well beyond the reach of one quadratic
// step, since what bends it is the noise and the scales and not the model:
//
//   predictions   f + J_ψ δψ + J_w [(1 + a·δψ) δw + ½ (a·δψ)² (w − m)], a channel's a how δψ
//                 amplifies what weights do
//   tr Σ_w D      x = Σ_c e^{λ + 2a·δψ} Σ_i w_i(ζ) uᵀpart_i u, u what draws of the weights show
//                 (weight_spread.h), e^{½δρ} times as large
//   −½ ln|1 + Π⁻¹D|   −½ N ln(1 + s (x/x₀ − 1)), N = x₀/s, s = tr Σ_w D Σ_w D / x₀: of weights
//                 that are all known equally well
//   other parameters' part of the traces   as it was
//
// So Newton steps climb that, each as far as it can be trusted, and the model is run where they
// end. Weights go with the roots of their scales, w = m + e^{ρ/2} v: a step trades scales against
// other amplifiers at once. The gradient where the model has been run is exact but for the draws,
// so that where a fit ends does not depend on these approximations; only how soon.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/inference/detail/trust_region.h"
#include "framework/inference/detail/weight_spread.h"

namespace insula::inference::detail {

/// What is known of the objective around a point where the model has been run.
struct HyperModel {
  Eigen::VectorXd theta;  // that point
  std::vector<double> log_scale;
  std::vector<Eigen::VectorXd> beta;  // where Joint's residuals are taken
  std::vector<NoiseAxis> axes;
  std::vector<ChannelSpread> spread;  // per channel
  Eigen::VectorXd rest;               // per axis: tr ΣD_η beside the weights'
  double known = 0, share = 0;        // x₀ and s
};

/// At a state that has just been solved for; its residuals were taken at `beta`. None where the
/// model cannot be run near enough. `before`: null, or what weight_spread() may take from there.
std::optional<HyperModel> hyper_model(const Problem& problem,
                                      const std::vector<ChannelData>& data,
                                      const State& state,
                                      const std::vector<Eigen::VectorXd>& beta,
                                      const Joint& joint,
                                      const std::vector<std::vector<double>>& spreads,
                                      const Options& options,
                                      const std::vector<ChannelSpread>* before = nullptr);

/// What the objective has beside the log joint of data and parameters, by the model; up to a
/// constant. Of `at`, θ, noise and scales are used.
double beside_log_joint(const Problem& problem,
                        const std::vector<ChannelData>& data,
                        const HyperModel& model,
                        const State& at);

/// ln of the prior densities of scales and noise, but for their factors √(2π).
double log_prior_of_hyper(const Problem& problem, const HyperModel& model, const State& at);

/// The objective to second order around a point that the joint has been assembled for.
struct HyperJoint {
  Eigen::MatrixXd precision;       // lower triangle: P, then scales, then axes
  Eigen::VectorXd gradient;        // as many
  double promise = 0;              // of a full step, nats
  Eigen::VectorXd hyper_variance;  // scales and axes: of their priors
};
HyperJoint hyper_joint(const Problem& problem,
                       const std::vector<ChannelData>& data,
                       const HyperModel& model,
                       const State& at,
                       Joint& joint);

/// Moves θ, scales and noise; weights go with the roots of their scales.
void move(const Problem& problem,
          const HyperModel& model,
          const Eigen::VectorXd& delta,
          State& state);

/// How far the model was climbed, and what it promises.
struct Climb {
  State end;          // θ, β, noise and scales; not evaluated
  double gain = 0;    // nats, by the model
  double length = 0;  // of all steps, prior standard deviations
  double damping = 0;
};

/// Steps that climb the model from where it was made, at most `radius` prior standard deviations
/// together and as long as much is left to gain. `first`: the joint there. Leaves `joint` wherever
/// it was assembled last.
Climb climb(const Problem& problem,
            const std::vector<ChannelData>& data,
            const HyperModel& model,
            const HyperJoint& first,
            const State& from,
            double radius,
            Joint& joint);

}  // namespace insula::inference::detail
