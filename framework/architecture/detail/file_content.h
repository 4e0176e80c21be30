// SPDX-License-Identifier: Apache-2.0
// What one architecture file says by itself.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/detail/document.h"

namespace insula::architecture::detail {

struct FileContent {
  std::string shown_as, name, description;
  config::Node extends;              // missing if it extends nothing
  std::vector<config::Node> remove;  // scalars
  std::vector<Item> regions, projections, inputs, features, observations, learners, parameters;
};

/// Checks keys, names and duplicates; adds mistakes and goes on.
FileContent read_file_content(const config::Node& root,
                              const std::string& shown_as,
                              Mistakes& mistakes);

}  // namespace insula::architecture::detail
