// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/variance_partition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/scored_model.h"
#include "framework/numerics/statistics.h"
#include "framework/regression/partition.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Held-out samples of one recording and subject; zeros where one is missing.
struct Divided {
  std::vector<std::string> bands;
  std::vector<MatrixXd> added;  // of each band: rows × targets
  MatrixXd rest, y;             // less the mean of the training samples
  std::vector<int> block;       // of each row
};

// A stretch of a fold, of all runs that repeat a stimulus alike, numbered as it first appears.
class Stretches {
 public:
  explicit Stretches(double length) : length_(length) {}
  int number(std::size_t fold, std::size_t group, double since, double span) {
    const double count = std::max(1.0, std::floor(span / length_));
    const double part = std::min(std::floor(since / length_), count - 1);
    return numbers_.emplace(std::tuple(fold, group, part), static_cast<int>(numbers_.size()))
        .first->second;
  }
  int count() const { return static_cast<int>(numbers_.size()); }

 private:
  double length_;
  std::map<std::tuple<std::size_t, std::size_t, double>, int> numbers_;
};

double training_mean(const RunData& data,
                     const RunData::Samples& samples,
                     const evaluation::Fold& fold) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < samples.run.size(); ++i) {
    const double y = samples.value[static_cast<Index>(i)];
    if (std::isfinite(y) &&
        evaluation::part_of(fold, samples.run[i], samples.time[i], data.experiment.gap) ==
            evaluation::Part::train)
      sum += y, ++count;
  }
  return count > 0 ? sum / count : 0;
}

// Where a fold's samples of a run begin and end, s.
struct Span {
  double first = HUGE_VAL, last = -HUGE_VAL;
};

Divided divided(const RunData& data,
                const ModelRun& model,
                const std::vector<std::size_t>& targets,
                std::size_t s) {
  const std::vector<evaluation::Fold>& folds = data.folds[s];
  const dataset::Subject& who = data.experiment.dataset.subjects[s];
  std::vector<std::size_t> group(who.runs.size());
  const auto groups = runs_by_stimulus(who);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const std::size_t run : groups[g]) group[run] = g;
  Divided all;
  for (const BandPart& band : model.parts[s][1].bands) all.bands.push_back(band.band);
  std::vector<RunData::Samples> samples;
  for (const std::size_t t : targets) samples.push_back(data.samples(s, t));
  Stretches stretches(data.experiment.bootstrap_block);
  struct Row {
    std::size_t fold, sample;
  };
  std::vector<Row> rows;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    std::map<std::size_t, Span> spans;
    const RunData::Samples& first = samples[0];
    const auto is_tested = [&](std::size_t i) {
      return evaluation::part_of(folds[f], first.run[i], first.time[i], data.experiment.gap) ==
             evaluation::Part::test;
    };
    for (std::size_t i = 0; i < first.run.size(); ++i) {
      if (!is_tested(i)) continue;
      Span& span = spans[group[first.run[i]]];
      span = {std::min(span.first, first.time[i]), std::max(span.last, first.time[i])};
    }
    for (std::size_t i = 0; i < first.run.size(); ++i) {
      if (!is_tested(i)) continue;
      const Span& span = spans[group[first.run[i]]];
      all.block.push_back(stretches.number(
          f, group[first.run[i]], first.time[i] - span.first, span.last - span.first));
      rows.push_back({f, i});
    }
  }
  const auto n = static_cast<Index>(rows.size()), width = static_cast<Index>(targets.size());
  all.y = all.rest = MatrixXd::Zero(n, width);
  all.added.assign(all.bands.size(), all.y);
  for (Index k = 0; k < width; ++k) {
    const std::size_t t = targets[static_cast<std::size_t>(k)];
    const RunData::Samples& own = samples[static_cast<std::size_t>(k)];
    std::vector<double> mean;
    for (const evaluation::Fold& fold : folds) mean.push_back(training_mean(data, own, fold));
    for (Index row = 0; row < n; ++row) {
      const auto [f, i] = rows[static_cast<std::size_t>(row)];
      const auto at = static_cast<Index>(i);
      const PartResult& part = model.parts[s][f + 1];
      if (!std::isfinite(own.value[at])) continue;
      all.y(row, k) = own.value[at] - mean[f];
      all.rest(row, k) = part.mean[t][at] - mean[f];
      for (std::size_t b = 0; b < all.bands.size(); ++b) {
        const auto band = std::ranges::find(part.bands, all.bands[b], &BandPart::band);
        const double added = band->of_target[t][at];
        all.added[b](row, k) = added;
        all.rest(row, k) -= added;
      }
    }
  }
  return all;
}

// True if every fold of every subject tells what bands add to these targets.
bool tells_bands(const ModelRun& model, const std::vector<std::size_t>& targets) {
  for (const auto& parts : model.parts)
    for (std::size_t p = 1; p < parts.size(); ++p) {
      if (parts[p].bands.empty()) return false;
      for (const BandPart& band : parts[p].bands)
        for (const std::size_t t : targets)
          if (band.of_target[t].size() == 0) return false;
    }
  return true;
}

