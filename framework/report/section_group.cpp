// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

// One way of comparing, and its columns of the comparison.
struct GroupColumns {
  const char* of;
  const char* title;
  double ComparisonRow::*expected;
  double ComparisonRow::*exceedance;
  double ComparisonRow::*protected_exceedance;
};

constexpr GroupColumns kGroupColumns[] = {{"log_evidence",
                                           "by log evidence",
                                           &ComparisonRow::expected_frequency,
                                           &ComparisonRow::exceedance,
                                           &ComparisonRow::protected_exceedance},
                                          {"log_density",
                                           "by held-out log density",
                                           &ComparisonRow::cv_expected_frequency,
                                           &ComparisonRow::cv_exceedance,
                                           &ComparisonRow::cv_protected_exceedance}};

}  // namespace

namespace {

Html family_rows(const Results& results) {
  Table table;
  table.header = {"division", "family", "by", "frequency", "probability"};
  table.numeric = {false, false, false, true, true};
  for (const GroupRow& row : results.group)
    if (row.quantity == "family_frequency" || row.quantity == "family_probability")
      table.rows.push_back(
          {text(row.division),
           text(row.name),
           text(row.effect == "log_evidence" ? "log evidence" : "held-out log density"),
           text(fixed(row.value, 2)),
           text(probability(row.probability))});
  table.caption =
      "Families of hypotheses, equally likely beforehand whatever their sizes (Penny 2010): "
      "expected share "
      "of the population with the protected probability of being the most frequent; of one "
      "subject, or of "
      "subjects that were fitted together, the probability.";
  return table.rows.empty() ? Html() : to_html(table);
}

}  // namespace

Html group_table(const Results& results) {
  const Html families = family_rows(results);
  if (results.group_comparison.empty()) return families;
  Table table;
  table.header = {"hypothesis"};
  std::string risks;
  for (const GroupComparison& group : results.group_comparison)
    for (const GroupColumns& columns : kGroupColumns) {
      if (group.of != columns.of) continue;
      const std::string by = columns.title;
      table.header.push_back("frequency, " + by);
      table.header.insert(table.header.end(), {"exceedance", "protected"});
      risks +=
          fmt::format("{}{} {}", risks.empty() ? "" : ", ", probability(group.omnibus_risk), by);
    }
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const ComparisonRow& row : results.comparison) {
    if (row.kind != "hypothesis") continue;
    std::vector<Html> cells{model_label(results, row.model)};
    for (const GroupComparison& group : results.group_comparison)
      for (const GroupColumns& columns : kGroupColumns) {
        if (group.of != columns.of) continue;
        cells.push_back(text(fixed(row.*columns.expected, 2)));
        cells.push_back(text(probability(row.*columns.exceedance)));
        cells.push_back(text(probability(row.*columns.protected_exceedance)));
      }
    table.rows.push_back(cells);
  }
  table.caption = fmt::format(
      "Random effects over {}, each of whom may follow another hypothesis: expected share of the "
      "population, probability of being the most frequent (Stephan 2009), and the same allowing "
      "for frequencies that do not differ (Rigoux 2014). Probability that they do not: {}.",
      counted(static_cast<std::size_t>(results.group_comparison.front().subjects), "subject"),
      risks);
  return to_html(table) + families;
}

}  // namespace insula::report
