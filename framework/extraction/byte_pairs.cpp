// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/byte_pairs.h"

#include <algorithm>

#include "framework/extraction/detail/unicode.h"

namespace insula::extraction::detail {
namespace {

bool is_seen(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

enum class Sort { letter, number, space, other };

Sort sort_of(char32_t c) {
  if (is_space(c)) return Sort::space;
  if (is_letter(c)) return Sort::letter;
  return is_number(c) ? Sort::number : Sort::other;
}

// The length of an English ending that stands there, or 0.
std::size_t ending_at(std::u32string_view text) {
  for (const std::u32string_view ending : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

std::size_t run_at(std::u32string_view text, std::size_t from, Sort sort) {
  std::size_t end = from;
  while (end < text.size() && sort_of(text[end]) == sort) ++end;
  return end - from;
}

// The length of the piece with which a text that is not empty begins.
std::size_t first_piece(std::u32string_view text) {
  if (const std::size_t ending = ending_at(text); ending > 0) return ending;
  const std::size_t before = text[0] == U' ' && text.size() > 1 ? 1 : 0;
  const Sort sort = sort_of(text[before]);
  if (sort != Sort::space) return before + run_at(text, before, sort);
  const std::size_t spaces = run_at(text, 0, Sort::space);
  // The last space belongs to the word after it.
  return spaces == text.size() || spaces == 1 ? spaces : spaces - 1;
}

}  // namespace

char32_t letter_of_byte(std::uint8_t byte) {
  if (is_seen(byte)) return byte;
  char32_t letter = 0x100;
  for (unsigned other = 0; other < byte; ++other) letter += is_seen(other) ? 0 : 1;
  return letter;
}

std::vector<std::u32string> pieces_of(std::u32string_view text) {
  std::vector<std::u32string> pieces;
  while (!text.empty()) {
    const std::size_t length = first_piece(text);
    pieces.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

void append_merged(std::u32string_view piece,
                   const BytePairs& pairs,
                   std::vector<std::int64_t>& ids) {
  std::vector<std::int64_t> tokens;
  for (const char byte : text_of(piece)) {
    tokens.push_back(pairs.of_byte[static_cast<std::uint8_t>(byte)]);
  }
  for (;;) {
    const Merge* first = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto found = pairs.merges.find(pair_key(tokens[i], tokens[i + 1]));
      if (found == pairs.merges.end()) continue;
      if (first != nullptr && found->second.rank >= first->rank) continue;
      first = &found->second;
      at = i;
    }
    if (first == nullptr) break;
    tokens[at] = first->result;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  ids.insert(ids.end(), tokens.begin(), tokens.end());
}

}  // namespace insula::extraction::detail
