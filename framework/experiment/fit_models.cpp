// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/fit_models.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/inference/importance.h"
#include "framework/inference/predictive.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using Eigen::VectorXd;
using Fits = std::vector<std::unique_ptr<FitProblem>>;

Part part_of(const RunData& data, std::size_t subject, std::size_t part) {
  const Experiment& e = data.experiment;
  return {
      part == 0 ? nullptr : &data.folds[subject][part - 1], e.gap, {}, &data.comparable[subject]};
}

report::FitSummary summarise(const inference::Fit& fit) {
  report::FitSummary s;
  s.status = inference::to_text(fit.status);
  s.reason = fit.reason;
  s.iterations = static_cast<int>(fit.iterations.size());
  if (fit.status == inference::Fit::Status::no_start) return s;
  s.free_energy = fit.free_energy.total();
  s.accuracy = fit.free_energy.accuracy;
  s.complexity_parameters = -fit.free_energy.parameters;
  s.complexity_hyperparameters = -fit.free_energy.hyperparameters;
  s.gradient_norm = fit.gradient_norm;
  s.pareto_k = fit.pareto_k;
  s.start_free_energy = fit.start_free_energy;
  for (const auto& i : fit.iterations) s.free_energy_by_iteration.push_back(i.free_energy);
  for (const auto& w : fit.weak_directions)
    s.weak_directions.push_back(w.in_words + ": " + short_number(100 * w.ratio) +
                                " % of the prior variance is left");
  return s;
}

void note(const inference::ImportancePosterior& posterior, report::FitSummary& summary) {
  if (posterior.draws.size() == 0) return;
  summary.pareto_k = posterior.pareto_k;
  summary.draws = static_cast<double>(posterior.draws.cols());
  summary.effective_draws = posterior.effective_draws;
  if (!inference::is_trusted(posterior)) return;
  summary.log_evidence = posterior.log_evidence;
  summary.log_evidence_se = posterior.log_evidence_se;
}

std::string task_name(const ModelRun& model, const std::string& subject, std::size_t part) {
  return model.name + "/" + subject + "/" + std::to_string(part);
}

inference::Options settings_of(const RunData& data,
                               const std::string& task,
                               std::size_t part,
                               const RunOptions& options) {
  const Experiment& e = data.experiment;
  inference::Options settings;
  settings.max_iterations = e.max_iterations;
  settings.starts = e.starts;
  settings.seed = e.seed;
  settings.task = task;
  settings.pareto_check = part == 0 && e.pareto_draws > 0 && !e.importance;
  settings.pareto_draws = e.pareto_draws > 0 ? e.pareto_draws : settings.pareto_draws;
  settings.stop = options.stop;
  return settings;
}

// Where one subject's channels and trials stand in a fit.
struct Offsets {
  std::size_t channel = 0, scored = 0;
};

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

// What a fit says of one subject's samples and trials.
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

bool is_fitted(inference::Fit::Status status) {
  return status != inference::Fit::Status::interrupted &&
         status != inference::Fit::Status::no_start;
}

void append(inference::Evaluation from, inference::Evaluation& to) {
  if (!to.outcome.finished()) return;
  to.outcome = from.outcome;
  std::ranges::move(from.prediction, std::back_inserter(to.prediction));
  std::ranges::move(from.jacobian, std::back_inserter(to.jacobian));
  std::ranges::move(from.predictors, std::back_inserter(to.predictors));
  std::ranges::move(from.sources, std::back_inserter(to.sources));
  std::ranges::move(from.source_jacobian, std::back_inserter(to.source_jacobian));
}

// All subjects' data under one θ.
inference::Problem pooled(const Fits& fits) {
  inference::Problem all;
  all.parameter = fits.front()->problem.parameter;
  all.prior_mean = fits.front()->problem.prior_mean;
  all.prior_variance = fits.front()->problem.prior_variance;
  all.scales = fits.front()->problem.scales;
  std::size_t sources = 0;  // of the subjects before
  for (const auto& fit : fits) {
    for (inference::Channel channel : fit->problem.channels) {
      for (std::size_t& source : channel.sources) source += sources;
      all.channels.push_back(std::move(channel));
    }
    sources += fit->sources.size();
    std::ranges::copy(fit->problem.scored, std::back_inserter(all.scored));
  }
  all.evaluate = [&fits](const VectorXd& theta, bool with_jacobian) {
    std::vector<inference::Evaluation> each(fits.size());
    parallel_for(fits.size(),
                 [&](std::size_t s) { each[s] = fits[s]->problem.evaluate(theta, with_jacobian); });
    inference::Evaluation joined;
    for (inference::Evaluation& one : each) append(std::move(one), joined);
    if (!joined.outcome.finished())
      return inference::Evaluation{joined.outcome, {}, {}, {}, {}, {}};
    return joined;
  };
  return all;
}

