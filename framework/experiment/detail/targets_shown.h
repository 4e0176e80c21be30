// SPDX-License-Identifier: Apache-2.0
// What a fitted hypothesis shows at one θ, target by target, in the recordings' units and without
// confounds, drift and noise: means of samples and of counts, probabilities of answers, mean times
// and values.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/base/random.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/numerics/cholesky.h"

namespace insula::experiment {

/// The loadings of one channel, given θ:
///
///   y = C β + S(θ) l + ε,   l ~ N(0, 1/π),   ε with the level and the correlation that the fit
///                                            learned;   l | θ, y is normal
///
/// Loadings and the sizes of what they load on are known only together, so that a θ other than the
/// posterior's mean goes with other loadings.
class LoadingsGiven {
 public:
  /// noise_sd: stationary, in the numbers of the fit; rho: of neighbouring samples.
  LoadingsGiven(const inference::Channel& channel, double noise_sd, double rho);
  /// Their mean given the sources of `at`, and if there is a stream a draw around it.
  Eigen::VectorXd at(const inference::Evaluation& at, Stream* stream) const;

 private:
  Eigen::VectorXd whitened(const Eigen::VectorXd& samples) const;

  const inference::Channel& channel_;
  std::vector<Eigen::Index> used_;
  std::vector<double> from_before_, scale_;  // of each sample in use
  Eigen::MatrixXd confounds_;                // whitened
  Eigen::VectorXd data_;
};

class TargetsShown {
 public:
  /// `problem` is of all data of one subject, and `fitted` is the fit to them. They outlive it.
  TargetsShown(const RunData& data, const FitProblem& problem, const PartResult& fitted);

  /// Of each Gaussian channel that has learned loadings: these; otherwise nothing.
  std::vector<Eigen::VectorXd> loadings(const inference::Evaluation& at, Stream* stream) const;

  /// Per target: all runs' samples, or trials (NaN where one is not whole); empty if the hypothesis
  /// does not explain the target. `at` may be of another architecture with the same observations.
  std::vector<Eigen::VectorXd> targets(const inference::Evaluation& at,
                                       const std::vector<Eigen::VectorXd>& loadings) const;

 private:
  Eigen::VectorXd of_series(const Target& target,
                            const inference::Evaluation& at,
                            const std::vector<Eigen::VectorXd>& loadings) const;
  Eigen::VectorXd of_trials(const Target& target, const inference::Evaluation& at) const;

  const RunData& data_;
  const FitProblem& problem_;
  std::vector<std::unique_ptr<LoadingsGiven>> loadings_;  // per Gaussian channel; or null
};

}  // namespace insula::experiment
