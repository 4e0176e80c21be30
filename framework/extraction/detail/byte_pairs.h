// SPDX-License-Identifier: Apache-2.0
// Byte pairs: the tokenizers of GPT-2's family.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace insula::extraction::detail {

/// What two neighbouring pieces become, and which pair goes first: the one of the lowest rank.
struct Merge {
  std::int64_t rank = 0, result = 0;
};

struct BytePairs {
  std::array<std::int64_t, 256> of_byte{};          // the token of each byte
  std::unordered_map<std::uint64_t, Merge> merges;  // by pair_key
  bool adds_space = false;                          // before a text that begins without one
};

inline std::uint64_t pair_key(std::int64_t left, std::int64_t right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint64_t>(right);
}

/// The character that stands for a byte in the vocabulary: itself where it can be seen, else one
/// from 256 on.
/// source  openai/gpt-2, src/encoder.py, bytes_to_unicode
char32_t letter_of_byte(std::uint8_t byte);

/// Words with the space before them, numbers, runs of other signs, spaces, and English endings
/// after an apostrophe.
/// source  openai/gpt-2, src/encoder.py, Encoder.pat
std::vector<std::u32string> pieces_of(std::u32string_view text);

/// Appends the tokens of a piece: its bytes, of which pairs are merged as long as there are any.
/// source  Sennrich, Haddow & Birch 2016, ACL, algorithm 1
void append_merged(std::u32string_view piece,
                   const BytePairs& pairs,
                   std::vector<std::int64_t>& ids);

}  // namespace insula::extraction::detail
