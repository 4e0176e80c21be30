// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostCandidates = 12;

using GroupRows = std::vector<const GroupRow*>;

GroupRows group_rows_of(const Results& results,
                        const std::string& model,
                        const std::string& quantity) {
  GroupRows rows;
  for (const GroupRow& row : results.group)
    if (row.model == model && row.quantity == quantity) rows.push_back(&row);
  return rows;
}

std::vector<std::string> in_group_order(const GroupRows& rows, std::string GroupRow::*column) {
  std::vector<std::string> all;
  for (const GroupRow* row : rows)
    if (std::ranges::find(all, row->*column) == all.end()) all.push_back(row->*column);
  return all;
}

std::string group_interval_of(const GroupRow& row) {
  return fmt::format("[{}, {}]", fixed(row.low, 2), fixed(row.high, 2));
}

// Parameters down, mean and covariates across; averages over reduced models below.
Html group_effect_table(const Results& results, const std::string& model) {
  const GroupRows full = group_rows_of(results, model, "effect"),
                  average = group_rows_of(results, model, "average");
  const GroupRows spread = group_rows_of(results, model, "spread");
  Table table;
  table.header = {"parameter"};
  for (const std::string& effect : in_group_order(full, &GroupRow::effect)) {
    table.header.push_back(effect);
    table.header.push_back("P(not 0)");
  }
  table.header.push_back("sd between subjects");
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  const std::vector<std::string> parameters = in_group_order(full, &GroupRow::parameter);
  for (std::size_t h = 0; h < parameters.size(); ++h) {
    std::vector<Html> cells{text(parameters[h])};
    for (std::size_t i = h; i < full.size(); i += parameters.size()) {
      cells.push_back(two_lines(text(fixed(full[i]->value, 2)), group_interval_of(*full[i])));
      cells.push_back(text(probability(average[i]->probability)));
    }
    cells.push_back(two_lines(text(fixed(spread[h]->value, 2)), group_interval_of(*spread[h])));
    table.rows.push_back(std::move(cells));
  }
  std::string units;
  for (const GroupRow* row : full)
    if (!row->unit.empty() && units.find(row->unit) == std::string::npos)
      units += (units.empty() ? " Effects are " : "; ") + row->unit;
  table.caption = fmt::format(
      "{}: mean over subjects and effects of covariates with 95 % intervals, and the probability "
      "that each is not 0 among all models in which some are.{}",
      model,
      units.empty() ? "" : units + ".");
  return to_html(table);
}

Html group_candidate_table(const Results& results, const std::string& model) {
  GroupRows rows = group_rows_of(results, model, "candidates");
  if (rows.empty()) return {};
  std::ranges::stable_sort(
      rows, std::greater(), [](const GroupRow* row) { return row->probability; });
  const bool is_pair = !rows[0]->other.empty();
  Table table;
  table.header = {"model of the mean"};
  table.numeric = {false};
  if (is_pair) {
    table.header.push_back("model of " + rows[0]->effect);
    table.numeric.push_back(false);
  }
  table.header.insert(table.header.end(), {"Δ log evidence", "probability"});
  table.numeric.insert(table.numeric.end(), {true, true});
  table.caption = fmt::format("{}: the most probable of {} candidate models.", model, rows.size());
  for (std::size_t i = 0; i < std::min(kMostCandidates, rows.size()); ++i) {
    std::vector<Html> cells{text(rows[i]->name)};
    if (is_pair) cells.push_back(text(rows[i]->other));
    cells.push_back(text(fixed(rows[i]->value - rows[0]->value, 1)));
    cells.push_back(text(probability(rows[i]->probability)));
    table.rows.push_back(std::move(cells));
  }
  return to_html(table);
}

Html group_family_table(const Results& results, const std::string& model) {
  const GroupRows rows = group_rows_of(results, model, "family");
  if (rows.empty()) return {};
  Table table;
  table.header = {"division", "of", "family", "probability"};
  table.numeric = {false, false, false, true};
  table.caption = model + ": families of candidates, equally likely beforehand.";
  for (const GroupRow* row : rows)
    table.rows.push_back({text(row->division),
                          text(row->effect),
                          text(row->name),
                          text(probability(row->probability))});
  return to_html(table);
}

Html group_prediction_text(const Results& results, const std::string& model) {
  Html all;
  for (const GroupRow* row : group_rows_of(results, model, "correlation"))
    all += element("p",
                   text(fmt::format("{}: {} of each subject predicted from its own parameters "
                                    "and the group of all others: r = {} {}, one-sided p = {}.",
                                    model,
                                    row->effect,
                                    fixed(row->value, 2),
                                    group_interval_of(*row),
                                    fixed(row->probability, 4))));
  return all;
}

}  // namespace

Html group_effects(const Results& results) {
  Html all;
  std::vector<std::string> models;
  for (const GroupRow& row : results.group)
    if (!row.model.empty() && std::ranges::find(models, row.model) == models.end())
      models.push_back(row.model);
  for (const std::string& model : models)
    all = all + group_effect_table(results, model) + group_candidate_table(results, model) +
          group_family_table(results, model) + group_prediction_text(results, model);
  return all;
}

}  // namespace insula::report
