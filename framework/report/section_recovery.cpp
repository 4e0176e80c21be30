// SPDX-License-Identifier: Apache-2.0
// What fits to data that the hypotheses made themselves find again: sentences and tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/sections.h"
#include "framework/report/recovery_words.h"

namespace insula::report {
namespace {

std::string whole(double count) { return std::isfinite(count) ? fixed(count, 0) : "–"; }

std::string range_of(double low, double high, int decimals) {
  if (!std::isfinite(low)) return "";
  return fmt::format("[{}, {}]", fixed(low, decimals), fixed(high, decimals));
}

// `is_kept`: by the simplest hypothesis within 3 nats of the best; otherwise by the best.
Html confusion(const Results& results, bool is_kept) {
  Table table;
  table.caption =
      is_kept ? "The same by the simplest hypothesis whose evidence is within 3 nats of the best: "
                "less decides nothing, and a hypothesis that contains another has to earn it."
              : "Model recovery. Rows: what made the data, with parameters drawn from its "
                "posterior; columns: in how many of the data sets that hypothesis has most "
                "evidence, below it the share's 95 % interval (Clopper and Pearson's). Data sets "
                "to which some fit did not converge are left out.";
  table.header = {"made by"};
  std::vector<std::string> truths;
  for (const ModelRecoveryRow& row : results.model_recovery)
    if (std::ranges::find(truths, row.truth) == truths.end()) truths.push_back(row.truth);
  table.header.insert(table.header.end(), truths.begin(), truths.end());
  table.header.insert(table.header.end(), {"data sets", "left out"});
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  for (const std::string& truth : truths) {
    std::vector<Html> cells{model_label(results, truth)};
    const ModelRecoveryRow* last = nullptr;
    for (const ModelRecoveryRow& row : results.model_recovery) {
      if (row.truth != truth) continue;
      cells.push_back(
          is_kept ? two_lines(text(whole(row.kept)), range_of(row.kept_low, row.kept_high, 2))
                  : two_lines(text(whole(row.best)), range_of(row.low, row.high, 2)));
      last = &row;
    }
    cells.push_back(text(whole(last->n)));
    cells.push_back(text(whole(last->left_out)));
    table.rows.push_back(std::move(cells));
  }
  return table.rows.empty() ? Html() : to_html(table);
}

std::vector<Html> cells_of(const RecoveryRow& row) {
  const bool is_ranked = std::isfinite(row.rank_p);
  return {text(row.parameter),
          text(whole(row.n)),
          text(fixed(row.r, 2)),
          two_lines(text(fixed(row.bias, 3)), range_of(row.bias_low, row.bias_high, 3)),
          text(fixed(row.error_sd, 3)),
          text(fixed(row.posterior_sd, 3)),
          two_lines(text(fixed(row.coverage, 2)), range_of(row.coverage_low, row.coverage_high, 2)),
          text(is_ranked ? probability(row.rank_p) + (row.ranks_within ? "" : " ✗") : "–")};
}

Html parameters_of(const Results& results, const std::string& from, const std::string& caption) {
  Table table;
  table.caption = caption;
  table.header = {"parameter",
                  "n",
                  "r",
                  "bias",
                  "sd of the error",
                  "posterior sd",
                  "coverage",
                  "P(ranks uniform)"};
  table.numeric = {false, true, true, true, true, true, true, true};
  std::string hypothesis;
  for (const RecoveryRow& row : results.recovery) {
    if (row.drawn_from != from) continue;
    if (row.hypothesis != hypothesis) {
      hypothesis = row.hypothesis;
      table.rows.push_back(
          {text(fmt::format("{}: {} data sets, {} not simulated, {} not converged, {} not done",
                            hypothesis,
                            whole(row.data_sets),
                            whole(row.not_simulated),
                            whole(row.not_converged),
                            whole(row.not_done)))});
    }
    table.rows.push_back(cells_of(row));
  }
  return table.rows.empty() ? Html() : to_html(table);
}

}  // namespace

Html recovery_tables(const Results& results) {
  Html all;
  for (const std::string& sentence : recovery_sentences(results))
    all += element("p", text(sentence));
  if (!results.model_recovery.empty()) all += confusion(results, false) + confusion(results, true);
  Html parameters = parameters_of(results,
                                  "prior",
                                  "Parameters drawn from the prior. ✗: ranks outside the "
                                  "simultaneous 95 % band. In the space of "
                                  "the fit.");
  parameters += parameters_of(
      results,
      "posterior",
      "Parameters drawn from the posterior of the fit to the recorded data. They differ among each "
      "other about as much as estimates err, so that r is low even where all is well.");
  if (!parameters.empty()) all += fold("Parameter recovery as tables", parameters);
  return all;
}

}  // namespace insula::report
