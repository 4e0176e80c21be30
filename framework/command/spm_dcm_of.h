// SPDX-License-Identifier: Apache-2.0
// An architecture and a run as SPM's model of them.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/spm_dcm_write.h"

namespace insula::command {

struct SpmDcmOf {
  dataset::SpmDcm dcm;  // its samples are the recording's, a column a region
  /// Of each of SPM's parameters (SpmOrder) the architecture's, or none.
  std::vector<std::size_t> parameter;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::string> notes;  // what was written otherwise, and changes no number
};

/// errors  InputError (data) with every part of the architecture, or of the run, that DCM.mat
///         cannot hold
SpmDcmOf spm_dcm_of(const architecture::Architecture& architecture, const dataset::Run& run);

}  // namespace insula::command
