// SPDX-License-Identifier: Apache-2.0
// Posterior predictive checks of trials: do data drawn from a fitted model look like those
// observed?
//
// Source: Gelman, Meng & Stern 1996, Stat. Sinica 6:733.
#pragma once

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Adds Results::checks: psychometric and chronometric curves over the terms of each observation's
/// first predictor (every hypothesis' single columns; every model is held against the same bins),
/// means of values, and response times by choice. Models whose folds are all fitted are checked by
/// held-out predictions, others by the fit to all data, those without it not at all.
void add_trial_checks(const RunData& data, report::Results& results);

}  // namespace insula::experiment
