// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/feature_inputs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "framework/base/nan.h"
#include "framework/dataset/step_signal.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/regression/reduction.h"

namespace insula::experiment {
namespace {

using architecture::Band;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Rows of features are read so many at a time: what is held is what they are reduced to.
constexpr std::size_t kRowsAtOnce = 1024;

// Rows of one or several runs, one below the other. Nothing is read before it is asked for.
class RowsOfRuns {
 public:
  void add(const dataset::FeatureBand& band, std::vector<std::size_t> rows) {
    const std::size_t part = parts_.size();
    for (std::size_t i = 0; i < rows.size(); ++i) places_.emplace_back(part, i);
    parts_.push_back({&band, std::move(rows)});
  }
  std::size_t size() const { return places_.size(); }
  Index columns() const {
    return parts_.empty() ? 0 : static_cast<Index>(parts_.front().band->values.columns());
  }

  MatrixXd read(std::span<const Index> asked) const {
    MatrixXd all(static_cast<Index>(asked.size()), columns());
    for (std::size_t first = 0, last = 0; first < asked.size(); first = last) {
      const std::size_t part = places_[static_cast<std::size_t>(asked[first])].first;
      std::vector<std::size_t> rows;
      for (last = first; last < asked.size(); ++last) {
        const auto [its, row] = places_[static_cast<std::size_t>(asked[last])];
        if (its != part) break;
        rows.push_back(parts_[part].rows[row]);
      }
      all.middleRows(static_cast<Index>(first), static_cast<Index>(last - first)) =
          dataset::feature_rows(*parts_[part].band, rows);
    }
    return all;
  }

 private:
  struct OfRun {
    const dataset::FeatureBand* band;
    std::vector<std::size_t> rows;
  };
  std::vector<OfRun> parts_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // part, and row in it
};

// Columns standardised, or components of these.
regression::Reduction reduction_of(const Band& band, const RowsOfRuns& training) {
  std::vector<Index> all(training.size());
  std::iota(all.begin(), all.end(), Index{0});
  regression::ReductionPlan plan;
  if (band.reduce == Band::Reduce::pca) plan.pca = static_cast<Index>(band.columns);
  return regression::fit_reduction(
      plan,
      training.columns(),
      [&](std::span<const Index> rows) { return training.read(rows); },
      all);
}

// Over the root of how many columns the band has. Components beyond those with variance are 0.
MatrixXd reduced(const regression::Reduction& reduction,
                 const UsedBand& used,
                 const dataset::FeatureBand& band,
                 const std::vector<std::size_t>& rows) {
  const double root = std::sqrt(static_cast<double>(band.values.columns()));
  MatrixXd result =
      MatrixXd::Zero(static_cast<Index>(rows.size()), static_cast<Index>(used.band.columns));
  for (std::size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows.size() - first);
    const MatrixXd found = reduction.apply(
        dataset::feature_rows(band, std::span<const std::size_t>(rows).subspan(first, count)));
    result.block(static_cast<Index>(first), 0, found.rows(), found.cols()) = found / root;
  }
  return result;
}

// Training rows of one or all subjects.
RowsOfRuns training_values(const Experiment& e,
                           const std::string& name,
                           std::size_t subject,
                           const std::vector<const evaluation::Fold*>& folds) {
  const bool is_shared = e.subjects != Subjects::separate;
  RowsOfRuns all;
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) {
    if (!is_shared && s != subject) continue;
    const std::vector<dataset::Run>& runs = e.dataset.subjects[s].runs;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const dataset::FeatureBand& band = *runs[r].feature_band(name);
      all.add(band, training_rows(band, runs[r], r, folds[s], e.gap));
    }
  }
  return all;
}

std::vector<std::string> names_of(const UsedBand& used) {
  return architecture::columns_of({used.name, {}, {}, {}, used.band});
}

dataset::Trials& trials_of(const dataset::FeatureBand& band, dataset::Run& run) {
  return *std::ranges::find(run.trials, band.at, &dataset::Trials::name);
}

