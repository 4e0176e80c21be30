// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_bins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/statistics.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

std::vector<double> normal_values(std::size_t n, const char* task) {
  Stream stream(1, task);
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(stream.normal());
  return values;
}

std::vector<int> counts_in(const ValueBins& bins, const std::vector<double>& values) {
  std::vector<int> counts(bins.size() + 1);
  for (const double v : values) ++counts[bins.of(v)];
  return counts;
}

TEST(ValueBins, HaveEqualCountsAndLeaveOutNothing) {
  for (const std::size_t n : {41, 100, 1003}) {
    const std::vector<double> values = normal_values(n, "bins");
    const ValueBins bins = value_bins(values, 8);
    ASSERT_EQ(bins.size(), 8u);
    std::vector<int> counts = counts_in(bins, values);
    EXPECT_EQ(counts.back(), 0);
    counts.pop_back();
    const auto [fewest, most] = std::ranges::minmax(counts);
    EXPECT_LE(most - fewest, 1) << n;
  }
}

TEST(ValueBins, OfABinaryTermAreItsTwoLevels) {
  std::vector<double> values(90, -1);
  values.resize(100, 1);
  const ValueBins bins = value_bins(values, 8);
  EXPECT_EQ(bins.low, (std::vector<double>{-1, 1}));
  EXPECT_EQ(bins.high, bins.low);
  EXPECT_EQ(counts_in(bins, values), (std::vector<int>{90, 10, 0}));
  EXPECT_EQ(bins.of(0), bins.size());
}

TEST(ValueBins, KeepEqualValuesTogether) {
  // Half of the trials have no theta at all: they are one bin, the others share the rest.
  std::vector<double> values = normal_values(400, "ties");
  for (double& v : values) v = std::max(v, 0.0);
  const ValueBins bins = value_bins(values, 8);
  EXPECT_EQ(bins.low[0], 0);
  EXPECT_EQ(bins.high[0], 0);
  const std::vector<int> counts = counts_in(bins, values);
  EXPECT_EQ(counts[0], std::ranges::count(values, 0.0));
  EXPECT_EQ(counts.back(), 0);
  for (std::size_t b = 1; b < bins.size(); ++b) {
    EXPECT_GT(bins.low[b], bins.high[b - 1]);
    EXPECT_GE(counts[b], 1);
    EXPECT_LE(counts[b], 50);  // an eighth of the trials
  }
}

TEST(ValueBins, HoldAtLeastFiveTrialsAndNoMissingOnes) {
  std::vector<double> values = normal_values(23, "few");
  values.push_back(kNaN);
  const ValueBins bins = value_bins(values, 8);
  EXPECT_EQ(bins.size(), 4u);
  const std::vector<int> counts = counts_in(bins, values);
  for (std::size_t b = 0; b < bins.size(); ++b) EXPECT_GE(counts[b], 5);
  EXPECT_EQ(counts.back(), 1);  // the missing one
  EXPECT_EQ(value_bins({kNaN}, 8).size(), 0u);
}

TEST(TimeBins, HaveTheWidthOfFreedmanAndDiaconis) {
  std::vector<double> times = normal_values(1000, "times");
  for (double& t : times) t = 0.3 + 0.2 * std::exp(0.3 * t);
  const TimeBins bins = time_bins(times);
  const double iqr = numerics::quantile(times, 0.75) - numerics::quantile(times, 0.25);
  EXPECT_CLOSE(bins.width, iqr / 5, Tolerance::rounding(8));  // 2·IQR·1000^(−1/3)
  std::vector<int> counts(bins.count + 1);
  for (const double t : times) ++counts[bins.of(t)];
  EXPECT_EQ(counts.back(), 0);
  // One bin to spare on either side, and no more.
  EXPECT_EQ(counts.front(), 0);
  EXPECT_GT(counts[1], 0);
  EXPECT_EQ(counts[bins.count - 1], 0);
  EXPECT_GT(counts[bins.count - 2], 0);
}

TEST(TimeBins, StayFewAndPositiveWhateverTheTimesAre) {
  std::vector<double> outlier(1000, 0.5);
  for (std::size_t i = 0; i < outlier.size(); ++i) outlier[i] += 1e-4 * static_cast<double>(i % 7);
  outlier.push_back(60);
  const TimeBins wide = time_bins(outlier);
  EXPECT_LE(wide.count, 103u);
  EXPECT_LT(wide.of(60), wide.count);
  const TimeBins same = time_bins(std::vector<double>(20, 0.7));
  EXPECT_GT(same.width, 0);
  EXPECT_LT(same.of(0.7), same.count);
  EXPECT_GE(time_bins({0.01, 0.02, 0.9}).first, 0);
  EXPECT_EQ(time_bins({kNaN}).count, 0u);
}

// source  Newcombe 1998, Stat. Med. 17:857, table I, method 3
TEST(Intervals, OfSharesAreThePublishedOnes) {
  struct Published {
    double count, n, low, high;
  };
  for (const Published p : {Published{81, 263, 0.2553, 0.3662},
                            Published{15, 148, 0.0624, 0.1605},
                            Published{0, 20, 0, 0.1611},
                            Published{1, 29, 0.0061, 0.1718}}) {
    const Limits range = share_interval(p.count, p.n);
    EXPECT_CLOSE(range.first, p.low, Tolerance::printed_decimals(4));
    EXPECT_CLOSE(range.second, p.high, Tolerance::printed_decimals(4));
  }
}

TEST(Intervals, OfMediansAreOrderStatisticsThatHoldIt) {
  // P(Bin(10, ½) ≤ 1) = 11/1024 but P(≤ 2) = 56/1024: the second and the ninth.
  EXPECT_EQ(median_interval({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}), (Limits{2, 9}));
  EXPECT_EQ(median_interval({1, 2, 3, 4, 5, 6}), (Limits{1, 6}));
  EXPECT_TRUE(std::isnan(median_interval({1, 2, 3, 4, 5}).first));
  int held = 0;
  for (int k = 0; k < 2000; ++k) {
    const std::string task = "median/" + std::to_string(k);
    const Limits range = median_interval(normal_values(101, task.c_str()));
    held += range.first <= 0 && 0 <= range.second ? 1 : 0;
  }
  // The exact level is P(40 < Bin(101, ½) < 61) = 0.9540.
  EXPECT_CLOSE(held / 2000.0, 0.9540, Tolerance::sampling(std::sqrt(0.9540 * 0.0460), 2000));
}

TEST(Intervals, OfMeansAreStudents) {
  const Limits range = mean_interval({1, 2, 3, 4, 5});
  // 3 ± 2.776·√(2.5/5), the quantile of four degrees of freedom as printed in tables.
  EXPECT_CLOSE(
      range.second, 3 + 2.776 * std::sqrt(0.5), Tolerance::because(5e-4, "printed to 0.001"));
  EXPECT_CLOSE(range.first + range.second, 6, Tolerance::rounding(4));
  EXPECT_TRUE(std::isnan(mean_interval({1}).first));
}

}  // namespace
}  // namespace insula::experiment
