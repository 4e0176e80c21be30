// SPDX-License-Identifier: Apache-2.0
// SPM's models as our documents.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/dataset/spm_dcm.h"
#include "framework/dataset/spm_design.h"

namespace insula::command {

/// A model and the file that it is from.
struct SpmModel {
  std::string file;  // its path
  dataset::SpmDcm dcm;
};

/// An architecture a model, called as its file; the dataset with its tables, and an experiment:
/// of one subject it fits as SPM does. Files of several folders are of several subjects, called as
/// the folders, who have the same models; they are fitted as a group.
/// errors  InputError if a subject's models are not of the same data, two have one name, or a model
///         is not the same in all subjects
std::vector<ProjectFile> spm_project(const std::vector<SpmModel>& models);

/// A dataset with a run for each session.
std::vector<ProjectFile> spm_design_project(const dataset::SpmDesign& design,
                                            const std::string& file);

}  // namespace insula::command
