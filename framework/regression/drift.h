// SPDX-License-Identifier: Apache-2.0
// How strongly slow drift is believed, learned from the training part.
#pragma once

#include "framework/contract/baseline.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/stacked.h"

namespace insula::regression {

/// Multiplies the penalties of the nuisance columns that have one (drift) by a factor of 1 … 1e8
/// per channel, the one with the smallest error on inner held-out blocks when the inputs in this
/// `form` (none: no inputs) are fitted beside them by ridge regression. Groups are split
/// accordingly.
///
/// Drift that is free enough to follow a series leaves it in a long held-out block, where nothing
/// holds it: with 18 cosines and 250 s without data, one sample's worth of penalty makes a
/// prediction many times worse than the mean.
void tune_drift(const BaselineProblem& problem, const InputForm* form, Stacked& all);

/// {"drift penalty of V5", "100"} for every channel that trains.
std::vector<std::pair<std::string, std::string>> drift_text(const BaselineProblem& problem,
                                                            const Stacked& all);

}  // namespace insula::regression
