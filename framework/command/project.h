// SPDX-License-Identifier: Apache-2.0
// A starting project as texts: two rival hypotheses that fit the data at hand, to be edited.
#pragma once

#include <string>
#include <vector>

#include "framework/contract/catalogue.h"
#include "framework/dataset/dataset.h"

namespace insula::command {

struct ProjectFile {
  std::string name, text;
};

/// With a recipe for simulated data: two regions, a stimulus and a context.
std::vector<ProjectFile> simulated_project(const std::string& name);

/// For a dataset: its first recording that an observation kind explains, its inputs, its channels.
/// `path` is the dataset's as the experiment is to name it.
/// errors  InputError if there is no input or no such recording
std::vector<ProjectFile> project_of(const dataset::Dataset& dataset,
                                    const std::string& name,
                                    const std::string& path,
                                    const Catalogue& catalogue);

/// True if some trials of the first run have one of two responses, and a column to explain it.
bool has_answered_trials(const dataset::Dataset& dataset);

/// For such a dataset: answers that nothing, or the first column, explains.
std::vector<ProjectFile> trial_project_of(const dataset::Dataset& dataset,
                                          const std::string& name,
                                          const std::string& path);

}  // namespace insula::command
