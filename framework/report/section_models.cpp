// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "framework/base/text.h"
#include "framework/report/detail/drawing.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

Html connections(const ModelSummary& model) {
  Table table;
  table.header = {"from", "to", "kind", "strength", "P(> 0)", "modulated by", "gated by"};
  table.numeric = {false, false, false, true, true, false, false};
  for (const GraphEdge& edge : model.graph.edges) {
    table.rows.push_back({text(edge.source),
                          text(edge.target),
                          text(edge.kind),
                          text(people(edge.strength)),
                          text(fixed(edge.probability, 3)),
                          text(insula::in_words(edge.modulated_by)),
                          text(insula::in_words(edge.gated_by))});
  }
  return to_html(table);
}

Html fit_row_words(const FitSummary& fit) {
  if (fit.weak_directions.empty()) return text("every direction is informed by the data");
  Html items;
  for (const std::string& words : fit.weak_directions) items += element("li", words);
  return element("ul", {{"class", "plain"}}, items);
}

std::vector<Html> fit_row(const Results& results,
                          const ModelSummary& model,
                          const FitSummary& fit) {
  const bool converged = fit.status == "converged";
  const double complexity = fit.complexity_parameters + fit.complexity_hyperparameters;
  return {
      model_label(results, model.name),
      two_lines(text(fit.fold == "full" ? "all data" : "fold " + fit.fold), fit.subject),
      two_lines(element("span", {{"class", converged ? "status" : "status bad"}}, text(fit.status)),
                fit.reason),
      text(std::to_string(fit.iterations)),
      two_lines(text(fixed(fit.free_energy, 1)),
                fixed(fit.accuracy, 1) + (complexity > 0 ? " + " : " − ") +
                    fixed(std::abs(complexity), 1)),
      text(people(fit.gradient_norm, 2)),
      text(pareto_words(fit.pareto_k)),
      fit_row_words(fit)};
}

/// Fits of all hypotheses: those to all data, or those of the folds.
Table fits_of(const Results& results, bool full) {
  Table table;
  table.header = {"model",
                  "data",
                  "status",
                  "iterations",
                  "F = accuracy − complexity",
                  "gradient",
                  "Gaussian posterior?",
                  "what the data leave open"};
  table.numeric = {false, false, false, true, true, true, false, false};
  for (const ModelSummary& model : results.models) {
    if (model.kind != "hypothesis") continue;
    for (const FitSummary& fit : model.fits) {
      if ((fit.fold == "full") == full) table.rows.push_back(fit_row(results, model, fit));
    }
  }
  return table;
}

}  // namespace

Html drawings(const Results& results) {
  const StrengthScale scale = strength_scale(results.models);
  Html out;
  for (const ModelSummary& model : results.models) {
    if (model.kind != "hypothesis" || model.graph.regions.empty()) continue;
    const Html head = element("h3", model_label(results, model.name));
    Html words;
    if (!model.description.empty()) words += element("p", model.description);
    if (!model.difference.empty()) {
      words += element("p", {{"class", "difference"}}, text(model.difference));
    }
    out += element(
        "div",
        {{"class", "hypothesis"}},
        head + draw(model, scale) + words + fold("Connections as a table", connections(model)));
  }
  return element("div", {{"class", "hypotheses"}}, out);
}

std::string pareto_words(double k) {
  if (std::isnan(k)) return "not checked";
  const char* words = k < 0.5   ? "good"
                      : k < 0.7 ? "acceptable"
                      : k < 1   ? "doubtful: intervals may be too narrow"
                                : "no: do not rely on intervals or evidence";
  return fmt::format("{} (k̂ = {})", words, fixed(k, 2));
}

Html fit_tables(const Results& results) {
  const Table full = fits_of(results, true), folds = fits_of(results, false);
  Html out;
  if (!full.rows.empty()) out += to_html(full);
  if (!folds.rows.empty()) {
    out += insula::report::fold("The fits of the folds (" + counted(folds.rows.size(), "fit") + ")",
                                to_html(folds));
  }
  return out;
}

Html tuning_table(const Results& results) {
  Table table;
  table.header = {"baseline", "subject", "fold", "chosen inside the training part"};
  table.numeric.assign(4, false);
  for (const ModelSummary& model : results.models) {
    if (model.kind == "hypothesis") continue;
    for (const FitSummary& fit : model.fits) {
      if (fit.tuned.empty()) continue;
      std::vector<std::string> choices;
      for (const auto& [what, value] : fit.tuned) choices.push_back(what + ": " + value);
      table.rows.push_back({model_label(results, model.name),
                            text(fit.subject),
                            text(fit.fold),
                            text(join(choices, "; "))});
    }
  }
  return table.rows.empty()
             ? Html()
             : fold("What the baselines' own cross-validation chose", to_html(table));
}

}  // namespace insula::report
