// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/band_rows.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "framework/experiment/detail/static_regions.h"
#include "framework/regression/feature_time.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

regression::Resampling resampling_of(const architecture::Band& used,
                                     const dataset::FeatureBand& band) {
  return {band.interval, static_cast<Index>(band.values.rows()), used.resample};
}

// How many of the file's rows before each one train.
std::vector<std::size_t> trained_before(const dataset::FeatureBand& band,
                                        const std::function<bool(double)>& trains) {
  std::vector<std::size_t> before(band.values.rows() + 1, 0);
  for (std::size_t k = 0; k < band.values.rows(); ++k)
    before[k + 1] =
        before[k] + (trains(band.start + static_cast<double>(k) * band.interval) ? 1 : 0);
  return before;
}

}  // namespace

std::vector<ShownRow> shown_rows(const dataset::FeatureBand& band, const dataset::Run& run) {
  std::vector<ShownRow> shown;
  if (is_static(run)) {
    double place = 0;
    for (const std::size_t trial : run.trial_table(band.at)->in_use())
      shown.push_back({band.row[trial], place++, 1});
    return shown;
  }
  if (band.is_by_sample()) {
    for (std::size_t k = 0; k < band.values.rows(); ++k) {
      const double time = band.start + static_cast<double>(k) * band.interval;
      if (time < run.duration) shown.push_back({k, time, band.interval});
    }
    return shown;
  }
  for (std::size_t i = 0; i < band.row.size(); ++i) {
    if (band.row[i] == dataset::kNoRow || !std::isfinite(band.onset[i])) continue;
    shown.push_back({band.row[i], band.onset[i], band.duration[i]});
  }
  // An event of unknown length lasts until the next one.
  std::ranges::stable_sort(shown, {}, &ShownRow::time);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i].duration > 0) continue;
    std::size_t next = i + 1;
    while (next < shown.size() && !(shown[next].time > shown[i].time)) ++next;
    shown[i].duration = (next < shown.size() ? shown[next].time : run.duration) - shown[i].time;
  }
  return shown;
}

std::vector<ShownRow> used_rows(const architecture::Band& used,
                                const dataset::FeatureBand& band,
                                const dataset::Run& run) {
  if (!(used.resample > 0)) return shown_rows(band, run);
  const regression::Resampling resampling = resampling_of(used, band);
  const double length = static_cast<double>(band.values.rows()) * band.interval;
  std::vector<ShownRow> shown;
  for (Index k = 0; k < resampling.rows(); ++k) {
    const double begin = static_cast<double>(k) * used.resample;
    if (!(band.start + begin < run.duration)) break;
    shown.push_back(
        {static_cast<std::size_t>(k), band.start + begin, std::min(used.resample, length - begin)});
  }
  return shown;
}

MatrixXd used_values(const architecture::Band& used,
                     const dataset::FeatureBand& band,
                     std::span<const std::size_t> rows) {
  if (!(used.resample > 0)) return dataset::feature_rows(band, rows);
  return regression::resampled(resampling_of(used, band), rows, [&](std::span<const Index> all) {
    return dataset::feature_rows(band, std::vector<std::size_t>(all.begin(), all.end()));
  });
}

std::vector<std::size_t> training_rows(const architecture::Band& used,
                                       const dataset::FeatureBand& band,
                                       const dataset::Run& run,
                                       std::size_t run_index,
                                       const evaluation::Fold* fold,
                                       double gap) {
  const auto trains = [&](double time) {
    return run.apart_at(time) == nullptr &&
           (fold == nullptr ||
            evaluation::part_of(*fold, run_index, time, gap) == evaluation::Part::train);
  };
  std::vector<std::size_t> rows, before;
  if (used.resample > 0) before = trained_before(band, trains);
  for (const ShownRow& shown : used_rows(used, band, run)) {
    bool is_right = trains(shown.time);
    if (used.resample > 0) {
      const auto [first, end] = resampling_of(used, band).reach(static_cast<Index>(shown.row));
      is_right = before[static_cast<std::size_t>(end)] - before[static_cast<std::size_t>(first)] ==
                 static_cast<std::size_t>(end - first);
    }
    if (is_right) rows.push_back(shown.row);
  }
  return rows;
}

}  // namespace insula::experiment
