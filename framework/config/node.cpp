// SPDX-License-Identifier: Apache-2.0
#include "framework/config/node.h"

#include "framework/config/detail/source.h"

namespace insula::config {
namespace {

const Node::Data& nothing() {
  static const Node::Data data;
  return data;
}

// At most `count` characters of a text, cut between characters.
std::string shortened(const std::string& text, int count) {
  if (character_count(text) <= count) return text;
  std::string start;
  for (char c : text) {
    const bool starts_a_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts_a_character && character_count(start) == count) break;
    start += c;
  }
  return start + "…";
}

}  // namespace

Node::Kind Node::kind() const { return data_ ? data_->kind : Kind::missing; }
const Place& Node::place() const { return data_ ? data_->place : nothing().place; }
const std::string& Node::scalar() const { return data_ ? data_->scalar : nothing().scalar; }
bool Node::quoted() const { return data_ && data_->quoted; }
const std::vector<Node>& Node::items() const& { return data_ ? data_->items : nothing().items; }
const std::vector<Entry>& Node::entries() const& {
  return data_ ? data_->entries : nothing().entries;
}
std::vector<Node> Node::items() && { return std::as_const(*this).items(); }
std::vector<Entry> Node::entries() && { return std::as_const(*this).entries(); }

Node Node::operator[](const std::string& key) const {
  for (const Entry& entry : entries()) {
    if (entry.key == key) return entry.value;
  }
  auto absent = std::make_shared<Data>();
  absent->place = place();
  return Node(std::move(absent));
}

std::string found(const Node& node) {
  constexpr int kShown = 40;
  switch (node.kind()) {
    case Node::Kind::missing:
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "'" + shortened(node.scalar(), kShown) + "'";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a mapping";
  }
  return "";
}

}  // namespace insula::config
