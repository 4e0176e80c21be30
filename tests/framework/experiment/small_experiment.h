// SPDX-License-Identifier: Apache-2.0
// A small experiment on a twin: two hypotheses, all baselines, three folds, a few seconds at most.
#pragma once

#include <map>
#include <string>

#include "framework/experiment/experiment.h"
#include "framework/report/results.h"

namespace insula::experiment::test {

/// Every kind, compiled for any machine.
const Catalogue& portable_kinds();

/// duration: s
Experiment small_experiment(const Catalogue& kinds, int duration = 400, int snr = 3);

/// The bytes of every file that a results folder holds, the report included.
std::map<std::string, std::string> files_of(const report::Results& results);

}  // namespace insula::experiment::test
