// SPDX-License-Identifier: Apache-2.0
// What the two schedules share: where a fit stands, and what is reported at its end.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"
#include "framework/inference/detail/likelihood.h"
#include "framework/inference/fit.h"
#include "framework/inference/problem.h"
#include "framework/inference/variational_laplace.h"

namespace insula::inference::detail {

/// A point of a fit with everything evaluated there.
struct State {
  Eigen::VectorXd theta;
  std::vector<Eigen::VectorXd> beta;
  std::vector<NoiseValue> noise;
  std::vector<double> log_scale;   // ρ of Problem::scales
  Eigen::VectorXd prior_variance;  // at these
  Evaluation evaluation;
  FreeEnergy free_energy;
  std::vector<Scores> scores = {};
  /// If channels load on sources, data at this θ; of an evaluation that is not finished, whatever.
  std::vector<ChannelData> with_sources = {};
  bool is_rough = false;  // the evaluation
};

/// The derivatives that an evaluation is to have.
enum class Slopes { none, by_columns, by_drives, by_drives_roughly };

/// θ at `theta`, noise and scales at their prior means, β at its optimum there. The evaluation is
/// not finished if the model cannot be run.
State make_state(const Problem& problem,
                 const std::vector<ChannelData>& data,
                 const Eigen::VectorXd& theta,
                 Slopes slopes = Slopes::by_columns);

/// evaluate(), with predictions and predictors that are not finite where data are in use turned
/// into an outcome.
Evaluation checked_evaluate(const Problem& problem,
                            const std::vector<ChannelData>& data,
                            const Eigen::VectorXd& theta,
                            Slopes slopes);

/// The same at each of many θ, without derivatives.
std::vector<Evaluation> checked_evaluate_many(const Problem& problem,
                                              const std::vector<ChannelData>& data,
                                              std::span<const Eigen::VectorXd> thetas);

/// Hyperparameters' part of the free energy, all channels.
double noise_complexity(const Problem& problem,
                        const std::vector<ChannelData>& data,
                        const std::vector<NoiseValue>& noise,
                        const std::vector<std::vector<double>>& spreads);

/// Fills everything of `fit` that describes the posterior, from a state and the joint solved there.
void describe(const Problem& problem,
              const std::vector<ChannelData>& data,
              const State& state,
              const Spreads& spreads,
              const Joint& joint,
              Fit& fit);

/// The covariance of θ, and what is told by it.
void describe_covariance(const Problem& problem,
                         const Eigen::VectorXd& prior_variance,
                         const Eigen::MatrixXd& covariance,
                         Fit& fit);

/// One fit from one start. `is_first`: reports progress.
Fit fit_from(const Problem& problem,
             const std::vector<ChannelData>& data,
             const Eigen::VectorXd& start,
             const Options& options,
             bool is_first);

/// One fit by SPM's schedule; throws InternalError on noise that is not white.
Fit spm_fit(const Problem& problem, const std::vector<ChannelData>& data, const Options& options);

/// The Pareto k̂ of importance weights of the whole posterior; see importance.cpp.
double pareto_check(const Problem& problem,
                    const std::vector<ChannelData>& data,
                    const Fit& fit,
                    const Options& options);

}  // namespace insula::inference::detail
