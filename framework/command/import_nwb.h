// SPDX-License-Identifier: Apache-2.0
// Sessions of NWB as a manifest that refers to their series where they lie.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/dataset/nwb.h"

namespace insula::command {

/// dataset.yaml, to be written into `folder`, with tables of what was counted, of trials and
/// events.
std::vector<ProjectFile> nwb_project(const dataset::NwbStudy& study, const std::string& folder);

/// One line: how much there is, and what it is called.
std::string summary_of(const dataset::NwbStudy& study);

/// The files named, and those in the folders named, however deep, in order.
/// errors  InputError (no_input) for what does not exist, and for a folder without a file of NWB
std::vector<std::string> nwb_files(const std::vector<std::string>& named);

}  // namespace insula::command
