// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/matlab_text.h"

#include <cstdint>
#include <cstring>

namespace insula::dataset::detail {
namespace {

template <class Unit>
char32_t unit_of(const unsigned char* at) {
  Unit unit{};
  std::memcpy(&unit, at, sizeof unit);
  return unit;
}

// The bytes of a code point after its first: six bits each, from the highest.
void add_tail(std::string& text, char32_t c, int bytes) {
  for (int k = bytes - 1; k >= 0; --k) text += static_cast<char>(0x80 | ((c >> (6 * k)) & 0x3f));
}

void add_code_point(std::string& text, char32_t c) {
  const int tail = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kFirst[] = {0x00, 0xc0, 0xe0, 0xf0};  // RFC 3629, section 3
  text += static_cast<char>(kFirst[tail] | (c >> (6 * tail)));
  add_tail(text, c, tail);
}

}  // namespace

char32_t code_unit(const unsigned char* at, std::size_t width) {
  switch (width) {
    case 2: return unit_of<std::uint16_t>(at);
    case 4: return unit_of<std::uint32_t>(at);
    default: return *at;
  }
}

std::string utf8(const std::u32string& units) {
  std::string text;
  for (std::size_t k = 0; k < units.size(); ++k) {
    char32_t c = units[k];
    const bool is_high = c >= 0xd800 && c < 0xdc00;
    if (is_high && k + 1 < units.size() && units[k + 1] >= 0xdc00 && units[k + 1] < 0xe000)
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++k] - 0xdc00);
    if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff) c = 0xfffd;
    add_code_point(text, c);
  }
  return text;
}

}  // namespace insula::dataset::detail
