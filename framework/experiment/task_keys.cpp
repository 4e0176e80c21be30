// SPDX-License-Identifier: Apache-2.0
// What the result of a task depends on, hashed.
#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/detail/recovery.h"
#include "framework/experiment/detail/tasks.h"
#include "framework/schedule/archive.h"

namespace insula::schedule {

template <>
struct Fields<experiment::Target> {
  static void of(auto&& visit, auto& x) {
    visit(x.recording,
          x.channel,
          x.modality,
          x.unit,
          x.drift_cutoff,
          x.in_model_units,
          x.of,
          x.has_density,
          x.option);
  }
};
template <>
struct Fields<evaluation::Interval> {
  static void of(auto&& visit, auto& x) { visit(x.run, x.begin, x.end); }
};
template <>
struct Fields<evaluation::Fold> {
  static void of(auto&& visit, auto& x) { visit(x.name, x.test); }
};
template <>
struct Fields<dataset::SourceFile> {
  static void of(auto&& visit, auto& x) { visit(x.path, x.sha256); }
};

}  // namespace insula::schedule

namespace insula::experiment {
namespace {

// Texts and numbers one after the other; each says its own length.
class Material {
 public:
  template <class T>
  Material& add(const T& x) {
    writer_.put(x);
    return *this;
  }
  std::string hash() const { return dataset::sha256(writer_.bytes); }

 private:
  schedule::detail::Writer writer_;
};

void add_settings(const Experiment& e, Material& material) {
  // A new member belongs here, unless no fit depends on it: names, baselines, ablations, groups,
  // bootstrap, rdm, the list of files and the numbers of recovery do not; dataset, hypotheses,
  // counterfactuals, interventions and, of baselines, memory are hashed below.
  static_assert(schedule::field_count<Experiment>() == 31);
  material.add(e.spm).add(e.integrator).add(e.subjects).add(e.covariates);
  material.add(e.starts).add(e.max_iterations).add(e.pareto_draws).add(e.importance);
  material.add(e.split).add(e.folds).add(e.types).add(e.gap).add(e.seed);
}

void add_hypotheses(const Experiment& e, Material& material) {
  for (const Hypothesis& h : e.hypotheses) material.add(h.digest);
}

// The same for all tasks.
std::string common(const RunData& data, const std::string& program) {
  Material material;
  material.add(program);
  add_settings(data.experiment, material);
  material.add(data.experiment.dataset.files).add(data.targets).add(data.folds);
  for (const ComparableTrials& of_subject : data.comparable)
    for (const auto& [observation, trials] : of_subject) material.add(observation).add(trials);
  // Bands become inputs for all models alike.
  if (!used_bands(data.experiment).empty()) add_hypotheses(data.experiment, material);
  if (data.corruption && data.corruption->strength > 0) {
    const Counterfactual& c = *data.corruption->counterfactual;
    material.add(name_of(c)).add(c.correlation).add(data.corruption->strength);
  }
  return material.hash();
}

std::string of_model(const RunData& data, const ModelRun& model) {
  const Experiment& e = data.experiment;
  Material material;
  material.add(model.kind).add(model.name).add(model.left_out);
  // It decides which of two exact ways a regression goes, which round differently.
  if (!model.architecture) return material.add(e.memory.bytes).hash();
  for (const Hypothesis& h : e.hypotheses)
    if (&h.architecture == model.architecture) return material.add(h.digest).hash();
  add_hypotheses(e, material);  // a baseline that is built from all of them
  return material.hash();
}

}  // namespace

std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<Task>& tasks,
                                        const std::string& program) {
  for (const Hypothesis& h : data.experiment.hypotheses)
    if (h.digest.empty()) throw InternalError("a store needs hypotheses that were read from files");
  const std::string all = common(data, program);
  std::vector<std::string> models;
  for (const ModelRun& model : data.models) models.push_back(of_model(data, model));
  std::vector<schedule::PlannedTask> planned;
  for (const Task& task : tasks) {
    Material material;
    material.add(all).add(models[task.model]).add(task.subject).add(task.part);
    planned.push_back({material.hash(), name_of(data, task)});
  }
  return planned;
}

std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<RecoveryTask>& tasks,
                                        const std::string& program) {
  const std::string all = common(data, program);
  std::vector<std::string> models;
  for (const ModelRun& model : data.models) models.push_back(of_model(data, model));
  std::vector<schedule::PlannedTask> planned;
  for (const RecoveryTask& task : tasks) {
    Material material;
    material.add(std::string("recovery")).add(all).add(models[task.truth]).add(models[task.fitted]);
    material.add(to_text(task.from)).add(task.simulation).add(task.subject);
    planned.push_back({material.hash(), name_of(data, task)});
  }
  return planned;
}

std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<InterventionTask>& tasks,
                                        const std::string& program) {
  const std::string all = common(data, program);
  std::vector<std::string> models;
  for (const ModelRun& model : data.models) models.push_back(of_model(data, model));
  std::vector<schedule::PlannedTask> planned;
  for (const InterventionTask& task : tasks) {
    const simulation::Intervention& i = data.experiment.interventions[task.intervention];
    Material material;
    material.add(std::string("intervention")).add(all).add(models[task.model]).add(task.subject);
    material.add(i.kind).add(i.targets).add(i.value);
    planned.push_back({material.hash(), name_of(data, task)});
  }
  return planned;
}

}  // namespace insula::experiment
