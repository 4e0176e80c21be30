// SPDX-License-Identifier: Apache-2.0
// What models are worth that were trained on spoilt data.
#pragma once

#include <vector>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/detail/scored_model.h"

namespace insula::experiment {

/// Adds to the results how each model scored under one condition, with the corruption's name and
/// strength, and what of it could not be computed.
void add_stressed_scores(RunData& stressed, report::Results& results);

/// Sums up all conditions of each corruption. `clean` is the run without any.
///
///   area             mean of a model's score over the strengths, by the trapezoidal rule from the
///                    clean result on
///   kendall_tau      how the ranking of hypotheses agrees with the clean one: 1 as before, −1
///   turned
///                    around
///   parameter_shift  of a hypothesis fitted to all data: how far a parameter went from the clean
///                    estimate, in its clean posterior standard deviations. Where a confound was
///                    added, these say which parameters took it up
///
/// source  areas: Hendrycks & Dietterich 2019, arXiv:1903.12261; Kendall 1938, Biometrika 30:81
void add_stress(const RunData& clean,
                const std::vector<RunData>& stressed,
                report::Results& results);

}  // namespace insula::experiment
