// SPDX-License-Identifier: Apache-2.0
// An architecture file and those it extends, merged entry by entry; nothing is resolved yet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/config/node.h"

namespace insula::architecture::detail {

/// One entry of a section. Names of projections and parameters have the spaces that we write.
struct Item {
  std::string name;
  Place place;  // of its key
  config::Node value;
  /// A parameter whose owner a nearer file has removed or replaced since: what the nearer file says
  /// comes first, and the item is forgotten if its name means nothing any more.
  bool loose = false;
};

struct Document {
  std::string name, description;
  std::vector<std::string> files;  // nearest first
  /// What is extended comes first; an entry that is replaced keeps its position.
  std::vector<Item> regions, projections, inputs, features, observations, learners, parameters;
  std::map<std::string, Place> removed;  // what is gone, and where it was told to go
  bool whole = true;                     // false if a file that is extended could not be read
};

/// Reads what `root` (shown as `shown_as`) extends, and merges. Mistakes of all files are added.
Document read_document(const config::Node& root, const std::string& shown_as, Mistakes& mistakes);

}  // namespace insula::architecture::detail
