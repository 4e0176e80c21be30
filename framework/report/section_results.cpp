// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/report/detail/files.h"
#include "framework/report/detail/sections.h"
#include "framework/report/doubts.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostChannels = 24;

struct Warning {
  std::size_t fits = 0, not_converged = 0, not_normal = 0;
  std::vector<std::string> which;  // "backward, fold 4: iteration limit"
};

Warning warning_of(const Results& results) {
  Warning warning;
  for (const ModelSummary& model : results.models) {
    for (const FitSummary& fit : model.fits) {
      if (fit.iterations == 0 && doubts_of(fit).empty()) continue;  // in closed form
      ++warning.fits;
      const std::string doubts = doubts_of(fit);
      if (doubts.empty()) continue;
      ++(fit.status == "converged" ? warning.not_normal : warning.not_converged);
      const std::string data = fit.fold == "full" ? "all data" : "fold " + fit.fold;
      warning.which.push_back(fmt::format("{}, {}, {}: {}", model.name, fit.subject, data, doubts) +
                              (fit.status == "converged" ? "" : " (" + fit.reason + ")"));
    }
  }
  return warning;
}

std::string in_words(const Warning& warning) {
  std::vector<std::string> parts;
  if (warning.not_converged > 0)
    parts.push_back(fmt::format(
        "{} of {} did not converge", warning.not_converged, counted(warning.fits, "fit")));
  if (warning.not_normal > 0)
    parts.push_back(
        fmt::format("{} of {} may have intervals that are too narrow, as the posterior "
                    "is not normal (k̂ above 0.7)",
                    warning.not_normal,
                    counted(warning.fits, "fit")));
  return join(parts, ", ");
}

Html list_of(const std::vector<std::string>& items, const char* classes) {
  Html out;
  for (const std::string& item : items) out += element("li", item) + trusted("\n");
  return element("ul", {{"class", classes}}, out);
}

std::string what_it_is(const Results& results, const std::string& name) {
  for (const ModelSummary& model : results.models) {
    if (model.name != name) continue;
    if (model.kind == "baseline") return model.summary;
    return model.difference.empty() ? model.description : model.difference;
  }
  return "";
}

/// The score with its interval below, and what share of its noise ceiling that is; the best of a
/// column in bold.
Html score_cell(double value,
                double low,
                double high,
                double best,
                double ceiling = NAN,
                double normalised = NAN) {
  const Html number = text(fixed(value, 3));
  std::string below = std::isnan(low) || std::isnan(high)
                          ? ""
                          : fmt::format("[{}, {}]", fixed(low, 2), fixed(high, 2));
  if (!std::isnan(ceiling))
    below += fmt::format(
        "{}{} of {}", below.empty() ? "" : "; ", fixed(normalised, 2), fixed(ceiling, 2));
  return two_lines(value == best ? element("strong", number) : number, below);
}

double best_of(const std::vector<ComparisonRow>& rows, double ComparisonRow::*column) {
  double best = -INFINITY;
  for (const ComparisonRow& row : rows) best = std::fmax(best, row.*column);
  return best;
}

std::vector<std::string> channels_of(const Results& results, const std::string& modality) {
  std::vector<std::string> channels;
  for (const ScoreRow& row : results.scores) {
    if (row.modality == modality && row.fold == "all" &&
        std::find(channels.begin(), channels.end(), row.channel) == channels.end()) {
      channels.push_back(row.channel);
    }
  }
  return channels;
}

/// Pooled scores of one metric, subject and modality: models × channels.
Html score_table(const Results& results, const ScoreRow& like, const std::string& title) {
  const std::vector<std::string> channels = channels_of(results, like.modality);
  if (channels.size() > kMostChannels) return {};
  Table table;
  table.caption = fmt::format("{}: {}, {}", title, like.modality, like.subject);
  table.header = {"model"};
  table.header.insert(table.header.end(), channels.begin(), channels.end());
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const ModelSummary& model : results.models) {
    std::vector<Html> cells(table.header.size(), text("–"));
    cells[0] = model_label(results, model.name);
    for (const ScoreRow& row : results.scores) {
      if (row.model != model.name || row.fold != "all" || row.corruption != "none") continue;
      if (row.metric != like.metric || row.subject != like.subject) continue;
      if (row.modality != like.modality) continue;
      const auto at = std::find(channels.begin(), channels.end(), row.channel) - channels.begin();
      cells[static_cast<std::size_t>(at) + 1] =
          score_cell(row.value, row.low, row.high, NAN, row.ceiling, row.normalised);
    }
    table.rows.push_back(cells);
  }
  return to_html(table);
}

double best_on(const Results& results, const std::string& observation) {
  double best = NAN;
  for (const ObservationRow& row : results.observations)
    if (row.observation == observation) best = std::fmax(best, row.value);
  return best;
}

}  // namespace

