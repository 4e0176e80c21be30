// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/calibration.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/evaluation/binomial.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

constexpr double kLevel = 0.95;

double normal_distribution(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// What n uniform ranks do at the ends of equal bins, but for the last end, where all lie below.
class Ends {
 public:
  Ends(int n, int bins) : n_(n), log_factorial_(static_cast<std::size_t>(n) + 1, 0) {
    for (std::size_t k = 2; k < log_factorial_.size(); ++k)
      log_factorial_[k] = log_factorial_[k - 1] + std::log(static_cast<double>(k));
    for (int i = 1; i < bins; ++i) tail_.push_back(tails(static_cast<double>(i) / bins));
  }

  std::size_t count() const { return tail_.size(); }
  /// The smaller of P(X ≤ k) and P(X ≥ k) of the ranks below an end.
  double tail(std::size_t end, int k) const { return tail_[end][static_cast<std::size_t>(k)]; }

  /// The counts at each end whose tail is above `least`.
  std::vector<CountBand> bands(double least) const {
    std::vector<CountBand> bands;
    for (const std::vector<double>& tail : tail_) {
      const auto is_in = [least](double p) { return p > least; };
      const auto first = std::ranges::find_if(tail, is_in);
      const auto last = std::find_if(tail.rbegin(), tail.rend(), is_in);
      bands.push_back(
          {static_cast<int>(first - tail.begin()), static_cast<int>(tail.rend() - last) - 1});
    }
    return bands;
  }

  /// That the ranks stay within all bands: counts at one end after the other are a chain, of which
  /// the ranks that are left fall into the next bin independently.
  double probability_within(const std::vector<CountBand>& bands) const {
    std::vector<double> at(static_cast<std::size_t>(n_) + 1, 0);
    at[0] = 1;
    CountBand before;
    for (std::size_t i = 0; i < bands.size(); ++i) {
      const double share = 1 / static_cast<double>(bands.size() + 1 - i);
      const double in = std::log(share), out = std::log1p(-share);
      std::vector<double> next(at.size(), 0);
      for (int from = before.low; from <= before.high; ++from)
        for (int to = std::max(from, bands[i].low); to <= bands[i].high; ++to)
          next[static_cast<std::size_t>(to)] +=
              at[static_cast<std::size_t>(from)] * probability(to - from, n_ - from, in, out);
      at = std::move(next);
      before = bands[i];
    }
    double sum = 0;
    for (const double p : at) sum += p;
    return std::min(sum, 1.0);
  }

 private:
  // Of k in n, by the logarithms of p and 1 − p.
  double probability(int k, int n, double in, double out) const {
    const auto log_factorial = [&](int i) { return log_factorial_[static_cast<std::size_t>(i)]; };
    return std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) + k * in +
                    (n - k) * out);
  }
  std::vector<double> tails(double p) const {
    std::vector<double> tail(log_factorial_.size()), above(log_factorial_.size());
    const double in = std::log(p), out = std::log1p(-p);
    double sum = 0;
    for (int k = n_; k >= 0; --k)
      above[static_cast<std::size_t>(k)] = sum += probability(k, n_, in, out);
    sum = 0;
    for (int k = 0; k <= n_; ++k) {
      sum += probability(k, n_, in, out);
      tail[static_cast<std::size_t>(k)] = std::min(sum, above[static_cast<std::size_t>(k)]);
    }
    return tail;
  }

  int n_;
  std::vector<double> log_factorial_;
  std::vector<std::vector<double>> tail_;
};

// The narrowest bands that hold uniform ranks with the probability `level`.
std::vector<CountBand> simultaneous_bands(const Ends& ends, double level) {
  double low = -14, high = std::log(0.5);  // of the tail's logarithm
  for (int i = 0; i < 24; ++i) {
    const double middle = 0.5 * (low + high);
    (ends.probability_within(ends.bands(std::exp(middle))) >= level ? low : high) = middle;
  }
  return ends.bands(std::exp(low));
}

}  // namespace

RecoveryStatistics recovery_statistics(const std::vector<Recovered>& cases) {
  RecoveryStatistics s;
  s.n = static_cast<int>(cases.size());
  s.r = s.bias = s.bias_low = s.bias_high = s.error_sd = s.posterior_sd = kNaN;
  s.coverage = s.coverage_low = s.coverage_high = kNaN;
  if (cases.empty()) return s;
  const auto n = static_cast<Eigen::Index>(cases.size());
  Eigen::VectorXd truth(n), mean(n), sd(n);
  int covered = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const Recovered& one = cases[static_cast<std::size_t>(i)];
    truth[i] = one.truth;
    mean[i] = one.mean;
    sd[i] = one.sd;
    covered += std::abs(one.mean - one.truth) < normal_quantile(0.975) * one.sd ? 1 : 0;
  }
  const Eigen::VectorXd error = mean - truth;
  s.bias = error.mean();
  s.posterior_sd = std::sqrt(sd.squaredNorm() / s.n);
  s.coverage = static_cast<double>(covered) / s.n;
  const ShareInterval interval = share_interval(covered, s.n, kLevel);
  s.coverage_low = interval.low;
  s.coverage_high = interval.high;
  if (s.n < 2) return s;
  s.r = numerics::correlation(truth, mean);
  s.error_sd = std::sqrt((error.array() - s.bias).square().sum() / (s.n - 1));
  const double half = numerics::student_quantile(0.975, s.n - 1) * s.error_sd / std::sqrt(s.n);
  s.bias_low = s.bias - half;
  s.bias_high = s.bias + half;
  return s;
}

double posterior_rank(const Recovered& one) {
  return normal_distribution((one.truth - one.mean) / one.sd);
}

int bins_for(int ranks) { return std::clamp(ranks / 5, 2, 20); }

RankHistogram rank_histogram(const std::vector<double>& ranks, int bins) {
  const int n = static_cast<int>(ranks.size());
  const CountBand one = binomial_band(n, 1.0 / bins, kLevel);
  RankHistogram h;
  for (int i = 0; i < bins; ++i) {
    const double from = static_cast<double>(i) / bins, to = static_cast<double>(i + 1) / bins;
    h.bins.push_back({from, to, 0, one.low, one.high, 0, n, n});
  }
  for (const double rank : ranks)
    ++h.bins[static_cast<std::size_t>(std::clamp(static_cast<int>(rank * bins), 0, bins - 1))]
          .count;
  const Ends ends(n, bins);
  const std::vector<CountBand> bands = simultaneous_bands(ends, kLevel);
  double least = 0.5;
  int below = 0;
  for (std::size_t i = 0; i < h.bins.size(); ++i) {
    below += h.bins[i].count;
    h.bins[i].below = below;
    if (i >= bands.size()) continue;
    h.bins[i].below_low = bands[i].low;
    h.bins[i].below_high = bands[i].high;
    least = std::min(least, ends.tail(i, below));
  }
  // A hair above the tail that was met, or rounding would count it among those that stay within.
  h.p_value = 1 - ends.probability_within(ends.bands(least * (1 + 1e-9)));
  return h;
}

}  // namespace insula::evaluation
