// SPDX-License-Identifier: Apache-2.0
// Is one model better than another? Tests that ask nothing of the distribution of differences but
// that swapping the two models turns their sign around.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/evaluation/scores.h"

namespace insula::evaluation {

struct SignFlipTest {
  double mean = 0;      // of the units
  double t = 0;         // mean over its standard error; NaN if all units are the same
  double p = 1;         // two-sided
  double p_family = 1;  // that any column of the family reaches this |t| by chance
  double q = 1;         // rate of false discoveries among columns with this p or less
};

struct SignFlips {
  /// Fewer units than have so many combinations of signs are flipped in all ways.
  int draws = 10000;
  std::uint64_t seed = 0;
  std::string task;
};

/// Each column of differences against 0. A unit (a subject, a block of time) keeps or turns the
/// sign of all its columns together, so that what columns share is respected, and the largest |t|
/// of each flip tells the family's error.
///
/// shape   N units × K; a NaN is left out of its column alone
/// errors  InternalError for fewer than one draw
/// cost    O(draws · N · K)
/// source  Nichols & Holmes 2002, Hum. Brain Mapp. 15:1 (largest statistic); Winkler et al. 2014,
///         NeuroImage 92:381 (sign flips); Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39
///         (a p is never 0); Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289 (q)
std::vector<SignFlipTest> sign_flip(const Eigen::MatrixXd& differences, const SignFlips& options);

/// The smallest rate of false discoveries at which each p is one. NaN stay NaN and do not count.
std::vector<double> false_discovery_rates(const std::vector<double>& p);

/// What `model` gains on `other`, block by block as a bootstrap with this length draws them: the
/// mean over blocks is the difference of the metric over all samples.
///
/// shape   blocks × channels; NaN where a channel has no sample in a block
/// errors  InternalError unless the metric is "r2" or "log_density", which add up over samples
Eigen::MatrixXd block_gains(const Metric& metric,
                            const std::vector<std::vector<HeldOut>>& model,
                            const std::vector<std::vector<HeldOut>>& other,
                            double block_length);

}  // namespace insula::evaluation
