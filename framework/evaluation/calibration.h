// SPDX-License-Identifier: Apache-2.0
// Are posteriors what they say they are? Parameters that data were simulated with, against what
// fits to those data say of them.
#pragma once

#include <vector>

namespace insula::evaluation {

/// One parameter of one simulated data set, and the normal posterior that a fit has of it.
struct Recovered {
  double truth = 0, mean = 0, sd = 0;
};

struct RecoveryStatistics {
  int n = 0;
  double r = 0;                                  // between truth and mean; NaN if either is fixed
  double bias = 0, bias_low = 0, bias_high = 0;  // mean of mean − truth, 95 % interval
  double error_sd = 0;                           // of mean − truth about the bias
  double posterior_sd = 0;                       // what fits take the error for: root mean square
  double coverage = 0, coverage_low = 0, coverage_high = 0;  // of 95 % intervals, 95 % interval
};

/// Intervals: Student's t of the bias, Clopper and Pearson's of the coverage. NaN without cases;
/// what takes two cases is NaN of one.
/// source  Wilson & Collins 2019, eLife 8:e49547
RecoveryStatistics recovery_statistics(const std::vector<Recovered>& cases);

/// Where the truth stands in the posterior: its distribution function there, in (0, 1). If
/// parameters are drawn from the prior and posteriors are right, these are uniform. They are the
/// ranks among infinitely many draws.
/// source  Cook, Gelman & Rubin 2006, J. Comput. Graph. Stat. 15:675; Talts et al. 2018,
///         arXiv:1804.06788
double posterior_rank(const Recovered& one);

/// A histogram of ranks in equal bins, and their empirical distribution function at the bins' upper
/// ends, which a uniform distribution keeps within [low, high] at all ends together with a
/// probability of at least 0.95.
struct RankHistogram {
  struct Bin {
    double from = 0, to = 0;
    int count = 0, band_low = 0, band_high = 0;    // of this bin alone: exact binomial 95 % band
    int below = 0, below_low = 0, below_high = 0;  // ranks ≤ to; simultaneous 95 % band
  };
  std::vector<Bin> bins;
  /// Of a uniform distribution: that it strays as far at any end; in the bands if above 0.05.
  double p_value = 1;
  bool is_within() const { return p_value > 0.05; }
};

/// Bins that so many ranks fill: five ranks a bin, at most twenty bins.
int bins_for(int ranks);

/// The tail probabilities are exact, by the recursion over ends.
/// cost    O(bins · w²) for bands w counts wide
/// source  Säilynoja, Bürkner & Vehtari 2022, Stat. Comput. 32:32, sec. 2 (simultaneous bands)
RankHistogram rank_histogram(const std::vector<double>& ranks, int bins);

}  // namespace insula::evaluation