// As wide as intervals of scores, which are expanded for few blocks (Hesterberg 2015).
double expanded_coverage(int blocks) {
  const double z = numerics::student_quantile(0.975, blocks - 1) *
                   std::sqrt(blocks / static_cast<double>(blocks - 1));
  return std::erf(z / std::sqrt(2.0));
}

report::PartitionRow row_of(const ModelRun& model,
                            const Target& target,
                            const std::string& subject,
                            const std::string& channel,
                            const std::string& band) {
  report::PartitionRow row;
  row.model = model.name;
  row.subject = subject;
  row.modality = target.modality;
  row.channel = channel;
  row.band = band;
  return row;
}

// Of one subject: every channel, then their mean if there are several.
std::vector<report::PartitionRow> rows_of_subject(const RunData& data,
                                                  const ModelRun& model,
                                                  const std::vector<std::size_t>& targets,
                                                  std::size_t s) {
  const Divided parts = divided(data, model, targets, s);
  const int blocks = *std::ranges::max_element(parts.block) + 1;
  regression::PartitionBootstrap bootstrap{data.experiment.bootstrap_draws,
                                           blocks > 1 ? expanded_coverage(blocks) : 0.95,
                                           data.experiment.seed};
  const auto found = regression::partition_variance(
      parts.added, parts.rest, parts.y, parts.block, bootstrap, regression::Reference::zero);
  const std::string& subject = data.experiment.dataset.subjects[s].id;
  std::vector<report::PartitionRow> rows;
  const auto add = [&](const Target& target,
                       const std::string& channel,
                       const auto& share,
                       const auto& low,
                       const auto& high,
                       const std::array<double, 3>& r2) {
    for (std::size_t b = 0; b <= parts.bands.size(); ++b) {
      report::PartitionRow row =
          row_of(model, target, subject, channel, b < parts.bands.size() ? parts.bands[b] : "rest");
      const auto at = static_cast<Index>(b);
      row.share = share[at];
      if (blocks > 1) row.low = low[at], row.high = high[at];
      row.r2 = r2[0];
      if (blocks > 1) row.r2_low = r2[1], row.r2_high = r2[2];
      rows.push_back(std::move(row));
    }
  };
  for (std::size_t k = 0; k < targets.size(); ++k) {
    const auto t = static_cast<Index>(k);
    const Target& target = data.targets[targets[k]];
    add(target,
        target.channel,
        found.share.col(t),
        found.share_low.col(t),
        found.share_high.col(t),
        {found.r2[t], found.r2_low[t], found.r2_high[t]});
  }
  if (targets.size() > 1)
    add(data.targets[targets[0]],
        "mean",
        found.mean_share,
        found.mean_share_low,
        found.mean_share_high,
        {found.mean_r2, found.mean_r2_low, found.mean_r2_high});
  return rows;
}

// The mean over subjects, row by row.
std::vector<report::PartitionRow> mean_rows(
    const std::vector<std::vector<report::PartitionRow>>& subjects) {
  std::vector<report::PartitionRow> means = subjects[0];
  for (std::size_t i = 0; i < means.size(); ++i) {
    std::vector<evaluation::Interval95> share, r2;
    for (const auto& rows : subjects) {
      share.push_back({rows[i].share, rows[i].low, rows[i].high});
      r2.push_back({rows[i].r2, rows[i].r2_low, rows[i].r2_high});
    }
    const evaluation::Interval95 mean = mean_over_subjects(share), of_r2 = mean_over_subjects(r2);
    means[i].subject = "all";
    means[i].share = mean.value, means[i].low = mean.low, means[i].high = mean.high;
    means[i].r2 = of_r2.value, means[i].r2_low = of_r2.low, means[i].r2_high = of_r2.high;
  }
  return means;
}

}  // namespace

void add_partitions(const RunData& data, report::Results& results) {
  for (const ObservedTogether& observed : observed_together(data)) {
    if (!observed.is_series) continue;
    std::vector<std::size_t> targets;
    for (std::size_t t = 0; t < data.targets.size(); ++t)
      if (data.targets[t].recording == observed.name) targets.push_back(t);
    for (const ModelRun& model : data.models) {
      if (model.baseline == nullptr || !data.scored(model) || !tells_bands(model, targets))
        continue;
      std::vector<std::vector<report::PartitionRow>> subjects;
      for (std::size_t s = 0; s < model.parts.size(); ++s)
        subjects.push_back(rows_of_subject(data, model, targets, s));
      if (subjects.size() > 1) subjects.push_back(mean_rows(subjects));
      for (auto& rows : subjects)
        for (report::PartitionRow& row : rows) results.partition.push_back(std::move(row));
    }
  }
}

}  // namespace insula::experiment
