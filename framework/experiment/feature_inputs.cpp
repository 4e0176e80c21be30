// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/feature_inputs.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "framework/base/nan.h"
#include "framework/dataset/step_signal.h"
#include "framework/experiment/detail/band_rows.h"
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

// Over the root of how many columns the band has. Components beyond those with variance are 0.
MatrixXd reduced(const regression::Reduction& reduction,
                 const Band& used,
                 const dataset::FeatureBand& band,
                 const std::vector<std::size_t>& rows) {
  const double root = std::sqrt(static_cast<double>(band.values.columns()));
  MatrixXd result =
      MatrixXd::Zero(static_cast<Index>(rows.size()), static_cast<Index>(used.columns));
  for (std::size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows.size() - first);
    const MatrixXd found =
        reduction.apply(used_values(used, band, std::span(rows).subspan(first, count)));
    result.block(static_cast<Index>(first), 0, found.rows(), found.cols()) = found / root;
  }
  return result;
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
  const MatrixXd values = reduced(reduction, used.band, band, rows);
  const std::vector<std::string> names = names_of(used);
  dataset::Trials& table = trials_of(band, run);
  for (std::size_t c = 0; c < names.size(); ++c) {
    dataset::TrialColumn& column =
        *std::ranges::find(table.columns, names[c], &dataset::TrialColumn::name);
    for (std::size_t i = 0; i < trials.size(); ++i)
      column.value[trials[i]] = values(static_cast<Index>(i), static_cast<Index>(c));
  }
}

// What was there `delay` s ago; before the run, nothing.
dataset::StepSignal later(const dataset::StepSignal& signal,
                          const std::string& name,
                          double delay) {
  dataset::StepSignal result = signal;
  result.name = name;
  for (double& onset : result.onset) onset += delay;
  return result;
}

void add_inputs(const UsedBand& used, const regression::Reduction& reduction, dataset::Run& run) {
  const dataset::FeatureBand& band = *run.feature_band(used.name);
  const std::vector<ShownRow> shown = used_rows(used.band, band, run);
  std::vector<std::size_t> rows;
  for (const ShownRow& row : shown) rows.push_back(row.row);
  const MatrixXd values = reduced(reduction, used.band, band, rows);
  std::vector<dataset::StepSignal> signals;
  for (Index column = 0; column < values.cols(); ++column) {
    if (band.is_by_sample()) {
      const VectorXd series = values.col(column);
      const double interval = used.band.resample > 0 ? used.band.resample : band.interval;
      signals.push_back(dataset::sampled("", {series.data(), shown.size()}, band.start, interval));
      std::vector<double>& onset = signals.back().onset;  // none if all is 0
      if (used.band.resample > 0 && !onset.empty())       // the last step may be shorter
        onset.back() = std::min(onset.back(), shown.back().time + shown.back().duration);
      continue;
    }
    std::vector<dataset::Event> events;
    for (std::size_t i = 0; i < shown.size(); ++i)
      events.push_back({shown[i].time, shown[i].duration, values(static_cast<Index>(i), column)});
    signals.push_back(dataset::boxcars("", std::move(events)));
  }
  const std::vector<std::string> names = names_of(used);
  for (std::size_t c = 0; c < names.size(); ++c)
    run.inputs.push_back(dataset::cut(
        later(signals[c % signals.size()], names[c], used.band.delays[c / signals.size()]),
        run.duration));
}

}  // namespace

std::vector<UsedBand> used_bands(const Experiment& e) {
  std::vector<UsedBand> all;
  for (const Hypothesis& h : e.hypotheses)
    for (const architecture::Input& input : h.architecture.inputs) {
      if (!input.band) continue;
      const auto found = std::ranges::find_if(all, [&](const UsedBand& used) {
        return used.name == input.name && used.band.random == input.band->random &&
               (used.band.pca > 0) == (input.band->pca > 0);
      });
      if (found == all.end()) {
        // Columns of one band stand together.
        const auto same = std::ranges::find(all.rbegin(), all.rend(), input.name, &UsedBand::name);
        all.insert(same == all.rend() ? all.end() : same.base(), {input.name, *input.band});
        continue;
      }
      Band& band = found->band;
      band.columns = std::max(band.columns, input.band->columns);
      band.pca = std::max(band.pca, input.band->pca);
      std::vector<double> delays;
      std::ranges::set_union(band.delays, input.band->delays, std::back_inserter(delays));
      band.delays = delays;
    }
  return all;
}

dataset::Subject with_columns_of(const Experiment& e,
                                 std::size_t subject,
                                 const std::vector<regression::Reduction>& reductions) {
  dataset::Subject with = e.dataset.subjects[subject];
  const std::vector<UsedBand> bands = used_bands(e);
  for (std::size_t b = 0; b < bands.size(); ++b)
    for (dataset::Run& run : with.runs)
      is_static(run) ? set_columns(bands[b], reductions[b], run)
                     : add_inputs(bands[b], reductions[b], run);
  return with;
}

dataset::Subject with_features(const Experiment& e,
                               std::size_t subject,
                               const std::vector<const evaluation::Fold*>& folds) {
  return with_columns_of(e, subject, fitted_reductions(e, subject, folds));
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
