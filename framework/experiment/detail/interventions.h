// SPDX-License-Identifier: Apache-2.0
// What fitted hypotheses predict of networks that have been changed: for each of draws from the
// posterior of the fit to all data, the prediction of every channel with and without the change.
// It is the hypothesis that speaks; no datum of a changed network has been seen.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/detail/tasks.h"
#include "framework/experiment/run.h"
#include "framework/schedule/store.h"

namespace insula::experiment {

/// One intervention on one hypothesis, of one subject.
struct InterventionTask {
  std::size_t model = 0, subject = 0, intervention = 0;
};

/// What a channel shows before (b) and after (a), over samples or trials:
///   mean_intact     mean of b, in the channel's unit
///   mean_change     mean of a − b
///   size_of_change  root mean square of a − b, over the standard deviation of b
///   response_left   Σ (a − ā)(b − b̄) / Σ (b − b̄)²: the share of what b varies by, for whatever
///                   reason, that is still there: 1 as before, 0 nothing, below 0 turned around
/// The last two are NaN where b does not vary.
inline constexpr const char* kQuantities[] = {
    "mean_intact", "mean_change", "size_of_change", "response_left"};
inline constexpr Eigen::Index kQuantityCount = 4;
inline constexpr std::size_t kAllRuns = static_cast<std::size_t>(-1);

/// Of one target, in the recording's units, without confounds, drift and noise.
struct PredictedChange {
  std::size_t target = 0;
  /// Of all runs together and then, if there are several, of each: draws × kQuantities. A draw at
  /// which the changed network cannot be run is NaN.
  std::vector<Eigen::MatrixXd> draws;
  /// Samples or trials of all runs: at the posterior mean, and the sd over draws.
  Eigen::VectorXd intact, intact_sd, changed, changed_sd;
};

struct InterventionEffect {
  bool done = false;     // false: the run was stopped before
  std::string obstacle;  // why there are no numbers; one clause
  int draws = 0;         // at which the network as it was fitted can be run
  int failed = 0;        // of these, at which the changed one cannot
  std::string failure;   // of the first of them
  std::vector<PredictedChange> changes;
};

/// Draws at which the hypothesis itself can be run; draws at which it cannot are none of its
/// posterior.
inline constexpr int kInterventionDraws = 400;
/// Draws that are tried until there are so many.
inline constexpr int kMostTriedDraws = 5 * kInterventionDraws;

/// The effect of an architecture's change. The same draws for every intervention on a fit.
InterventionEffect effect_of(const RunData& data, const InterventionTask& task);

struct InterventionBatch {
  std::vector<InterventionTask> tasks;
  std::vector<schedule::PlannedTask> planned;  // none without a store
  std::vector<InterventionEffect> effects;     // as tasks
};

/// Of every hypothesis that has what an intervention names.
InterventionBatch make_interventions(const Experiment& experiment);

/// "gated, s01, cut V1 -> V5"; the subject only where there are several.
std::string name_of(const RunData& data, const InterventionTask& task);

/// Their keys (tasks.h).
std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<InterventionTask>& tasks,
                                        const std::string& program);

/// Does the tasks of the shard, or takes them from the store. They need the fits of the hypotheses
/// to all data: those that another shard has not left in the store yet are done here too.
void do_interventions(RunData& data,
                      InterventionBatch& batch,
                      std::size_t first,
                      const RunOptions& options,
                      Telling& telling);

/// Adds the table, the courses and a sentence for each hypothesis and intervention.
void add_interventions(const RunData& data,
                       const InterventionBatch& batch,
                       report::Results& results);

}  // namespace insula::experiment
