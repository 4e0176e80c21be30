// SPDX-License-Identifier: Apache-2.0
// Columns of numbers beside the trials, and their units.
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/trials.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

// Names that a table's own arrays have.
constexpr std::array kOwnNames = {"onset", "duration", "response", "response_time"};

// A unit that is known makes the column SI; another one, such as "deg", is kept as it is.
void read_unit(const Node& node,
               const std::string& what,
               bool is_time,
               UnitColumn& column,
               Mistakes& mistakes) {
  if (is_time) column = {column.file, column.column, Dimension::time, "s"};
  if (!node.is_scalar()) return;
  const std::optional<Dimension> dimension = dimension_of(node.scalar());
  if (is_time && dimension != Dimension::time) {
    mistakes.add(node.place(),
                 "'unit' of " + what + " must be a unit of time, got '" + node.scalar() + "'",
                 "the units of a time are " + in_words(units_of(Dimension::time)));
    return;
  }
  column.unit = node.scalar();
  column.dimension = dimension.value_or(Dimension::none);
}

// Whatever file a column is in, it has a row for each trial.
bool has_all_rows(const Columns& file,
                  const Node& node,
                  const std::string& what,
                  const TableReading& reading) {
  if (file.rows() == reading.file->rows()) return true;
  reading.mistakes.add(node.place(),
                       what + " has " + std::to_string(file.rows()) + " rows, the table has " +
                           std::to_string(reading.file->rows()) + " trials");
  return false;
}

void add_column(const std::string& name,
                const Place& place,
                const Node& node,
                TakenNames& taken,
                const TableReading& reading,
                std::vector<NamedColumn>& columns) {
  const auto column =
      read_unit_column(node, "column '" + name + "' of " + reading.what, false, reading);
  if (take_name(name, place, taken, reading) && column) columns.push_back({name, place, *column});
}

}  // namespace

bool take_name(const std::string& name,
               const Place& place,
               TakenNames& taken,
               const TableReading& reading) {
  if (!is_good_name(name)) {
    reading.mistakes.add(
        place, reading.what + " cannot have a column named '" + name + "'", kGoodName);
  } else if (std::ranges::find(kOwnNames, name) != kOwnNames.end()) {
    reading.mistakes.add(
        place,
        reading.what + " cannot have a column named '" + name + "': that is a key of the table",
        "give it another name: {name: column}");
  } else if (!taken.insert(name).second) {
    reading.mistakes.add(place, reading.what + " names '" + name + "' twice");
  } else {
    return true;
  }
  return false;
}

std::optional<UnitColumn> read_unit_column(const Node& node,
                                           const std::string& what,
                                           bool is_time,
                                           const TableReading& reading) {
  UnitColumn result{reading.file};
  Node name = node, unit;
  if (node.is_map()) {
    Reader r(node, what, reading.mistakes);
    r.text("column");
    name = node["column"];
    r.optional_text("unit");
    unit = node["unit"];
    if (r.has("file")) {
      result.file = reading.sources.open(r, "file");
    } else {
      r.any("file");
      r.any("format");
      r.any("header");
      r.any("rows");
    }
    r.finish();
    if (name.is_missing() || !result.file) return std::nullopt;
    if (!has_all_rows(*result.file, node["file"], what, reading)) return std::nullopt;
  }
  const auto column = find_column(name, *result.file, reading.mistakes);
  if (!column) return std::nullopt;
  result.column = *column;
  read_unit(unit, what, is_time, result, reading.mistakes);
  return result;
}

std::vector<double> numbers_in(const UnitColumn& column, Sources& sources) {
  std::vector<double> values = sources.numbers(*column.file, column.column);
  if (column.dimension == Dimension::none || column.unit == unit_name(column.dimension)) {
    return values;
  }
  for (double& value : values) {
    // Through the text, so that 1298.4 ms is the very double that 1.2984 s is.
    const auto converted = parse_quantity(number_text(value) + " " + column.unit);
    if (converted) value = converted->value;
  }
  return values;
}

std::vector<NamedColumn> read_trial_columns(const Node& node,
                                            TakenNames& taken,
                                            const TableReading& reading) {
  std::vector<NamedColumn> columns;
  if (node.is_map()) {
    for (const Entry& entry : node.entries()) {
      add_column(entry.key, entry.key_place, entry.value, taken, reading, columns);
    }
  } else if (!node.is_missing()) {
    for (const Chosen& chosen :
         choose_columns(node, *reading.file, reading.what, {}, reading.mistakes)) {
      if (!take_name(chosen.name, chosen.place, taken, reading)) continue;
      columns.push_back({chosen.name, chosen.place, {reading.file, chosen.column}});
    }
  }
  return columns;
}

}  // namespace insula::dataset::detail
