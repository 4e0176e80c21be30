// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/representations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "framework/base/nan.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/static_regions.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Of time: a sample at the edge of a window is in it or not for all trials alike.
constexpr double kSlack = 1e-6;
// Of the largest: what rounding makes of distances that are 0.
constexpr double kNothing = 1e-12;

double sd_of(const VectorXd& values) {
  double sum = 0, squares = 0, n = 0;
  for (const double v : values)
    if (std::isfinite(v)) sum += v, ++n;
  for (const double v : values)
    if (std::isfinite(v)) squares += (v - sum / n) * (v - sum / n);
  return squares > 0 ? std::sqrt(squares / n) : 1;
}

// Means over the presentations of each stimulus: stimuli × numbers.
MatrixXd means_of(const std::vector<Presentation>& presentations,
                  const MatrixXd& patterns,
                  const std::vector<std::size_t>& of,
                  const std::vector<int>& stimuli) {
  MatrixXd sum = MatrixXd::Zero(static_cast<Index>(stimuli.size()), patterns.cols());
  VectorXd count = VectorXd::Zero(sum.rows());
  for (const std::size_t p : of) {
    const auto row = std::ranges::lower_bound(stimuli, presentations[p].stimulus) - stimuli.begin();
    if (static_cast<std::size_t>(row) == stimuli.size() ||
        stimuli[static_cast<std::size_t>(row)] != presentations[p].stimulus)
      continue;
    sum.row(row) += patterns.row(static_cast<Index>(p));
    ++count[row];
  }
  return count.cwiseInverse().asDiagonal() * sum;
}

// Presentations of each stimulus dealt, in the order of time, to as many partitions as the rarest
// has presentations.
std::vector<MatrixXd> partitions_of(const std::vector<Presentation>& presentations,
                                    const MatrixXd& patterns,
                                    const std::vector<std::size_t>& of,
                                    const std::vector<int>& stimuli,
                                    const std::vector<std::size_t>& count) {
  const std::size_t parts = *std::ranges::min_element(count);
  std::vector<std::vector<std::size_t>> dealt(parts);
  std::vector<std::size_t> seen(stimuli.size(), 0);
  for (const std::size_t p : of) {
    const auto at = std::ranges::lower_bound(stimuli, presentations[p].stimulus) - stimuli.begin();
    const auto k = static_cast<std::size_t>(at);
    if (k == stimuli.size() || stimuli[k] != presentations[p].stimulus) continue;
    dealt[seen[k]++ * parts / count[k]].push_back(p);
  }
  std::vector<MatrixXd> all;
  for (const auto& part : dealt) all.push_back(means_of(presentations, patterns, part, stimuli));
  return all;
}

// What is 0 but for rounding is 0: otherwise a prediction that is the same for all would have an
// order.
evaluation::Rdm without_rounding(evaluation::Rdm rdm, double scale) {
  for (double& d : rdm)
    if (std::abs(d) < kNothing * scale) d = 0;
  return rdm;
}

}  // namespace

std::vector<RdmGroup> rdm_groups(const RunData& data) {
  std::vector<RdmGroup> groups;
  const bool is_in_time = has_time(data.experiment);
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    const Target& target = data.targets[t];
    if (target.of != (is_in_time ? Target::Of::samples : Target::Of::value)) continue;
    const std::string name = is_in_time ? target.recording : data.experiment.rdm->trials;
    if (groups.empty() || groups.back().name != name)
      groups.push_back({name, is_in_time ? target.modality : "values of trials", {}});
    groups.back().targets.push_back(t);
  }
  return groups;
}

std::vector<std::vector<double>> rdm_stimuli(const Experiment& e) {
  std::set<std::vector<double>> all;
  for (const dataset::Subject& subject : e.dataset.subjects)
    for (const dataset::Run& run : subject.runs)
      if (const dataset::Trials* trials = run.trial_table(e.rdm->trials))
        for (const std::size_t trial : trials->in_use())
          if (const auto levels = levels_of(e.rdm->by, *trials, trial)) all.insert(*levels);
  return {all.begin(), all.end()};
}

std::vector<Presentation> presentations_of(const Experiment& e, const dataset::Subject& subject) {
  const std::vector<std::vector<double>> stimuli = rdm_stimuli(e);
  std::vector<Presentation> all;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Run& run = subject.runs[r];
    const dataset::Trials* trials = run.trial_table(e.rdm->trials);
    if (trials == nullptr) continue;
    const std::vector<std::size_t> in_use = trials->in_use();
    for (std::size_t i = 0; i < in_use.size(); ++i) {
      const auto levels = levels_of(e.rdm->by, *trials, in_use[i]);
      if (!levels) continue;
      const auto stimulus = std::ranges::lower_bound(stimuli, *levels) - stimuli.begin();
      const bool has_onsets = run.duration > 0;
      const double onset = has_onsets ? trials->onset[in_use[i]] : static_cast<double>(i);
      all.push_back({static_cast<int>(stimulus),
                     r,
                     i,
                     onset + e.rdm->from,
                     onset + (has_onsets ? e.rdm->to : 1)});
    }
  }
  return all;
}

