// SPDX-License-Identifier: Apache-2.0
// What happens again and again in a dataset, so that recordings can be averaged about it.
#pragma once

#include <string>
#include <vector>

#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// The events of one name, of all subjects.
struct Events {
  struct OfRun {
    std::vector<double> onset;           // s from the start of the run, ascending
    std::vector<std::vector<char>> has;  // per level, per event
  };
  std::string name;                      // of the table of trials, or of the input
  std::vector<std::string> levels;       // "side.left", "coherence = 0.5"
  std::vector<std::vector<OfRun>> runs;  // per subject
  double lasts = 0;                      // s: median
  double interval = 0;                   // s: median from one to the next; infinite if there is one
};

/// Onsets of trials in use, table by table, with the levels of every factor, and of every column of
/// numbers, that takes two to four values in them; then those of every input of a hypothesis, where
/// it leaves 0. Events of fewer than three onsets are none, and an input that begins with the
/// trials, or with another input, is not told a second time.
std::vector<Events> events_of(const Experiment& experiment);

}  // namespace insula::experiment
