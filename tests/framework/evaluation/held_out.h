// SPDX-License-Identifier: Apache-2.0
// Held-out samples for the tests of scores.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/evaluation/scores.h"

namespace insula::evaluation {

inline const Metric& metric(std::string_view name) {
  for (const Metric& one : metrics()) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no metric of that name");
}

inline std::vector<std::pair<int, int>> all_samples(const std::vector<HeldOut>& folds) {
  std::vector<std::pair<int, int>> samples;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    for (int s = 0; s < folds[f].time.size(); ++s) samples.emplace_back(static_cast<int>(f), s);
  }
  return samples;
}

/// A stationary AR(1) series of unit variance.
inline Eigen::VectorXd ar1_series(Eigen::Index n, double rho, Stream& random) {
  Eigen::VectorXd x(n);
  x[0] = random.normal();
  for (Eigen::Index t = 1; t < n; ++t) {
    x[t] = rho * x[t - 1] + std::sqrt(1 - rho * rho) * random.normal();
  }
  return x;
}

/// One run of `folds` · `per_fold` samples, `interval` s apart: an AR(1) signal, predicted exactly,
/// under AR(1) noise of unit variance.
inline std::vector<HeldOut> simulate(
    int folds, Eigen::Index per_fold, double interval, double rho, std::uint64_t seed) {
  Stream random(seed, "held out");
  const Eigen::Index n = folds * per_fold;
  const Eigen::VectorXd signal = ar1_series(n, rho, random), noise = ar1_series(n, rho, random);
  std::vector<HeldOut> result;
  for (int f = 0; f < folds; ++f) {
    HeldOut fold;
    fold.predicted = signal.segment(f * per_fold, per_fold);
    fold.observed = fold.predicted + noise.segment(f * per_fold, per_fold);
    fold.sd = Eigen::VectorXd::Ones(per_fold);
    fold.run.assign(static_cast<std::size_t>(per_fold), 0);
    fold.time =
        Eigen::VectorXd::LinSpaced(per_fold, 0, static_cast<double>(per_fold - 1)) * interval;
    fold.time.array() += static_cast<double>(f * per_fold) * interval;
    result.push_back(fold);
  }
  return result;
}

}  // namespace insula::evaluation
