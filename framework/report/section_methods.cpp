// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "framework/base/text.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Html pairs_table(const Pairs& pairs, const std::vector<std::string>& header, const char* classes) {
  Table table;
  table.header = header;
  table.numeric.assign(2, false);
  for (const auto& [name, value] : pairs) {
    table.rows.push_back({text(name), element("span", {{"class", classes}}, text(value))});
  }
  return to_html(table);
}

Html paragraph(const std::string& words) { return element("p", words); }

std::size_t count_of(const Results& results, const char* kind) {
  std::size_t count = 0;
  for (const ModelSummary& model : results.models) count += model.kind == kind ? 1 : 0;
  return count;
}

std::string hypotheses(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "hypothesis" : "hypotheses");
}

// What hypotheses were held against, and whose it is.
Html baseline_table(const Results& results) {
  Table table;
  table.header = {"baseline", "what it is", "source"};
  table.numeric = {false, false, false};
  for (const ModelSummary& model : results.models)
    if (model.kind == "baseline")
      table.rows.push_back({text(model.name), text(model.summary), text(model.source)});
  return table.rows.empty() ? Html() : to_html(table);
}

}  // namespace

Html findings(const Results& results) {
  if (results.findings.empty())
    return paragraph("The check of the dataset found nothing to report.");
  return pairs_table(results.findings, {"where", "finding"}, "words");
}

Html stopped(const Results& results) {
  if (!results.is_stopped) return {};
  return element("p",
                 {{"class", "warning"}, {"role", "note"}},
                 element("strong", "This run was stopped: ") +
                     text("what is here is of the fits that had ended. The same command goes on "
                          "from there."));
}

Html not_computed(const Results& results) {
  if (results.not_computed.empty()) return paragraph("Everything that was asked for was computed.");
  return pairs_table(results.not_computed, {"what", "why"}, "words");
}

Html methods(const Results& results) {
  const bool has_time = results.time_unit == "s";
  Html out;
  out += paragraph(fmt::format(
      "{} and {} were compared on the same {} ({}). In each fold a part of "
      "the {} is held out: no model sees it{} while it is fitted or tuned. "
      "Hypotheses predict the held-out part by simulation from the inputs alone. "
      "Baselines choose their own hyperparameters inside the training part.",
      hypotheses(count_of(results, "hypothesis")),
      counted(count_of(results, "baseline"), "baseline"),
      counted(results.folds.size(), "fold"),
      join(results.folds, ", "),
      has_time ? "recordings" : "trials",
      has_time ? fmt::format(", nor the samples within {} s of it,", people(results.gap))
               : std::string()));
  out += paragraph(
      "Scores are computed per channel on the held-out samples of all folds pooled: the "
      "correlation r "
      "(0 for a constant prediction), R² against the mean of the training part, and the mean log "
      "density of a sample under its Gaussian prediction (nats). Intervals are 95 % percentile "
      "intervals of a block bootstrap: contiguous blocks are drawn with replacement (Künsch 1989, "
      "Ann. Statist. 17:1217). Differences between models use the same draws for both; over "
      "several "
      "subjects scores are averaged and half-widths are added in squares. Missing samples are "
      "skipped, never filled in.");
  out += paragraph(
      "The log evidence is the variational free energy F of the fit to all data (Friston 2007, "
      "NeuroImage 34:220): accuracy minus complexity. Posterior probabilities assume hypotheses "
      "equally "
      "likely beforehand; ΔF of 3 is a Bayes factor of about 20, of 5 about 150. Only hypotheses "
      "fitted "
      "to the same data can be compared so. Evidence and held-out prediction answer different "
      "questions and may disagree.");
  if (!results.group_comparison.empty())
    out += paragraph(
        "Frequencies of hypotheses are random effects over subjects that were fitted one by one "
        "(Stephan 2009, NeuroImage 46:1004), from the log evidence of each, or from the sum of its "
        "held-out log densities. Protected exceedance allows for frequencies that do not differ "
        "(Rigoux 2014, NeuroImage 84:971).");
  if (!results.interventions.empty())
    out += paragraph(
        "Interventions are edits of a fitted architecture. Draws from the normal posterior of the "
        "fit to all data are run with and without the edit; numbers are medians and percentiles "
        "over draws. They are deductions from the hypothesis: no datum of a changed network was "
        "seen.");
  out += baseline_table(results);
  if (!results.settings.empty()) {
    out += pairs_table(results.settings, {"setting", "as used"}, "words");
  }
  return out;
}

Html provenance(const Results& results) {
  Pairs facts{{"Insula", results.insula_version},
              {"started", results.started},
              {"finished", results.finished},
              {"seed", std::to_string(results.seed)},
              {"dataset", results.dataset_name},
              {"citation", results.dataset_citation},
              {"licence", results.dataset_licence}};
  return pairs_table(facts, {"fact", "value"}, "words") +
         fold("Input files and their SHA-256 (" + counted(results.input_files.size(), "file") + ")",
              pairs_table(results.input_files, {"file", "SHA-256"}, "hash"));
}

}  // namespace insula::report
