// SPDX-License-Identifier: Apache-2.0
// An experiment from start to finish: every model fitted to all data and to the training part of
// every fold, scored on what it did not see, compared, and gathered as results.
#pragma once

#include <functional>
#include <string>

#include "framework/experiment/experiment.h"
#include "framework/report/results.h"
#include "framework/schedule/store.h"

namespace insula::experiment {

/// One piece of work that ended: "gated, fold 3" is done.
struct Progress {
  std::size_t done = 0, total = 0;
  std::size_t taken = 0;  // of those done: found in the store
  std::string task;
};

/// A part of the tasks: of every `count` one.
struct Shard {
  std::size_t index = 0, count = 1;
  /// Of processes that share a store, each of which takes the tasks that no other has claimed: none
  /// waits for a slow one but the first, at the end, and one that dies costs its last task.
  bool is_rank = false;
};

struct RunOptions {
  /// Called after each task, from one thread at a time.
  std::function<void(const Progress&)> progress;
  /// Asked often; true stops the run: tasks that have ended are kept, the others are named in
  /// Results::not_computed.
  std::function<bool()> stop;
  /// Where tasks are kept as they end, and those that ended before are found; null: nowhere.
  schedule::Store* store = nullptr;
  /// What program this is, to the byte: what another has left in the store is not taken.
  std::string program;
  Shard shard;  // of run_shard(), and of run() if it is a rank
};

/// The results hold no time stamps (the caller fills started and finished) and are the same bytes
/// at any thread count.
report::Results run(const Experiment& experiment,
                    const Catalogue& catalogue,
                    const RunOptions& options = {});

/// Does the shard's tasks and keeps them in the store; run() makes results of them, once all shards
/// have ended. How many tasks the store then lacks, of other shards or because of a stop.
std::size_t run_shard(const Experiment& experiment,
                      const Catalogue& catalogue,
                      const RunOptions& options);

}  // namespace insula::experiment
