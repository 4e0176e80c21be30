// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/pareto.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/inference/variational_laplace.h"

namespace insula::inference {

double pareto_k_limit(int draws) {
  return std::min(1 - 1 / std::log10(static_cast<double>(draws)), 0.7);
}

namespace detail {
namespace {

// Log weights that differ by less are equal: rounding of the log densities behind them.
constexpr double kEqual = 1e-8;

double mean_log1p(const std::vector<double>& x, double b) {
  double sum = 0;
  for (const double value : x) sum += std::log1p(-b * value);
  return sum / static_cast<double>(x.size());
}

}  // namespace

double pareto_shape(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  if (x.size() < 5) return kNaN;
  const double quartile = x[static_cast<std::size_t>(std::floor(n / 4 + 0.5)) - 1];
  if (!(quartile > 0)) return kNaN;
  const int points = 30 + static_cast<int>(std::sqrt(n));
  std::vector<double> b, log_likelihood;
  for (int j = 1; j <= points; ++j) {
    b.push_back(1 / x.back() + (1 - std::sqrt(points / (j - 0.5))) / (3 * quartile));
    const double k = mean_log1p(x, b.back());
    log_likelihood.push_back(n * (std::log(-b.back() / k) - k - 1));
  }
  const double top = *std::max_element(log_likelihood.begin(), log_likelihood.end());
  double weights = 0, mean = 0;
  for (std::size_t j = 0; j < b.size(); ++j) {
    const double weight = std::exp(log_likelihood[j] - top);
    weights += weight;
    mean += weight * b[j];
  }
  return (n * mean_log1p(x, mean / weights) + 5) / (n + 10);
}

double pareto_k(std::vector<double> log_weights) {
  const std::size_t draws = log_weights.size();
  if (draws < 25) return kNaN;
  std::sort(log_weights.begin(), log_weights.end());
  const double top = log_weights.back();
  if (!std::isfinite(top)) return kNaN;
  if (top - log_weights.front() < kEqual) return 0;
  const auto s = static_cast<double>(draws);
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * s, 3 * std::sqrt(s))));
  const double cut = std::exp(log_weights[draws - tail - 1] - top);
  std::vector<double> excess;
  for (std::size_t i = draws - tail; i < draws; ++i) {
    excess.push_back(std::exp(log_weights[i] - top) - cut);
  }
  return pareto_shape(excess);
}

}  // namespace detail
}  // namespace insula::inference
