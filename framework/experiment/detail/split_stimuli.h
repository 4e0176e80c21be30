// SPDX-License-Identifier: Apache-2.0
// Stimuli that are held out and yet known: shown in training too, or nearly the same as one there.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "framework/experiment/experiment.h"

namespace insula::experiment::detail {

/// Of one array of features, over all subjects and folds.
struct SplitStimuli {
  std::string band;
  std::size_t held_out = 0;  // rows that are tested in some fold
  std::size_t repeated = 0;  // of them those that are trained on in it, too
  std::size_t pairs = 0;     // of nearly the same rows, one tested and one trained on in a fold
  std::pair<std::size_t, std::size_t> first;  // of these
  std::string fold;                           // in which that one is
};

/// Arrays that belong to trials or events; none for the split `none`.
std::vector<SplitStimuli> split_stimuli(const Experiment& experiment);

/// One for each array with pairs.
std::vector<Mistake> doubts_of_split_stimuli(const Experiment& experiment);

}  // namespace insula::experiment::detail
