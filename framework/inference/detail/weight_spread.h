// SPDX-License-Identifier: Apache-2.0
// What the uncertainty of many weights under a learned scale says about the other parameters.
//
// A mode over everything would shrink the weights and raise whatever amplifies them: five hundred
// weights that each shrink by 1 % gain 5 nats of prior density, and the data see no difference. Nor
// is there more mass: the posterior of the weights has become that much narrower. So the other
// parameters ψ are fitted to what is expected over the posterior N(w, Σ_w) of the weights,
//
//   E log p(y, ψ, w) ≈ log p(y, ψ, w) − ½ e^λ tr(Σ_w J_wᵀΩJ_w),
//
// the second term as a mean over a few draws z of u(z)ᵀΩu(z), u(z) = J_w z, which the Jacobian at
// hand gives.
// How u moves with ψ is J_ψ(ψ, w + z) − J_ψ(ψ, w), one more run of the model for each draw, of
// which only its products with Ωu are needed; what it leaves out is even in z and so, over draws,
// adds to the gradient only in fourth order. That run may be coarser than the one at hand
// (Problem::pull_back): what its steps err by is small beside what draws leave to chance.
//
// source  Variational Bayes with q(ψ, w) = q(ψ) q(w), ψ at its mode, as Beal 2003, Variational
//         Algorithms for Approximate Bayesian Inference, sec. 2.3; the trace by random signs
//         (Hutchinson 1990, Commun. Stat. Simul. 19:433)
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "framework/inference/detail/joint.h"
#include "framework/inference/variational_laplace.h"

namespace insula::inference::detail {

/// What the draws show of one channel.
struct ChannelSpread {
  /// Per part of Ω, scales × scales: u_sᵀ part u_s′ of what each scale's weights move, the mean.
  std::vector<Eigen::MatrixXd> squares;
  /// Others: ½ ∂ ln uᵀΩu / ∂ψ; 0 where the draws show nothing.
  Eigen::VectorXd amplification;
};

/// Whether a problem learns a scale beside other parameters, and has data that are Gaussian and
/// load on no sources.
bool has_weight_spread(const Problem& problem);

/// One hyperparameter of the noise: a channel's λ, or its ζ.
struct NoiseAxis {
  std::size_t channel = 0;
  bool is_coefficient = false;
};

/// Every channel's λ, each with its ζ behind it where the noise is AR(1).
std::vector<NoiseAxis> noise_axes(const std::vector<ChannelData>& data);

/// The parameters under no learned scale, ascending.
std::vector<Eigen::Index> other_parameters(const Problem& problem);

/// Draws from the weights' posterior given all others, N(0, Σ_w), as long as makes tr Σ_w D exact.
struct WeightDraws {
  Eigen::MatrixXd value;  // P × draws, 0 for other parameters
  /// Per channel, K × (draws · scales): confounds that go with each scale's weights of each draw.
  std::vector<Eigen::MatrixXd> confounds;
  double twice_known = 0;  // tr Σ_w D Σ_w D, by the draws
};
/// At a joint that has just been solved, and its spreads taken.
WeightDraws draw_weights(const Problem& problem,
                         const std::vector<ChannelData>& data,
                         const Evaluation& here,
                         const Eigen::VectorXd& prior_variance,
                         const std::vector<NoiseValue>& noise,
                         const Joint& joint,
                         const Options& options);

/// `here`: the model at θ with its Jacobian. Of `draws` value and confounds are used; no confounds:
/// none go with the weights. Draws are shortened until the model can be run there; empty if that
/// does not help. With `before`, of a place nearby, nothing is run: amplification is as there.
std::vector<ChannelSpread> weight_spread(const Problem& problem,
                                         const std::vector<ChannelData>& data,
                                         const std::vector<NoiseValue>& noise,
                                         const Eigen::VectorXd& theta,
                                         const Evaluation& here,
                                         const WeightDraws& draws,
                                         const std::vector<ChannelSpread>* before = nullptr);

}  // namespace insula::inference::detail
