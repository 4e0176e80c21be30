// SPDX-License-Identifier: Apache-2.0
// What models are worth on sets of the dataset that never train.
#pragma once

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Rows of Results::scores with the fold "set NAME", of every model's fit to all that trains, and a
/// verdict of each hypothesis against the best baselines there.
void add_set_scores(const RunData& data, report::Results& results);

}  // namespace insula::experiment
