// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <algorithm>

#include "framework/architecture/graph.h"
#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/experiment/detail/doubts.h"
#include "framework/experiment/detail/event_locked.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/group_effects.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/detail/recovery.h"
#include "framework/experiment/detail/representations.h"
#include "framework/experiment/detail/set_scores.h"
#include "framework/experiment/detail/stress.h"
#include "framework/experiment/detail/tasks.h"
#include "framework/experiment/detail/trial_baselines.h"
#include "framework/experiment/detail/trial_checks.h"
#include "framework/experiment/detail/variance_partition.h"
#include "framework/experiment/version.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/memory.h"

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
      {"posterior", e.importance ? "importance sampling" : "normal"},
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
  if (!e.baselines.empty())
    s.emplace_back("memory", regression::bytes_text(e.memory.bytes) + " for a linear baseline");
  if (!e.dataset.sets.empty()) s.emplace_back("sets apart", join(e.dataset.sets, ", "));
  if (e.rdm)
    s.emplace_back("dissimilarity",
                   to_text(e.rdm->distance) + " of stimuli told apart by " + join(e.rdm->by, ", ") +
                       " of '" + e.rdm->trials + "', " + to_text(e.rdm->similarity));
  if (!e.ablated.empty()) s.emplace_back("ablation", join(e.ablated, ", "));
  if (e.dataset.subjects.size() > 1)
    s.emplace_back("subjects",
                   e.subjects == Subjects::separate ? "separate"
                   : e.subjects == Subjects::pooled ? "pooled"
                                                    : "hierarchical");
  std::vector<std::string> interventions;
  for (const simulation::Intervention& i : e.interventions) interventions.push_back(i.name);
  if (!interventions.empty())
    s.emplace_back("interventions",
                   join(interventions, "; ") + " (" + std::to_string(kInterventionDraws) +
                       " draws from the posterior each)");
  if (e.recovery.simulations + e.recovery.calibration > 0)
    s.emplace_back("recovery",
                   std::to_string(e.recovery.simulations) +
                       " data sets of each hypothesis at its "
                       "posterior, " +
                       std::to_string(e.recovery.calibration) + " at its prior");
  for (const CovariateEffect& effect : covariate_effects(e.dataset, e.covariates))
    s.emplace_back("effect of " + effect.name, effect.means);
  if (e.group) {
    s.emplace_back("parameters of the group", join(e.group->parameters, ", "));
    for (const CovariateEffect& effect : covariate_effects(e.dataset, e.group->covariates))
      s.emplace_back("effect of " + effect.name, effect.means);
  }
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

void add_features(RunData& data, const ReductionStore& kept) {
  const Experiment& e = data.experiment;
  if (used_bands(e).empty()) return;
  const std::size_t subjects = e.dataset.subjects.size(), parts = data.folds[0].size() + 1;
  data.featured.assign(subjects, {});
  for (auto& of_subject : data.featured) of_subject.resize(parts);
  // Subjects that are fitted together share what makes their columns.
  const std::size_t fitted = e.subjects == Subjects::separate ? subjects : 1;
  std::vector<std::vector<regression::Reduction>> reductions(fitted * parts);
  parallel_for(fitted * parts, [&](std::size_t task) {
    const std::size_t s = task / parts, part = task % parts;
    std::vector<const evaluation::Fold*> folds(subjects, nullptr);
    for (std::size_t other = 0; part > 0 && other < subjects; ++other)
      if (part <= data.folds[other].size()) folds[other] = &data.folds[other][part - 1];
    reductions[task] = fitted_reductions(e, s, folds, kept);
  });
  parallel_for(subjects * parts, [&](std::size_t task) {
    const std::size_t s = task / parts, part = task % parts;
    data.featured[s][part] = with_columns_of(e, s, reductions[fitted == 1 ? part : task]);
  });
}

// Every subject as each part sees it, spoilt.
void spoil(RunData& data, const RunData& clean) {
  const Experiment& e = data.experiment;
  const std::size_t subjects = e.dataset.subjects.size(), parts = data.folds[0].size() + 1;
  data.featured.assign(subjects, std::vector<dataset::Subject>(parts));
  parallel_for(subjects * parts, [&](std::size_t task) {
    const std::size_t s = task / parts, p = task % parts;
    if (p > data.folds[s].size()) return;
    const Part part{p == 0 ? nullptr : &data.folds[s][p - 1], e.gap};
    data.featured[s][p] = corrupted(e, clean.subject(s, p), part, *data.corruption);
  });
}

// What is fitted: everything, and then the models again under every condition.
class Run {
 public:
  Run(const Experiment& e, const Catalogue& catalogue, const RunOptions& options)
      : built_(build_baselines(e, catalogue)),
        clean_{e, targets(e), {}, make_models(e, catalogue, built_), comparable_trials(e)} {
    for (const dataset::Subject& subject : e.dataset.subjects)
      clean_.folds.push_back(folds_of(e, subject));
    for (const Counterfactual& c : e.counterfactuals)
      for (const double strength : c.strength) {
        if (strength == 0) continue;  // that is the clean run
        stressed_.push_back(clean_);
        stressed_.back().corruption = Corruption{&c, strength};
        std::erase_if(stressed_.back().models,
                      [](const ModelRun& model) { return model.kind == "ablation"; });
      }
    add_features(clean_, {options.store, options.program});
  }

