// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace insula::architecture::detail {
namespace {

constexpr std::string_view kArrow = "->";
constexpr std::string_view kDrawnArrow = "\u2192";

bool is_word_character(char c) {
  const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || !is_ascii;
  return is_letter || (c >= '0' && c <= '9') || c == '_';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Takes "(2)" off the end of `text`. Gives 1 if there is none, nothing if it is no ordinal.
std::optional<int> take_ordinal(std::string_view& text) {
  if (!text.ends_with(')')) return 1;
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {};
  const std::string_view digits = trimmed(text.substr(open + 1, text.size() - open - 2));
  int ordinal = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
  const bool is_whole = read.ec == std::errc{} && read.ptr == digits.data() + digits.size();
  if (!is_whole || ordinal < 1 || digits.front() == '0') return {};
  text = trimmed(text.substr(0, open));
  return ordinal;
}

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || !is_word_character(text.front())) return false;
  if (text.find(kDrawnArrow) != std::string_view::npos) return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_word_character(c) || c == '-' || c == '+'; });
}

std::optional<ProjectionName> read_projection_name(std::string_view text) {
  const std::size_t arrow = text.find(kArrow);
  if (arrow == std::string_view::npos) return {};
  const std::string_view source = trimmed(text.substr(0, arrow));
  std::string_view target = trimmed(text.substr(arrow + kArrow.size()));
  const std::optional<int> ordinal = take_ordinal(target);
  if (!ordinal || !is_name(source) || !is_name(target)) return {};
  return ProjectionName{std::string(source), std::string(target), *ordinal};
}

std::string to_text(const ProjectionName& name) {
  const std::string text = name.source + " -> " + name.target;
  return name.ordinal == 1 ? text : text + " (" + std::to_string(name.ordinal) + ")";
}

std::string tidy_name(const std::string& name) {
  const std::string owner = owner_of(name);
  const std::optional<ProjectionName> projection = read_projection_name(owner);
  return projection ? to_text(*projection) + name.substr(owner.size()) : name;
}

std::optional<std::vector<std::string>> read_term(std::string_view text) {
  std::vector<std::string> factors;
  for (bool is_last = false; !is_last;) {
    const std::size_t star = text.find('*');
    is_last = star == std::string_view::npos;
    const std::string_view factor = trimmed(text.substr(0, star));
    const std::size_t dot = factor.find('.');
    if (!is_name(factor.substr(0, dot)) || dot == factor.size() - 1) return {};
    factors.emplace_back(factor);
    if (!is_last) text.remove_prefix(star + 1);
  }
  return factors;
}

std::string owner_of(const std::string& parameter) {
  return parameter.substr(0, parameter.find('.'));
}

std::string yaml_text(const std::string& text) {
  static constexpr std::array<std::string_view, 6> kNulls{"null", "Null", "NULL", "~", "", "<<"};
  const bool is_null = std::ranges::find(kNulls, text) != kNulls.end();
  const bool starts_plainly = !text.empty() && is_word_character(text.front());
  // ':' and '#' are plain but next to a space; commas and brackets end a text inside {} and [].
  const bool is_plain = std::ranges::all_of(text, [](char c) {
    return is_word_character(c) ||
           std::string_view(" -+>().;/%=").find(c) != std::string_view::npos;
  });
  if (!is_null && starts_plainly && is_plain && !text.ends_with(' ')) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace insula::architecture::detail
