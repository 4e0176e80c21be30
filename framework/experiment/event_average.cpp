// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/event_average.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "framework/base/nan.h"
#include "framework/experiment/detail/trial_bins.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kRoundingOfBins = 1e-6;  // of a bin: onsets on the samples' own grid
constexpr double kTail = 0.025;

double moment_of(const EventSamples& run, Index sample) {
  return run.begin + (static_cast<double>(sample) + (run.counts ? 0.5 : 0)) * run.interval;
}

Cutout cut_one(const EventBins& bins, const EventSamples& run, double onset) {
  const Index n = run.observed.size();
  const double spare = kRoundingOfBins * bins.width;
  const double end = run.begin + static_cast<double>(n) * run.interval;
  if (onset + bins.low(0) < run.begin - spare || onset + bins.low(bins.count()) > end + spare)
    return {};
  Cutout cut;
  cut.in_bin.assign(static_cast<std::size_t>(bins.count()), 0);
  const double first = std::floor((onset + bins.low(0) - run.begin) / run.interval) - 1;
  for (Index i = std::max<Index>(0, static_cast<Index>(first)); i < n; ++i) {
    const double lag = moment_of(run, i) - onset;
    const int bin = bins.of(lag);
    if (bin >= bins.count()) break;
    if (bin < 0 || !std::isfinite(run.observed[i])) continue;
    cut.samples.push_back({bin, i, lag});
    cut.in_bin[static_cast<std::size_t>(bin)] += 1;
    if (bin < bins.baseline) cut.in_baseline += 1;
  }
  if (bins.baseline > 0 && cut.in_baseline == 0) return {};
  return cut;
}

// The value of each bin; NaN of those without a sample.
VectorXd bin_values(const EventBins& bins, const Cutout& cut, const VectorXd& values) {
  VectorXd sum = VectorXd::Zero(bins.count());
  double baseline = 0;
  for (const Cutout::Sample& s : cut.samples) {
    sum[s.bin] += values[s.index];
    if (s.bin < bins.baseline) baseline += values[s.index];
  }
  if (bins.baseline > 0) baseline /= cut.in_baseline;
  for (int b = 0; b < bins.count(); ++b) {
    const int in_bin = cut.in_bin[static_cast<std::size_t>(b)];
    sum[b] = in_bin > 0 ? sum[b] / in_bin - baseline : kNaN;
  }
  return sum;
}

// Sets the weights of one bin's sum over the events of a run; false if there are none.
bool set_weights(const EventBins& bins,
                 int bin,
                 const std::vector<Cutout>& events,
                 VectorXd& weights) {
  bool is_any = false;
  weights.setZero();
  for (const Cutout& cut : events) {
    if (cut.in_bin.empty() || cut.in_bin[static_cast<std::size_t>(bin)] == 0) continue;
    is_any = true;
    const double own = 1.0 / cut.in_bin[static_cast<std::size_t>(bin)];
    const double of_baseline = cut.in_baseline > 0 ? 1.0 / cut.in_baseline : 0;
    for (const Cutout::Sample& s : cut.samples) {
      if (s.bin == bin) weights[s.index] += own;
      if (s.bin < bins.baseline) weights[s.index] -= of_baseline;
    }
  }
  return is_any;
}

// Σ_ij w_i w_j Cov(ε_i, ε_j) in one pass: `tail` is what all earlier terms come to at sample i.
double variance_of(const VectorXd& weights, const EventPrediction& p) {
  double variance = 0, tail = 0;
  for (Index i = 0; i < weights.size(); ++i) {
    if (tail != 0) tail *= p.correlation[i];
    if (weights[i] == 0) continue;
    const double own = weights[i] * p.sd[i];
    variance += own * (own + 2 * tail);
    tail += own;
  }
  return variance;
}

}  // namespace

int EventBins::of(double lag) const {
  return static_cast<int>(std::floor(lag / width + kRoundingOfBins)) + before;
}

std::vector<Cutout> cut_out(const EventBins& bins,
                            const EventSamples& run,
                            const std::vector<double>& onsets) {
  std::vector<Cutout> all;
  for (const double onset : onsets) all.push_back(cut_one(bins, run, onset));
  return all;
}

EventMeans observed_means(const EventBins& bins, const std::vector<EventRun>& runs) {
  const VectorXd zero = VectorXd::Zero(bins.count());
  EventMeans means{zero, zero, zero, zero, zero, zero};
  std::vector<std::vector<double>> values(static_cast<std::size_t>(bins.count()));
  for (const EventRun& run : runs)
    for (const Cutout& cut : *run.events) {
      if (cut.in_bin.empty()) continue;
      const VectorXd of_event = bin_values(bins, cut, run.samples->observed);
      for (int b = 0; b < bins.count(); ++b)
        if (cut.in_bin[static_cast<std::size_t>(b)] > 0)
          values[static_cast<std::size_t>(b)].push_back(of_event[b]);
      for (const Cutout::Sample& s : cut.samples) {
        means.samples[s.bin] += 1;
        means.position[s.bin] += s.lag;
      }
    }
  for (int b = 0; b < bins.count(); ++b) {
    const std::vector<double>& of_bin = values[static_cast<std::size_t>(b)];
    means.n[b] = static_cast<double>(of_bin.size());
    means.position[b] /= means.samples[b];
    for (const double v : of_bin) means.mean[b] += v;
    means.mean[b] /= means.n[b];
    std::tie(means.low[b], means.high[b]) = mean_interval(of_bin);
  }
  return means;
}

PredictedMeans predicted_means(const EventBins& bins,
                               const std::vector<EventRun>& runs,
                               const std::vector<EventPrediction>& predictions) {
  PredictedMeans means{VectorXd::Zero(bins.count()), VectorXd::Zero(bins.count())};
  VectorXd n = VectorXd::Zero(bins.count()), weights;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (const Cutout& cut : *runs[r].events) {
      if (cut.in_bin.empty()) continue;
      const VectorXd of_event = bin_values(bins, cut, predictions[r].mean);
      for (int b = 0; b < bins.count(); ++b) {
        if (cut.in_bin[static_cast<std::size_t>(b)] == 0) continue;
        means.mean[b] += of_event[b];
        n[b] += 1;
      }
    }
    weights.resize(predictions[r].mean.size());
    for (int b = 0; b < bins.count(); ++b)
      if (set_weights(bins, b, *runs[r].events, weights))
        means.variance[b] += variance_of(weights, predictions[r]);
  }
  means.mean = means.mean.cwiseQuotient(n);
  means.variance = means.variance.cwiseQuotient(n.cwiseAbs2());
  return means;
}

// P(k + 1) / P(k) = (k + r) / (k + 1) · q with r = mean² / (variance − mean), q = 1 − mean /
// variance: r·q = mean · (mean / variance) is finite where r is not.
std::pair<double, double> count_band(double mean, double variance) {
  if (!(mean > 0) || !(variance >= mean)) return {kNaN, kNaN};
  const double p = mean / variance, q = 1 - p;
  double log_term = q > 0 ? mean * p / q * std::log1p(-q) : -mean;
  double below = 0, low = -1;
  for (double k = 0;; ++k) {
    below += std::exp(log_term);
    if (low < 0 && below > kTail) low = k;
    if (low >= 0 && (below >= 1 - kTail || k > mean + 40 * std::sqrt(variance) + 40))
      return {low, k};
    log_term += std::log((k * q + mean * p) / (k + 1));
  }
}

}  // namespace insula::experiment
