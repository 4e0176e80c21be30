// SPDX-License-Identifier: Apache-2.0
// Baselines of trials as architectures.
#pragma once

#include <string>

#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// True if that baseline is one of trials and can explain some that the hypotheses explain.
bool explains_trials(const std::string& baseline, const Experiment& experiment);

/// The architecture of `constant`, `logistic`, `ddm_regression` or `trial_glm`.
architecture::Architecture trial_baseline(const std::string& baseline,
                                          const Experiment& experiment,
                                          const Catalogue& catalogue);

}  // namespace insula::experiment
