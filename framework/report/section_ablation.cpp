// SPDX-License-Identifier: Apache-2.0
// What each modality buys: the section on ablations, made from the rows of ablation.tsv.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "framework/base/text.h"
#include "framework/report/detail/sections.h"
#include "framework/report/doubts.h"

namespace insula::report {
namespace {

using Rows = std::vector<const AblationRow*>;

constexpr double kSharper = 0.95;  // of a standard deviation: less is told as no change
constexpr std::string_view kWidth = "posterior_sd";

Rows ablation_rows(const Results& results, const std::string& hypothesis) {
  Rows rows;
  for (const AblationRow& row : results.ablation)
    if (row.hypothesis == hypothesis) rows.push_back(&row);
  return rows;
}

std::vector<std::string> ablated_hypotheses(const Results& results) {
  std::vector<std::string> names;
  for (const AblationRow& row : results.ablation)
    if (std::ranges::find(names, row.hypothesis) == names.end()) names.push_back(row.hypothesis);
  return names;
}

/// The different values of a column among the rows that `keep` keeps, in order.
template <class Keep>
std::vector<std::string> values_in(const Rows& rows, std::string AblationRow::*column, Keep keep) {
  std::vector<std::string> values;
  for (const AblationRow* row : rows)
    if (keep(*row) && std::ranges::find(values, row->*column) == values.end())
      values.push_back(row->*column);
  return values;
}

const AblationRow* find_row(const Rows& rows,
                            const std::string& fitted_to,
                            const std::string& added,
                            const std::string& scored,
                            const std::string& channel,
                            std::string_view metric) {
  for (const AblationRow* row : rows)
    if (row->fitted_to == fitted_to && row->added == added && row->scored == scored &&
        row->channel == channel && row->metric == metric)
      return row;
  return nullptr;
}

/// What a fit to `fitted_to` and one more observation is fitted to, as the plain rows call it.
std::string with_added(const Rows& rows, const AblationRow& gain) {
  for (const AblationRow* row : rows)
    if (row->added.empty() && row->model == gain.model) return row->fitted_to;
  return {};
}

bool is_fitted_to(const std::string& sum, const std::string& observation) {
  return (" + " + sum + " + ").find(" + " + observation + " + ") != std::string::npos;
}

/// "V1 -> V5.gating.SPC from sd 0.25 to 0.18"; "no neural parameter …" if it sharpens none.
std::string sharpening(const Rows& rows, const std::string& before, const std::string& after) {
  double best = kSharper;
  std::string words;
  bool any = false;
  for (const AblationRow* row : rows) {
    if (row->metric != kWidth || row->fitted_to != before) continue;
    const AblationRow* narrowed = find_row(rows, after, "", row->scored, "", kWidth);
    if (narrowed == nullptr) continue;
    any = true;
    if (!(narrowed->value / row->value < best)) continue;
    best = narrowed->value / row->value;
    words = fmt::format("sharpens {} from sd {} to {}",
                        row->scored,
                        people(row->value, 2),
                        people(narrowed->value, 2));
  }
  if (!any) return {};
  return words.empty() ? "sharpens no neural parameter by more than 5 %" : words;
}

/// "changes held-out r of bold by 0.01 (95 % interval −0.01 to 0.03)": of what both fits hold.
std::string score_changes(const Rows& rows, const AblationRow& gain) {
  std::vector<std::string> words;
  for (const AblationRow* row : rows) {
    if (row->fitted_to != gain.fitted_to || row->added != gain.added || row->metric != "r")
      continue;
    if (!is_fitted_to(gain.fitted_to, row->scored) || std::isnan(row->value)) continue;
    const bool has_mean = find_row(rows, row->fitted_to, row->added, row->scored, "mean", "r");
    if (has_mean && row->channel != "mean") continue;
    const std::string what =
        has_mean || row->channel == row->scored ? row->scored : row->scored + "'s " + row->channel;
    const bool known = std::isfinite(row->low) && std::isfinite(row->high);
    words.push_back(
        fmt::format("of {} by {}", what, fixed(row->value, 3)) +
        (known ? fmt::format(" (95 % interval {} to {})", fixed(row->low, 3), fixed(row->high, 3))
               : ""));
  }
  return words.empty() ? "" : "changes held-out r " + insula::in_words(words);
}

std::string ablation_sentence(const Rows& rows, const AblationRow& gain) {
  std::vector<std::string> parts;
  for (const std::string& part :
       {sharpening(rows, gain.fitted_to, with_added(rows, gain)), score_changes(rows, gain)})
    if (!part.empty()) parts.push_back(part);
  if (parts.empty()) return {};
  return fmt::format("Adding {} to {} {}.", gain.added, gain.fitted_to, fmt::join(parts, " and "));
}

Html sentence_list(const std::vector<std::string>& sentences, const char* classes) {
  Html items;
  for (const std::string& one : sentences) items += element("li", one) + trusted("\n");
  return element("ul", {{"class", classes}}, items);
}

/// Additions that complete the hypothesis first; the others folded away.
Html ablation_sentences(const Rows& rows) {
  std::vector<std::string> last, others;
  std::string told;
  const std::vector<std::string> observed = values_in(
      rows, &AblationRow::scored, [](const AblationRow& r) { return !r.channel.empty(); });
  for (const AblationRow* row : rows) {
    const std::string key = row->fitted_to + '\n' + row->added;
    if (row->added.empty() || key == told) continue;
    told = key;
    const std::string after = with_added(rows, *row);
    const bool is_last = std::ranges::all_of(
        observed, [&](const std::string& name) { return is_fitted_to(after, name); });
    const std::string words = ablation_sentence(rows, *row);
    if (!words.empty()) (is_last ? last : others).push_back(words);
  }
  Html out;
  if (!last.empty()) out += sentence_list(last, "verdicts");
  if (!others.empty()) out += fold("What they add to smaller fits", sentence_list(others, "plain"));
  return out;
}

Html width_table(const Rows& rows, const std::string& hypothesis) {
  const auto is_width = [](const AblationRow& row) { return row.metric == kWidth; };
  const std::vector<std::string> fits = values_in(rows, &AblationRow::fitted_to, is_width);
  const std::vector<std::string> parameters = values_in(rows, &AblationRow::scored, is_width);
  if (parameters.empty()) return {};
  Table table;
  table.caption = "Posterior standard deviations of " + hypothesis + ", fitted to";
  table.header = {"parameter"};
  table.header.insert(table.header.end(), fits.begin(), fits.end());
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const std::string& parameter : parameters) {
    std::vector<Html> cells{text(parameter)};
    const AblationRow* all = find_row(rows, fits.back(), "", parameter, "", kWidth);
    for (const std::string& fit : fits) {
      const AblationRow* row = find_row(rows, fit, "", parameter, "", kWidth);
      const bool is_relative = row != nullptr && row != all && all != nullptr;
      cells.push_back(two_lines(text(people(row ? row->value : NAN)),
                                is_relative ? "× " + fixed(row->value / all->value, 2) : ""));
    }
    table.rows.push_back(std::move(cells));
  }
  return to_html(table);
}

Html held_out_table(const Rows& rows,
                    const std::string& hypothesis,
                    std::string_view metric,
                    const std::string& title) {
  const auto is_score = [&](const AblationRow& row) {
    return row.metric == metric && row.added.empty();
  };
  struct Column {
    std::string scored, channel;
  };
  std::vector<Column> columns;
  Table table;
  table.header = {"fitted to"};
  for (const std::string& scored : values_in(rows, &AblationRow::scored, is_score)) {
    for (const std::string& channel :
         values_in(rows, &AblationRow::channel, [&](const AblationRow& row) {
           return is_score(row) && row.scored == scored;
         })) {
      columns.push_back({scored, channel});
      table.header.push_back(scored + ": " + channel);
    }
  }
  if (columns.empty()) return {};
  table.caption = title + " of " + hypothesis;
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const std::string& fit : values_in(rows, &AblationRow::fitted_to, is_score)) {
    std::vector<Html> cells{text(fit)};
    for (const Column& column : columns) {
      const AblationRow* row = find_row(rows, fit, "", column.scored, column.channel, metric);
      if (row == nullptr) {
        cells.push_back(text("–"));
        continue;
      }
      const Html number = text(fixed(row->value, 3));
      const bool known = std::isfinite(row->low) && std::isfinite(row->high);
      cells.push_back(
          two_lines(is_fitted_to(fit, column.scored) ? number : element("em", number),
                    known ? fmt::format("[{}, {}]", fixed(row->low, 2), fixed(row->high, 2)) : ""));
    }
    table.rows.push_back(std::move(cells));
  }
  return to_html(table);
}

