// SPDX-License-Identifier: Apache-2.0
// How well anything could predict what one channel does when a stimulus comes again: what repeats
// share is signal, what they do not share is noise. All of it is of the data alone; no prediction
// enters but in cc_norm, which is a score.
//
// Everywhere `repeats` is repeats × samples, one row a presentation of the same stimulus, sample by
// sample at the same time in it, all numbers finite. A reliability is the share of a variance that
// the stimulus explains: of one repeat ρ₁, of the mean of n of them ρ_n = n·ρ₁ / (1 + (n − 1)·ρ₁).
// The ceiling of R² is ρ_n and that of a correlation √ρ_n. Estimates are not clipped: where noise
// happens to be shared negatively, a reliability is below 0 and its root NaN, and that is told.
//
// errors  InternalError, in all functions, for fewer than two repeats or three samples, and for
//         numbers that are not finite
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/base/random.h"

namespace insula::evaluation {

/// Variances over samples (n − 1 in the denominator), averaged over repeats: the squared unit of
/// the data. total = signal + noise; the estimate of signal has no bias and may be negative.
struct Power {
  double total = 0, signal = 0, noise = 0;

  /// Of the mean of `repeats` repeats; NaN if the data are constant.
  double reliability(int repeats = 1) const;
};

/// SP = (Var(Σ y) − Σ Var(y)) / (N·(N − 1)).
/// source  Sahani & Linden 2003, NIPS 15:125; in this form Schoppe et al. 2016, Front. Comput.
///         Neurosci. 10:10
Power power(const Eigen::MatrixXd& repeats);

/// The correlation of the signal with the mean of all repeats, √(SP / Var(ȳ)); NaN if SP ≤ 0.
/// source  Hsu, Borst & Theunissen 2004, Network 15:91; Schoppe et al. 2016
double cc_max(const Eigen::MatrixXd& repeats);

/// The correlation of a prediction with the mean of the repeats over cc_max, which is
/// Cov(ŷ, ȳ) / √(Var(ŷ)·SP). May be above 1; NaN if SP ≤ 0 or the prediction is constant.
/// source  Schoppe et al. 2016
double cc_norm(const Eigen::VectorXd& prediction, const Eigen::MatrixXd& repeats);

/// The reliability of a test `factor` times as long: k·ρ / (1 + (k − 1)·ρ).
/// source  Spearman 1910 and Brown 1910, Br. J. Psychol. 3:271 and 3:296
double spearman_brown(double reliability, double factor);

struct SplitHalf {
  double correlation = 0;  // of the means of two halves
  double of_one = 0;       // reliability of one repeat
  double of_all = 0;       // of the mean of all repeats
};

/// Correlations of the means of two halves, averaged as Fisher's z over all ways of halving the
/// repeats, or over `splits` of them drawn if there are more; of an odd number of repeats one is
/// left out each time. A half that is constant says nothing and is passed over; NaN if all are.
/// cost    O(splits · repeats · samples)
SplitHalf split_half(const Eigen::MatrixXd& repeats, int splits, Stream& random);

struct LeaveOneOut {
  double lower = 0;   // correlation of a repeat with the mean of the others
  double upper = 0;   // and with the mean of all, itself included
  double of_one = 0;  // the reliability of one repeat that gives `lower` between equal repeats
};

/// Averaged over repeats as Fisher's z. `lower` is what a prediction as good as the mean of the
/// others reaches on a single repeat, E r² = ρ₁·ρ_{N−1}; the true signal would reach √ρ₁, which is
/// between the two. source  as for RDMs in Nili et al. 2014, PLoS Comput. Biol. 10:e1003553
LeaveOneOut leave_one_out(const Eigen::MatrixXd& repeats);

/// The variance within stimuli: Σ (y − ȳ_stimulus)² / Σ (n − 1), over stimuli that came at least
/// twice. `stimulus` names that of each value; −1: none that came again. NaN if none did.
/// errors  InternalError if the sizes differ
/// source  Lage-Castellanos et al. 2019, PLoS Comput. Biol. 15:e1006397
double noise_variance(const Eigen::VectorXd& value, const std::vector<int>& stimulus);

/// The correlation that the true signal reaches on a test set of this size, over test sets: its
/// mean and the middle 95 %. Signal and noise are Gaussian and independent between samples.
struct SimulatedCeiling {
  double mean = 0, low = 0, high = 0;
};

/// source  Lage-Castellanos et al. 2019 (Monte Carlo noise ceiling)
/// errors  InternalError unless variances are positive, samples ≥ 3 and draws ≥ 1
SimulatedCeiling simulated_ceiling(
    double signal_variance, double noise_variance, int samples, int draws, Stream& random);

}  // namespace insula::evaluation
