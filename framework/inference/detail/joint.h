// SPDX-License-Identifier: Apache-2.0
// The Gaussian posterior over parameters and confounds for one linearisation and one noise.
//
// The precision over (θ, β_1 … β_C) is an arrow: each channel's β meets θ and itself only. Each β
// is eliminated by its own Schur complement,
//
//   S = Π_θ + Σ_c [ e^λ JᵀΩJ − B A Bᵀ ],   A = e^λ XᵀΩX + Π_β,   B = e^λ JᵀΩX A⁻¹
//
// and Σ_θθ = S⁻¹, Σ_θβ = −S⁻¹B, Σ_ββ = A⁻¹ + BᵀS⁻¹B.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/likelihood.h"
#include "framework/inference/fit.h"
#include "framework/inference/problem.h"
#include "framework/numerics/cholesky.h"

namespace insula::inference::detail {

/// One channel of a linearised problem; the memory is kept between iterations.
struct ChannelBlock {
  Eigen::MatrixXd z, scratch;          // [J X e] over samples in use, padded; links
  std::vector<Eigen::MatrixXd> parts;  // Gram matrices of z
  // For the noise last used:
  Eigen::MatrixXd combined;  // ZᵀΩZ unless the noise is white
  Eigen::LLT<Eigen::MatrixXd> confound_precision{Eigen::MatrixXd()};  // A
  Eigen::MatrixXd half_coupling;    // K × P: L_A⁻¹ e^λ XᵀΩJ
  Eigen::MatrixXd coupling;         // K × P: Bᵀ
  Eigen::VectorXd shift;            // K: β̂ − β
  Eigen::VectorXd beta_gradient;    // K: of the log joint at β
  Eigen::VectorXd data_gradient;    // P: of its log likelihood in θ, at β̂
  double scale = 0;                 // e^λ
  Eigen::MatrixXd covariance_beta;  // K × K
  double log_det = 0;               // ln|Ω|

  /// ZᵀΩZ, lower triangle.
  const Eigen::MatrixXd& gram() const { return parts.size() == 1 ? parts[0] : combined; }
};

struct Joint {
  std::vector<ChannelBlock> blocks;
  // What scored data add at θ: to S (lower triangle), to the gradient and to the accuracy; the
  // matrix is empty if there are none.
  Eigen::MatrixXd scored_information;
  Eigen::VectorXd scored_gradient;
  double scored_value = 0;
  std::vector<Eigen::MatrixXd> source_jacobian;  // of Evaluation; see loadings.h
  Eigen::MatrixXd explained;        // half_coupling of all channels, one under the other
  Eigen::MatrixXd precision_lower;  // S, lower triangle
  numerics::Cholesky precision;     // of S
  Eigen::MatrixXd covariance;       // S⁻¹, both triangles
  Eigen::VectorXd gradient;         // of the log joint in θ, at β̂
};

/// What the confounds do while θ is held.
enum class Beta {
  at_optimum,  // shift = β̂(θ) − β
  held,        // shift = 0
};

Joint make_joint(const Problem& problem, const std::vector<ChannelData>& data);

/// Takes Jacobians and residuals at (θ, β); false, and unusable, if one is not finite.
bool linearise(const std::vector<ChannelData>& data,
               const Evaluation& evaluation,
               const std::vector<Eigen::VectorXd>& beta,
               Joint& joint);

/// S, the gradient and what confounds do, for the given noise and prior variances; neither S⁻¹ nor
/// what needs it. `floor` is added to e^λ in the precision (SPM's e^−32).
void assemble(const Problem& problem,
              const Eigen::VectorXd& prior_variance,
              const std::vector<ChannelData>& data,
              const Eigen::VectorXd& theta,
              const std::vector<Eigen::VectorXd>& beta,
              const std::vector<NoiseValue>& noise,
              Beta treatment,
              double floor,
              Joint& joint);

/// The posterior: the same, and S⁻¹.
void solve(const Problem& problem,
           const Eigen::VectorXd& prior_variance,
           const std::vector<ChannelData>& data,
           const Eigen::VectorXd& theta,
           const std::vector<Eigen::VectorXd>& beta,
           const std::vector<NoiseValue>& noise,
           Beta treatment,
           double floor,
           Joint& joint);

/// Per channel and part: the products of [J X e] with the residual e.
std::vector<std::vector<Eigen::VectorXd>> residual_products(const Joint& joint);

/// Takes e − J δ for the residual, `from` the products with e.
void move_residual(const std::vector<Eigen::VectorXd>& from,
                   const Eigen::VectorXd& delta,
                   ChannelBlock& block);

/// t_i = E[eᵀ part_i e] of one channel under the posterior just solved for.
std::vector<double> spread(ChannelBlock& block, const Joint& joint);

/// The same of all channels.
std::vector<std::vector<double>> spreads(Joint& joint);

/// What a channel knows of θ times P × any columns, e^λ JᵀΩJ with its confounds going along; its
/// spread has been taken.
Eigen::MatrixXd known_times(const ChannelBlock& block, const Eigen::MatrixXd& columns);

/// Accuracy and the parameters' part of the free energy at (θ, β + shift).
FreeEnergy free_energy(const Problem& problem,
                       const Eigen::VectorXd& prior_variance,
                       const std::vector<ChannelData>& data,
                       const Eigen::VectorXd& theta,
                       const std::vector<Eigen::VectorXd>& beta,
                       const std::vector<NoiseValue>& noise,
                       double floor,
                       const Joint& joint);

}  // namespace insula::inference::detail
