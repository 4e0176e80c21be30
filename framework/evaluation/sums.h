// SPDX-License-Identifier: Apache-2.0
// What a score needs of held-out samples when it depends on them through sums alone: a bootstrap
// then adds blocks instead of going through their samples again in every draw.
#pragma once

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "framework/evaluation/scores.h"

namespace insula::evaluation {

/// ScoreSums over samples of one fold. Observed and predicted values are taken from their means
/// over the whole fold, which keeps the digits of a variance that is small beside the mean.
struct ScoreSums {
  double count = 0;
  double observed = 0, predicted = 0;
  double observed2 = 0, predicted2 = 0, product = 0;
  double residual2 = 0;   // Σ (observed − predicted)²
  double deviation2 = 0;  // Σ (observed − training mean)²
  double density = 0;     // Σ log predictive density; NaN if a fold has neither density nor sd
  // Extremes of the values themselves: what tells a constant from rounding.
  double observed_low = std::numeric_limits<double>::infinity(), observed_high = -observed_low;
  double predicted_low = std::numeric_limits<double>::infinity(), predicted_high = -predicted_low;

  void add(const ScoreSums& other);
};

/// The means from which the values of a fold are taken.
struct Centre {
  double observed = 0, predicted = 0;
};
std::vector<Centre> centres(std::span<const HeldOut> folds);

/// One entry a fold, of the listed (fold, sample) pairs.
std::vector<ScoreSums> score_sums(std::span<const HeldOut> folds,
                                  std::span<const Centre> centres,
                                  std::span<const std::pair<int, int>> samples);

}  // namespace insula::evaluation
