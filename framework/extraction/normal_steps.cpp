// SPDX-License-Identifier: Apache-2.0
// What is done to a text before SentencePiece's tokenizers take it apart.

#include "framework/extraction/detail/unicode.h"
#include "framework/extraction/detail/unigram.h"

namespace insula::extraction::detail {
namespace {

std::optional<std::string> bytes_of_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return bytes;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

// What stands for a grapheme, or for each of its characters. As huggingface/tokenizers does it: the
// shortest match counts, and the table is asked for a whole grapheme only if it is short.
std::string replaced(const std::string& text, const CompiledMap& map) {
  constexpr std::size_t kLongGrapheme = 6;  // bytes
  std::string result;
  for (const std::u32string& grapheme :
       graphemes_of(characters_of(text).value_or(std::u32string()))) {
    const std::string whole = text_of(grapheme);
    if (whole.size() < kLongGrapheme) {
      if (const auto by = map.find(whole)) {
        result += *by;
        continue;
      }
    }
    for (const char32_t c : grapheme) {
      std::string character;
      append(character, c);
      result += map.find(character).value_or(character);
    }
  }
  return result;
}

std::string replaced(const std::string& text, const Replaced& rule) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    if (rule.what.empty()) {
      while (at + length < text.size() && text[at + length] == ' ') ++length;
      if (length == 1) length = 0;
    } else if (text.compare(at, rule.what.size(), rule.what) == 0) {
      length = rule.what.size();
    }
    if (length == 0) {
      result += text[at++];
    } else {
      result += rule.by;
      at += length;
    }
  }
  return result;
}

std::string stripped(const std::string& text, const Stripped& sides) {
  const std::u32string all = characters_of(text).value_or(std::u32string());
  std::size_t begin = 0, end = all.size();
  while (sides.left && begin < end && is_space(all[begin])) ++begin;
  while (sides.right && begin < end && is_space(all[end - 1])) --end;
  return text_of(std::u32string_view(all).substr(begin, end - begin));
}

}  // namespace

std::optional<std::string_view> CompiledMap::find(std::string_view text) const {
  const auto offset = [](std::uint32_t unit) { return unit >> 10 << ((unit & 1U << 9) >> 6); };
  std::size_t place = units.empty() ? 0 : offset(units[0]);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    place ^= byte;
    if (byte == 0 || place >= units.size()) return std::nullopt;
    const std::uint32_t unit = units[place];
    if ((unit & (1U << 31 | 0xFF)) != byte) return std::nullopt;
    place ^= offset(unit);
    if ((unit >> 8 & 1) == 0) continue;
    if (place >= units.size()) return std::nullopt;
    const std::size_t begin = units[place] & ~(1U << 31);
    if (begin >= texts.size()) return std::nullopt;
    return std::string_view(texts).substr(begin, texts.find('\0', begin) - begin);
  }
  return std::nullopt;
}

std::optional<CompiledMap> compiled_map_of(std::string_view base64) {
  const std::optional<std::string> bytes = bytes_of_base64(base64);
  if (!bytes || bytes->size() < 4) return std::nullopt;
  const std::size_t size = little_endian(*bytes, 0);
  if (size % 4 != 0 || size > bytes->size() - 4) return std::nullopt;
  CompiledMap map;
  for (std::size_t at = 4; at < 4 + size; at += 4) map.units.push_back(little_endian(*bytes, at));
  map.texts = bytes->substr(4 + size);
  // What texts become must be a text.
  if (!characters_of(map.texts)) return std::nullopt;
  if (map.texts.empty() || map.texts.back() != '\0') map.texts.push_back('\0');
  return map;
}

std::string normalised(std::string text, const std::vector<NormalStep>& steps) {
  for (const NormalStep& step : steps) {
    if (const auto* map = std::get_if<CompiledMap>(&step)) text = replaced(text, *map);
    if (const auto* form = std::get_if<Composed>(&step)) {
      text = composed(text, form->is_compatible).value_or(text);
    }
    if (const auto* rule = std::get_if<Replaced>(&step)) text = replaced(text, *rule);
    if (const auto* sides = std::get_if<Stripped>(&step)) text = stripped(text, *sides);
  }
  return text;
}

}  // namespace insula::extraction::detail
