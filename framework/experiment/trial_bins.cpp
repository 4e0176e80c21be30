// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_bins.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/statistics.h"

namespace insula::experiment {
namespace {

constexpr std::size_t kFewestInBin = 5;
constexpr double kMostTimeBins = 100;

std::vector<double> sorted_finite(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

std::size_t ValueBins::of(double value) const {
  const auto bin =
      static_cast<std::size_t>(std::lower_bound(high.begin(), high.end(), value) - high.begin());
  return bin < size() && low[bin] <= value ? bin : size();
}

ValueBins value_bins(std::vector<double> values, std::size_t most) {
  values = sorted_finite(std::move(values));
  const std::size_t n = values.size();
  std::vector<double> levels = values;
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  if (levels.size() <= most) return {levels, levels};
  const std::size_t wanted = std::clamp<std::size_t>(n / kFewestInBin, 1, most);
  ValueBins bins;
  std::size_t first = 0;
  for (std::size_t k = 1; k <= wanted && first < n; ++k) {
    std::size_t end = n * k / wanted;
    if (end <= first) continue;
    while (end < n && values[end] == values[end - 1]) ++end;
    bins.low.push_back(values[first]);
    bins.high.push_back(values[end - 1]);
    first = end;
  }
  return bins;
}

std::size_t TimeBins::of(double time) const {
  if (!(time >= first)) return count;
  const double bin = std::floor((time - first) / width);
  return bin < static_cast<double>(count) ? static_cast<std::size_t>(bin) : count;
}

TimeBins time_bins(const std::vector<double>& times) {
  const std::vector<double> sorted = sorted_finite(times);
  if (sorted.empty()) return {};
  const double range = sorted.back() - sorted.front();
  const double iqr = numerics::quantile(sorted, 0.75) - numerics::quantile(sorted, 0.25);
  double width = 2 * iqr / std::cbrt(static_cast<double>(sorted.size()));
  width = std::max(width, range / kMostTimeBins);
  if (!(width > 0)) width = 0.1 * sorted.back();  // all times are the same
  // One bin to spare on either side shows what the model expects there.
  const double before = std::max(0.0, std::floor(sorted.front() / width) - 1);
  const double behind = std::floor(sorted.back() / width) + 2;
  return {before * width, width, static_cast<std::size_t>(behind - before)};
}

Limits share_interval(double count, double n) {
  const double z = normal_quantile(0.975), share = count / n;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

// The rank r from either end is the largest with P(Bin(n, ½) < r) ≤ 2.5 %.
Limits median_interval(std::vector<double> values) {
  values = sorted_finite(std::move(values));
  const auto n = static_cast<double>(values.size());
  double log_term = -n * std::log(2.0), below = 0;  // ln P(Bin = k), P(Bin < k + 1)
  std::size_t rank = 0;
  for (double k = 0; k < n / 2; ++k) {
    below += std::exp(log_term);
    if (below > 0.025) break;
    ++rank;
    log_term += std::log((n - k) / (k + 1));
  }
  if (rank == 0) return {kNaN, kNaN};
  return {values[rank - 1], values[values.size() - rank]};
}

Limits mean_interval(const std::vector<double>& values) {
  if (values.size() < 2) return {kNaN, kNaN};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double half =
      numerics::student_quantile(0.975, static_cast<int>(n) - 1) * std::sqrt(squares / (n - 1) / n);
  return {mean - half, mean + half};
}

}  // namespace insula::experiment
