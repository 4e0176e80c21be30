// SPDX-License-Identifier: Apache-2.0
#include "framework/command/nwb_levels.h"

#include <cmath>

#include "framework/base/text.h"
#include "framework/command/manifest_words.h"

namespace insula::command {
namespace {

using dataset::NwbColumn;

constexpr std::size_t kMostLevels = 8;

bool is_known(const NwbColumn& column, std::size_t row) {
  return column.is_text ? !one_line(column.texts[row]).empty() : !std::isnan(column.numbers[row]);
}

}  // namespace

std::string cell_of(const NwbColumn& column, std::size_t row) {
  if (!column.is_text) return number_text(column.numbers[row]);
  const std::string text = one_line(column.texts[row]);
  if (text.empty()) return "n/a";
  if (text.find('"') == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void Levels::add(const NwbColumn& column) {
  const std::size_t rows = column.is_text ? column.texts.size() : column.numbers.size();
  for (std::size_t row = 0; row < rows && words_.size() + numbers_.size() <= kMostLevels; ++row) {
    if (!is_known(column, row))
      has_missing_ = true;
    else if (column.is_text)
      words_.insert(one_line(column.texts[row]));
    else
      numbers_.insert(column.numbers[row]);
  }
}

bool Levels::are_few() const {
  const std::size_t count = words_.size() + numbers_.size();
  return count >= 2 && count <= kMostLevels;
}

std::vector<std::string> Levels::texts() const {
  std::vector<std::string> texts;
  for (const double number : numbers_) texts.push_back(number_text(number));
  texts.insert(texts.end(), words_.begin(), words_.end());
  return texts;
}

}  // namespace insula::command
