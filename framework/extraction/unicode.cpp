// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/unicode.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include "framework/base/error.h"

namespace insula::extraction::detail {
namespace {

utf8proc_category_t category(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

// Controls, formats and what is for private use; not the spaces among the controls.
bool is_control(char32_t c) {
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  const utf8proc_category_t kind = category(c);
  return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF ||
         kind == UTF8PROC_CATEGORY_CO;
}

struct Stretch {
  char32_t first, last;
};

// Blocks of ideographs. The sixth begins where BERT's table has 2B820; huggingface/tokenizers has
// 2B920, and models are used with that.
constexpr std::array<Stretch, 8> kIdeographs{{{0x4E00, 0x9FFF},
                                              {0x3400, 0x4DBF},
                                              {0x20000, 0x2A6DF},
                                              {0x2A700, 0x2B73F},
                                              {0x2B740, 0x2B81F},
                                              {0x2B920, 0x2CEAF},
                                              {0xF900, 0xFAFF},
                                              {0x2F800, 0x2FA1F}}};

bool is_ideograph(char32_t c) {
  return std::ranges::any_of(kIdeographs,
                             [&](const Stretch& s) { return s.first <= c && c <= s.last; });
}

std::u32string without_controls(std::u32string_view text) {
  std::u32string clean;
  for (const char32_t c : text) {
    if (c == 0 || c == 0xFFFD || is_control(c)) continue;
    clean += is_space(c) ? U' ' : c;
  }
  return clean;
}

std::u32string with_ideographs_apart(std::u32string_view text) {
  std::u32string apart;
  for (const char32_t c : text) {
    if (is_ideograph(c)) {
      apart += {U' ', c, U' '};
    } else {
      apart += c;
    }
  }
  return apart;
}

// The canonical decomposition without the marks that take no room.
std::u32string without_accents(std::u32string_view text) {
  const std::string bytes = text_of(text);
  utf8proc_uint8_t* decomposed = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                   static_cast<utf8proc_ssize_t>(bytes.size()),
                                   &decomposed,
                                   static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(decomposed, &std::free);
  if (length < 0) throw InternalError(std::string("utf8proc: ") + utf8proc_errmsg(length));
  auto characters =
      characters_of({reinterpret_cast<const char*>(decomposed), static_cast<std::size_t>(length)});
  if (!characters) throw InternalError("utf8proc decomposed a text to what is not UTF-8");
  std::erase_if(*characters, [](char32_t c) { return category(c) == UTF8PROC_CATEGORY_MN; });
  return *characters;
}

std::u32string lowered(std::u32string_view text) {
  std::u32string low;
  for (const char32_t c : text) {
    // The only character whose lower case is two. source  Unicode, SpecialCasing.txt
    if (c == 0x130) {
      low += {U'i', 0x307};
    } else {
      low += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    }
  }
  return low;
}

}  // namespace

std::optional<std::u32string> characters_of(std::string_view text) {
  std::u32string characters;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t taken = utf8proc_iterate(at, left, &character);
    if (taken <= 0) return std::nullopt;
    characters += static_cast<char32_t>(character);
    at += taken;
    left -= taken;
  }
  return characters;
}

void append(std::string& text, char32_t character) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

std::string text_of(std::u32string_view characters) {
  std::string text;
  for (const char32_t c : characters) append(text, c);
  return text;
}

bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_punctuation(char32_t c) {
  const bool is_ascii = (c >= U'!' && c <= U'/') || (c >= U':' && c <= U'@') ||
                        (c >= U'[' && c <= U'`') || (c >= U'{' && c <= U'~');
  if (is_ascii) return true;
  switch (category(c)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return true;
    default: return false;
  }
}

bool is_letter(char32_t c) {
  const utf8proc_category_t kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t c) {
  const utf8proc_category_t kind = category(c);
  return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}

std::u32string cleaned(std::u32string_view text, const Cleaning& cleaning) {
  std::u32string clean(text);
  if (cleaning.drops_controls) clean = without_controls(clean);
  if (cleaning.splits_chinese) clean = with_ideographs_apart(clean);
  if (cleaning.strips_accents) clean = without_accents(clean);
  if (cleaning.lowers) clean = lowered(clean);
  return clean;
}

std::vector<std::u32string> graphemes_of(std::u32string_view text) {
  std::vector<std::u32string> graphemes;
  utf8proc_int32_t state = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins =
        i == 0 || utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(text[i - 1]),
                                                   static_cast<utf8proc_int32_t>(text[i]),
                                                   &state);
    if (begins) graphemes.emplace_back();
    graphemes.back() += text[i];
  }
  return graphemes;
}

std::optional<std::string> composed(const std::string& text, bool is_compatible) {
  const int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | (is_compatible ? UTF8PROC_COMPAT : 0);
  utf8proc_uint8_t* bytes = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()),
                                   &bytes,
                                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(bytes, &std::free);
  if (length < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace insula::extraction::detail