/// Fits of ablations that are not what they should be: other sections do not show them.
Html doubtful_fits(const Results& results) {
  std::vector<std::string> which;
  std::size_t fits = 0;
  for (const ModelSummary& model : results.models) {
    if (model.kind != "ablation") continue;
    for (const FitSummary& fit : model.fits) {
      ++fits;
      const std::string doubts = doubts_of(fit);
      if (doubts.empty()) continue;
      which.push_back(fmt::format("{}, {}, {}: {}{}",
                                  model.name,
                                  fit.subject,
                                  fit.fold == "full" ? "all data" : "fold " + fit.fold,
                                  doubts,
                                  fit.status == "converged" ? "" : " (" + fit.reason + ")"));
    }
  }
  if (which.empty()) return {};
  return element(
      "div",
      {{"class", "warning"}, {"role", "note"}},
      element("strong",
              fmt::format("In doubt: {} of {} to subsets.", which.size(), counted(fits, "fit"))) +
          sentence_list(which, "plain"));
}

}  // namespace

Html ablation(const Results& results) {
  Html out;
  for (const std::string& hypothesis : ablated_hypotheses(results)) {
    const Rows rows = ablation_rows(results, hypothesis);
    out += element("h3", model_label(results, hypothesis));
    out += ablation_sentences(rows);
    out += width_table(rows, hypothesis);
    out += held_out_table(rows, hypothesis, "r", "Held-out correlation r");
    out += held_out_table(
        rows, hypothesis, "log_density", "Held-out log density (nats per sample or trial)");
  }
  return out + doubtful_fits(results);
}

Results without_ablation(Results results) {
  std::vector<std::string> names;
  for (const ModelSummary& model : results.models)
    if (model.kind == "ablation") names.push_back(model.name);
  const auto is_one = [&](const auto& row) {
    return std::ranges::find(names, row.model) != names.end();
  };
  std::erase_if(results.models, [](const ModelSummary& model) { return model.kind == "ablation"; });
  std::erase_if(results.scores, is_one);
  std::erase_if(results.parameters, is_one);
  return results;
}

}  // namespace insula::report
