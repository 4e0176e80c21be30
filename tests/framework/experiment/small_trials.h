// SPDX-License-Identifier: Apache-2.0
// Small datasets of decisions drawn from a diffusion with known parameters.
#pragma once

#include <string>
#include <vector>

#include "framework/experiment/experiment.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

/// drift = drift + stimulus · (signal − 1 or 1), all others as named; signal of each trial is
/// drawn.
struct Decider {
  double drift = 0.3, stimulus = 1, threshold = 1.6, bias = 0.5, nondecision = 0.3;
};

/// "trials.tsv" with a row a trial (subject, signal, noise, difficulty, choice, rt) and the
/// manifest "dataset.yaml"; noise says nothing, difficulty has the levels easy, hard and odd.
void write_decisions(const dataset::Folder& folder,
                     const std::vector<Decider>& subjects,
                     int trials,
                     std::uint64_t seed);

/// An architecture with one observation "decision", whose entry is `what`.
void write_hypothesis(const dataset::Folder& folder,
                      const std::string& name,
                      const std::string& what,
                      const std::string& more = "");

/// The experiment in the folder with these lines after its name and dataset.
Experiment load_decisions(const dataset::Folder& folder, const std::string& lines);

}  // namespace insula::experiment::test
