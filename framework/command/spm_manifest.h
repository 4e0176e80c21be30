// SPDX-License-Identifier: Apache-2.0
// Series and inputs out of SPM's files as a manifest and its tables.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/command/spm_names.h"
#include "framework/dataset/spm_dcm.h"

namespace insula::command {

/// A run: the series, confounds, inputs and times of a DCM, whatever else it holds.
struct SpmRunTables {
  std::string id;
  std::string prefix;  // of its tables' names: "sub-01_"
  const dataset::SpmDcm* dcm = nullptr;
};

struct SpmSubjectTables {
  std::string id;
  std::vector<SpmRunTables> runs;
};

/// dataset.yaml and a table for the series, the inputs and the confounds of each run. `origin` is
/// what its first line says of where the data are from.
std::vector<ProjectFile> spm_dataset(const std::string& name,
                                     const std::string& origin,
                                     const SpmNames& names,
                                     const std::vector<SpmSubjectTables>& subjects);

}  // namespace insula::command
