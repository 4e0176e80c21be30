// SPDX-License-Identifier: Apache-2.0
// What fitted hypotheses predict of changed networks: sentences and a table.
#include <algorithm>
#include <cmath>

#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostRows = 200;  // of the table; the file has them all

std::string bounds_of(const InterventionRow& row) {
  if (!std::isfinite(row.low)) return "";
  return "[" + people(row.low) + ", " + people(row.high) + "]";
}

// The four numbers of one channel stand one after the other.
std::vector<Html> channel_cells(const InterventionRow* rows) {
  std::vector<Html> cells{text(rows[0].channel), text(rows[0].observation)};
  const std::string unit = rows[0].unit == "1" ? "" : " " + rows[0].unit;
  for (int q = 0; q < 4; ++q)
    cells.push_back(
        two_lines(text(people(rows[q].value) + (q < 2 ? unit : "")), bounds_of(rows[q])));
  return cells;
}

Html change_table(const Results& results) {
  Table table;
  table.caption =
      "Medians and 95 % intervals over draws from the posterior of the fit to all data, over all "
      "runs. Mean before: of the prediction as fitted. Change: of the mean. Size: root mean square "
      "of the change, over the standard deviation before. Left: the share of the response, for "
      "whatever reason it varies, that is still there.";
  table.header = {"channel", "recording", "mean before", "change", "size", "left"};
  table.numeric = {false, false, true, true, true, true};
  const bool are_several = std::ranges::any_of(results.interventions, [](const InterventionRow& r) {
    return r.subject == "all" && !r.quantity.empty();
  });
  const std::vector<InterventionRow>& rows = results.interventions;
  std::string heading;
  for (std::size_t i = 0; i < rows.size() && table.rows.size() < kMostRows; ++i) {
    const InterventionRow& row = rows[i];
    const bool is_row =
        row.run == "all" && (!are_several || row.subject == "all" || row.quantity.empty());
    if (!is_row || (!row.quantity.empty() && row.quantity != "mean_intact")) continue;
    const std::string title = row.intervention + "|" + row.model;
    if (title != heading)
      table.rows.push_back(
          {model_label(results, row.model) +
           text(": " + row.intervention + (row.note.empty() ? "" : " – " + row.note))});
    heading = title;
    if (!row.quantity.empty()) table.rows.push_back(channel_cells(&row));
  }
  return to_html(table);
}

}  // namespace

Html intervention_tables(const Results& results) {
  Html all;
  if (results.interventions.empty()) return all;
  Html sentences;
  for (const InterventionSentence& one : results.intervention_sentences)
    sentences += element("li", text(one.sentence));
  all += element("ul", {{"class", "verdicts"}}, sentences);
  all += fold("Predicted changes as a table", change_table(results));
  return all;
}

}  // namespace insula::report