// The better of the fits from the prior mean and from the other start, if there is one.
inference::Fit fit_from_both(const inference::Problem& problem,
                             const VectorXd& other_start,
                             inference::Options settings) {
  inference::Fit fit = inference::variational_laplace(problem, settings);
  if (other_start.size() == 0) return fit;
  settings.start = other_start;
  inference::Fit other = inference::variational_laplace(problem, settings);
  const bool is_better =
      is_fitted(other.status) &&
      (!is_fitted(fit.status) || other.free_energy.total() > fit.free_energy.total());
  return is_better ? other : fit;
}

inference::Fit fit_one(const RunData& data,
                       const FitProblem& problem,
                       const inference::Options& settings) {
  return data.experiment.spm ? inference::spm_variational_laplace(problem.problem, settings)
                             : fit_from_both(problem.problem, problem.other_start, settings);
}

void fit_pooled(const RunData& data,
                const Fits& fits,
                const inference::Options& settings,
                std::size_t part,
                const RunOptions& options,
                GroupPart& result) {
  const inference::Problem all = pooled(fits);
  result.group.pooled = fit_from_both(all, fits.front()->other_start, settings);
  inference::Fit& fit = result.group.pooled;
  result.group.summary = summarise(fit);
  Offsets next;
  for (std::size_t s = 0; s < fits.size(); ++s) {
    PartResult& mine = result.subjects[s];
    mine.done = fit.status != inference::Fit::Status::interrupted;
    mine.summary.status = result.group.summary.status;
    mine.summary.reason = result.group.summary.reason;
    mine.summary.iterations = result.group.summary.iterations;
    mine.summary.gradient_norm = result.group.summary.gradient_norm;
    if (is_fitted(fit.status)) add_predictions(data, *fits[s], fit, next, settings.task, mine);
    next.channel += fits[s]->problem.channels.size();
    next.scored += fits[s]->problem.scored.size();
  }
  if (part == 0)
    note(sample_posterior(data, all, settings.task, options, fit), result.group.summary);
}

report::FitSummary summarise(const inference::GroupFit& fit) {
  report::FitSummary s;
  s.status = inference::to_text(fit.status);
  s.reason = fit.reason;
  s.iterations = static_cast<int>(fit.sweeps.size());
  if (fit.status == inference::GroupFit::Status::no_start) return s;
  s.free_energy = fit.free_energy();
  s.complexity_parameters = -fit.mean_complexity;
  s.complexity_hyperparameters = -fit.variance_complexity;
  s.accuracy = fit.subject_free_energy;
  for (const inference::Sweep& sweep : fit.sweeps)
    s.free_energy_by_iteration.push_back(sweep.free_energy);
  return s;
}

// The same of a group, whose subjects all begin there.
inference::GroupFit fit_from_both(const inference::GroupProblem& problem,
                                  const VectorXd& other_start,
                                  inference::GroupOptions options) {
  using Status = inference::GroupFit::Status;
  const auto is_whole = [](Status s) { return s != Status::interrupted && s != Status::no_start; };
  inference::GroupFit fit = inference::fit_group(problem, options);
  if (other_start.size() == 0) return fit;
  options.subject.start = other_start;
  inference::GroupFit other = inference::fit_group(problem, options);
  const bool is_better =
      is_whole(other.status) && (!is_whole(fit.status) || other.free_energy() > fit.free_energy());
  return is_better ? other : fit;
}

