// SPDX-License-Identifier: Apache-2.0
// Bins of trials, and intervals of what is seen in one of them.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace insula::experiment {

/// Bins of values, ascending; both ends of each are values in it.
struct ValueBins {
  std::vector<double> low, high;
  std::size_t size() const { return low.size(); }
  /// The bin of a value; size() if it lies in none.
  std::size_t of(double value) const;
};

/// One bin a level where there are at most `most` different values; else as many bins as leave at
/// least five values each, at most `most`, of counts as equal as ties allow: without ties they
/// differ by at most 1. Values that are not finite are in none.
ValueBins value_bins(std::vector<double> values, std::size_t most);

/// Bins of time of one width, all that are not negative: [first + k·width, first + (k + 1)·width).
struct TimeBins {
  double first = 0, width = 0;  // s
  std::size_t count = 0;
  std::size_t of(double time) const;  // count if it lies in none
};

/// Bins from before the fastest of some times to behind the slowest, of width 2·IQR·n^(−1/3), wider
/// where more than 100 would be needed. Times that are not finite are left out; no bins for none.
/// source  Freedman & Diaconis 1981, Z. Wahrscheinlichkeitstheorie verw. Gebiete 57:453
TimeBins time_bins(const std::vector<double>& times);

using Limits = std::pair<double, double>;

/// 95 % interval of a share of n trials. domain n ≥ 1
/// source  Wilson 1927, J. Am. Stat. Assoc. 22:209
Limits share_interval(double count, double n);

/// The narrowest pair of order statistics, as far from either end, that holds the median with at
/// least 95 % whatever the distribution is; NaN for fewer than six values.
/// source  David & Nagaraja 2003, Order Statistics, sec. 7.1
Limits median_interval(std::vector<double> values);

/// Student's 95 % interval of a mean; NaN for fewer than two values.
Limits mean_interval(const std::vector<double>& values);

}  // namespace insula::experiment
