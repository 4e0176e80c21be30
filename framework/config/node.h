// SPDX-License-Identifier: Apache-2.0
// YAML as an immutable tree with places.
//
// yaml-cpp parses; its nodes are turned at once into ours (1-based places, file name and source
// line kept). Duplicate keys, merge keys, anchors and aliases, tags and several documents are
// mistakes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/error.h"

namespace insula::config {

class Node;
struct Entry;

/// One node of the tree: nothing, a scalar, a list or a mapping (in file order). Cheap to copy; the
/// tree lives as long as any node of it. Two nodes with the same address() are the same node.
class Node {
 public:
  enum class Kind { missing, null, scalar, list, map };

  Node() = default;  // missing
  Kind kind() const;
  bool is_missing() const { return kind() == Kind::missing; }
  bool is_map() const { return kind() == Kind::map; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_scalar() const { return kind() == Kind::scalar; }

  /// Where the node stands. A missing node has the place of the mapping that lacks it.
  const Place& place() const;
  /// The scalar's text, exactly as written without quotes; "" for other kinds.
  const std::string& scalar() const;
  /// True if the scalar was written in quotes: then it is text, never a number or a boolean.
  bool quoted() const;
  const std::vector<Node>& items() const&;     // of a list
  const std::vector<Entry>& entries() const&;  // of a mapping
  // Of a node that is about to go, such as the missing one that a lookup makes.
  std::vector<Node> items() &&;
  std::vector<Entry> entries() &&;
  /// The value under `key`, or a missing node.
  Node operator[](const std::string& key) const;
  const void* address() const { return data_.get(); }

  struct Data;
  explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

 private:
  std::shared_ptr<const Data> data_;
};

/// "a mapping", "a list", "nothing", "'abc'" (a scalar, shortened): what was found, for messages.
std::string found(const Node& node);

struct Entry {
  std::string key;
  Place key_place;
  Node value;
};

struct Node::Data {
  Kind kind = Kind::missing;
  Place place;
  std::string scalar;
  bool quoted = false;
  std::vector<Node> items;
  std::vector<Entry> entries;
};

/// Reads a YAML file. `shown_as` is the name that places carry (default: `path` as given).
/// errors  InputError (no_input) if the file cannot be read, (config) with every syntax mistake,
///         duplicate key, alias or tag.
Node parse_file(const std::string& path, const std::string& shown_as = {});
Node parse_text(const std::string& text, const std::string& shown_as);

}  // namespace insula::config
