// SPDX-License-Identifier: Apache-2.0
// What trains: a fold without its test part and the gap beside it, or everything; and of that, the
// observations that the likelihood holds.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "framework/evaluation/folds.h"

namespace insula::experiment {

/// A fold, or all data: `fold` null means that every sample trains. Samples and trials of the
/// observations `left_out` never do.
struct Part {
  const evaluation::Fold* fold = nullptr;
  double gap = 0;
  std::vector<std::string> left_out = {};

  bool holds(const std::string& observation) const {
    return std::find(left_out.begin(), left_out.end(), observation) == left_out.end();
  }
  /// `time` is that of a sample or trial of the observation.
  bool trains(const std::string& observation, std::size_t run, double time) const {
    return holds(observation) && (fold == nullptr || evaluation::part_of(*fold, run, time, gap) ==
                                                         evaluation::Part::train);
  }
};

}  // namespace insula::experiment
