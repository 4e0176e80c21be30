// SPDX-License-Identifier: Apache-2.0
// A small experiment on a twin: two hypotheses, all baselines, three folds, a few seconds at most.
#pragma once

#include "framework/experiment/experiment.h"

namespace insula::experiment::test {

/// Every kind, compiled for any machine.
const Catalogue& portable_kinds();

Experiment small_experiment(const Catalogue& kinds);

}  // namespace insula::experiment::test