bool is_held_out(const Presentation& p, const evaluation::Fold& fold, double gap) {
  const double last = p.until - kSlack * (p.until - p.from);
  return evaluation::part_of(fold, p.run, p.from, gap) == evaluation::Part::test &&
         evaluation::part_of(fold, p.run, last, gap) == evaluation::Part::test;
}

PatternReader::PatternReader(const RunData& data, const RdmGroup& group, std::size_t subject)
    : presentations_(presentations_of(data.experiment, data.experiment.dataset.subjects[subject])),
      is_course_(data.experiment.rdm->is_course) {
  for (const std::size_t t : group.targets) {
    const RunData::Samples samples = data.samples(subject, t);
    const Target& target = data.targets[t];
    double interval = 1;  // without a time axis
    if (target.of == Target::Of::samples)
      interval =
          data.experiment.dataset.subjects[subject].runs[0].recording(target.recording)->interval;
    scale_.push_back(target.of == Target::Of::samples ? 1 : sd_of(samples.value));
    observed_.push_back(samples.value);
    // Samples are in the order of runs, and of time within each.
    const std::size_t n = samples.run.size();
    auto& rows = rows_.emplace_back(presentations_.size());
    for (std::size_t p = 0; p < presentations_.size(); ++p) {
      const Presentation& shown = presentations_[p];
      const auto places = static_cast<std::size_t>(
          std::max(1.0, std::floor((shown.until - shown.from) / interval + kSlack)));
      const double from = shown.from - kSlack * interval, until = shown.until - kSlack * interval;
      std::size_t i = static_cast<std::size_t>(std::ranges::lower_bound(samples.run, shown.run) -
                                               samples.run.begin());
      const std::size_t end = static_cast<std::size_t>(
          std::ranges::upper_bound(samples.run, shown.run) - samples.run.begin());
      i = static_cast<std::size_t>(std::lower_bound(samples.time.begin() + static_cast<Index>(i),
                                                    samples.time.begin() + static_cast<Index>(end),
                                                    from) -
                                   samples.time.begin());
      for (; i < std::min(n, end) && samples.time[i] < until && rows[p].size() < places; ++i)
        rows[p].push_back(static_cast<Index>(i));
      if (is_course_ && rows[p].size() < places) rows[p].clear();
    }
  }
}

MatrixXd PatternReader::read(const std::vector<VectorXd>& values) const {
  std::vector<Index> width;  // of each target
  Index columns = 0;
  for (const auto& rows : rows_) {
    std::size_t most = 1;
    for (const auto& one : rows) most = std::max(most, is_course_ ? one.size() : 1);
    width.push_back(static_cast<Index>(most));
    columns += width.back();
  }
  MatrixXd patterns = MatrixXd::Constant(static_cast<Index>(presentations_.size()), columns, kNaN);
  for (Index p = 0; p < patterns.rows(); ++p) {
    Index column = 0;
    for (std::size_t t = 0; t < rows_.size(); column += width[t], ++t) {
      const std::vector<Index>& rows = rows_[t][static_cast<std::size_t>(p)];
      double sum = 0, known = 0;
      for (std::size_t k = 0; k < rows.size(); ++k) {
        const bool is_known = std::isfinite(observed_[t][rows[k]]);
        const double value = is_known ? values[t][rows[k]] / scale_[t] : kNaN;
        if (is_course_) patterns(p, column + static_cast<Index>(k)) = value;
        if (std::isfinite(value)) sum += value, ++known;
      }
      if (!is_course_ && known > 0) patterns(p, column) = sum / known;
    }
  }
  return patterns;
}

MatrixXd patterns_of_band(const RunData& data,
                          const std::string& name,
                          std::size_t subject,
                          const std::vector<Presentation>& presentations,
                          const std::vector<std::size_t>& compared) {
  const dataset::Subject& who = data.experiment.dataset.subjects[subject];
  const double from = data.experiment.rdm->from;
  MatrixXd all;
  std::vector<std::vector<ShownRow>> shown;
  for (const dataset::Run& run : who.runs)
    shown.push_back(shown_rows(*run.feature_band(name), run));
  for (std::size_t p = 0; p < presentations.size(); ++p) {
    const Presentation& one = presentations[p];
    const dataset::FeatureBand& band = *who.runs[one.run].feature_band(name);
    const double onset = has_time(data.experiment) ? one.from - from : one.from;
    std::vector<std::size_t> rows;
    for (const ShownRow& row : shown[one.run]) {
      if (row.row == dataset::kNoRow) continue;
      const bool is_here =
          band.is_by_sample()
              ? row.time + row.duration > one.from && row.time < one.until
              : row.time <= onset + kSlack && onset + kSlack < row.time + row.duration;
      if (is_here) rows.push_back(row.row);
    }
    if (all.size() == 0)
      all = MatrixXd::Constant(static_cast<Index>(presentations.size()),
                               static_cast<Index>(band.values.columns()),
                               kNaN);
    if (!rows.empty())
      all.row(static_cast<Index>(p)) = dataset::feature_rows(band, rows).colwise().mean();
  }
  for (Index c = 0; c < all.cols(); ++c) {
    const VectorXd known = all(compared, c);
    double sum = 0, n = 0;
    for (const double v : known)
      if (std::isfinite(v)) sum += v, ++n;
    if (n > 0) all.col(c) = (all.col(c).array() - sum / n) / sd_of(known);
  }
  return all;
}

