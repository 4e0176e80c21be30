// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/fit_predictions.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/inference/predictive.h"

namespace insula::experiment {
namespace {

using Eigen::VectorXd;

void add_loadings(const FitProblem& problem,
                  const inference::Channel& channel,
                  const inference::ChannelFit& fitted,
                  const Target& target,
                  double scale,
                  PartResult& result) {
  const auto count = static_cast<Eigen::Index>(channel.sources.size());
  const Eigen::Index first = fitted.beta.size() - count;  // confounds stand before them
  for (Eigen::Index k = 0; k < count; ++k) {
    const simulation::ChannelNode& source =
        problem.system.channels[problem.sources[channel.sources[static_cast<std::size_t>(k)]]];
    const auto& region =
        problem.system.architecture.regions[static_cast<std::size_t>(source.region)];
    result.loadings.push_back({channel.recording + ".loading." + channel.name + "." + region.name,
                               fitted.beta[first + k],
                               std::sqrt(fitted.beta_covariance(first + k, first + k)),
                               scale,
                               target.unit});
  }
}

void add_samples(const FitProblem& problem,
                 const inference::Fit& fit,
                 std::size_t first,
                 const Target& target,
                 PartResult& result) {
  for (std::size_t c = 0; c < problem.problem.channels.size(); ++c) {
    const inference::Channel& channel = problem.problem.channels[c];
    if (channel.recording != target.recording || channel.name != target.channel) continue;
    const inference::ChannelFit& fitted = fit.channels[first + c];
    const Scaling& scaling = problem.scaling[problem.gaussian[c]];
    result.mean.back() = fitted.prediction.array() / scaling.factor + scaling.centre;
    result.sd.back() = fitted.prediction_sd / scaling.factor;
    result.correlation.back() = std::tanh(fitted.zeta);
    result.summary.noise.emplace_back(target.channel, fitted.noise_sd / scaling.factor);
    add_loadings(problem, channel, fitted, target, 1 / scaling.factor, result);
  }
}

void add_counts(const RunData& data,
                const CountProblem& counts,
                const inference::ScoredFit& fit,
                const std::string& task,
                PartResult& result) {
  const Likelihood& likelihood = counts.kind->likelihood;
  const Eigen::Index n = fit.predictor.rows();
  result.mean.back().resize(n);
  result.sd.back().resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double eta = fit.predictor(i, 0), width = fit.predictor_sd(i, 0);
    // The mean's own uncertainty, by its secant over one sd of η.
    const double spread = 0.5 * (likelihood.mean(eta + width, counts.interval) -
                                 likelihood.mean(eta - width, counts.interval));
    result.mean.back()[i] = likelihood.mean(eta, counts.interval);
    result.sd.back()[i] = std::sqrt(likelihood.variance(eta, counts.interval) + spread * spread);
  }
  std::vector<char> known;
  for (const double y : counts.data) known.push_back(std::isfinite(y));
  inference::PredictiveOptions options;
  options.seed = data.experiment.seed;
  options.task = "predictive/" + task + "/" + counts.recording + "/" + counts.name;
  result.log_density.back() =
      inference::log_predictive_density(scored_counts(counts, known), fit, options);
}

double of_target(const TrialDatum& datum, const Target& target, const TrialProblem& trials) {
  return target.of == Target::Of::choice          ? datum.choice
         : target.of == Target::Of::response_time ? datum.time
                                                  : datum.value * trials.scale + trials.centre;
}

bool has_same_data(const TrialKind& a, const TrialKind& b) {
  return a.needs_choice == b.needs_choice && a.needs_time == b.needs_time &&
         a.needs_value == b.needs_value;
}

// Of every trial that is whole, whether it trained or not.
VectorXd log_density(const RunData& data,
                     const TrialProblem& trials,
                     const inference::ScoredFit& fit,
                     const std::string& task) {
  inference::Scored all = scored_data(trials);
  all.use = trials.whole;
  inference::PredictiveOptions options;
  options.seed = data.experiment.seed;
  options.task = "predictive/" + task + "/" + trials.observation->name;
  return inference::log_predictive_density(all, fit, options).array() - std::log(trials.scale);
}

void add_trials(const RunData& data,
                const TrialProblem& trials,
                const inference::ScoredFit& fit,
                const Target& target,
                const std::string& task,
                PartResult& result) {
  const TrialKind& kind = *trials.observation->kind;
  const auto& asked = data.experiment.hypotheses.front().architecture.trials;
  const auto of_hypotheses =
      std::ranges::find(asked, target.recording, &architecture::TrialObservation::name);
  const auto n = static_cast<Eigen::Index>(trials.rows.size());
  const bool has_density = target.has_density && has_same_data(kind, *of_hypotheses->kind);
  result.log_density.back() =
      has_density ? log_density(data, trials, fit, task) : VectorXd::Constant(n, kNaN);
  if ((target.of == Target::Of::choice && !kind.needs_choice) ||
      (target.of == Target::Of::response_time && !kind.needs_time) ||
      (target.of == Target::Of::value && !kind.needs_value))
    return;
  const Eigen::MatrixXd natural = trials.natural(fit.predictor);
  result.mean.back() = result.sd.back() = VectorXd::Constant(n, kNaN);
  const VectorXd share =
      target.option < 0 ? VectorXd() : share_of_option(kind, natural, target.option);
  std::vector<double> one(static_cast<std::size_t>(natural.cols()));
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!trials.whole[static_cast<std::size_t>(i)]) continue;
    for (std::size_t k = 0; k < one.size(); ++k) one[k] = natural(i, static_cast<Eigen::Index>(k));
    const double mean = target.option < 0 ? of_target(kind.mean(one), target, trials) : share[i];
    result.mean.back()[i] = mean;
    if (target.of == Target::Of::choice) result.sd.back()[i] = std::sqrt(mean * (1 - mean));
  }
}

}  // namespace

void add_predictions(const RunData& data,
                     const FitProblem& problem,
                     const inference::Fit& fit,
                     Offsets first,
                     const std::string& task,
                     PartResult& result) {
  result.has_prediction = true;
  result.trials = trial_posteriors(problem, fit);
  for (const Target& target : data.targets) {
    result.mean.emplace_back();
    result.sd.emplace_back();
    result.log_density.emplace_back();
    result.correlation.push_back(0);  // given the prediction, counts and trials are independent
    if (target.of == Target::Of::samples) {
      add_samples(problem, fit, first.channel, target, result);
      for (std::size_t k = 0; k < problem.counts.size(); ++k)
        if (problem.counts[k]->recording == target.recording &&
            problem.counts[k]->name == target.channel)
          add_counts(data,
                     *problem.counts[k],
                     fit.scored[first.scored + problem.trials.size() + k],
                     task,
                     result);
      continue;
    }
    for (std::size_t k = 0; k < problem.trials.size(); ++k)
      if (problem.trials[k]->observation->name == target.recording)
        add_trials(data, *problem.trials[k], fit.scored[first.scored + k], target, task, result);
  }
}

}  // namespace insula::experiment
