// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/interventions.h"

#include <chrono>
#include <optional>

#include "framework/schedule/archive.h"

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
namespace {

using InterventionClock = std::chrono::steady_clock;

std::optional<InterventionEffect> kept_effect(const schedule::Store& store,
                                              const std::string& key) {
  const std::optional<std::string> bytes = store.find(key);
  if (!bytes) return {};
  try {
    return schedule::from_bytes<InterventionEffect>(*bytes);
  } catch (const schedule::Damaged&) {
    return {};  // done again
  }
}

schedule::FinishedTask finished_effect(const InterventionEffect& effect,
                                       InterventionClock::time_point start) {
  const double seconds = std::chrono::duration<double>(InterventionClock::now() - start).count();
  return {effect.obstacle.empty() ? "simulated" : "not simulated",
          effect.obstacle,
          seconds,
          schedule::to_bytes(effect)};
}

}  // namespace

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
  share_out(
      batch.tasks.size(), batch.planned, first, options, [&](std::size_t t, const auto& is_mine) {
        std::optional<InterventionEffect> kept;
        if (options.store) kept = kept_effect(*options.store, batch.planned[t].key);
        const bool is_taken = kept.has_value();
        if (!is_taken && !is_mine()) return false;
        const InterventionClock::time_point start = InterventionClock::now();
        batch.effects[t] = is_taken ? std::move(*kept) : effect_of(data, batch.tasks[t]);
        if (options.store && !is_taken && batch.effects[t].done)
          options.store->keep(batch.planned[t], finished_effect(batch.effects[t], start));
        telling.tell(name_of(data, batch.tasks[t]), is_taken);
        return true;
      });
}

}  // namespace insula::experiment
