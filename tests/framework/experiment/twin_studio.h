// SPDX-License-Identifier: Apache-2.0
// A folder with recipes of trials: a decider by columns alone, and a relay of two regions.
#pragma once

#include <string>

#include "framework/experiment/twin.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

struct Studio {
  /// These lines after a recipe's name, architecture and seed.
  Recipe recipe(const std::string& architecture, const std::string& rest) const;
  /// Decisions by a diffusion whose drift is 0.2 + 1.1·stim; nothing is simulated but answers.
  /// `trials` is what stands in the recipe's section of that name.
  Recipe decider(const std::string& trials, const std::string& duration = "10 h") const;
  /// 100 s with a trial about every 8 s: the value "size" is the activity of B in this window,
  /// times the column "gain"; `seen` records B.
  Recipe relay(const std::string& window) const;

  dataset::Folder folder;
};

/// The recipe's dataset with the portable kernels.
Twin made_twin(const Recipe& recipe);
const dataset::Trials& trials_of(const Twin& twin, std::size_t subject = 0, std::size_t run = 0);

}  // namespace insula::experiment::test