void fit_hierarchical(const RunData& data,
                      const Fits& fits,
                      const inference::Options& settings,
                      GroupPart& result) {
  inference::GroupProblem group;
  for (std::size_t s = 0; s < fits.size(); ++s) {
    group.subjects.push_back(fits[s]->problem);
    group.subject.push_back(data.experiment.dataset.subjects[s].id);
  }
  const Experiment& e = data.experiment;
  group.design = group_design(e.dataset, covariate_effects(e.dataset, e.covariates));
  inference::GroupOptions options;
  options.subject = settings;
  result.group.fit = fit_from_both(group, fits.front()->other_start, options);
  inference::GroupFit& fit = result.group.fit;
  result.group.summary = summarise(fit);
  for (std::size_t s = 0; s < fits.size(); ++s) {
    PartResult& mine = result.subjects[s];
    mine.done = fit.status != inference::GroupFit::Status::interrupted;
    if (s >= fit.subjects.size()) {
      mine.summary.status = result.group.summary.status;
      mine.summary.reason = result.group.summary.reason;
      continue;
    }
    inference::Fit& own = fit.subjects[s];
    mine.summary = summarise(own);
    if (is_fitted(own.status)) add_predictions(data, *fits[s], own, {}, settings.task, mine);
    own.channels.clear();
    own.scored.clear();
    mine.fit = own;
    mine.fit.covariance = fit.subject_covariance[s];
  }
}

}  // namespace

std::unique_ptr<FitProblem> problem_of(const RunData& data,
                                       const ModelRun& model,
                                       std::size_t subject,
                                       std::size_t part) {
  const Experiment& e = data.experiment;
  Part trained = part_of(data, subject, part);
  trained.left_out = model.left_out;
  return assemble(*model.architecture,
                  data.subject(subject, part),
                  trained,
                  {e.spm, scheme_of(e, *model.architecture)});
}

inference::ImportancePosterior sample_posterior(const RunData& data,
                                                const inference::Problem& problem,
                                                const std::string& task,
                                                const RunOptions& options,
                                                inference::Fit& fit) {
  if (!data.experiment.importance || !is_fitted(fit.status)) return {};
  inference::ImportanceOptions settings;
  settings.seed = data.experiment.seed;
  settings.task = task;
  settings.stop = options.stop;
  inference::ImportancePosterior posterior =
      inference::importance_posterior(problem, fit, settings);
  if (inference::is_trusted(posterior)) inference::adopt(posterior, fit);
  return posterior;
}

inference::Fit fit_of(const RunData& data,
                      const FitProblem& problem,
                      const std::string& task,
                      const RunOptions& options) {
  inference::Options settings = settings_of(data, task, 0, options);
  settings.pareto_check = false;
  return fit_one(data, problem, settings);
}

PartResult fit_subject(const RunData& data,
                       const ModelRun& model,
                       std::size_t subject,
                       std::size_t part,
                       const RunOptions& options) {
  const auto problem = problem_of(data, model, subject, part);
  const std::string task = task_name(model, data.experiment.dataset.subjects[subject].id, part);
  const inference::Options settings = settings_of(data, task, part, options);
  PartResult result;
  result.fit = fit_one(data, *problem, settings);
  result.summary = summarise(result.fit);
  result.done = result.fit.status != inference::Fit::Status::interrupted;
  if (is_fitted(result.fit.status)) add_predictions(data, *problem, result.fit, {}, task, result);
  if (part == 0)
    note(sample_posterior(data, problem->problem, task, options, result.fit), result.summary);
  // Only the fit to all data is looked at again; predictions of every sample are kept already.
  result.fit.channels.clear();
  result.fit.scored.clear();
  if (part > 0) result.fit = {};
  return result;
}

GroupPart fit_all_subjects(const RunData& data,
                           const ModelRun& model,
                           std::size_t part,
                           const RunOptions& options) {
  const std::size_t subjects = data.experiment.dataset.subjects.size();
  Fits fits(subjects);
  parallel_for(subjects, [&](std::size_t s) { fits[s] = problem_of(data, model, s, part); });
  const inference::Options settings =
      settings_of(data, task_name(model, "all", part), part, options);
  GroupPart result;
  result.subjects.resize(subjects);
  if (data.experiment.subjects == Subjects::pooled)
    fit_pooled(data, fits, settings, part, options, result);
  else
    fit_hierarchical(data, fits, settings, result);
  for (PartResult& mine : result.subjects)
    if (part > 0) mine.fit = {};
  return result;
}

}  // namespace insula::experiment
