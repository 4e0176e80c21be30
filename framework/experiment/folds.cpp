// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/trial_data.h"

namespace insula::experiment {
namespace {

// s, or trials in use where there is no time axis.
double length_of(const Experiment& e, const dataset::Run& run) {
  if (run.duration > 0) return run.duration;
  const auto& observation = e.hypotheses.front().architecture.trials.front();
  return static_cast<double>(table_of(run, observation)->count_in_use());
}

}  // namespace

bool has_time(const Experiment& e) {
  return std::ranges::any_of(e.dataset.subjects, [](const dataset::Subject& subject) {
    return std::ranges::any_of(subject.runs,
                               [](const dataset::Run& run) { return run.duration > 0; });
  });
}

std::vector<evaluation::Fold> folds_of(const Experiment& e, const dataset::Subject& subject) {
  if (e.split == Split::none) return {};
  std::vector<std::string> ids;
  std::vector<double> lengths;
  for (const dataset::Run& run : subject.runs) {
    ids.push_back(run.id);
    lengths.push_back(length_of(e, run));
  }
  return e.split == Split::blocks ? evaluation::split_blocks(lengths, e.folds)
                                  : evaluation::split_runs(ids, lengths);
}

}  // namespace insula::experiment
