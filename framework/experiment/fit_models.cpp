// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/fit_models.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/experiment/detail/fit_predictions.h"
#include "framework/inference/importance.h"
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
  // Importance sampling, of fits to all data alone, has a k̂ of its own.
  settings.pareto_check = e.pareto_draws > 0 && (part > 0 || !e.importance);
  settings.pareto_draws = e.pareto_draws > 0 ? e.pareto_draws : settings.pareto_draws;
  settings.stop = options.stop;
  return settings;
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

inference::Evaluation joined(std::vector<inference::Evaluation> each) {
  inference::Evaluation all;
  for (inference::Evaluation& one : each) append(std::move(one), all);
  if (!all.outcome.finished()) return {all.outcome, {}, {}, {}, {}, {}};
  return all;
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
    return joined(std::move(each));
  };
  if (fits.front()->problem.evaluate_many)
    all.evaluate_many = [&fits](std::span<const VectorXd> thetas) {
      std::vector<std::vector<inference::Evaluation>> by_subject(fits.size());
      parallel_for(fits.size(),
                   [&](std::size_t s) { by_subject[s] = fits[s]->problem.evaluate_many(thetas); });
      std::vector<inference::Evaluation> evaluations;
      for (std::size_t i = 0; i < thetas.size(); ++i) {
        std::vector<inference::Evaluation> each;
        for (auto& subject : by_subject) each.push_back(std::move(subject[i]));
        evaluations.push_back(joined(std::move(each)));
      }
      return evaluations;
    };
  return all;
}

// The better of the fits from the prior mean and from the other start, if there is one. Where that
// one was stopped nobody knows which is.
inference::Fit fit_from_both(const inference::Problem& problem,
                             const VectorXd& other_start,
                             inference::Options settings) {
  inference::Fit fit = inference::variational_laplace(problem, settings);
  if (other_start.size() == 0) return fit;
  settings.start = other_start;
  inference::Fit other = inference::variational_laplace(problem, settings);
  if (other.status == inference::Fit::Status::interrupted) return other;
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
    // Of a fit to all data the group's own summary says it.
    if (part > 0) mine.summary.pareto_k = result.group.summary.pareto_k;
    if (is_fitted(fit.status)) add_predictions(data, *fits[s], fit, next, settings.task, mine);
    next.channel += fits[s]->problem.channels.size();
    next.scored += fits[s]->problem.scored.size();
  }
  if (part > 0) return;
  const inference::ImportancePosterior posterior =
      sample_posterior(data, all, settings.task, options, fit);
  note(posterior, result.group.summary);
  for (PartResult& mine : result.subjects) mine.done = mine.done && !posterior.is_interrupted;
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
  if (other.status == Status::interrupted) return other;
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
  if (part == 0) {
    const inference::ImportancePosterior posterior =
        sample_posterior(data, problem->problem, task, options, result.fit);
    note(posterior, result.summary);
    result.done = result.done && !posterior.is_interrupted;
  }
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
