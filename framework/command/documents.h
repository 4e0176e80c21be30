// SPDX-License-Identifier: Apache-2.0
// Which document a file is.
#pragma once

#include <string>

namespace insula::command {

enum class Document { architecture, dataset, experiment, simulation };

/// What the first key of a YAML file says that it is.
/// errors  InputError if the file is missing, is no YAML or says nothing that Insula knows
Document document_of(const std::string& path);

}  // namespace insula::command
