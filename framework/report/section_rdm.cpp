// SPDX-License-Identifier: Apache-2.0
// Whose stimuli differ as those of the data do: a drawing and a table for each recording.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/sections.h"
#include "framework/report/rdm_words.h"

namespace insula::report {
namespace {

constexpr double kRow = 26, kLeft = 190, kWidth = 720, kRight = 16, kTop = 10, kFoot = 30;

std::string class_of(const Results& results, const RdmRow& row) {
  if (row.kind != "hypothesis") return row.kind == "band" ? "band-mark" : "baseline-mark";
  std::size_t index = 0;
  for (const ModelSummary& model : results.models) {
    if (model.name == row.model) break;
    index += model.kind == "hypothesis" ? 1 : 0;
  }
  return fmt::format("dot-{}", index % 6);
}

Html line(double x1, double y1, double x2, double y2, std::string_view classes) {
  return element("line",
                 {{"x1", fmt::format("{:.1f}", x1)},
                  {"y1", fmt::format("{:.1f}", y1)},
                  {"x2", fmt::format("{:.1f}", x2)},
                  {"y2", fmt::format("{:.1f}", y2)},
                  {"class", std::string(classes)}},
                 {});
}

Html words(double x, double y, std::string_view anchor, const std::string& what) {
  return element("text",
                 {{"x", fmt::format("{:.1f}", x)},
                  {"y", fmt::format("{:.1f}", y)},
                  {"text-anchor", std::string(anchor)}},
                 text(what));
}

struct Axis {
  double low = 0, high = 0;
  double at(double value) const {
    return kLeft + (value - low) / (high - low) * (kWidth - kLeft - kRight);
  }
};

Axis axis_of(const RdmRows& rows) {
  Axis axis;
  for (const RdmRow* row : rows)
    for (const double v : {row->value, row->low, row->high, row->lower_ceiling, row->upper_ceiling})
      if (std::isfinite(v)) axis = {std::min(axis.low, v), std::max(axis.high, v)};
  if (!(axis.high > axis.low)) axis.high = axis.low + 1;
  const double margin = 0.04 * (axis.high - axis.low);
  return {axis.low - margin, axis.high + margin};
}

Html drawing_of(const Results& results, const RdmRows& rows) {
  const Axis axis = axis_of(rows);
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  Html out;
  const RdmRow& first = *rows.front();
  if (std::isfinite(first.lower_ceiling) && std::isfinite(first.upper_ceiling)) {
    const double from = axis.at(std::min(first.lower_ceiling, first.upper_ceiling));
    const double to = axis.at(std::max(first.lower_ceiling, first.upper_ceiling));
    out += element("rect",
                   {{"x", fmt::format("{:.1f}", from)},
                    {"y", fmt::format("{:.1f}", kTop)},
                    {"width", fmt::format("{:.1f}", std::max(1.0, to - from))},
                    {"height", fmt::format("{:.1f}", bottom - kTop)},
                    {"class", "ceiling"}},
                   {});
  }
  out += line(axis.at(0), kTop, axis.at(0), bottom, "zero");
  for (int tick = 0; tick <= 4; ++tick) {
    const double value = axis.low + tick * (axis.high - axis.low) / 4;
    out += words(axis.at(value), bottom + 18, "middle", fixed(value, 2));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RdmRow& row = *rows[i];
    const double y = kTop + kRow * (static_cast<double>(i) + 0.5);
    const std::string classes = class_of(results, row);
    out += words(kLeft - 12, y + 4, "end", row.model);
    if (std::isfinite(row.low) && std::isfinite(row.high))
      out += line(axis.at(row.low), y, axis.at(row.high), y, classes);
    if (std::isfinite(row.value))
      out += element("circle",
                     {{"cx", fmt::format("{:.1f}", axis.at(row.value))},
                      {"cy", fmt::format("{:.1f}", y)},
                      {"r", "5"},
                      {"class", classes}},
                     {});
  }
  return element("svg",
                 {{"class", "dots"},
                  {"viewBox", fmt::format("0 0 {:.0f} {:.0f}", kWidth, bottom + kFoot)},
                  {"role", "img"},
                  {"aria-label", "Similarity of dissimilarities on " + first.recording}},
                 out);
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
