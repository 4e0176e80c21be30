// SPDX-License-Identifier: Apache-2.0
// Typed reading of one mapping. Every read states its domain where it reads; every mistake is
// collected with its place; keys that nobody asked for are mistakes with the nearest valid name.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/quantity.h"
#include "framework/config/node.h"

namespace insula::config {

/// A closed or half-open range of numbers, with the word that messages use.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;
  bool open_high = false;
  bool contains(double x) const;
  /// "positive", "not negative", "between 0 and 1", "above 3", "any number".
  std::string in_words() const;
};
inline constexpr Range any_number{};
inline constexpr Range positive{0, std::numeric_limits<double>::infinity(), true, false};
inline constexpr Range not_negative{0};
inline constexpr Range unit_interval{0, 1, true, true};

/// Reads one mapping. `what` names it in messages ("region 'V1'", "the dataset").
///
///     Reader r(node, "run 'run-1'", mistakes);
///     run.duration = r.quantity("duration", Dimension::time, positive).value_or(0);
///     run.id       = r.text("id").value_or("");
///     r.finish();                       // unknown keys become mistakes
///
/// A getter for a required key (text, quantity, number, integer, names) adds a mistake if the key
/// is absent or wrong and then gives nothing; `optional_*` getters are silent when the key is
/// absent. If `node` is not a mapping, one mistake is added and every getter gives nothing in
/// silence; a missing node adds none, because the getter that came back with it has already spoken.
class Reader {
 public:
  Reader(Node node, std::string what, Mistakes& mistakes);

  bool has(std::string_view key) const;
  Node node() const { return node_; }
  const std::string& what() const { return what_; }
  Mistakes& mistakes() const { return *mistakes_; }

  std::optional<std::string> text(const std::string& key);
  std::optional<std::string> optional_text(const std::string& key);
  /// One of `choices`; otherwise a mistake that lists them and the nearest.
  std::optional<std::string> choice(const std::string& key, std::span<const std::string> choices);
  std::optional<std::string> optional_choice(const std::string& key,
                                             std::span<const std::string> choices);
  /// A pure number (a unit is a mistake).
  std::optional<double> number(const std::string& key, Range range = any_number);
  std::optional<double> optional_number(const std::string& key, Range range = any_number);
  std::optional<long long> integer(const std::string& key, Range range = any_number);
  std::optional<long long> optional_integer(const std::string& key, Range range = any_number);
  /// A number with a unit, in SI. A bare number is a mistake unless `dimension` is none.
  std::optional<double> quantity(const std::string& key,
                                 Dimension dimension,
                                 Range range = any_number);
  std::optional<double> optional_quantity(const std::string& key,
                                          Dimension dimension,
                                          Range range = any_number);
  /// true or false; yes, no, on, off are mistakes that say which word to write.
  std::optional<bool> optional_boolean(const std::string& key);
  /// A list of scalars, or one scalar for a list of one. Places of the items: list(key).
  std::vector<std::string> names(const std::string& key);
  std::vector<std::string> optional_names(const std::string& key);
  /// The node under `key` and marks the key as known. `map`, `list` also check the kind; a missing
  /// node when absent (a mistake only for the required forms) or of the wrong kind (a mistake).
  Node any(const std::string& key);
  Node map(const std::string& key);
  Node optional_map(const std::string& key);
  Node list(const std::string& key);
  Node optional_list(const std::string& key);

  /// Adds a mistake at the mapping if none of the keys, which getters ask for, is there.
  void needs_one_of(std::initializer_list<const char*> keys,
                    const std::string& message,
                    const std::string& note);
  /// Adds a mistake at the value of `key` (at the mapping itself if the key is absent).
  void mistake(const std::string& key, std::string message, std::string note = {});
  /// Every key that no getter asked for becomes a mistake: "run 'run-1' has no key 'durtion'" with
  /// the note "did you mean 'duration'? it has: …". That it is absent, where it is needed, is no
  /// second mistake then.
  void finish();

 private:
  std::string subject(const std::string& key) const;
  Node required(const std::string& key);
  Node of_kind(const std::string& key, Node node, Node::Kind kind);
  std::optional<std::string> text_in(const std::string& key, const Node& node);
  std::optional<std::string> choice_in(const std::string& key,
                                       const Node& node,
                                       std::span<const std::string> choices);
  std::optional<double> quantity_in(const std::string& key,
                                    const Node& node,
                                    Dimension dimension,
                                    Range range);
  std::optional<long long> integer_in(const std::string& key, const Node& node, Range range);
  std::vector<std::string> names_in(const std::string& key, const Node& node);

  Node node_;
  std::string what_;
  Mistakes* mistakes_;
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> needs_;  // absent keys, what was said of that
};

/// A scalar as a number with a unit of the given dimension; adds a mistake and gives nothing
/// otherwise. `what` is the subject of the message, e.g. "'tau' of region 'V1'".
std::optional<double> read_quantity(const Node& node,
                                    const std::string& what,
                                    Dimension dimension,
                                    Range range,
                                    Mistakes& mistakes);

/// Checks the first key of a document, e.g. "insula: architecture/1", and says what to write if it
/// is absent, of another document or of another version. Marks the key as known.
void read_document_kind(Reader& reader, std::string_view kind, int version);

}  // namespace insula::config
