// SPDX-License-Identifier: Apache-2.0
// A subject's folds: stretches of time, or of trials in a dataset without a time axis.
#pragma once

#include <vector>

#include "framework/evaluation/folds.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// None for the split `none`. Every run has a length, and there are two for the split `runs`. Runs
/// that repeat a stimulus count as one: they are cut at the same times and held out together.
std::vector<evaluation::Fold> folds_of(const Experiment& experiment,
                                       const dataset::Subject& subject);

}  // namespace insula::experiment
