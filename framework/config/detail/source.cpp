// SPDX-License-Identifier: Apache-2.0
#include "framework/config/detail/source.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace insula::config {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

// The length of the well-formed UTF-8 sequence at `i`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i), second = byte_at(text, i + 1);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (length == 0 || second < low || second > high) return 0;
  for (std::size_t k = 2; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool is_control(unsigned byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7F; }

// Where the quoted scalar that starts at text[0] ends: the index past its closing quote.
std::optional<std::size_t> past_quote(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;  // '' stands for one quote
    }
  }
  return {};
}

bool is_quote(const std::string& text) { return text.starts_with('"') || text.starts_with('\''); }

}  // namespace

Source::Source(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  std::size_t start = 0;
  while (start < text_.size()) {
    const std::size_t end = std::min(text_.find('\n', start), text_.size());
    std::string line = text_.substr(start, end - start);
    if (line.ends_with('\r')) line.pop_back();
    lines_.push_back(std::move(line));
    start = end + 1;
  }
}

std::string Source::from(int line, int byte) const {
  if (line < 0 || line >= static_cast<int>(lines_.size())) return "";
  const std::string& text = lines_[static_cast<std::size_t>(line)];
  return text.substr(std::min(static_cast<std::size_t>(std::max(byte, 0)), text.size()));
}

Place Source::place(int line, int byte, int width) const {
  const std::string whole = from(line, 0);
  const std::string rest = from(line, byte);
  const std::string before = whole.substr(0, whole.size() - rest.size());
  return {file_, std::max(line, 0) + 1, character_count(before) + 1, width, whole};
}

int Source::scalar_width(int line, int byte, const std::string& value) const {
  const std::string rest = from(line, byte);
  if (is_quote(rest)) {
    const std::size_t end = past_quote(rest).value_or(rest.size());
    return character_count(rest.substr(0, end));
  }
  if (rest.starts_with('|') || rest.starts_with('>')) return 1;
  return rest.starts_with(value) ? character_count(value) : character_count(rest);
}

bool Source::has_open_quote(int line, int byte) const {
  std::string rest = from(line, byte);
  if (!is_quote(rest)) return false;
  for (std::size_t next = static_cast<std::size_t>(line) + 1; next < lines_.size(); ++next) {
    if (past_quote(rest)) return false;
    rest += "\n" + lines_[next];
  }
  return !past_quote(rest);
}

void Source::check_characters(Mistakes& mistakes) const {
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    const std::string& text = lines_[line];
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = sequence_length(text, i);
      if (length > 0 && !is_control(byte_at(text, i))) {
        i += length;
        continue;
      }
      Place where = place(static_cast<int>(line), static_cast<int>(i));
      where.source_line.clear();  // a terminal had better not print it
      mistakes.add(
          where,
          length == 0 ? "this line is not UTF-8 text" : "this line holds a control character",
          "save the file as UTF-8 text");
      break;
    }
  }
}

int character_count(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace insula::config