// Without a time axis an input is a column of the trials. Excluded trials may have no row.
void set_columns(const UsedBand& used, const regression::Reduction& reduction, dataset::Run& run) {
  const dataset::FeatureBand& band = *run.feature_band(used.name);
  std::vector<std::size_t> rows, trials;
  for (std::size_t t = 0; t < band.row.size(); ++t) {
    if (band.row[t] == dataset::kNoRow) continue;
    rows.push_back(band.row[t]);
    trials.push_back(t);
  }
  const MatrixXd values = reduced(reduction, used, band, rows);
  const std::vector<std::string> names = names_of(used);
  dataset::Trials& table = trials_of(band, run);
  for (std::size_t c = 0; c < names.size(); ++c) {
    dataset::TrialColumn& column =
        *std::ranges::find(table.columns, names[c], &dataset::TrialColumn::name);
    for (std::size_t i = 0; i < trials.size(); ++i)
      column.value[trials[i]] = values(static_cast<Index>(i), static_cast<Index>(c));
  }
}

void add_inputs(const UsedBand& used, const regression::Reduction& reduction, dataset::Run& run) {
  const dataset::FeatureBand& band = *run.feature_band(used.name);
  const std::vector<ShownRow> shown = shown_rows(band, run);
  std::vector<std::size_t> rows;
  for (const ShownRow& row : shown) rows.push_back(row.row);
  const MatrixXd values = reduced(reduction, used, band, rows);
  const std::vector<std::string> names = names_of(used);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = static_cast<Index>(c);
    if (band.is_by_sample()) {
      const VectorXd series = values.col(column);
      run.inputs.push_back(dataset::cut(
          dataset::sampled(names[c], {series.data(), shown.size()}, band.start, band.interval),
          run.duration));
      continue;
    }
    std::vector<dataset::Event> events;
    for (std::size_t i = 0; i < shown.size(); ++i)
      events.push_back({shown[i].time, shown[i].duration, values(static_cast<Index>(i), column)});
    run.inputs.push_back(dataset::cut(dataset::boxcars(names[c], std::move(events)), run.duration));
  }
}

}  // namespace

std::vector<UsedBand> used_bands(const Experiment& e) {
  std::vector<UsedBand> all;
  for (const Hypothesis& h : e.hypotheses)
    for (const architecture::Input& input : h.architecture.inputs) {
      if (!input.band) continue;
      const auto found = std::ranges::find_if(all, [&](const UsedBand& used) {
        return used.name == input.name && used.band.reduce == input.band->reduce;
      });
      if (found == all.end())
        all.push_back({input.name, *input.band});
      else
        found->band.columns = std::max(found->band.columns, input.band->columns);
    }
  return all;
}

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

std::vector<std::size_t> training_rows(const dataset::FeatureBand& band,
                                       const dataset::Run& run,
                                       std::size_t run_index,
                                       const evaluation::Fold* fold,
                                       double gap) {
  std::vector<std::size_t> rows;
  for (const ShownRow& shown : shown_rows(band, run)) {
    if (run.apart_at(shown.time) != nullptr) continue;
    if (fold == nullptr ||
        evaluation::part_of(*fold, run_index, shown.time, gap) == evaluation::Part::train)
      rows.push_back(shown.row);
  }
  return rows;
}

dataset::Subject with_features(const Experiment& e,
                               std::size_t subject,
                               const std::vector<const evaluation::Fold*>& folds) {
  dataset::Subject with = e.dataset.subjects[subject];
  for (const UsedBand& used : used_bands(e)) {
    const regression::Reduction reduction =
        reduction_of(used.band, training_values(e, used.name, subject, folds));
    for (dataset::Run& run : with.runs)
      is_static(run) ? set_columns(used, reduction, run) : add_inputs(used, reduction, run);
  }
  return with;
}

void add_columns_of_features(Experiment& e) {
  for (const UsedBand& used : used_bands(e))
    for (dataset::Subject& subject : e.dataset.subjects)
      for (dataset::Run& run : subject.runs) {
        if (!is_static(run)) continue;
        const dataset::FeatureBand& band = *run.feature_band(used.name);
        std::vector<double> known;
        for (const std::size_t row : band.row) known.push_back(row == dataset::kNoRow ? kNaN : 0);
        for (const std::string& name : names_of(used))
          trials_of(band, run).columns.push_back({name, "1", known, {}});
      }
}

dataset::Dataset without_columns_of_features(const Experiment& e) {
  dataset::Dataset loaded = e.dataset;
  for (const UsedBand& used : used_bands(e)) {
    const std::vector<std::string> names = names_of(used);
    for (dataset::Subject& subject : loaded.subjects)
      for (dataset::Run& run : subject.runs)
        for (dataset::Trials& trials : run.trials)
          std::erase_if(trials.columns, [&](const dataset::TrialColumn& column) {
            return std::ranges::find(names, column.name) != names.end();
          });
  }
  return loaded;
}

}  // namespace insula::experiment
