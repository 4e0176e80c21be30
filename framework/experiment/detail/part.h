// SPDX-License-Identifier: Apache-2.0
// What trains: a fold without its test part and the gap beside it, or everything; and of that, the
// observations that the likelihood holds.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "framework/evaluation/folds.h"

namespace insula::experiment {

struct Experiment;

/// By observation of trials: which of a subject's trials in use every hypothesis can explain. The
/// others are left out of all, or hypotheses would be compared on different data.
using ComparableTrials = std::map<std::string, std::vector<char>>;

/// A fold, or all data: `fold` null means that every sample trains. Samples and trials of the
/// observations `left_out` never do.
struct Part {
  const evaluation::Fold* fold = nullptr;
  double gap = 0;
  std::vector<std::string> left_out = {};
  const ComparableTrials* comparable = nullptr;  // of the subject; null: all trials

  bool holds(const std::string& observation) const {
    return std::find(left_out.begin(), left_out.end(), observation) == left_out.end();
  }
  bool compares(const std::string& observation, std::size_t trial) const {
    return comparable == nullptr || comparable->at(observation)[trial];
  }
  /// `time` is that of a sample or trial of the observation.
  bool trains(const std::string& observation, std::size_t run, double time) const {
    return holds(observation) && (fold == nullptr || evaluation::part_of(*fold, run, time, gap) ==
                                                         evaluation::Part::train);
  }
};

/// One for each subject. Needs an experiment in which all files agree.
std::vector<ComparableTrials> comparable_trials(const Experiment& experiment);

}  // namespace insula::experiment
