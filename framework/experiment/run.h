// SPDX-License-Identifier: Apache-2.0
// An experiment from start to finish: every model fitted to all data and to the training part of
// every fold, scored on what it did not see, compared, and gathered as results.
#pragma once

#include <functional>
#include <string>

#include "framework/experiment/experiment.h"
#include "framework/report/results.h"

namespace insula::experiment {

/// One piece of work that ended: "gated, fold 3" is done.
struct Progress {
  std::size_t done = 0, total = 0;
  std::string task;
};

struct RunOptions {
  /// Called after each task, from one thread at a time.
  std::function<void(const Progress&)> progress;
  /// Asked often; true stops the run: tasks that have ended are kept, the others are named in
  /// Results::not_computed.
  std::function<bool()> stop;
};

/// The results hold no time stamps (the caller fills started and finished) and are the same bytes
/// at any thread count.
report::Results run(const Experiment& experiment,
                    const Catalogue& catalogue,
                    const RunOptions& options = {});

}  // namespace insula::experiment
