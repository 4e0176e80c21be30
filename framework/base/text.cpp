// SPDX-License-Identifier: Apache-2.0
#include "framework/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace insula {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, no part
// being edited twice (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1), back(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_back.swap(back);
    back.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = back[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({substituted, back[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
  }
  return row[b.size()];
}

template <class... Format>
std::string digits_of(double value, Format... format) {
  if (std::isnan(value)) return "n/a";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return {buffer.data(), end.ptr};
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  const std::string wanted = lower(name);
  std::size_t allowed = std::max<std::size_t>(1, name.size() / 3);
  std::string nearest;
  bool found = false;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance > allowed || (found && distance == allowed)) continue;
    nearest = candidate;
    allowed = distance;
    found = true;
  }
  return nearest;
}

std::string name_hint(std::string_view name,
                      std::span<const std::string> candidates,
                      std::string_view has) {
  const std::string nearest = nearest_name(name, candidates);
  std::string hint = nearest.empty() ? "" : "did you mean '" + nearest + "'? ";
  hint.append(has);
  return hint + (candidates.empty() ? " nothing" : ": " + join(candidates, ", "));
}

std::string in_words(std::span<const std::string> items) {
  if (items.empty()) return "";
  if (items.size() == 1) return items.front();
  return join(items.first(items.size() - 1), ", ") + " and " + items.back();
}

std::string join(std::span<const std::string> items, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text.append(separator);
    text.append(items[i]);
  }
  return text;
}

std::string number_text(double value) { return digits_of(value); }

std::string short_number(double value, int digits) {
  return digits_of(value, std::chars_format::general, std::clamp(digits, 1, 17));
}

}  // namespace insula
