// SPDX-License-Identifier: Apache-2.0
// The exact likelihood of one channel, its confounds integrated out.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/chain.h"
#include "framework/inference/problem.h"

namespace insula::inference::detail {

/// The hyperparameters of one channel.
struct NoiseValue {
  double lambda = 0, zeta = 0;
};

/// What of a channel does not change during a fit; only samples in use are ever read.
struct ChannelData {
  Chain chain;
  Eigen::VectorXd data;              // n
  Eigen::MatrixXd confounds;         // n × K; the last columns are sources, if any
  Eigen::VectorXd precision;         // K: of each coefficient's prior
  std::vector<std::size_t> sources;  // in Evaluation::sources
  Eigen::Index loadings() const { return static_cast<Eigen::Index>(sources.size()); }
  std::vector<Eigen::MatrixXd> confound_parts;  // K × K each: XᵀΩX = Σ w_i part_i
};
std::vector<ChannelData> make_data(const std::vector<Channel>& channels);

/// Throws InternalError if the sizes in `problem` disagree or a number in use is not finite.
void check(const Problem& problem);

/// y − f − X β over the samples in use; not finite where the prediction is not.
Eigen::VectorXd residual(const ChannelData& data,
                         const Eigen::VectorXd& prediction,
                         const Eigen::VectorXd& beta);

/// ln ∫ p(y | f, β, λ, ζ) p(β) dβ, exact. `beta` only places the expansion: near its optimum no
/// digits are lost to large confounds.
double log_marginal(const ChannelData& data,
                    const Eigen::VectorXd& prediction,
                    const Eigen::VectorXd& beta,
                    const NoiseValue& noise);

/// Σ log_marginal + Σ scores of data in use + ln p(θ) up to the prior's constant; −∞ if any of it
/// is not finite.
double log_joint(const Problem& problem,
                 const Eigen::VectorXd& prior_variance,
                 const std::vector<ChannelData>& data,
                 const Eigen::VectorXd& theta,
                 const Evaluation& evaluation,
                 const std::vector<Scores>& scores,
                 const std::vector<Eigen::VectorXd>& beta,
                 const std::vector<NoiseValue>& noise);

/// β at its posterior mean given the prediction and the noise.
Eigen::VectorXd best_beta(const ChannelData& data,
                          const Eigen::VectorXd& prediction,
                          const NoiseValue& noise);

}  // namespace insula::inference::detail
