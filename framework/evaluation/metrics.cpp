// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/base/nan.h"
#include "framework/evaluation/scores.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using Samples = std::span<const std::pair<int, int>>;

struct FoldMeans {
  double count = 0, observed = 0, predicted = 0;
};

std::vector<FoldMeans> fold_means(std::span<const HeldOut> folds, Samples samples) {
  std::vector<FoldMeans> means(folds.size());
  for (const auto& [fold, sample] : samples) {
    FoldMeans& mean = means[fold];
    mean.count += 1;
    mean.observed += folds[fold].observed[sample];
    mean.predicted += folds[fold].predicted[sample];
  }
  for (FoldMeans& mean : means) {
    if (mean.count == 0) continue;
    mean.observed /= mean.count;
    mean.predicted /= mean.count;
  }
  return means;
}

double correlation(std::span<const HeldOut> folds, Samples samples) {
  if (samples.size() < 3) return kNaN;
  const std::vector<FoldMeans> means = fold_means(folds, samples);
  double oo = 0, pp = 0, op = 0, observed_size = 0, predicted_size = 0;
  for (const auto& [fold, sample] : samples) {
    const double o = folds[fold].observed[sample], p = folds[fold].predicted[sample];
    observed_size = std::max(observed_size, std::abs(o));
    predicted_size = std::max(predicted_size, std::abs(p));
    const double od = o - means[fold].observed, pd = p - means[fold].predicted;
    oo += od * od;
    pp += pd * pd;
    op += od * pd;
  }
  const auto n = static_cast<Eigen::Index>(samples.size());
  if (!std::isfinite(pp) || numerics::is_constant(oo, observed_size, n)) return kNaN;
  if (numerics::is_constant(pp, predicted_size, n)) return 0;
  return std::clamp(op / (std::sqrt(oo) * std::sqrt(pp)), -1.0, 1.0);
}

double explained_variance(std::span<const HeldOut> folds, Samples samples) {
  double residual = 0, total = 0;
  for (const auto& [fold, sample] : samples) {
    const double o = folds[fold].observed[sample];
    const double e = o - folds[fold].predicted[sample], d = o - folds[fold].training_mean;
    residual += e * e;
    total += d * d;
  }
  return total > 0 ? 1 - residual / total : kNaN;
}

double log_density(std::span<const HeldOut> folds, Samples samples) {
  if (samples.empty()) return kNaN;
  static const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  double sum = 0;
  for (const auto& [fold, sample] : samples) {
    if (folds[fold].density.size() > 0) {
      sum += folds[fold].density[sample];
      continue;
    }
    const double sd = folds[fold].sd[sample];
    const double z = (folds[fold].observed[sample] - folds[fold].predicted[sample]) / sd;
    sum -= 0.5 * z * z + std::log(sd) + half_log_two_pi;
  }
  return sum / static_cast<double>(samples.size());
}

constexpr Metric kMetrics[] = {
    {"r", "correlation", correlation, ceiling_of_r},
    {"r2", "R²", explained_variance, ceiling_of_r2},
    {"log_density", "log predictive density per sample (nats)", log_density},
};

double normalised_r(std::span<const HeldOut> folds, Samples samples) {
  return correlation(folds, samples) / ceiling_of_r(folds, samples);
}

double normalised_r2(std::span<const HeldOut> folds, Samples samples) {
  return explained_variance(folds, samples) / ceiling_of_r2(folds, samples);
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