MatrixXd noise_precision(const std::vector<Presentation>& presentations,
                         const MatrixXd& patterns,
                         const std::vector<std::vector<std::size_t>>& folds) {
  std::vector<VectorXd> residuals;
  double degrees = 0;
  for (const std::vector<std::size_t>& fold : folds) {
    std::vector<int> stimuli;
    std::vector<std::size_t> count;
    for (const std::size_t p : fold) stimuli.push_back(presentations[p].stimulus);
    std::ranges::sort(stimuli);
    for (const int s : std::set<int>(stimuli.begin(), stimuli.end()))
      count.push_back(static_cast<std::size_t>(std::ranges::count(stimuli, s)));
    stimuli.erase(std::unique(stimuli.begin(), stimuli.end()), stimuli.end());
    const MatrixXd means = means_of(presentations, patterns, fold, stimuli);
    for (const std::size_t p : fold) {
      const auto k = std::ranges::lower_bound(stimuli, presentations[p].stimulus) - stimuli.begin();
      if (count[static_cast<std::size_t>(k)] < 2) continue;
      residuals.emplace_back((patterns.row(static_cast<Index>(p)) - means.row(k)).transpose());
    }
    for (const std::size_t n : count) degrees += n < 2 ? 0 : static_cast<double>(n - 1);
  }
  if (residuals.size() < 2) return {};
  MatrixXd stacked(static_cast<Index>(residuals.size()), patterns.cols());
  for (Index i = 0; i < stacked.rows(); ++i)
    stacked.row(i) = residuals[static_cast<std::size_t>(i)].transpose();
  const evaluation::ShrunkCovariance noise = evaluation::shrunk_covariance(stacked, degrees);
  return noise.covariance.trace() > 0 ? noise.precision() : MatrixXd();
}

StimulusRdm rdm_of(RdmQuestion::Distance distance,
                   const std::vector<Presentation>& presentations,
                   const MatrixXd& patterns,
                   const std::vector<std::size_t>& of,
                   const MatrixXd& precision,
                   bool is_data) {
  using Distance = RdmQuestion::Distance;
  std::vector<int> shown;
  for (const std::size_t p : of) shown.push_back(presentations[p].stimulus);
  std::ranges::sort(shown);
  const bool needs_two = is_data && distance == Distance::crossnobis;
  StimulusRdm result;
  std::vector<std::size_t> count;
  for (const int s : std::set<int>(shown.begin(), shown.end())) {
    const auto n = static_cast<std::size_t>(std::ranges::count(shown, s));
    if (needs_two && n < 2) continue;
    result.stimuli.push_back(s);
    count.push_back(n);
  }
  if (result.stimuli.size() < 2) return {};
  if (needs_two) {
    result.rdm = evaluation::crossnobis_rdm(
        partitions_of(presentations, patterns, of, result.stimuli, count), precision);
    return result;
  }
  const MatrixXd means = means_of(presentations, patterns, of, result.stimuli);
  const double scale = means.cwiseAbs2().rowwise().sum().maxCoeff();
  if (distance == Distance::correlation)
    result.rdm = without_rounding(evaluation::correlation_rdm(means), 1);
  else if (distance == Distance::euclidean)
    result.rdm = without_rounding(evaluation::euclidean_rdm(means),
                                  scale / static_cast<double>(means.cols()));
  else  // without noise, two measurements are the same
    result.rdm = without_rounding(evaluation::crossnobis_rdm({means, means}, precision),
                                  scale * precision.cwiseAbs().maxCoeff());
  return result;
}

evaluation::Rdm restricted(const StimulusRdm& of, const std::vector<int>& stimuli) {
  const std::size_t n = of.stimuli.size(), m = stimuli.size();
  std::vector<std::size_t> at;
  for (const int s : stimuli) {
    const auto found = std::ranges::lower_bound(of.stimuli, s);
    at.push_back(found != of.stimuli.end() && *found == s
                     ? static_cast<std::size_t>(found - of.stimuli.begin())
                     : n);
  }
  evaluation::Rdm some = evaluation::Rdm::Constant(static_cast<Index>(m * (m - 1) / 2), kNaN);
  Index pair = 0;
  for (std::size_t a = 0; a < m; ++a)
    for (std::size_t b = a + 1; b < m; ++b, ++pair)
      if (at[a] < n && at[b] < n)
        some[pair] =
            of.rdm[static_cast<Index>(at[a] * (2 * n - at[a] - 1) / 2 + at[b] - at[a] - 1)];
  return some;
}

}  // namespace insula::experiment
