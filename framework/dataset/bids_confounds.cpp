// SPDX-License-Identifier: Apache-2.0
// Named strategies of confounds, in the columns of fMRIPrep.
//
//   motion6    the six parameters of the realignment
//   motion12   and their differences to the sample before
//   motion24   and the squares of these twelve
//   wm_csf     the means of white matter and of cerebrospinal fluid; wm_csf8 with differences and
//              squares
//   gsr        the mean of the brain, the global signal; gsr4 with difference and squares
//   acompcor   the first five components of white matter and cerebrospinal fluid, and the cosines
//              that were taken out before they were found
//   highpass   these cosines
//
// Each also has the table's columns of single volumes that were not steady yet.
//
// source  Satterthwaite et al. 2013, NeuroImage 64:240 (24 parameters with differences, as in
//         fMRIPrep; Friston et al. 1996, Magn. Reson. Med. 35:346, take the sample before instead);
//         Behzadi et al. 2007, NeuroImage 37:90 (aCompCor)
#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"

namespace insula::dataset::detail {
namespace {

const std::vector<std::string> kStrategies = {
    "motion6", "motion12", "motion24", "wm_csf", "wm_csf8", "gsr", "gsr4", "acompcor", "highpass"};
const std::vector<std::string> kMotion = {
    "trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"};
constexpr const char* kDifference = "_derivative1";
constexpr const char* kSquare = "_power2";
constexpr int kComponents = 5;

std::vector<std::string> with_suffix(std::vector<std::string> names, const std::string& suffix) {
  for (std::string& name : names) name += suffix;
  return names;
}

using Names = std::vector<std::string>;

void append(Names& list, const Names& more) {
  for (const std::string& name : more)
    if (std::ranges::find(list, name) == list.end()) list.push_back(name);
}

// The columns, with differences and squares as far as asked.
Names expanded(const Names& base, bool differences, bool squares) {
  Names all = base;
  if (differences) append(all, with_suffix(base, kDifference));
  if (squares) append(all, with_suffix(Names(all), kSquare));
  return all;
}

Names starting_with(const std::string& prefix, const Table& table) {
  Names found;
  for (const std::string& name : table.names())
    if (name.starts_with(prefix)) found.push_back(name);
  std::ranges::sort(found);
  return found;
}

Names components_of(const Table& table) {
  Names components = starting_with("a_comp_cor_", table);
  if (components.size() > kComponents) components.resize(kComponents);
  if (components.empty()) components.emplace_back("a_comp_cor_00");  // which the table then lacks
  return components;
}

Names columns_of_strategy(const std::string& strategy, const Table& table) {
  const Names tissues{"white_matter", "csf"}, brain{"global_signal"};
  if (strategy == "motion6") return kMotion;
  if (strategy == "motion12") return expanded(kMotion, true, false);
  if (strategy == "motion24") return expanded(kMotion, true, true);
  if (strategy == "wm_csf") return tissues;
  if (strategy == "wm_csf8") return expanded(tissues, true, true);
  if (strategy == "gsr") return brain;
  if (strategy == "gsr4") return expanded(brain, true, true);
  return strategy == "acompcor" ? components_of(table) : Names{};
}

Names split(const std::string& text, char at) {
  Names parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::vector<double> numbers_of(const Table& table, std::size_t column) {
  std::vector<double> values;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::optional<double> value = table.number(row, column);
    if (!value)
      throw InputError(table.place(row, column),
                       "'" + table.text(row, column) + "' in column '" + table.names()[column] +
                           "' is not a finite number",
                       "",
                       ExitCode::data);
    values.push_back(*value);
  }
  return values;
}

// The column as the table has it, or computed from one that it has; nothing if neither is possible.
std::optional<std::vector<double>> values_of(const std::string& name, const Table& table) {
  if (const auto column = table.find(name)) return numbers_of(table, *column);
  for (const std::string suffix : {kSquare, kDifference}) {
    if (!name.ends_with(suffix)) continue;
    auto values = values_of(name.substr(0, name.size() - suffix.size()), table);
    if (!values) return std::nullopt;
    for (std::size_t row = values->size(); row-- > 0;) {
      double& value = (*values)[row];
      const double before = row > 0 ? (*values)[row - 1] : kNaN;
      value = suffix == kSquare ? value * value : value - before;
    }
    return values;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> confound_columns(const std::string& strategies, const Table& table) {
  Names columns, cosines;
  for (const std::string& strategy : split(strategies, '+')) {
    if (std::ranges::find(kStrategies, strategy) == kStrategies.end())
      throw InputError({},
                       "there is no strategy of confounds called '" + strategy + "'",
                       name_hint(strategy, kStrategies, "there are, to be joined by '+'"),
                       ExitCode::usage);
    append(columns, columns_of_strategy(strategy, table));
    if (strategy == "acompcor" || strategy == "highpass") cosines = starting_with("cosine", table);
  }
  // The image is not steady at first: a column for each such volume.
  append(columns, starting_with("non_steady_state_outlier", table));
  // Runs of other lengths have other numbers of cosines: these come last.
  append(columns, cosines);
  for (const std::string& column : columns) {
    if (values_of(column, table)) continue;
    const std::string nearest = nearest_name(column, table.names());
    refuse_bids(table.rows() > 0 ? table.place(0, 0).file : "",
                "the confounds have no column '" + column + "', which '" + strategies + "' needs",
                nearest.empty() ? "leave the strategy out, or compute the column"
                                : "the nearest that there is is '" + nearest + "'");
  }
  return columns;
}

bool lacks_any(const std::vector<std::string>& columns, const Table& table) {
  return std::ranges::any_of(columns,
                             [&](const std::string& column) { return !table.find(column); });
}

std::string computed_confounds(const std::vector<std::string>& columns, const Table& table) {
  std::vector<std::vector<double>> values;
  for (const std::string& column : columns)
    values.push_back(values_of(column, table).value_or(std::vector<double>(table.rows(), kNaN)));
  std::string text = join(columns, "\t") + "\n";
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (std::size_t c = 0; c < columns.size(); ++c)
      text += number_text(values[c][row]) + (c + 1 < columns.size() ? "\t" : "\n");
  return text;
}

}  // namespace insula::dataset::detail
