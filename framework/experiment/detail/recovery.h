// SPDX-License-Identifier: Apache-2.0
// Fits to data that fitted hypotheses could have made: can a hypothesis be told from the others,
// are its parameters found again, and are its posteriors what they say they are?
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/detail/simulated_data.h"
#include "framework/experiment/detail/tasks.h"
#include "framework/experiment/run.h"
#include "framework/schedule/store.h"

namespace insula::experiment {

/// One hypothesis fitted to one data set that one of them made. Hypotheses by their place among
/// the run's models.
struct RecoveryTask {
  DrawnFrom from = DrawnFrom::posterior;
  std::size_t truth = 0, simulation = 0, subject = 0, fitted = 0;
};

/// What of a fit to a simulated data set is looked at.
struct RecoveryFit {
  bool done = false;   // false: the run was stopped before
  std::string status;  // as inference::to_text, or one of those below
  std::string reason;  // one sentence
  double free_energy = report::kUnknown;
  Eigen::VectorXd truth;     // θ that the data were made with
  Eigen::VectorXd mean, sd;  // posterior of θ; empty unless truth and fitted are the same
  /// Of parameters from the prior: where the truth stands among draws of the posterior, in (0, 1);
  /// empty if the model cannot be run with most of them.
  Eigen::VectorXd rank;
  bool converged() const { return status == "converged"; }
};

inline constexpr const char* kNotSimulated = "not simulated";  // the model diverged, or had no fit

struct RecoveryBatch {
  std::vector<RecoveryTask> tasks;
  std::vector<schedule::PlannedTask> planned;  // none without a store
  std::vector<RecoveryFit> fits;               // as tasks
};

/// All fits that the experiment asks for: `simulations` data sets of each hypothesis at its
/// posterior, to which every hypothesis is fitted, and `calibration` ones of each at its prior, to
/// which it is fitted itself. Subjects take turns.
RecoveryBatch make_recovery(const Experiment& experiment);

/// "recovery: gated at its posterior, data set 3, fitted by forward".
std::string name_of(const RunData& data, const RecoveryTask& task);

/// Their keys (tasks.h). A data set's key does not depend on how many there are.
std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<RecoveryTask>& tasks,
                                        const std::string& program);

/// Does the tasks of the shard, or takes them from the store. They need the fits of the hypotheses
/// to all data: those that another shard has not left in the store yet are done here too.
void do_recovery(RunData& data,
                 RecoveryBatch& batch,
                 std::size_t first,
                 const RunOptions& options,
                 Telling& telling);

/// Adds the tables of it.
void add_recovery(const RunData& data, const RecoveryBatch& batch, report::Results& results);

}  // namespace insula::experiment
