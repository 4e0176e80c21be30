// SPDX-License-Identifier: Apache-2.0
// Whose stimuli differ as those of the data do: a drawing and a table for each recording.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/dot_plot.h"
#include "framework/report/detail/sections.h"
#include "framework/report/rdm_words.h"

namespace insula::report {
namespace {

std::string class_of(const Results& results, const RdmRow& row) {
  if (row.kind != "hypothesis") return row.kind == "band" ? "band-mark" : "baseline-mark";
  std::size_t index = 0;
  for (const ModelSummary& model : results.models) {
    if (model.name == row.model) break;
    index += model.kind == "hypothesis" ? 1 : 0;
  }
  return fmt::format("dot-{}", index % 6);
}

Html drawing_of(const Results& results, const RdmRows& rows) {
  std::vector<Dot> dots;
  for (const RdmRow* row : rows)
    dots.push_back({row->model, class_of(results, *row), row->value, row->low, row->high});
  return dot_plot(dots,
                  {rows.front()->lower_ceiling, rows.front()->upper_ceiling},
                  "Similarity of dissimilarities on " + rows.front()->recording);
}

Html table_of(const Results& results, const RdmRows& rows) {
  const RdmRow& first = *rows.front();
  Table table;
  table.header = {
      "model", similarity_in_words(first.similarity), "95 % interval", "against", "difference"};
  table.numeric = {false, true, true, false, true};
  for (const RdmRow* row : rows)
    table.rows.push_back(
        {two_lines(row->kind == "band" ? text(row->model) : model_label(results, row->model),
                   row->kind == "band" ? "features" : row->kind),
         text(fixed(row->value, 3)),
         text(std::isfinite(row->low)
                  ? fmt::format("{} to {}", fixed(row->low, 3), fixed(row->high, 3))
                  : "–"),
         text(row->other),
         text(row->other.empty()
                  ? ""
                  : with_interval(row->difference, row->difference_low, row->difference_high))});
  const std::string ceiling =
      std::isfinite(first.lower_ceiling)
          ? fmt::format(" Ceiling, of {}: {} to {}.",
                        first.ceiling_kind,
                        fixed(first.lower_ceiling, 3),
                        fixed(first.upper_ceiling, 3))
          : " No ceiling: neither other subjects nor presentations in other folds tell one.";
  table.caption = fmt::format("{}: {} stimuli, {} pairs held out together, distance {}.{}",
                              first.recording,
                              fixed(first.stimuli, 0),
                              fixed(first.pairs, 0),
                              first.distance,
                              ceiling);
  return to_html(table);
}

}  // namespace

Html rdm_section(const Results& results) {
  Html out;
  for (const std::string& sentence : rdm_sentences(results)) out += element("p", sentence);
  for (const std::string& recording : rdm_recordings(results)) {
    const RdmRows rows = rdm_rows_on(results, recording);
    out += element("figure", drawing_of(results, rows));
    out += table_of(results, rows);
  }
  return out;
}

}  // namespace insula::report
