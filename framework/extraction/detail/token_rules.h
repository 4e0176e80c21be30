// SPDX-License-Identifier: Apache-2.0
// The parts of a tokenizer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "framework/extraction/detail/byte_pairs.h"
#include "framework/extraction/detail/unicode.h"
#include "framework/extraction/detail/unigram.h"

namespace insula::extraction::detail {

/// A token that is looked for in the text before anything is done to it.
struct AddedToken {
  std::string content;
  std::int64_t id = 0;
  bool takes_left = false, takes_right = false;  // the spaces beside it
  bool is_normalised = false;                    // looked for in the cleaned text instead
};

/// A place in the template around a text: a special token, or the text itself.
struct Slot {
  std::optional<std::int64_t> token;  // nothing: the text
  std::int64_t type = 0;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
using Vocabulary = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

/// BERT's: words between spaces and punctuation, taken apart into the longest pieces.
struct WordPiece {
  std::int64_t unknown = 0;
  std::string continuation = "##";
  std::size_t longest_word = 100;  // characters
};

struct TokenRules {
  Vocabulary vocabulary;
  std::variant<WordPiece, BytePairs, Unigram> model;
  std::int64_t padding = 0;
  std::optional<Cleaning> cleaning;
  std::vector<NormalStep> steps;  // of unigrams, in the place of cleaning
  std::vector<AddedToken> added;
  std::vector<Slot> slots;
  std::optional<std::size_t> most;  // tokens, special ones included
};

}  // namespace insula::extraction::detail
