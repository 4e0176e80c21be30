// SPDX-License-Identifier: Apache-2.0
#include "framework/command/outcome_text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/command/table.h"
#include "framework/command/terminal.h"
#include "framework/report/doubts.h"
#include "framework/report/rdm_words.h"
#include "framework/report/recovery_words.h"

namespace insula::command {
namespace {

std::string interval(double value, double low, double high) {
  if (!std::isfinite(value)) return "-";
  if (!std::isfinite(low) || !std::isfinite(high)) return fixed(value, 2);
  return fixed(value, 2) + " [" + fixed(low, 2) + ", " + fixed(high, 2) + "]";
}

std::string over_ceiling(double normalised, double ceiling) {
  if (!std::isfinite(ceiling)) return "";
  return ", " + fixed(normalised, 2) + " of " + fixed(ceiling, 2);
}

// A model of which the numbers are to be read with care.
std::string marked(const report::Results& results, const std::string& model) {
  return report::doubts_of(results, model).empty() ? model : model + " †";
}

std::string marks_explained(const report::Results& results) {
  std::string text;
  for (const report::ComparisonRow& row : results.comparison)
    if (const std::string doubts = report::doubts_of(results, row.model); !doubts.empty())
      text += "† " + row.model + ": " + doubts + "\n";
  return text;
}

// Models by observations.
std::string table_by_observation(const report::Results& results) {
  std::vector<std::vector<std::string>> rows{{"model", "kind", "ΔF", "P"}};
  for (const report::ObservationRow& o : results.observations)
    if (o.model == results.observations.front().model)
      rows[0].push_back(o.observation + (o.metric == "r" ? " r [95 %]" : " log density"));
  for (const report::ComparisonRow& row : results.comparison) {
    rows.push_back({marked(results, row.model),
                    row.kind,
                    fixed(row.delta, 1),
                    fixed(row.posterior_probability, 2)});
    for (const report::ObservationRow& o : results.observations)
      if (o.model == row.model)
        rows.back().push_back(o.metric == "r" ? interval(o.value, o.low, o.high) +
                                                    over_ceiling(o.normalised, o.ceiling)
                                              : fixed(o.value, 3));
  }
  return table_text(rows);
}

std::string comparison_table(const report::Results& results) {
  if (!results.observations.empty()) return table_by_observation(results);
  std::vector<std::vector<std::string>> rows{
      {"model", "kind", "ΔF", "P", "held-out r [95 %]", "R² [95 %]", "log density"}};
  for (const report::ComparisonRow& row : results.comparison) {
    rows.push_back(
        {marked(results, row.model),
         row.kind,
         fixed(row.delta, 1),
         fixed(row.posterior_probability, 2),
         interval(row.r, row.r_low, row.r_high) + over_ceiling(row.r_normalised, row.r_ceiling),
         interval(row.r2, row.r2_low, row.r2_high) +
             over_ceiling(row.r2_normalised, row.r2_ceiling),
         fixed(row.log_density, 3)});
  }
  std::string text = table_text(rows);
  for (const report::ComparisonRow& row : results.comparison)
    if (std::isfinite(row.r_ceiling))
      return text + "After a score: how much of its noise ceiling it reaches.\n";
  return text;
}

// A run that was stopped early may leave hundreds of tasks.
constexpr std::size_t kShown = 10;

}  // namespace

std::string outcome_text(const report::Results& results) {
  std::string text = painted(results.experiment, Colour::bold, Output::standard) + "\n\n" +
                     comparison_table(results) + marks_explained(results);
  bool is_first = true;
  for (const report::Verdict& verdict : results.verdicts) {
    if (verdict.channel != "mean" && !verdict.channel.starts_with("set ")) continue;
    text += (is_first ? "\n" : "") + verdict.sentence + "\n";
    is_first = false;
  }
  for (const std::string& sentence : report::rdm_sentences(results)) text += "\n" + sentence + "\n";
  is_first = true;
  for (const report::InterventionSentence& one : results.intervention_sentences) {
    text += (is_first ? "\n" : "") + one.sentence + "\n";
    is_first = false;
  }
  is_first = true;
  for (const std::string& sentence : report::recovery_sentences(results)) {
    text += (is_first ? "\n" : "") + sentence + "\n";
    is_first = false;
  }
  return text;
}

namespace {

// What was not computed is told apart from fits that were computed and are in doubt.
bool is_computed(const report::FitSummary& fit) {
  return fit.status != "no start" && fit.status != "interrupted";
}

// Why, or what to do about it.
std::string explained(const report::FitSummary& fit) {
  if (fit.status != "converged") return fit.reason.empty() ? "" : ", " + fit.reason;
  if (fit.fold != "full") return ", held-out predictions may be too certain";
  return std::isfinite(fit.draws)
             ? ", importance weights are too uneven: intervals are those of the normal posterior"
             : ", intervals may be too narrow; 'inference: {posterior: importance}' samples the "
               "posterior";
}

// What is said of a model's fits, and of how many that are in doubt it is said.
struct Notice {
  std::string text;
  std::size_t fits = 1;
};

// A notice for each doubtful fit to all data, and one for all of the folds.
std::vector<Notice> notices_of(const report::ModelSummary& model) {
  std::vector<Notice> notices;
  std::vector<const report::FitSummary*> folds, doubtful;
  for (const report::FitSummary& fit : model.fits) {
    if (!is_computed(fit)) continue;
    const bool is_fold = fit.fold != "full";
    if (is_fold) folds.push_back(&fit);
    const std::string doubts = report::doubts_of(fit);
    if (doubts.empty()) continue;
    if (is_fold)
      doubtful.push_back(&fit);
    else
      notices.push_back({fit.subject + ", all data: " + doubts + explained(fit)});
  }
  if (doubtful.empty()) return notices;
  const report::FitSummary& first = *doubtful.front();
  if (doubtful.size() == 1) {
    notices.push_back({first.subject + ", fold " + first.fold + ": " + report::doubts_of(first) +
                       explained(first)});
    return notices;
  }
  const bool are_alike = std::ranges::all_of(
      doubtful, [&](const auto* fit) { return explained(*fit) == explained(first); });
  notices.push_back({"folds: " + report::doubts_of(folds) +
                         (are_alike ? explained(first) : "; the report says why"),
                     doubtful.size()});
  return notices;
}

}  // namespace

std::string doubtful_fits_text(const report::Results& results) {
  const std::string warning = painted("warning:", Colour::yellow, Output::error) + " ";
  std::string text;
  std::size_t shown = 0, left_out = 0;
  for (const report::ModelSummary& model : results.models)
    for (const Notice& notice : notices_of(model)) {
      if (++shown > kShown)
        left_out += notice.fits;
      else
        text += warning + model.name + ", " + notice.text + "\n";
    }
  if (left_out > 0)
    text += warning + std::to_string(left_out) + " more " +
            (left_out == 1 ? "fit is" : "fits are") + " in doubt; the report names them\n";
  const auto& missing = results.not_computed;
  for (std::size_t i = 0; i < missing.size() && i < kShown; ++i) {
    text += warning + missing[i].first + " was not computed: " + missing[i].second + "\n";
  }
  if (missing.size() > kShown) {
    text += warning + std::to_string(missing.size() - kShown) +
            " more were not computed; summary.json names them\n";
  }
  return text;
}

}  // namespace insula::command