Html model_label(const Results& results, const std::string& model) {
  std::size_t hypotheses = 0;
  std::string classes = "mark baseline";
  for (const ModelSummary& candidate : results.models) {
    if (candidate.name == model && candidate.kind == "hypothesis") {
      classes = fmt::format("mark hypothesis-{}", hypotheses % 6);
    }
    if (candidate.kind == "hypothesis") ++hypotheses;
  }
  const std::string doubts = doubts_of(results, model);
  const Html dagger =
      doubts.empty() ? Html() : element("sup", {{"class", "doubts"}, {"title", doubts}}, text("†"));
  return element("span", {{"class", classes}, {"aria-hidden", "true"}}, {}) + trusted(" ") +
         text(model) + dagger;
}

Html verdicts(const Results& results) {
  std::vector<std::string> overall, single;
  for (const Verdict& verdict : results.verdicts) {
    if (is_of_a_set(verdict.channel)) continue;  // they have a section of their own
    (verdict.channel == "mean" ? overall : single).push_back(verdict.sentence);
  }
  Html out;
  if (!overall.empty()) out += list_of(overall, "verdicts");
  const Warning warning = warning_of(results);
  if (!warning.which.empty()) {
    out += element(
        "div",
        {{"class", "warning"}, {"role", "note"}},
        element("strong",
                "† " + in_words(warning) + "; read the numbers of these models with care.") +
            list_of(warning.which, "plain"));
  }
  if (!single.empty()) out += fold("Verdicts channel by channel", list_of(single, "plain"));
  return out;
}

Html comparison_table(const Results& results) {
  const std::vector<ComparisonRow>& rows = results.comparison;
  Table table;
  table.header = {"model", "log evidence F", "ΔF", "probability"};
  const bool is_joint = !results.observations.empty();
  if (is_joint)
    for (const ObservationRow& o : results.observations) {
      if (o.model != results.observations.front().model) continue;
      table.header.push_back(o.observation + (o.metric == "r" ? ": r" : ": log density"));
    }
  else
    table.header.insert(table.header.end(), {"r", "R²", "log density"});
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  const double r = best_of(rows, &ComparisonRow::r), r2 = best_of(rows, &ComparisonRow::r2);
  const double density = best_of(rows, &ComparisonRow::log_density);
  std::string kind;
  for (const ComparisonRow& row : rows) {
    if (row.kind != kind) {
      table.rows.push_back({text(row.kind == "hypothesis" ? "Hypotheses" : "Baselines")});
    }
    kind = row.kind;
    std::vector<Html> cells{
        two_lines(model_label(results, row.model), what_it_is(results, row.model)),
        text(fixed(row.log_evidence, 1)),
        text(fixed(row.delta, 1)),
        text(probability(row.posterior_probability))};
    if (is_joint) {
      for (const ObservationRow& o : results.observations)
        if (o.model == row.model)
          cells.push_back(score_cell(
              o.value, o.low, o.high, best_on(results, o.observation), o.ceiling, o.normalised));
    } else {
      cells.push_back(score_cell(row.r, row.r_low, row.r_high, r, row.r_ceiling, row.r_normalised));
      cells.push_back(
          score_cell(row.r2, row.r2_low, row.r2_high, r2, row.r2_ceiling, row.r2_normalised));
      cells.push_back(
          score_cell(row.log_density, row.log_density_low, row.log_density_high, density));
    }
    table.rows.push_back(cells);
  }
  return to_html(table);
}

Html score_tables(const Results& results) {
  struct Named {
    const char* metric;
    const char* title;
  };
  Html out;
  for (const Named named : {Named{"r", "Correlation r"},
                            Named{"r2", "R²"},
                            Named{"log_density", "Log predictive density (nats per sample)"}}) {
    std::vector<std::string> seen;  // subject and modality
    for (const ScoreRow& row : results.scores) {
      const std::string key = row.subject + '\n' + row.modality;
      if (row.metric != named.metric || row.fold != "all") continue;
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
      seen.push_back(key);
      out += score_table(results, row, named.title);
    }
  }
  return out;
}

Html parameter_table(const Results& results) {
  Table table;
  table.header = {"model", "subject", "parameter", "prior", "posterior", "unit", "variance left"};
  table.numeric = {false, false, false, true, true, false, true};
  for (const ParameterRow& row : results.parameters) {
    table.rows.push_back({model_label(results, row.model),
                          text(row.subject),
                          text(row.parameter),
                          text(with_interval(row.prior_estimate, row.prior_low, row.prior_high)),
                          text(with_interval(row.estimate, row.low, row.high)),
                          text(row.unit == "1" ? "" : row.unit),
                          text(fixed(row.shrinkage, 2))});
  }
  return to_html(table);
}

}  // namespace insula::report
