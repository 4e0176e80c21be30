// SPDX-License-Identifier: Apache-2.0
// A BIDS dataset as a manifest that refers to its tables where they lie.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/dataset/bids.h"

namespace insula::command {

/// dataset.yaml, to be written into `folder`, and the tables of confounds that had to be computed.
std::vector<ProjectFile> bids_project(const dataset::BidsStudy& study, const std::string& folder);

/// One line: how much there is, and what it is called.
std::string summary_of(const dataset::BidsStudy& study);

}  // namespace insula::command
