// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <algorithm>
#include <mutex>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/experiment/detail/event_locked.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/trial_baselines.h"
#include "framework/experiment/detail/trial_checks.h"
#include "framework/experiment/version.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

// The baselines that are architectures themselves.
std::vector<architecture::Architecture> build_baselines(const Experiment& e,
                                                        const Catalogue& catalogue) {
  std::vector<architecture::Architecture> built;
  for (const std::string& name : e.baselines) {
    if (name == kLinearDcm) {
      std::vector<architecture::Architecture> graphs;
      for (const Hypothesis& h : e.hypotheses) graphs.push_back(h.architecture);
      built.push_back(architecture::linear_union(graphs, catalogue));
      built.back().name = name;
    } else if (explains_trials(name, e)) {
      built.push_back(trial_baseline(name, e, catalogue));
    }
  }
  return built;
}

std::vector<ModelRun> make_models(const Experiment& e,
                                  const Catalogue& catalogue,
                                  const std::vector<architecture::Architecture>& built) {
  std::vector<ModelRun> models;
  for (const Hypothesis& h : e.hypotheses)
    models.push_back({h.name, "hypothesis", &h.architecture, nullptr, {}, {}, {}});
  for (const std::string& name : e.baselines) {
    const auto architecture = std::ranges::find(built, name, &architecture::Architecture::name);
    models.push_back({name,
                      "baseline",
                      architecture == built.end() ? nullptr : &*architecture,
                      find_kind(catalogue.baselines, name),
                      {},
                      {},
                      {}});
  }
  for (const Ablation& ablation : ablations_of(e))
    models.push_back({name_of(e, ablation),
                      "ablation",
                      &e.hypotheses[ablation.hypothesis].architecture,
                      nullptr,
                      {},
                      {},
                      ablation.left_out});
  return models;
}

std::vector<std::pair<std::string, std::string>> settings_of(const Experiment& e) {
  const std::string draws = std::to_string(e.bootstrap_draws);
  const std::string unit = has_time(e) ? " s" : " trials";
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
       e.split == Split::none             ? "none"
       : e.split == Split::blocks         ? "blocks"
       : e.split == Split::stimulus_types ? "stimulus types, the levels of " + e.types
                                          : "runs"},
      {"gap", short_number(e.gap) + unit},
      {"bootstrap", draws + " draws of blocks of " + short_number(e.bootstrap_block) + unit}};
  if (!e.ablated.empty()) s.emplace_back("ablation", join(e.ablated, ", "));
  if (e.dataset.subjects.size() > 1)
    s.emplace_back("subjects",
                   e.subjects == Subjects::separate ? "separate"
                   : e.subjects == Subjects::pooled ? "pooled"
                                                    : "hierarchical");
  for (const CovariateEffect& effect : covariate_effects(e))
    s.emplace_back("effect of " + effect.name, effect.means);
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

constexpr std::size_t kAll = static_cast<std::size_t>(-1);

struct Task {
  std::size_t model, subject, part;  // subject kAll: of all together
};

std::vector<Task> make_tasks(RunData& data) {
  const Experiment& e = data.experiment;
  std::vector<Task> tasks;
  for (std::size_t m = 0; m < data.models.size(); ++m) {
    for (const auto& folds : data.folds) data.models[m].parts.emplace_back(folds.size() + 1);
    if (e.subjects != Subjects::separate && data.models[m].architecture) {
      for (std::size_t p = 0; p <= data.folds[0].size(); ++p) tasks.push_back({m, kAll, p});
      continue;
    }
    for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s)
      for (std::size_t p = 0; p <= data.folds[s].size(); ++p) tasks.push_back({m, s, p});
  }
  return tasks;
}

void keep(RunData& data, std::size_t model, std::size_t subject, std::size_t p, PartResult part) {
  part.summary.subject = data.experiment.dataset.subjects[subject].id;
  part.summary.fold = p == 0 ? "full" : data.folds[subject][p - 1].name;
  data.models[model].parts[subject][p] = std::move(part);
}

void do_task(RunData& data, const Task& task, const RunOptions& options) {
  ModelRun& model = data.models[task.model];
  if (task.subject != kAll) {
    keep(data,
         task.model,
         task.subject,
         task.part,
         model.architecture ? fit_subject(data, model, task.subject, task.part, options)
                            : fit_baseline(data, model, task.subject, task.part));
    return;
  }
  GroupPart part = fit_all_subjects(data, model, task.part, options);
  for (std::size_t s = 0; s < part.subjects.size(); ++s)
    keep(data, task.model, s, task.part, std::move(part.subjects[s]));
  if (task.part > 0) return;
  part.group.summary.subject = "all";
  part.group.summary.fold = "full";
  model.group = std::move(part.group);
}

void add_features(RunData& data) {
  const Experiment& e = data.experiment;
  if (used_bands(e).empty()) return;
  const std::size_t subjects = e.dataset.subjects.size(), parts = data.folds[0].size() + 1;
  data.featured.assign(subjects, {});
  for (auto& of_subject : data.featured) of_subject.resize(parts);
  parallel_for(subjects * parts, [&](std::size_t task) {
    const std::size_t s = task / parts, part = task % parts;
    std::vector<const evaluation::Fold*> folds(subjects, nullptr);
    for (std::size_t other = 0; part > 0 && other < subjects; ++other)
      if (part <= data.folds[other].size()) folds[other] = &data.folds[other][part - 1];
    data.featured[s][part] = with_features(e, s, folds);
  });
}

}  // namespace

report::Results run(const Experiment& e, const Catalogue& catalogue, const RunOptions& options) {
  const std::vector<architecture::Architecture> built = build_baselines(e, catalogue);
  RunData data{e, targets(e), {}, make_models(e, catalogue, built), comparable_trials(e)};
  for (const dataset::Subject& subject : e.dataset.subjects)
    data.folds.push_back(folds_of(e, subject));
  add_features(data);
  const std::vector<Task> tasks = make_tasks(data);

  std::mutex telling;
  std::size_t done = 0;
  parallel_for(tasks.size(), [&](std::size_t t) {
    if (options.stop && options.stop()) return;
    const Task& task = tasks[t];
    do_task(data, task, options);
    if (!options.progress) return;
    const std::lock_guard lock(telling);
    options.progress(
        {++done,
         tasks.size(),
         data.models[task.model].name +
             (task.part == 0 ? std::string(", all data") : ", fold " + std::to_string(task.part))});
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
  results.time_unit = has_time(e) ? "s" : "trials";
  for (const dataset::Finding& f : dataset::check(e.dataset))
    results.findings.emplace_back(f.where, f.message);
  for (const Hypothesis& h : e.hypotheses)
    for (const Mistake& m : architecture::doubts(h.architecture))
      results.findings.emplace_back(h.name, m.message);
  gather(data, results);
  score(data, results);
  add_trial_checks(data, results);
  add_event_locked(data, results);
  add_ablation(data, results);
  return results;
}

}  // namespace insula::experiment
