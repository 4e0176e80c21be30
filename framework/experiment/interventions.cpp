// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/interventions.h"

#include "framework/experiment/detail/kept_tasks.h"

namespace insula::schedule {

template <>
struct Fields<experiment::PredictedChange> {
  static void of(auto&& visit, auto& x) {
    visit(x.target, x.draws, x.intact, x.intact_sd, x.changed, x.changed_sd);
  }
};
template <>
struct Fields<experiment::InterventionEffect> {
  static void of(auto&& visit, auto& x) {
    visit(x.done, x.obstacle, x.draws, x.failed, x.failure, x.changes);
  }
};

}  // namespace insula::schedule

namespace insula::experiment {
InterventionBatch make_interventions(const Experiment& e) {
  InterventionBatch batch;
  for (std::size_t h = 0; h < e.hypotheses.size(); ++h)
    for (std::size_t i = 0; i < e.interventions.size(); ++i) {
      if (!simulation::obstacle(e.hypotheses[h].architecture, e.interventions[i]).empty()) continue;
      for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) batch.tasks.push_back({h, s, i});
    }
  batch.effects.resize(batch.tasks.size());
  return batch;
}

std::string name_of(const RunData& data, const InterventionTask& task) {
  const Experiment& e = data.experiment;
  const std::string subject =
      e.dataset.subjects.size() > 1 ? e.dataset.subjects[task.subject].id + ", " : "";
  return data.models[task.model].name + ", " + subject + e.interventions[task.intervention].name;
}

void do_interventions(RunData& data,
                      InterventionBatch& batch,
                      std::size_t first,
                      const RunOptions& options,
                      Telling& telling) {
  if (!batch.tasks.empty()) fit_to_all_data(data, options);
  do_kept_tasks(
      batch.planned,
      first,
      options,
      [&](std::size_t t) { return effect_of(data, batch.tasks[t]); },
      [](const InterventionEffect& effect) {
        return Ending{effect.obstacle.empty() ? "simulated" : "not simulated", effect.obstacle};
      },
      [&](std::size_t t) { return name_of(data, batch.tasks[t]); },
      batch.effects,
      telling);
}

}  // namespace insula::experiment
