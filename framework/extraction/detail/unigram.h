// SPDX-License-Identifier: Apache-2.0
// SentencePiece's unigram tokenizers: those of XLM-R, T5, mBART and multilingual sentence models.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace insula::extraction::detail {

struct TokenRules;

/// Each piece has a logarithm of its probability, and a word is the pieces whose sum is largest.
struct Unigram {
  std::vector<double> score;  // one a piece of the vocabulary, by its number
  double unknown_score = 0;   // of a character that is no piece
  std::int64_t unknown = 0;
  std::size_t longest = 0;                             // piece, bytes
  std::optional<std::array<std::int64_t, 256>> bytes;  // in the place of unknown pieces
  // Spaces are letters, and stand before a word.
  std::string space = "\xE2\x96\x81";          // ▁
  enum class Before { always, first, never };  // a text that begins without one
  Before before = Before::always;
  bool splits_spaces = false;  // at white space of every kind, which is left out
  bool splits_words = true;    // before each space
};

/// What is done to a text first: a table of replacements that was compiled, in which a double array
/// finds bytes and says where what they become begins.
/// source  Aoe 1989, IEEE Trans. Softw. Eng. 15:1066; github.com/google/sentencepiece,
///         normalizer.cc; as huggingface/tokenizers reads it, spm_precompiled 0.1
struct CompiledMap {
  std::vector<std::uint32_t> units;
  std::string texts;  // each ends with a byte 0

  /// What the shortest beginning of `text` that the table has becomes; nothing if it has none.
  std::optional<std::string_view> find(std::string_view text) const;
};
/// Nothing if the bytes are no such table.
std::optional<CompiledMap> compiled_map_of(std::string_view base64);

struct Composed {             // Unicode's normal form
  bool is_compatible = true;  // NFKC, otherwise NFC
};
struct Replaced {
  std::string what;  // a text; empty: two or more spaces
  std::string by;
};
struct Stripped {
  bool left = true, right = true;  // of white space
};
using NormalStep = std::variant<CompiledMap, Composed, Replaced, Stripped>;

/// The steps in their order.
/// shape   UTF-8 → UTF-8
std::string normalised(std::string text, const std::vector<NormalStep>& steps);

/// Appends the tokens of a text without added tokens; `is_first`: it begins the whole text.
/// source  Kudo 2018, ACL 56:66, section 3.2 (Viterbi); huggingface/tokenizers 0.23, whose tokens
///         are met (tokenizer_test.cpp)
void append_unigram(const std::string& text,
                    const TokenRules& rules,
                    bool is_first,
                    std::vector<std::int64_t>& ids);

}  // namespace insula::extraction::detail
