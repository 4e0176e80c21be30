// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <atomic>
#include <cmath>
#include <map>
#include <mutex>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/version.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

std::vector<std::vector<evaluation::Fold>> make_folds(const Experiment& e) {
  std::vector<std::vector<evaluation::Fold>> all;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    std::vector<std::string> ids;
    std::vector<double> durations;
    for (const dataset::Run& run : subject.runs) {
      ids.push_back(run.id);
      durations.push_back(run.duration);
    }
    all.push_back(e.split == Split::none     ? std::vector<evaluation::Fold>{}
                  : e.split == Split::blocks ? evaluation::split_blocks(durations, e.folds)
                                             : evaluation::split_runs(ids, durations));
  }
  return all;
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

PartResult fit_architecture(const RunData& data,
                            const ModelRun& model,
                            std::size_t subject,
                            std::size_t part_index,
                            const RunOptions& options) {
  const Experiment& e = data.experiment;
  const Part part{part_index == 0 ? nullptr : &data.folds[subject][part_index - 1], e.gap};
  const auto fit_problem = assemble(*model.architecture,
                                    e.dataset.subjects[subject],
                                    part,
                                    {e.spm, scheme_of(e, *model.architecture)});
  inference::Options settings;
  settings.max_iterations = e.max_iterations;
  settings.starts = e.starts;
  settings.seed = e.seed;
  settings.task =
      model.name + "/" + e.dataset.subjects[subject].id + "/" + std::to_string(part_index);
  settings.pareto_check = part_index == 0 && e.pareto_draws > 0;
  settings.pareto_draws = e.pareto_draws > 0 ? e.pareto_draws : settings.pareto_draws;
  settings.stop = options.stop;

  PartResult result;
  result.fit = e.spm ? inference::spm_variational_laplace(fit_problem->problem, settings)
                     : inference::variational_laplace(fit_problem->problem, settings);
  result.summary = summarise(result.fit);
  result.done = result.fit.status != inference::Fit::Status::interrupted;
  if (!result.done || result.fit.status == inference::Fit::Status::no_start) return result;
  result.has_prediction = true;
  for (const Target& target : data.targets)
    for (std::size_t c = 0; c < result.fit.channels.size(); ++c) {
      const inference::Channel& channel = fit_problem->problem.channels[c];
      if (channel.recording != target.recording || channel.name != target.channel) continue;
      const inference::ChannelFit& fitted = result.fit.channels[c];
      const Scaling& scaling = fit_problem->scaling[c];
      result.mean.push_back(fitted.prediction.array() / scaling.factor + scaling.centre);
      result.sd.push_back(fitted.prediction_sd / scaling.factor);
      result.summary.noise.emplace_back(target.channel, fitted.noise_sd / scaling.factor);
    }
  // Only the fit to all data is looked at again; predictions of every sample are kept already.
  result.fit.channels.clear();
  if (part_index > 0) result.fit = {};
  return result;
}

PartResult fit_baseline(const RunData& data,
                        const ModelRun& model,
                        std::size_t subject,
                        std::size_t part_index) {
  const Experiment& e = data.experiment;
  const Part part{part_index == 0 ? nullptr : &data.folds[subject][part_index - 1], e.gap};
  PartResult result;
  result.done = result.has_prediction = true;
  result.summary.status = "fitted";
  std::map<std::pair<std::string, std::string>, std::pair<Eigen::VectorXd, Eigen::VectorXd>> found;
  std::string previous;
  for (const Target& target : data.targets) {
    if (target.recording == previous) continue;
    previous = target.recording;
    const BaselineProblem problem =
        assemble_baseline(e, data.targets, target.recording, e.dataset.subjects[subject], part);
    const BaselinePrediction prediction = model.baseline->predict(problem);
    for (const auto& tuned : prediction.tuned) result.summary.tuned.push_back(tuned);
    for (std::size_t c = 0; c < problem.channels.size(); ++c) {
      Eigen::Index rows = 0;
      for (const auto& m : prediction.mean) rows += m.rows();
      Eigen::VectorXd mean(rows), sd(rows);
      rows = 0;
      for (std::size_t r = 0; r < prediction.mean.size(); ++r) {
        const auto column = static_cast<Eigen::Index>(c);
        mean.segment(rows, prediction.mean[r].rows()) = prediction.mean[r].col(column);
        sd.segment(rows, prediction.mean[r].rows()) = prediction.sd[r].col(column);
        rows += prediction.mean[r].rows();
      }
      found[{target.recording, problem.channels[c]}] = {std::move(mean), std::move(sd)};
    }
  }
  for (const Target& target : data.targets) {
    auto& [mean, sd] = found.at({target.recording, target.channel});
    if (!mean.allFinite() || !sd.allFinite()) {
      result.has_prediction = false;
      result.summary.status = "failed";
      result.summary.reason = "it has no training sample of " + target.channel;
    }
    result.mean.push_back(std::move(mean));
    result.sd.push_back(std::move(sd));
  }
  return result;
}

