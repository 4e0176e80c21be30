// SPDX-License-Identifier: Apache-2.0
// A new folder of files.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"

namespace insula::command {

/// errors  InputError (usage) if the folder is a file or not empty
void refuse_occupied(const std::string& folder);

/// Makes the folder, writes the files into it and prints their paths.
void write_files(const std::string& folder, const std::vector<ProjectFile>& files);

}  // namespace insula::command
