// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "framework/command/spm_names.h"

namespace insula::command {

/// The architecture of a DCM: a is its linear projections, b what inputs modulate, c what they
/// drive, d what regions gate. Priors stand in it where they are not those of `compatibility: spm`.
std::string spm_architecture(const dataset::SpmDcm& dcm,
                             const SpmNames& names,
                             const std::string& name,
                             const std::string& file);

}  // namespace insula::command
