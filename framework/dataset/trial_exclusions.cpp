// SPDX-License-Identifier: Apache-2.0
// Rules that exclude trials, each with its reason.
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/trials.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;

constexpr std::array kConditions = {"below", "above", "equals", "missing"};

// The file's column that a rule reads, in the unit that the table gives it.
std::optional<UnitColumn> column_of_rule(const Node& node,
                                         const std::vector<UnitColumn>& columns,
                                         const TableReading& reading) {
  if (node.is_missing()) return std::nullopt;
  const auto column = find_column(node, *reading.file, reading.mistakes);
  if (!column) return std::nullopt;
  const auto known = std::ranges::find_if(
      columns, [&](const UnitColumn& c) { return c.file == reading.file && c.column == *column; });
  return known != columns.end() ? *known : UnitColumn{reading.file, *column};
}

// The one condition of a rule; "" with a mistake if there is not exactly one.
std::string condition_of(Reader& r) {
  std::vector<std::string> given;
  for (const char* condition : kConditions) {
    if (r.has(condition)) given.emplace_back(condition);
  }
  if (given.size() == 1) return given.front();
  if (r.node().is_map()) {
    r.mistake(given.empty() ? "column" : given[1],
              r.what() + " needs exactly one of 'below', 'above', 'equals' and 'missing', got " +
                  (given.empty() ? "none" : in_words(given)),
              given.empty() ? "" : "write a rule for each condition");
  }
  return "";
}

using Matches = std::vector<bool>;

Matches beyond(const Node& node,
               bool is_below,
               const UnitColumn& column,
               Reader& r,
               const TableReading& reading) {
  const std::vector<double> values = numbers_in(column, reading.sources);
  const auto limit =
      config::read_quantity(node,
                            std::string(is_below ? "'below'" : "'above'") + " of " + r.what(),
                            column.dimension,
                            config::any_number,
                            reading.mistakes);
  Matches matches(values.size(), false);
  for (std::size_t row = 0; limit && row < values.size(); ++row) {
    matches[row] = is_below ? values[row] < *limit : values[row] > *limit;
  }
  return matches;
}

// Text is compared as text, numbers as numbers, and what has a unit as a quantity.
Matches equal_to(const Node& node,
                 const UnitColumn& column,
                 Reader& r,
                 const TableReading& reading) {
  const Columns& file = *column.file;
  Matches matches(file.rows(), false);
  if (!node.is_scalar()) {
    reading.mistakes.add(node.place(),
                         "'equals' of " + r.what() +
                             " must be a text, a number or a list of them, "
                             "got " +
                             config::found(node));
    return matches;
  }
  if (column.dimension != Dimension::none) {
    const auto wanted = config::read_quantity(
        node, "'equals' of " + r.what(), column.dimension, config::any_number, reading.mistakes);
    const std::vector<double> values = numbers_in(column, reading.sources);
    for (std::size_t row = 0; wanted && row < values.size(); ++row) {
      matches[row] = values[row] == *wanted;
    }
    return matches;
  }
  const std::optional<double> number = parse_number(node.scalar());
  for (std::size_t row = 0; row < matches.size(); ++row) {
    const std::string text = file.text(row, column.column);
    matches[row] = text == node.scalar() || (number && parse_number(text) == number);
  }
  return matches;
}

Matches missing_in(const UnitColumn& column) {
  Matches matches(column.file->rows(), false);
  for (std::size_t row = 0; row < matches.size(); ++row) {
    matches[row] = is_missing(column.file->text(row, column.column));
  }
  return matches;
}

Matches matches_of(const std::string& condition,
                   const UnitColumn& column,
                   Reader& r,
                   const TableReading& reading) {
  const Node node = r.node()[condition];
  if (condition == "missing") {
    const auto asked = r.optional_boolean("missing");
    if (asked == false) {
      r.mistake("missing", "'missing' of " + r.what() + " can only be true, or left out");
    }
    return missing_in(column);
  }
  if (condition != "equals") return beyond(node, condition == "below", column, r, reading);
  if (!node.is_list()) return equal_to(node, column, r, reading);
  Matches any(column.file->rows(), false);
  for (const Node& item : node.items()) {
    const Matches one = equal_to(item, column, r, reading);
    for (std::size_t row = 0; row < any.size(); ++row) any[row] = any[row] || one[row];
  }
  return any;
}

int index_of_reason(const std::string& reason, Trials& trials) {
  const auto it = std::ranges::find(trials.reasons, reason);
  if (it != trials.reasons.end()) return static_cast<int>(it - trials.reasons.begin());
  trials.reasons.push_back(reason);
  return static_cast<int>(trials.reasons.size()) - 1;
}

void read_rule(const Node& node,
               const std::vector<UnitColumn>& columns,
               Trials& trials,
               const TableReading& reading) {
  Reader r(node, "an exclusion rule of " + reading.what, reading.mistakes);
  r.text("column");
  for (const char* condition : kConditions) r.any(condition);
  const std::string reason = r.text("reason").value_or("");
  r.finish();
  const std::string condition = condition_of(r);
  const auto column = column_of_rule(node["column"], columns, reading);
  if (r.has("reason") && !is_good_name(reason)) {
    r.mistake("reason", r.what() + " cannot have the reason '" + reason + "'", kGoodName);
    return;
  }
  if (condition.empty() || !column || reason.empty()) return;
  const Matches matches = matches_of(condition, *column, r, reading);
  const int index = index_of_reason(reason, trials);
  for (std::size_t row = 0; row < matches.size(); ++row) {
    if (matches[row] && trials.is_in_use(row)) trials.exclusion[row] = index;
  }
}

}  // namespace

void read_exclusions(const Node& node,
                     const std::vector<UnitColumn>& columns,
                     Trials& trials,
                     const TableReading& reading) {
  trials.exclusion.assign(reading.file->rows(), kInUse);
  for (const Node& rule : node.items()) read_rule(rule, columns, trials, reading);
}

}  // namespace insula::dataset::detail
