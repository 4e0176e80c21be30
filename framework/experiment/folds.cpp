// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

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

// Where trials have onsets: of a set that lies apart.
bool is_apart(const dataset::Run& run, const dataset::Trials& trials, std::size_t trial) {
  return !trials.onset.empty() && run.apart_at(trials.onset[trial]) != nullptr;
}

// All of it is.
bool lies_apart(const dataset::Run& run) {
  return std::ranges::any_of(run.apart, [&](const dataset::Apart& one) {
    return one.begin <= 0 && one.end >= run.duration;
  });
}

// A trial holds the time from its onset to that of the next one; without a time axis, its place
// among the trials in use.
std::vector<evaluation::Fold> folds_of_types(const Experiment& e, const dataset::Subject& subject) {
  const std::vector<int> types = stimulus_types(e.dataset, e.types);
  const std::size_t count = e.folds > 0 ? static_cast<std::size_t>(e.folds) : types.size();
  std::vector<evaluation::Fold> folds(count);
  for (std::size_t f = 0; e.folds > 0 && f < count; ++f) folds[f].name = std::to_string(f + 1);
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Run& run = subject.runs[r];
    const dataset::Trials& trials = *table_with(run, e.types);
    const dataset::TrialFactor& factor = *trials.factor(e.types);
    const std::vector<std::size_t> in_use = trials.in_use();
    for (std::size_t i = 0; i < in_use.size(); ++i) {
      if (is_apart(run, trials, in_use[i])) continue;
      const int type = factor.value[in_use[i]];
      // Types are dealt to folds in turn.
      evaluation::Fold& fold =
          folds[static_cast<std::size_t>(std::ranges::find(types, type) - types.begin()) % count];
      if (e.folds == 0) fold.name = factor.levels[static_cast<std::size_t>(type)];
      const auto place = static_cast<double>(i);
      const bool is_last = i + 1 == in_use.size();
      if (run.duration > 0)
        fold.test.push_back(
            {r, trials.onset[in_use[i]], is_last ? run.duration : trials.onset[in_use[i + 1]]});
      else
        fold.test.push_back({r, place, place + 1});
    }
  }
  return folds;
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

// Of a sample the last trial before it that is in use; −1 before the first.
std::vector<int> types_of_samples(const dataset::Run& run,
                                  const dataset::Recording& recording,
                                  const std::string& factor) {
  const dataset::Trials& trials = *table_with(run, factor);
  const std::vector<std::size_t> in_use = trials.in_use();
  std::vector<int> types;
  std::size_t next = 0;
  for (Eigen::Index i = 0; i < recording.samples.rows(); ++i) {
    const double time = recording.start + static_cast<double>(i) * recording.interval;
    while (next < in_use.size() && trials.onset[in_use[next]] <= time) ++next;
    types.push_back(next == 0 ? -1 : trials.factor(factor)->value[in_use[next - 1]]);
  }
  return types;
}

}  // namespace

std::vector<std::vector<int>> held_out_together(const Experiment& e,
                                                const dataset::Subject& subject,
                                                const std::string& name) {
  std::vector<std::vector<int>> together;
  if (e.split == Split::stimulus_types) {
    for (const dataset::Run& run : subject.runs)
      together.push_back(types_of_samples(run, *run.recording(name), e.types));
    return together;
  }
  const std::vector<std::vector<std::size_t>> groups = runs_by_stimulus(subject);
  if (groups.size() == subject.runs.size()) return {};
  together.resize(subject.runs.size());
  int first = 0;  // number of the group's first sample
  for (const std::vector<std::size_t>& group : groups) {
    int most = 0;
    for (const std::size_t r : group) {
      const dataset::Recording& recording = *subject.runs[r].recording(name);
      const auto start = static_cast<int>(std::lround(recording.start / recording.interval));
      for (Eigen::Index i = 0; i < recording.samples.rows(); ++i) {
        const int place = std::max(0, start + static_cast<int>(i));
        together[r].push_back(group.size() > 1 ? first + place : -1);
        most = std::max(most, place + 1);
      }
    }
    first += most;
  }
  return together;
}

const dataset::Trials* table_with(const dataset::Run& run, const std::string& factor) {
  const dataset::Trials* found = nullptr;
  for (const dataset::Trials& trials : run.trials) {
    if (trials.factor(factor) == nullptr) continue;
    if (found != nullptr) return nullptr;
    found = &trials;
  }
  return found;
}

std::vector<int> stimulus_types(const dataset::Dataset& dataset, const std::string& factor) {
  std::vector<int> types;
  for (const dataset::Subject& subject : dataset.subjects)
    for (const dataset::Run& run : subject.runs) {
      const dataset::Trials& trials = *table_with(run, factor);
      for (const std::size_t i : trials.in_use())
        if (!is_apart(run, trials, i)) types.push_back(trials.factor(factor)->value[i]);
    }
  std::ranges::sort(types);
  types.erase(std::unique(types.begin(), types.end()), types.end());
  return types;
}

bool has_time(const Experiment& e) {
  return std::ranges::any_of(e.dataset.subjects, [](const dataset::Subject& subject) {
    return std::ranges::any_of(subject.runs,
                               [](const dataset::Run& run) { return run.duration > 0; });
  });
}

std::vector<std::vector<std::size_t>> groups_in_folds(const dataset::Subject& subject) {
  std::vector<std::vector<std::size_t>> groups = runs_by_stimulus(subject);
  std::erase_if(groups, [&](const std::vector<std::size_t>& group) {
    return std::ranges::all_of(group,
                               [&](std::size_t run) { return lies_apart(subject.runs[run]); });
  });
  return groups;
}

std::vector<evaluation::Fold> folds_of(const Experiment& e, const dataset::Subject& subject) {
  if (e.split == Split::none) return {};
  if (e.split == Split::stimulus_types) return folds_of_types(e, subject);
  std::vector<std::string> ids;
  std::vector<double> lengths;
  const std::vector<std::vector<std::size_t>> groups = groups_in_folds(subject);
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
