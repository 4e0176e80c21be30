// SPDX-License-Identifier: Apache-2.0
// SPM's models as our documents.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/dataset/spm_dcm.h"

namespace insula::command {

/// A model and the file that it is from.
struct SpmModel {
  std::string file;  // its path
  dataset::SpmDcm dcm;
};

/// An architecture a model, called as its file; the dataset with its tables, and the experiment
/// that fits them as SPM does. errors  InputError if the models are not of the same data, or two
/// have one name
std::vector<ProjectFile> spm_project(const std::vector<SpmModel>& models);

}  // namespace insula::command
