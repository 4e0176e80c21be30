// SPDX-License-Identifier: Apache-2.0
// What each band of features explains of held-out samples, by the model that predicts from all.
#pragma once

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Results::partition: R² of every channel, as it is scored, as a sum over bands, of each baseline
/// that knows what its bands add. Intervals are over the blocks of time that scores are drawn by.
void add_partitions(const RunData& data, report::Results& results);

}  // namespace insula::experiment