  /// Of all fits.
  std::vector<schedule::PlannedTask> plan_of_all(const RunOptions& options) {
    std::vector<schedule::PlannedTask> all;
    for (RunData* data : everything()) {
      Batch batch{data, make_tasks(*data), {}};
      if (options.store) batch.planned = plan(*data, batch.tasks, options.program);
      all.insert(all.end(), batch.planned.begin(), batch.planned.end());
      batches_.push_back(std::move(batch));
    }
    interventions_ = make_interventions(clean_.experiment);
    if (options.store) interventions_.planned = plan(clean_, interventions_.tasks, options.program);
    all.insert(all.end(), interventions_.planned.begin(), interventions_.planned.end());
    recovery_ = make_recovery(clean_.experiment);
    if (options.store) recovery_.planned = plan(clean_, recovery_.tasks, options.program);
    all.insert(all.end(), recovery_.planned.begin(), recovery_.planned.end());
    return all;
  }

  void fit_all(const RunOptions& options) {
    const std::vector<schedule::PlannedTask> planned = plan_of_all(options);
    // Of several ranks the first is the one that people watch.
    if (options.store && !(options.shard.is_rank && options.shard.index > 0))
      options.store->plan(clean_.experiment.name, threads(), planned);
    std::size_t total = interventions_.tasks.size() + recovery_.tasks.size();
    for (const Batch& batch : batches_) total += batch.tasks.size();
    Telling telling(options, total);
    std::size_t first = 0;
    for (Batch& batch : batches_) {
      if (batch.data->corruption) spoil(*batch.data, clean_);
      do_tasks(batch, first, options, telling);
      first += batch.tasks.size();
      if (batch.data->corruption) batch.data->featured.clear();  // a copy of the dataset each
    }
    do_interventions(clean_, interventions_, first, options, telling);
    first += interventions_.tasks.size();
    do_recovery(clean_, recovery_, first, options, telling);
  }

  /// True if a stop left fits undone; without a store to look into, if there was a stop.
  bool is_stopped(const RunOptions& options) const {
    return options.stop && options.stop() && !(options.store && missing(*options.store) == 0);
  }

  std::size_t missing(const schedule::Store& store) const {
    std::size_t count = 0;
    for (const Batch& batch : batches_)
      for (const schedule::PlannedTask& task : batch.planned) count += store.find(task.key) ? 0 : 1;
    for (const auto* planned : {&interventions_.planned, &recovery_.planned})
      for (const schedule::PlannedTask& task : *planned) count += store.find(task.key) ? 0 : 1;
    return count;
  }

  const RunData& clean() const { return clean_; }
  std::vector<RunData>& stressed() { return stressed_; }
  const InterventionBatch& interventions() const { return interventions_; }
  const RecoveryBatch& recovery() const { return recovery_; }

 private:
  std::vector<RunData*> everything() {
    std::vector<RunData*> list{&clean_};
    for (RunData& data : stressed_) list.push_back(&data);
    return list;
  }

  std::vector<architecture::Architecture> built_;
  RunData clean_;
  std::vector<RunData> stressed_;
  std::vector<Batch> batches_;
  InterventionBatch interventions_;
  RecoveryBatch recovery_;
};

}  // namespace

std::size_t run_shard(const Experiment& e, const Catalogue& catalogue, const RunOptions& options) {
  if (!options.store) throw InternalError("a shard needs a store");
  Run run(e, catalogue, options);
  run.fit_all(options);
  return run.missing(*options.store);
}

report::Results run(const Experiment& e, const Catalogue& catalogue, const RunOptions& options) {
  Run run(e, catalogue, options);
  run.fit_all(options);
  const RunData& data = run.clean();

  report::Results results;
  results.is_stopped = run.is_stopped(options);
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
  for (const dataset::Finding& f : dataset::check(as_recorded(e)))
    results.findings.emplace_back(f.where, f.message);
  for (const Hypothesis& h : e.hypotheses)
    for (const Mistake& m : architecture::doubts(h.architecture))
      results.findings.emplace_back(h.name, m.message);
  gather(data, results);
  score(data, results);
  add_trial_checks(data, results);
  add_event_locked(data, results);
  add_set_scores(data, results);
  add_partitions(data, results);
  add_rdms(data, results);
  add_group_effects(data, results);
  add_ablation(data, results);
  for (RunData& stressed : run.stressed()) add_stressed_scores(stressed, results);
  add_stress(data, run.stressed(), results);
  add_interventions(data, run.interventions(), results);
  add_recovery(data, run.recovery(), results);
  mark_doubts(data, run.stressed(), results);
  return results;
}

}  // namespace insula::experiment
