// SPDX-License-Identifier: Apache-2.0
// Exact statements about counts.
#pragma once

namespace insula::evaluation {

/// P(X ≤ k) of X ~ Bin(n, p); 0 ≤ p ≤ 1.
/// exact   relative 1e-10 of the smaller tail
/// cost    O(n)
double binomial_distribution(int k, int n, double p);

struct CountBand {
  int low = 0, high = 0;  // both inside
};

/// The counts that neither tail gives less than half of 1 − level: a count outside is met with a
/// probability of 1 − level at most.
CountBand binomial_band(int n, double p, double level = 0.95);

struct ShareInterval {
  double low = 0, high = 1;
};

/// Clopper and Pearson's interval of the share that k of n came from.
/// domain  0 ≤ k ≤ n, n ≥ 1
/// source  Clopper & Pearson 1934, Biometrika 26:404
ShareInterval share_interval(int k, int n, double level = 0.95);

}  // namespace insula::evaluation
