// SPDX-License-Identifier: Apache-2.0
// What trains: a fold without its test part and the gap beside it, or everything.
#pragma once

#include "framework/evaluation/folds.h"

namespace insula::experiment {

/// A fold, or all data: `fold` null means that every sample trains.
struct Part {
  const evaluation::Fold* fold = nullptr;
  double gap = 0;
  bool trains(std::size_t run, double time) const {
    return fold == nullptr || evaluation::part_of(*fold, run, time, gap) == evaluation::Part::train;
  }
};

}  // namespace insula::experiment
