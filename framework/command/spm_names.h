// SPDX-License-Identifier: Apache-2.0
// SPM takes any text as a name; architectures do not.
#pragma once

#include <string>
#include <vector>

#include "framework/dataset/spm_dcm.h"

namespace insula::command {

struct SpmNames {
  std::vector<std::string> regions, inputs;
};

/// Names that an architecture takes, each once, as near to the file's as may be.
SpmNames names_of(const dataset::SpmDcm& dcm);

/// `text` with an underscore for what no name may hold; `otherwise` where nothing is left, or where
/// YAML would read something else than a name.
std::string name_from(const std::string& text, const std::string& otherwise);

}  // namespace insula::command
