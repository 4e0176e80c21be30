// SPDX-License-Identifier: Apache-2.0
// Trials, observed and predicted: what stands around the figures, and the curves as tables.
#include <fmt/format.h>

#include <algorithm>

#include "framework/base/text.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

using Names = std::vector<std::string>;

void add_new(const std::string& name, Names& names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

bool is_curve(const CheckRow& row) {
  return row.check != "distribution" && row.check != "density" && row.check != kEventLocked;
}

bool any_of_check(const Results& results, const std::string& observation, const char* check) {
  return std::any_of(results.checks.begin(), results.checks.end(), [&](const CheckRow& row) {
    return row.observation == observation && row.check == check;
  });
}

// Of a curve: "0.2 to 0.4", "1" where a bin is one level.
std::string bin_text(const CheckRow& row) {
  return row.low == row.high ? people(row.low) : people(row.low) + " to " + people(row.high);
}

std::string check_text(const CheckRow& row) {
  if (row.check == "psychometric") return "share of " + row.response;
  if (row.check == "mean") return "mean";
  return "median time" + (row.response.empty() ? "" : ", " + row.response);
}

Html curve_table(const Results& results, const std::string& observation) {
  Table table;
  table.header = {"model", "what", "term", "bin", "trials", "observed", "predicted", "unit"};
  table.numeric = {false, false, false, true, true, true, true, false};
  for (const CheckRow& row : results.checks) {
    if (row.observation != observation || !is_curve(row)) continue;
    table.rows.push_back({model_label(results, row.model),
                          text(check_text(row)),
                          text(row.term),
                          text(bin_text(row)),
                          text(fixed(row.n, 0)),
                          text(with_interval(row.observed, row.observed_low, row.observed_high)),
                          text(with_interval(row.predicted, row.predicted_low, row.predicted_high)),
                          text(row.unit == "1" ? "" : row.unit)});
  }
  return table.rows.empty() ? Html() : fold("Curves as a table", to_html(table));
}

// By which fits the models of one observation predict it.
std::string origin(const Results& results, const std::string& observation) {
  Names held_out, fitted;
  for (const CheckRow& row : results.checks) {
    if (row.observation == observation && row.check != kEventLocked)
      add_new(row.model, row.trials == "held_out" ? held_out : fitted);
  }
  const std::string unseen = "Every trial is predicted by the fit of the fold that did not see it.";
  const std::string seen = "The fit to all data predicts the trials that it was fitted to.";
  if (fitted.empty()) return unseen;
  if (held_out.empty()) return seen;
  return unseen + " But for " + insula::in_words(fitted) +
         ", of which not every fold was fitted: there the fit to all data predicts the trials that "
         "it was fitted to.";
}

std::string what_is_drawn(const Results& results, const std::string& observation) {
  std::string words;
  const bool chosen = any_of_check(results, observation, "psychometric");
  const bool timed = any_of_check(results, observation, "chronometric");
  const bool valued = any_of_check(results, observation, "mean");
  if (chosen || timed || valued)
    words +=
        "Curves: trials in bins of equal counts of each term of the main predictor, or one for "
        "each "
        "of its levels. ";
  if (chosen)
    words +=
        "Psychometric: share of the second response, or of each of several, dots observed, with "
        "Wilson's intervals. ";
  if (timed)
    words +=
        "Chronometric: median response time, of each response where a bin has at least 5 such "
        "trials, with intervals from order statistics. ";
  if (valued) words += "Mean of the value, dots observed, with Student's intervals. ";
  if (any_of_check(results, observation, "distribution"))
    words +=
        "Response times: grey, observed in bins after Freedman and Diaconis; lines, the models' "
        "densities averaged over trials. The areas of all responses together are 1. ";
  return words;
}

}  // namespace

Html trial_figures(const Results& results) {
  Names observations;
  for (const CheckRow& row : results.checks)
    if (row.check != kEventLocked) add_new(row.observation, observations);
  Html out;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const std::string& name = observations[i];
    out += element("h3", name);
    out += element("figure",
                   {{"data-figure", fmt::format("trials-{}", i)}},
                   trusted("<div class=\"controls\"></div><div class=\"plot\"></div>\n") +
                       element("figcaption",
                               text(what_is_drawn(results, name) + origin(results, name)) +
                                   trusted(" <span class=\"note\"></span>")));
    out += curve_table(results, name);
  }
  return out;
}

}  // namespace insula::report
