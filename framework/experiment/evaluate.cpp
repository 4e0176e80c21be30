// SPDX-License-Identifier: Apache-2.0
// What a hypothesis predicts for all data of a subject at one θ.
#include <algorithm>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/response.h"
#include "framework/simulation/spm_bilinear.h"
#include "framework/simulation/spm_second_order.h"

namespace insula::experiment {
namespace {

using simulation::Response;

// Steps of the integrator with this many times the error are half as many. In the four problems of
// benchmarks/feature_fit they moved the log joint by 0.02 to 0.16 nats, and by draws of weights the
// others by 0.002 to 0.013 posterior standard deviations (root mean square), which draws leave to
// chance by a tenth of one (weight_spread.h).
constexpr double kCoarser = 30;

std::vector<Response> responses_of(const FitProblem& fit,
                                   simulation::Scheme scheme,
                                   const Eigen::VectorXd& theta,
                                   bool with_jacobian) {
  using namespace simulation;
  std::vector<Response> responses(fit.timelines.size());
  parallel_for(responses.size(), [&](std::size_t r) {
    if (scheme == Scheme::accurate)
      responses[r] = respond(fit.system, fit.timelines[r], theta, with_jacobian);
    else if (scheme == Scheme::spm_second_order)
      responses[r] = respond_spm_second_order(fit.system, fit.spm_runs[r], theta, with_jacobian);
    else
      responses[r] = respond_spm_bilinear(fit.system, fit.spm_runs[r], theta, with_jacobian);
  });
  return responses;
}

// What a channel shows in all runs, one below the other.
Eigen::VectorXd stacked_values(const std::vector<Response>& responses, std::size_t c) {
  Eigen::Index rows = 0, at = 0;
  for (const Response& response : responses) rows += response.value[c].size();
  Eigen::VectorXd all(rows);
  for (const Response& response : responses) {
    all.segment(at, response.value[c].size()) = response.value[c];
    at += response.value[c].size();
  }
  return all;
}

Eigen::MatrixXd stacked_jacobian(const std::vector<Response>& responses, std::size_t c) {
  if (responses.size() == 1) return responses.front().jacobian[c];
  Eigen::Index rows = 0, at = 0;
  for (const Response& response : responses) rows += response.jacobian[c].rows();
  Eigen::MatrixXd all(rows, responses.front().jacobian[c].cols());
  for (const Response& response : responses) {
    all.middleRows(at, response.jacobian[c].rows()) = response.jacobian[c];
    at += response.jacobian[c].rows();
  }
  return all;
}

// The same from responses that are not asked for this channel again.
Eigen::MatrixXd last_stacked_jacobian(std::vector<Response>& responses, std::size_t c) {
  if (responses.size() == 1) return std::move(responses.front().jacobian[c]);
  return stacked_jacobian(responses, c);
}

// What all of the system's channels show, for those that several channels of the data share.
struct Stacks {
  std::vector<Eigen::VectorXd> value;
  std::vector<Eigen::MatrixXd> jacobian;
};

Stacks stacks_of(const FitProblem& fit,
                 const std::vector<Response>& responses,
                 bool with_jacobian) {
  Stacks all;
  for (std::size_t c = 0; c < fit.system.observed(); ++c) {
    all.value.push_back(stacked_values(responses, c));
    if (with_jacobian) all.jacobian.push_back(stacked_jacobian(responses, c));
  }
  return all;
}

template <class Of>
Of mixture(const Shown& shown, const std::vector<Of>& parts) {
  Of sum = Of::Zero(parts.front().rows(), parts.front().cols());
  for (std::size_t k = 0; k < shown.part.size(); ++k) sum += shown.weight[k] * parts[shown.part[k]];
  return sum;
}

// The activities that trials `t` need, out of what the runs' simulations gave.
std::vector<Moving> activities_of(const FitProblem& fit,
                                  const std::vector<Response>& responses,
                                  std::size_t t,
                                  bool with_jacobian) {
  const TrialProblem& trials = *fit.trials[t];
  std::vector<Moving> all;
  for (std::size_t p = 0; p < fit.system.probes.size(); ++p) {
    if (fit.system.probes[p].trials != static_cast<int>(t)) continue;
    const std::size_t channel = fit.system.observed() + p;
    std::vector<Eigen::VectorXd> samples;
    std::vector<Eigen::MatrixXd> jacobian;
    for (const Response& response : responses) {
      samples.push_back(response.value[channel]);
      if (with_jacobian) jacobian.push_back(response.jacobian[channel]);
    }
    all.push_back(activity_of(trials.rows,
                              trials.observation->window,
                              samples,
                              jacobian,
                              fit.system.dynamic_parameters(),
                              fit.system.learning_parameters()));
  }
  return all;
}

// θ of every parameter of the architecture: free, tied or fixed.
std::vector<double> theta_of_all(const FitProblem& fit, const Eigen::VectorXd& theta) {
  const auto& parameters = fit.system.architecture.parameters;
  std::vector<double> all;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    all.push_back(fit.free_index[i] >= 0 ? theta[fit.free_index[i]]
                                         : parameters[parameters[i].tied_to].prior_mean);
  return all;
}

// A channel's prediction is the one predictor of its counts.
inference::Predictors predictors_of(const std::vector<Response>& responses,
                                    std::size_t channel,
                                    bool with_slopes) {
  inference::Predictors predictors{stacked_values(responses, channel), {}};
  if (!with_slopes) return predictors;
  inference::Slope slope{{}, stacked_jacobian(responses, channel)};
  for (Eigen::Index i = 0; i < slope.value.cols(); ++i) slope.parameter.push_back(i);
  predictors.slope.push_back(std::move(slope));
  return predictors;
}

// What channels show whose regions have given weights or are their own.
void add_channels(const FitProblem& fit,
                  std::vector<Response>& responses,
                  bool with_jacobian,
                  inference::Evaluation& all) {
  Stacks stacks;  // only where there are loadings
  for (const std::size_t c : fit.gaussian) {
    const Shown& shown = fit.shown[c];
    const auto& observation = fit.system.architecture.observations[shown.observation];
    if (observation.loadings.of == architecture::Loadings::Of::own) {
      all.prediction.push_back(stacked_values(responses, shown.part[0]));
      if (with_jacobian) all.jacobian.push_back(last_stacked_jacobian(responses, shown.part[0]));
      continue;
    }
    if (observation.loadings.of == architecture::Loadings::Of::learned) {
      all.prediction.emplace_back();
      if (with_jacobian) all.jacobian.emplace_back();
      continue;
    }
    if (stacks.value.empty()) stacks = stacks_of(fit, responses, with_jacobian);
    all.prediction.push_back(mixture(shown, stacks.value));
    if (with_jacobian) all.jacobian.push_back(mixture(shown, stacks.jacobian));
  }
}

// The first outcome that is not finished, or a finished one.
Outcome outcome_of(const std::vector<Response>& responses) {
  for (const Response& response : responses)
    if (!response.outcome.finished()) return response.outcome;
  return {};
}

// Of the responses of all runs at one θ.
inference::Evaluation evaluation_of(const FitProblem& fit,
                                    std::vector<Response> responses,
                                    const Eigen::VectorXd& theta,
                                    bool with_jacobian) {
  inference::Evaluation all;
  all.outcome = outcome_of(responses);
  if (!all.outcome.finished()) return all;
  for (const std::size_t c : fit.sources) {
    all.sources.push_back(stacked_values(responses, c));
    if (with_jacobian) all.source_jacobian.push_back(stacked_jacobian(responses, c));
  }
  add_channels(fit, responses, with_jacobian, all);
  const std::vector<double> of_all = theta_of_all(fit, theta);
  StaticActivities settled(fit.system, theta, with_jacobian);
  for (std::size_t t = 0; t < fit.trials.size(); ++t) {
    const bool of_static = fit.trials[t]->rows.input.cols() > 0;
    std::vector<Moving> moving =
        of_static ? settled.of(*fit.trials[t]) : activities_of(fit, responses, t, with_jacobian);
    if (!settled.outcome().finished()) return {settled.outcome(), {}, {}, {}};
    std::ranges::move(fit.trials[t]->signals_of(of_all, fit.free_index, with_jacobian),
                      std::back_inserter(moving));
    all.predictors.push_back(
        fit.trials[t]->predictors(of_all, fit.free_index, moving, with_jacobian));
  }
  for (const auto& counts : fit.counts)
    all.predictors.push_back(predictors_of(responses, counts->channel, with_jacobian));
  return all;
}

}  // namespace

std::vector<inference::DriveGroup> drives_of(const FitProblem& fit) {
  if (fit.problem.scales.empty() || !fit.problem.scored.empty() || !fit.sources.empty()) return {};
  for (const std::size_t c : fit.gaussian)
    if (fit.system.architecture.observations[fit.shown[c].observation].loadings.of !=
        architecture::Loadings::Of::own)
      return {};
  std::vector<inference::DriveGroup> groups;
  for (const simulation::Timeline& timeline : fit.timelines) {
    const std::vector<simulation::DrivenRegion> regions =
        simulation::driven_regions(fit.system, timeline);
    if (regions.empty()) return {};
    groups.resize(regions.size());
    for (std::size_t g = 0; g < regions.size(); ++g) {
      const Eigen::MatrixXd& of_run = regions[g].design;
      Eigen::MatrixXd& design = groups[g].design;
      groups[g].parameter = regions[g].parameter;
      design.conservativeResize(design.rows() + of_run.rows(), of_run.cols());
      design.bottomRows(of_run.rows()) = of_run;
    }
  }
  if (groups.empty() || groups[0].design.rows() == 0) return {};
  std::vector<Eigen::Index> driven, scaled;
  for (const inference::DriveGroup& group : groups)
    driven.insert(driven.end(), group.parameter.begin(), group.parameter.end());
  for (const inference::PriorScale& scale : fit.problem.scales)
    scaled.insert(scaled.end(), scale.parameter.begin(), scale.parameter.end());
  std::ranges::sort(driven);
  std::ranges::sort(scaled);
  return driven == scaled ? groups : std::vector<inference::DriveGroup>{};
}

inference::Evaluation evaluate_by_drives(const FitProblem& fit,
                                         const std::vector<simulation::Timeline>& timelines,
                                         const Eigen::VectorXd& theta,
                                         inference::Accuracy accuracy) {
  std::vector<char> is_driven(fit.system.free.size(), 0);
  for (const inference::DriveGroup& group : fit.problem.drives)
    for (const Eigen::Index i : group.parameter) is_driven[static_cast<std::size_t>(i)] = 1;
  std::vector<Eigen::Index> others;
  for (std::size_t i = 0; i < is_driven.size(); ++i)
    if (is_driven[i] == 0) others.push_back(static_cast<Eigen::Index>(i));
  std::vector<simulation::DrivenResponse> runs(timelines.size());
  parallel_for(runs.size(), [&](std::size_t r) {
    runs[r] = simulation::respond_by_drives(fit.system,
                                            timelines[r],
                                            theta,
                                            others,
                                            accuracy == inference::Accuracy::full ? 1 : kCoarser);
  });
  // Runs follow one another in stimuli and in the samples of each channel of the data.
  std::vector<numerics::ImpulseBlock> all;
  Eigen::Index stimuli = 0;
  std::vector<Eigen::Index> samples(fit.gaussian.size(), 0);
  std::vector<Response> responses;
  for (simulation::DrivenResponse& run : runs) {
    Eigen::Index of_run = 0;
    for (numerics::ImpulseBlock& from : run.impulses) {
      numerics::ImpulseBlock block{stimuli + from.first, from.count, {}, {}};
      of_run += from.count;
      for (std::size_t c = 0; c < fit.gaussian.size(); ++c) {
        const std::size_t part = fit.shown[fit.gaussian[c]].part[0];
        block.sample.push_back(samples[c] + from.sample[part]);
        block.effect.push_back(std::move(from.effect[part]));
      }
      all.push_back(std::move(block));
    }
    stimuli += of_run;
    for (std::size_t c = 0; c < samples.size() && run.response.outcome.finished(); ++c)
      samples[c] += run.response.value[fit.shown[fit.gaussian[c]].part[0]].size();
    responses.push_back(std::move(run.response));
  }
  inference::Evaluation evaluation = evaluation_of(fit, std::move(responses), theta, true);
  if (evaluation.outcome.finished() && !all.empty())
    evaluation.impulses =
        std::make_shared<const std::vector<numerics::ImpulseBlock>>(std::move(all));
  return evaluation;
}

std::optional<Eigen::MatrixXd> pull_back(const FitProblem& fit,
                                         const Eigen::VectorXd& theta,
                                         const std::vector<Eigen::Index>& parameters,
                                         std::span<const Eigen::VectorXd> v) {
  // A set of weights for each channel of the data: they fall on what it shows.
  std::vector<std::vector<simulation::SampleWeights>> of_run(fit.timelines.size());
  std::vector<Eigen::Index> at(v.size(), 0);
  for (std::size_t r = 0; r < of_run.size(); ++r) {
    const std::vector<int>& samples = fit.timelines[r].channel_samples;
    for (std::size_t c = 0; c < v.size(); ++c) {
      const Shown& shown = fit.shown[fit.gaussian[c]];
      simulation::SampleWeights weights(samples.size());
      const Eigen::Index count = samples[shown.part[0]];
      for (std::size_t k = 0; k < shown.part.size(); ++k)
        weights[shown.part[k]] = shown.weight[k] * v[c].segment(at[c], count);
      at[c] += count;
      of_run[r].push_back(std::move(weights));
    }
  }
  std::vector<simulation::Pulled> pulled(of_run.size());
  parallel_for(pulled.size(), [&](std::size_t r) {
    pulled[r] =
        simulation::pull_back(fit.system, fit.timelines[r], theta, parameters, of_run[r], kCoarser);
  });
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(parameters.size()),
                                              static_cast<Eigen::Index>(v.size()));
  for (const simulation::Pulled& run : pulled) {
    if (!run.outcome.finished()) return std::nullopt;
    sum += run.slope;
  }
  return sum;
}

inference::Evaluation evaluate(const FitProblem& fit,
                               simulation::Scheme scheme,
                               const Eigen::VectorXd& theta,
                               bool with_jacobian) {
  return evaluation_of(fit, responses_of(fit, scheme, theta, with_jacobian), theta, with_jacobian);
}

std::vector<inference::Evaluation> evaluate_many(const FitProblem& fit,
                                                 std::span<const Eigen::VectorXd> thetas) {
  std::vector<std::vector<Response>> by_run(fit.timelines.size());
  parallel_for(by_run.size(), [&](std::size_t r) {
    by_run[r] = simulation::respond_together(fit.system, fit.timelines[r], thetas);
  });
  std::vector<inference::Evaluation> all;
  for (std::size_t i = 0; i < thetas.size(); ++i) {
    std::vector<Response> responses;
    for (std::vector<Response>& run : by_run) responses.push_back(std::move(run[i]));
    all.push_back(evaluation_of(fit, std::move(responses), thetas[i], false));
  }
  return all;
}

}  // namespace insula::experiment
