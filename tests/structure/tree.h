// SPDX-License-Identifier: Apache-2.0
// The source tree as the structure tests see it: files, and the includes written in them.
#pragma once

#include <string>
#include <vector>

namespace insula::structure {

/// One line `#include "path"` or `#include <path>`.
struct Include {
  std::string file;  // that has the line, from the repository root
  int line = 0;
  std::string text;    // the whole line
  std::string target;  // the included path
};

/// The C++ files below a folder of the repository, sorted; paths from the root.
std::vector<std::string> source_files(const std::string& folder);
/// The lines of a file of the repository.
std::vector<std::string> lines_of(const std::string& file);
/// Every include of a file's text.
std::vector<Include> includes_in(const std::string& file, const std::vector<std::string>& lines);
/// Every include below a folder.
std::vector<Include> includes_below(const std::string& folder);

}  // namespace insula::structure
