// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/binomial.h"

#include <algorithm>
#include <cmath>

namespace insula::evaluation {
namespace {

double log_choose(int n, int k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

// Σ over low … high of the probabilities, smallest first.
double sum_of(int low, int high, int n, double p) {
  double sum = 0;
  const double success = std::log(p), failure = std::log1p(-p);
  const bool is_rising = high < p * n;
  for (int i = 0; i <= high - low; ++i) {
    const int k = is_rising ? low + i : high - i;
    sum += std::exp(log_choose(n, k) + k * success + (n - k) * failure);
  }
  return sum;
}

// The p at which `tail`, rising in p, is `wanted`.
double root_of(auto&& tail, double wanted) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (tail(middle) < wanted ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double binomial_distribution(int k, int n, double p) {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  return k < p * n ? sum_of(0, k, n, p) : 1 - sum_of(k + 1, n, n, p);
}

CountBand binomial_band(int n, double p, double level) {
  const double tail = (1 - level) / 2;
  CountBand band{0, n};
  while (band.low < n && binomial_distribution(band.low, n, p) < tail) ++band.low;
  while (band.high > 0 && 1 - binomial_distribution(band.high - 1, n, p) < tail) --band.high;
  return band;
}

ShareInterval share_interval(int k, int n, double level) {
  const double tail = (1 - level) / 2;
  const auto at_least = [&](double p) { return 1 - binomial_distribution(k - 1, n, p); };
  const auto more = [&](double p) { return 1 - binomial_distribution(k, n, p); };
  return {k == 0 ? 0 : root_of(at_least, tail), k == n ? 1 : root_of(more, 1 - tail)};
}

}  // namespace insula::evaluation
