// SPDX-License-Identifier: Apache-2.0
// What `insula check` finds out about one file.
#pragma once

#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/contract/catalogue.h"
#include "framework/dataset/dataset.h"

namespace insula::command {

struct Doubt {
  dataset::Finding::Severity severity = dataset::Finding::Severity::warning;
  std::string check;  // of a dataset's finding; "" otherwise
  std::string where;  // of a dataset's finding
  Mistake mistake;    // its message and, for a document, its place and remedy
};

struct Checked {
  std::string file;
  std::string document, name;     // "architecture", "gated"; "" if the file could not be read
  std::vector<Mistake> mistakes;  // then it cannot be used
  std::string mistakes_text;
  ExitCode code = ExitCode::success;
  std::vector<Doubt> doubts;
  std::vector<std::string> notes;  // what it asks for that a reader may not expect
};

/// Reads the file, whichever document it is, and all that it names. errors  none of the user's:
/// they are in `mistakes`
Checked checked(const std::string& file, const Catalogue& catalogue);

/// "error", "warning", "note".
std::string to_text(dataset::Finding::Severity severity);

/// An array with an object for each file.
std::string to_json(const std::vector<Checked>& files);

}  // namespace insula::command
