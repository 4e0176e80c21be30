// SPDX-License-Identifier: Apache-2.0
// The fits of a run as a list, done one by one or taken from a store.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/run.h"
#include "framework/schedule/store.h"

namespace insula::experiment {

constexpr std::size_t kAllSubjects = static_cast<std::size_t>(-1);

/// One model, fitted to one part of one subject's data or of everyone's.
struct Task {
  std::size_t model, subject, part;
};

/// Makes room for the results in data.models.
std::vector<Task> make_tasks(RunData& data);

/// "gated, s01, fold 3"; the subject only where there are several.
std::string name_of(const RunData& data, const Task& task);

/// Each with the hash of all that its result depends on: the program, the data, the settings, what
/// is held out, the hypothesis. Not on other hypotheses, but for what they have in common: the
/// channels that are explained and the trials that all can explain.
///
/// errors  InternalError if a hypothesis was not read from files
std::vector<schedule::PlannedTask> plan(const RunData& data,
                                        const std::vector<Task>& tasks,
                                        const std::string& program);

/// Of one condition: what is fitted, and where its results go.
struct Batch {
  RunData* data = nullptr;
  std::vector<Task> tasks;
  std::vector<schedule::PlannedTask> planned;  // none without a store
};

/// Progress over all batches.
class Telling {
 public:
  Telling(const RunOptions& options, std::size_t total) : options_(options) {
    progress_.total = total;
  }
  /// `task` in words.
  void tell(const std::string& task, bool is_taken);

 private:
  const RunOptions& options_;
  std::mutex mutex_;
  Progress progress_;
};

/// Does a task, or takes it from the store; false if it is neither there nor this process'.
using DoTask = std::function<bool(std::size_t task, const std::function<bool()>& is_mine)>;

/// All tasks in parallel, until a stop: those of the shard, or of a rank those that no other has
/// claimed. The first of several ranks ends when all tasks have. `first` is the number of the first
/// task among all; `planned` is read for ranks.
void share_out(std::size_t count,
               const std::vector<schedule::PlannedTask>& planned,
               std::size_t first,
               const RunOptions& options,
               const DoTask& do_task);

/// Does the tasks of the shard, or takes them from the store; puts results into the batch's models.
/// Those that the stop comes before are left as they are. `first` is the number of the batch's
/// first task among all.
void do_tasks(Batch& batch, std::size_t first, const RunOptions& options, Telling& telling);

/// The fits of hypotheses to all data that are not there yet, for tasks that start from them.
void fit_to_all_data(RunData& data, const RunOptions& options);

}  // namespace insula::experiment
