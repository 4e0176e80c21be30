// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/sums.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/base/nan.h"

namespace insula::evaluation {
namespace {

double log_density_of(const HeldOut& fold, int sample) {
  static const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  if (fold.density.size() > 0) return fold.density[sample];
  if (fold.sd.size() == 0) return kNaN;
  const double sd = fold.sd[sample];
  const double z = (fold.observed[sample] - fold.predicted[sample]) / sd;
  return -0.5 * z * z - std::log(sd) - half_log_two_pi;
}

}  // namespace

void ScoreSums::add(const ScoreSums& other) {
  count += other.count;
  observed += other.observed;
  predicted += other.predicted;
  observed2 += other.observed2;
  predicted2 += other.predicted2;
  product += other.product;
  residual2 += other.residual2;
  deviation2 += other.deviation2;
  density += other.density;
  observed_low = std::min(observed_low, other.observed_low);
  observed_high = std::max(observed_high, other.observed_high);
  predicted_low = std::min(predicted_low, other.predicted_low);
  predicted_high = std::max(predicted_high, other.predicted_high);
}

std::vector<Centre> centres(std::span<const HeldOut> folds) {
  std::vector<Centre> result;
  for (const HeldOut& fold : folds) {
    const bool empty = fold.observed.size() == 0;
    result.push_back(empty ? Centre{} : Centre{fold.observed.mean(), fold.predicted.mean()});
  }
  return result;
}

std::vector<ScoreSums> score_sums(std::span<const HeldOut> folds,
                                  std::span<const Centre> centres,
                                  std::span<const std::pair<int, int>> samples) {
  std::vector<ScoreSums> result(folds.size());
  for (const auto& [f, sample] : samples) {
    const HeldOut& fold = folds[f];
    const double o = fold.observed[sample], p = fold.predicted[sample];
    const double from_observed = o - centres[f].observed, from_predicted = p - centres[f].predicted;
    const double residual = o - p, deviation = o - fold.training_mean;
    result[f].add({1,
                   from_observed,
                   from_predicted,
                   from_observed * from_observed,
                   from_predicted * from_predicted,
                   from_observed * from_predicted,
                   residual * residual,
                   deviation * deviation,
                   log_density_of(fold, sample),
                   o,
                   o,
                   p,
                   p});
  }
  return result;
}

}  // namespace insula::evaluation
