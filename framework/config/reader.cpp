// SPDX-License-Identifier: Apache-2.0
#include "framework/config/reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "framework/base/text.h"

namespace insula::config {
namespace {

// A whole decimal number: no point, no exponent, no leading zero.
std::optional<long long> parse_integer(const std::string& text) {
  if (!parse_number(text)) return {};
  const std::size_t sign = text.starts_with('+') ? 1 : 0;
  long long value = 0;
  const auto read = std::from_chars(text.data() + sign, text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
  return value;
}

std::string boolean_remedy(const std::string& word) {
  for (const char* yes : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "True", "TRUE", "1"}) {
    if (word == yes) return "write true";
  }
  for (const char* no : {"no", "No", "NO", "off", "Off", "OFF", "n", "N", "False", "FALSE", "0"}) {
    if (word == no) return "write false";
  }
  return "";
}

}  // namespace

Reader::Reader(Node node, std::string what, Mistakes& mistakes)
    : node_(std::move(node)), what_(std::move(what)), mistakes_(&mistakes) {
  if (!node_.is_map() && !node_.is_missing()) {
    mistakes_->add(node_.place(), what_ + " must be a mapping, got " + found(node_));
  }
}

bool Reader::has(std::string_view key) const {
  return std::ranges::any_of(node_.entries(), [&](const Entry& e) { return e.key == key; });
}

std::string Reader::subject(const std::string& key) const { return "'" + key + "' of " + what_; }

Node Reader::any(const std::string& key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  return node_[key];
}

Node Reader::required(const std::string& key) {
  needs_one_of({key.c_str()}, what_ + " needs the key '" + key + "'", "");
  return any(key);
}

Node Reader::of_kind(const std::string& key, Node node, Node::Kind kind) {
  if (node.is_missing() || node.kind() == kind) return node;
  const char* needed = kind == Node::Kind::map ? " must be a mapping" : " must be a list";
  mistakes_->add(node.place(), subject(key) + needed + ", got " + found(node));
  return {};
}

Node Reader::map(const std::string& key) { return of_kind(key, required(key), Node::Kind::map); }
Node Reader::optional_map(const std::string& key) {
  return of_kind(key, any(key), Node::Kind::map);
}
Node Reader::list(const std::string& key) { return of_kind(key, required(key), Node::Kind::list); }
Node Reader::optional_list(const std::string& key) {
  return of_kind(key, any(key), Node::Kind::list);
}

std::optional<std::string> Reader::text_in(const std::string& key, const Node& node) {
  if (node.is_missing()) return {};
  if (node.is_scalar()) return node.scalar();
  mistakes_->add(node.place(), subject(key) + " must be a text, got " + found(node));
  return {};
}

std::optional<std::string> Reader::text(const std::string& key) {
  return text_in(key, required(key));
}
std::optional<std::string> Reader::optional_text(const std::string& key) {
  return text_in(key, any(key));
}

std::optional<std::string> Reader::choice_in(const std::string& key,
                                             const Node& node,
                                             std::span<const std::string> choices) {
  std::optional<std::string> text = text_in(key, node);
  if (!text || std::ranges::find(choices, *text) != choices.end()) return text;
  mistakes_->add(node.place(),
                 subject(key) + " cannot be " + found(node),
                 name_hint(*text, choices, "it can be"));
  return {};
}

std::optional<std::string> Reader::choice(const std::string& key,
                                          std::span<const std::string> choices) {
  return choice_in(key, required(key), choices);
}
std::optional<std::string> Reader::optional_choice(const std::string& key,
                                                   std::span<const std::string> choices) {
  return choice_in(key, any(key), choices);
}

std::optional<double> Reader::quantity_in(const std::string& key,
                                          const Node& node,
                                          Dimension dimension,
                                          Range range) {
  if (node.is_missing()) return {};
  return read_quantity(node, subject(key), dimension, range, *mistakes_);
}

std::optional<double> Reader::number(const std::string& key, Range range) {
  return quantity_in(key, required(key), Dimension::none, range);
}
std::optional<double> Reader::optional_number(const std::string& key, Range range) {
  return quantity_in(key, any(key), Dimension::none, range);
}
std::optional<double> Reader::quantity(const std::string& key, Dimension dimension, Range range) {
  return quantity_in(key, required(key), dimension, range);
}
std::optional<double> Reader::optional_quantity(const std::string& key,
                                                Dimension dimension,
                                                Range range) {
  return quantity_in(key, any(key), dimension, range);
}

std::optional<long long> Reader::integer_in(const std::string& key, const Node& node, Range range) {
  if (!quantity_in(key, node, Dimension::none, range)) return {};
  const std::optional<long long> value = parse_integer(node.scalar());
  if (!value) {
    mistakes_->add(node.place(), subject(key) + " must be a whole number, got " + node.scalar());
  }
  return value;
}

std::optional<long long> Reader::integer(const std::string& key, Range range) {
  return integer_in(key, required(key), range);
}
std::optional<long long> Reader::optional_integer(const std::string& key, Range range) {
  return integer_in(key, any(key), range);
}

std::optional<bool> Reader::optional_boolean(const std::string& key) {
  const Node node = any(key);
  if (node.is_missing()) return {};
  if (node.is_scalar() && !node.quoted()) {
    if (node.scalar() == "true") return true;
    if (node.scalar() == "false") return false;
  }
  const bool is_quoted_word =
      node.quoted() && (node.scalar() == "true" || node.scalar() == "false");
  mistakes_->add(
      node.place(),
      subject(key) + " must be true or false, got " + found(node),
      is_quoted_word ? "remove the quotes: they make it text" : boolean_remedy(node.scalar()));
  return {};
}

std::vector<std::string> Reader::names_in(const std::string& key, const Node& node) {
  if (node.is_missing()) return {};
  if (node.is_scalar()) return {node.scalar()};
  if (!node.is_list()) {
    mistakes_->add(node.place(), subject(key) + " must be a list of names, got " + found(node));
    return {};
  }
  std::vector<std::string> names;
  for (const Node& item : node.items()) {
    if (item.is_scalar()) {
      names.push_back(item.scalar());
    } else {
      mistakes_->add(item.place(), subject(key) + " must hold names only, got " + found(item));
    }
  }
  return names;
}

std::vector<std::string> Reader::names(const std::string& key) {
  return names_in(key, required(key));
}
std::vector<std::string> Reader::optional_names(const std::string& key) {
  return names_in(key, any(key));
}

void Reader::mistake(const std::string& key, std::string message, std::string note) {
  mistakes_->add(node_[key].place(), std::move(message), std::move(note));
}

void Reader::needs_one_of(std::initializer_list<const char*> keys,
                          const std::string& message,
                          const std::string& note) {
  const auto is_there = [&](const char* key) { return !node_[key].is_missing(); };
  if (!node_.is_map() || std::ranges::any_of(keys, is_there)) return;
  mistakes_->add(node_.place(), message, note);
  for (const char* key : keys) needs_.emplace_back(key, message);
}

void Reader::finish() {
  for (const Entry& entry : node_.entries()) {
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    const std::string meant = nearest_name(entry.key, known_);
    for (const auto& [key, message] : needs_)
      if (key == meant) mistakes_->withdraw(node_.place(), message);
    mistakes_->add(
        entry.key_place, what_ + " has no key '" + entry.key + "'", name_hint(entry.key, known_));
  }
}

void read_document_kind(Reader& reader, std::string_view kind, int version) {
  const Node node = reader.any("insula");
  const std::string name(kind);
  const std::string expected = name + "/" + std::to_string(version);
  const std::string remedy = "write 'insula: " + expected + "'";
  if (node.is_missing()) {
    if (!reader.node().is_map()) return;
    reader.mistake("insula", reader.what() + " does not say which document it is", remedy);
  } else if (node.is_scalar() && node.scalar() == expected) {
    return;
  } else if (node.is_scalar() && node.scalar().starts_with(name + "/")) {
    reader.mistake("insula",
                   "this Insula reads " + expected + ", got " + found(node),
                   remedy + ", or use the Insula that the file was written for");
  } else {
    reader.mistake("insula", "this must be " + expected + ", got " + found(node), remedy);
  }
}

}  // namespace insula::config
