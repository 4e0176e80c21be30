// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/base/text.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostShifts = 8;

std::vector<std::string> in_order(const Results& results, std::string StressRow::*column) {
  std::vector<std::string> all;
  for (const StressRow& row : results.stress)
    if (std::ranges::find(all, row.*column) == all.end()) all.push_back(row.*column);
  return all;
}

std::string bounds(const StressRow& row) {
  return std::isfinite(row.low) ? fmt::format("[{}, {}]", fixed(row.low, 2), fixed(row.high, 2))
                                : "";
}

// Models down, corruptions across.
Html areas(const Results& results, const std::string& metric, const std::string& title) {
  Table table;
  table.caption = title +
                  ", mean over the strengths of each corruption, the clean result included: areas "
                  "under the curves above, with 95 % intervals.";
  table.header = {"model"};
  const std::vector<std::string> corruptions = in_order(results, &StressRow::corruption);
  table.header.insert(table.header.end(), corruptions.begin(), corruptions.end());
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const ModelSummary& model : results.models) {
    std::vector<Html> cells{model_label(results, model.name)};
    bool is_known = false;
    for (const std::string& corruption : corruptions) {
      const auto row = std::ranges::find_if(results.stress, [&](const StressRow& r) {
        return r.quantity == "area" && r.name == metric && r.model == model.name &&
               r.corruption == corruption;
      });
      const bool here = row != results.stress.end();
      is_known |= here;
      cells.push_back(here ? two_lines(text(fixed(row->value, 2)), bounds(*row)) : text("–"));
    }
    if (is_known) table.rows.push_back(std::move(cells));
  }
  return table.rows.empty() ? Html() : to_html(table);
}

Html rankings(const Results& results, const std::string& metric) {
  Table table;
  table.caption =
      "Does the ranking of hypotheses hold? Kendall's τ between held-out scores after clean and "
      "after corrupted training: 1 as before, −1 turned around; 95 % interval over draws of "
      "blocks.";
  table.header = {"corruption", "strength", "τ"};
  table.numeric = {false, true, true};
  for (const StressRow& row : results.stress)
    if (row.quantity == "kendall_tau" && row.name == metric)
      table.rows.push_back({text(row.corruption),
                            text(short_number(row.strength)),
                            two_lines(text(fixed(row.value, 2)), bounds(row))});
  return table.rows.empty() ? Html() : to_html(table);
}

// Those that moved most at the strongest strength.
Html shifts(const Results& results, const std::string& corruption) {
  double strongest = 0;
  std::vector<const StressRow*> rows;
  for (const StressRow& row : results.stress)
    if (row.quantity == "parameter_shift" && row.corruption == corruption)
      strongest = std::max(strongest, row.strength);
  for (const StressRow& row : results.stress)
    if (row.quantity == "parameter_shift" && row.corruption == corruption &&
        row.strength == strongest && std::isfinite(row.value))
      rows.push_back(&row);
  std::ranges::stable_sort(
      rows, std::greater(), [](const StressRow* row) { return std::abs(row->value); });
  rows.resize(std::min(rows.size(), kMostShifts));
  if (rows.empty()) return {};
  Table table;
  table.caption = fmt::format(
      "Where {} went at strength {}: the parameters that moved most, in posterior standard "
      "deviations of the clean fit to all data.",
      corruption,
      short_number(strongest));
  table.header = {"hypothesis", "subject", "parameter", "shift"};
  table.numeric = {false, false, false, true};
  for (const StressRow* row : rows)
    table.rows.push_back({model_label(results, row->model),
                          text(row->subject),
                          text(row->name),
                          text(fixed(row->value, 1))});
  return to_html(table);
}

}  // namespace

Html stress_tables(const Results& results) {
  Html all;
  if (results.stress.empty()) return all;
  const bool has_series = std::ranges::any_of(
      results.stress, [](const StressRow& r) { return r.quantity == "area" && r.name == "r"; });
  const std::string metric = has_series ? "r" : "log_density";
  all += areas(results, metric, has_series ? "Correlation" : "Log density");
  all += rankings(results, metric);
  for (const std::string& corruption : in_order(results, &StressRow::corruption))
    all += shifts(results, corruption);
  return all;
}

}  // namespace insula::report
