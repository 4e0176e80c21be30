// SPDX-License-Identifier: Apache-2.0
// Scores on sets of the dataset that trained no model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

// "set loud" of fold and modality, in order of appearance.
std::vector<std::pair<std::string, std::string>> sets_of(const Results& results) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const ScoreRow& row : results.scores) {
    const std::pair one(row.fold, row.modality);
    if (is_of_a_set(row.fold) && std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
  return all;
}

// Over subjects the mean; intervals add up in squares.
Html score_on_set(const Results& results,
                  const std::string& model,
                  const std::pair<std::string, std::string>& set,
                  const std::string& metric) {
  bool has_mean = false;
  for (const ScoreRow& row : results.scores)
    has_mean |= row.fold == set.first && row.modality == set.second && row.channel == "mean";
  double sum = 0, ceiling = 0, below = 0, above = 0, n = 0;
  for (const ScoreRow& row : results.scores) {
    if (row.model != model || row.fold != set.first || row.modality != set.second ||
        row.metric != metric || row.corruption != "none" || (row.channel == "mean") != has_mean)
      continue;
    sum += row.value, ceiling += row.ceiling, ++n;
    below += (row.value - row.low) * (row.value - row.low);
    above += (row.high - row.value) * (row.high - row.value);
  }
  if (n == 0) return text("–");
  const double mean = sum / n;
  return two_lines(
      text(with_interval(mean, mean - std::sqrt(below) / n, mean + std::sqrt(above) / n)),
      std::isfinite(ceiling) ? "ceiling " + fixed(ceiling / n, 2) : "");
}

}  // namespace

bool is_of_a_set(const std::string& fold) { return fold.starts_with("set "); }

Html set_section(const Results& results) {
  Html out;
  for (const Verdict& verdict : results.verdicts)
    if (is_of_a_set(verdict.channel)) out += element("p", verdict.sentence);
  for (const auto& set : sets_of(results)) {
    Table table;
    table.header = {"model", "r", "R²", "log density"};
    table.numeric = {false, true, true, true};
    table.caption =
        fmt::format("The {}, {}: mean over channels and subjects.", set.first, set.second);
    for (const ModelSummary& model : results.models) {
      if (model.kind == "ablation") continue;
      table.rows.push_back({model_label(results, model.name),
                            score_on_set(results, model.name, set, "r"),
                            score_on_set(results, model.name, set, "r2"),
                            score_on_set(results, model.name, set, "log_density")});
    }
    out += to_html(table);
  }
  return out;
}

}  // namespace insula::report
