// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/trial_data.h"

namespace insula::experiment {
namespace {

// s, or trials in use where there is no time axis.
double length_of(const Experiment& e, const dataset::Run& run) {
  if (run.duration > 0) return run.duration;
  const auto& observation = e.hypotheses.front().architecture.trials.front();
  return static_cast<double>(table_of(run, observation)->count_in_use());
}

// A stretch of the first run of a group is held out of all runs that repeat its stimulus: otherwise
// the others would train on what is to be predicted.
void spread_over_repeats(const std::vector<std::vector<std::size_t>>& groups,
                         std::vector<evaluation::Fold>& folds) {
  for (evaluation::Fold& fold : folds) {
    std::vector<evaluation::Interval> all;
    for (const evaluation::Interval& one : fold.test)
      for (const std::size_t run : groups[one.run]) all.push_back({run, one.begin, one.end});
    fold.test = std::move(all);
  }
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
  const std::vector<std::vector<std::size_t>> groups = runs_by_stimulus(subject);
  for (const std::vector<std::size_t>& group : groups) {
    const dataset::Run& run = subject.runs[group.front()];
    ids.push_back(group.size() > 1 ? run.stimulus : run.id);
    lengths.push_back(length_of(e, run));
  }
  std::vector<evaluation::Fold> folds = e.split == Split::blocks
                                            ? evaluation::split_blocks(lengths, e.folds)
                                            : evaluation::split_runs(ids, lengths);
  spread_over_repeats(groups, folds);
  return folds;
}

}  // namespace insula::experiment
