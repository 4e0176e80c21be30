// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/evaluation/scores.h"
#include "framework/evaluation/sums.h"

namespace insula::evaluation {
namespace {

using Samples = std::span<const std::pair<int, int>>;

// Whether the values of every fold are all the same to rounding.
template <typename Low, typename High>
bool is_constant(std::span<const ScoreSums> folds, Low low, High high) {
  double spread = 0, size = 0;
  for (const ScoreSums& fold : folds) {
    if (fold.count == 0) continue;
    spread = std::max(spread, fold.*high - fold.*low);
    size = std::max({size, std::abs(fold.*low), std::abs(fold.*high)});
  }
  return spread <= 1e-12 * size;
}

double correlation(std::span<const ScoreSums> folds) {
  double count = 0, oo = 0, pp = 0, op = 0;
  for (const ScoreSums& fold : folds) {
    if (fold.count == 0) continue;
    count += fold.count;
    oo += fold.observed2 - fold.observed * fold.observed / fold.count;
    pp += fold.predicted2 - fold.predicted * fold.predicted / fold.count;
    op += fold.product - fold.observed * fold.predicted / fold.count;
  }
  if (count < 3 || !std::isfinite(pp)) return kNaN;
  if (is_constant(folds, &ScoreSums::observed_low, &ScoreSums::observed_high)) return kNaN;
  if (is_constant(folds, &ScoreSums::predicted_low, &ScoreSums::predicted_high)) return 0;
  return std::clamp(op / (std::sqrt(oo) * std::sqrt(pp)), -1.0, 1.0);
}

double explained_variance(std::span<const ScoreSums> folds) {
  double residual = 0, total = 0;
  for (const ScoreSums& fold : folds) {
    residual += fold.residual2;
    total += fold.deviation2;
  }
  return total > 0 ? 1 - residual / total : kNaN;
}

double log_density(std::span<const ScoreSums> folds) {
  double count = 0, sum = 0;
  for (const ScoreSums& fold : folds) {
    if (fold.count == 0) continue;
    count += fold.count;
    sum += fold.density;
  }
  return count > 0 ? sum / count : kNaN;
}

template <double (*of_sums)(std::span<const ScoreSums>)>
double of_samples(std::span<const HeldOut> folds, Samples samples) {
  return of_sums(score_sums(folds, centres(folds), samples));
}

constexpr Metric kMetrics[] = {
    {"r", "correlation", of_samples<correlation>, ceiling_of_r, correlation},
    {"r2", "R²", of_samples<explained_variance>, ceiling_of_r2, explained_variance},
    {"log_density",
     "log predictive density per sample (nats)",
     of_samples<log_density>,
     nullptr,
     log_density},
};

double normalised_r(std::span<const HeldOut> folds, Samples samples) {
  return of_samples<correlation>(folds, samples) / ceiling_of_r(folds, samples);
}

double normalised_r2(std::span<const HeldOut> folds, Samples samples) {
  return of_samples<explained_variance>(folds, samples) / ceiling_of_r2(folds, samples);
}

constexpr Metric kNormalised[] = {
    {"r", "correlation over its noise ceiling", normalised_r},
    {"r2", "R² over its noise ceiling", normalised_r2},
};

constexpr Metric kCeilings[] = {
    {"r", "noise ceiling of the correlation", ceiling_of_r},
    {"r2", "noise ceiling of R²", ceiling_of_r2},
};

const Metric* of_the_same_name(std::span<const Metric> list, const Metric& metric) {
  for (const Metric& one : list)
    if (one.name == metric.name) return &one;
  return nullptr;
}

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

const Metric* normalised(const Metric& metric) { return of_the_same_name(kNormalised, metric); }

const Metric* ceiling_of(const Metric& metric) { return of_the_same_name(kCeilings, metric); }

}  // namespace insula::evaluation
