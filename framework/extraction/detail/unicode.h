// SPDX-License-Identifier: Apache-2.0
// What tokenizers ask of Unicode.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula::extraction::detail {

/// The characters of a text; nothing if it is not in UTF-8.
std::optional<std::u32string> characters_of(std::string_view text);
void append(std::string& text, char32_t character);
std::string text_of(std::u32string_view characters);

/// source  Unicode, PropList.txt, White_Space
bool is_space(char32_t character);
/// Of the categories P*, or printable ASCII that is neither letter, digit nor space.
bool is_punctuation(char32_t character);

bool is_letter(char32_t character);  // of the categories L*
bool is_number(char32_t character);  // of the categories N*

/// What a reader takes for one character: a letter with its marks, an emoji of several.
/// source  Unicode Standard Annex 29, extended grapheme clusters
std::vector<std::u32string> graphemes_of(std::u32string_view text);

/// Unicode's normal form NFKC, otherwise NFC; nothing if the text is not in UTF-8.
std::optional<std::string> composed(const std::string& text, bool is_compatible);

/// BERT's way of cleaning a text.
struct Cleaning {
  bool drops_controls = true;  // and makes every space ' '
  bool splits_chinese = true;  // spaces around ideographs
  bool strips_accents = true;
  bool lowers = true;
};

/// source  google-research/bert, tokenization.py, BasicTokenizer; in the details that this leaves
///         open as huggingface/tokenizers 0.23, BertNormalizer
std::u32string cleaned(std::u32string_view text, const Cleaning& cleaning);

}  // namespace insula::extraction::detail
