// SPDX-License-Identifier: Apache-2.0
// What each band of features explains: a drawing for each recording, and a table of its channels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/dot_plot.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostDivided = 24;

using PartitionRows = std::vector<const PartitionRow*>;

std::vector<std::string> different(const PartitionRows& rows, std::string PartitionRow::*column) {
  std::vector<std::string> values;
  for (const PartitionRow* row : rows)
    if (std::ranges::find(values, row->*column) == values.end()) values.push_back(row->*column);
  return values;
}

Html drawing_of_bands(const PartitionRows& rows) {
  const std::vector<std::string> channels = different(rows, &PartitionRow::channel);
  const std::string& channel = channels.back();  // "mean", if there are several
  std::vector<Dot> dots;
  std::size_t number = 0;
  for (const PartitionRow* row : rows)
    if (row->channel == channel) {
      const bool is_rest = row->band == "rest";
      dots.push_back({row->band,
                      is_rest ? "band-mark" : fmt::format("dot-{}", number++ % 6),
                      row->share,
                      row->low,
                      row->high});
    }
  const PartitionRow& first = *rows.front();
  return dot_plot(
      dots, {NAN, NAN}, fmt::format("Shares of bands in R² of {}, {}", first.modality, channel));
}

Html table_of_bands(const Results& results, const PartitionRows& rows) {
  const std::vector<std::string> channels = different(rows, &PartitionRow::channel);
  const std::vector<std::string> bands = different(rows, &PartitionRow::band);
  Table table;
  table.header = {"channel", "R²"};
  table.header.insert(table.header.end(), bands.begin(), bands.end());
  table.numeric.assign(table.header.size(), true);
  table.numeric[0] = false;
  const std::size_t first = channels.size() > kMostDivided ? channels.size() - 1 : 0;
  for (std::size_t c = first; c < channels.size(); ++c) {
    std::vector<Html> cells{text(channels[c])};
    for (const PartitionRow* row : rows) {
      if (row->channel != channels[c]) continue;
      if (cells.size() == 1)
        cells.push_back(text(with_interval(row->r2, row->r2_low, row->r2_high)));
      cells.push_back(text(with_interval(row->share, row->low, row->high)));
    }
    table.rows.push_back(std::move(cells));
  }
  table.caption = fmt::format("{} by {}, subject {}: held-out R² and the share of each band.{}",
                              rows.front()->modality,
                              rows.front()->model,
                              rows.front()->subject,
                              first > 0 ? " Channels are in partition.tsv." : "");
  return element("div", model_label(results, rows.front()->model)) + to_html(table);
}

}  // namespace

Html partition_section(const Results& results) {
  std::vector<std::pair<std::string, std::string>> groups;  // modality, model
  bool is_of_several = false;
  for (const PartitionRow& row : results.partition) {
    const std::pair group(row.modality, row.model);
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    is_of_several |= row.subject == "all";
  }
  Html out;
  for (const auto& [modality, model] : groups) {
    PartitionRows rows;
    for (const PartitionRow& row : results.partition)
      if (row.modality == modality && row.model == model &&
          (row.subject == "all" || !is_of_several))
        rows.push_back(&row);
    out += element("figure", drawing_of_bands(rows)) + table_of_bands(results, rows);
  }
  return out;
}

}  // namespace insula::report