std::vector<ModelRun> make_models(const Experiment& e,
                                  const Catalogue& catalogue,
                                  const architecture::Architecture* linear_dcm) {
  std::vector<ModelRun> models;
  for (const Hypothesis& h : e.hypotheses)
    models.push_back({h.name, "hypothesis", &h.architecture, nullptr, {}});
  for (const std::string& name : e.baselines)
    models.push_back({name,
                      "baseline",
                      name == kLinearDcm ? linear_dcm : nullptr,
                      find_kind(catalogue.baselines, name),
                      {}});
  return models;
}

std::vector<std::pair<std::string, std::string>> settings_of(const Experiment& e) {
  const std::string draws = std::to_string(e.bootstrap_draws);
  std::vector<std::pair<std::string, std::string>> s{
      {"engine", "variational_laplace"},
      {"starts", std::to_string(e.starts)},
      {"max_iterations", std::to_string(e.max_iterations)},
      {"pareto_draws", std::to_string(e.pareto_draws)},
      {"compatibility", e.spm ? "spm" : "none"},
      {"integrator",
       e.integrator ? to_text(*e.integrator)
       : e.spm      ? "SPM's own for each model"
                    : "accurate"},
      {"split",
       e.split == Split::none     ? "none"
       : e.split == Split::blocks ? "blocks"
                                  : "runs"},
      {"gap", short_number(e.gap) + " s"},
      {"bootstrap", draws + " draws of blocks of " + short_number(e.bootstrap_block) + " s"}};
  for (const Hypothesis& h : e.hypotheses)
    for (const auto& o : h.architecture.observations) {
      const auto& recording = *e.dataset.subjects[0].runs[0].recording(o.name);
      const bool own = recording.unit == o.kind->unit && recording.unit != "a.u.";
      if (&h == &e.hypotheses.front())
        s.emplace_back("scaling of " + o.name,
                       e.spm ? "SPM's: centred, widest channel spans at most 4"
                       : own ? "none: recorded in " + recording.unit
                             : "widest channel's training samples span 4 (recorded in " +
                                   recording.unit + ")");
    }
  return s;
}

}  // namespace

report::Results run(const Experiment& e, const Catalogue& catalogue, const RunOptions& options) {
  std::vector<architecture::Architecture> graphs;
  for (const Hypothesis& h : e.hypotheses) graphs.push_back(h.architecture);
  const architecture::Architecture linear_dcm = architecture::linear_union(graphs, catalogue);

  RunData data{e, targets(e), make_folds(e), make_models(e, catalogue, &linear_dcm)};
  struct Task {
    std::size_t model, subject, part;
  };
  std::vector<Task> tasks;
  for (std::size_t m = 0; m < data.models.size(); ++m)
    for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) {
      data.models[m].parts.emplace_back(data.folds[s].size() + 1);
      for (std::size_t p = 0; p <= data.folds[s].size(); ++p) tasks.push_back({m, s, p});
    }

  std::mutex telling;
  std::size_t done = 0;
  parallel_for(tasks.size(), [&](std::size_t t) {
    if (options.stop && options.stop()) return;
    const Task& task = tasks[t];
    const ModelRun& model = data.models[task.model];
    PartResult result = model.architecture
                            ? fit_architecture(data, model, task.subject, task.part, options)
                            : fit_baseline(data, model, task.subject, task.part);
    result.summary.subject = e.dataset.subjects[task.subject].id;
    result.summary.fold = task.part == 0 ? "full" : data.folds[task.subject][task.part - 1].name;
    data.models[task.model].parts[task.subject][task.part] = std::move(result);
    if (!options.progress) return;
    const std::lock_guard lock(telling);
    options.progress({++done,
                      tasks.size(),
                      model.name + (task.part == 0 ? std::string(", all data")
                                                   : ", fold " + std::to_string(task.part))});
  });

  report::Results results;
  results.experiment = e.name;
  results.description = e.description;
  results.insula_version = kVersion;
  results.seed = e.seed;
  results.dataset_name = e.dataset.name;
  results.dataset_citation = e.dataset.citation;
  results.dataset_licence = e.dataset.licence;
  results.input_files = e.input_files;
  results.settings = settings_of(e);
  if (!data.folds.empty())
    for (const evaluation::Fold& f : data.folds[0]) results.folds.push_back(f.name);
  results.gap = e.gap;
  for (const dataset::Finding& f : dataset::check(e.dataset))
    results.findings.emplace_back(f.where, f.message);
  for (const Hypothesis& h : e.hypotheses)
    for (const Mistake& m : architecture::doubts(h.architecture))
      results.findings.emplace_back(h.name, m.message);
  gather(data, results);
  score(data, results);
  return results;
}

}  // namespace insula::experiment
