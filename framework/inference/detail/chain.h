// SPDX-License-Identifier: Apache-2.0
// The noise of one channel: which samples are in use and how their noise hangs together.
//
// With unit innovation precision the samples in use have precision Ω(ρ). An AR(1) process seen at
// some of its times is a first-order Markov chain: a gap of k steps has correlation r = ρ^k and
// innovation variance (1 − r²)/(1 − ρ²). In sums m and differences d of neighbours in use,
//
//   eᵀΩe = (1 − ρ²) [ Σ_runs ½(e_first² + e_last²) + Σ_links ¼ (m² (1 − r)/(1 + r) + d² (1 + r)/(1
//   − r)) ]
//
// so Ω is a sum of fixed matrices ("parts") with scalar weights that depend on ρ alone: one pass
// over the data serves every ρ. Sums and differences, rather than lagged products, keep the
// digits of smooth series when ρ is near 1.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/problem.h"

namespace insula::inference::detail {

/// Links between neighbours in use that are `length` samples apart, by the later one's position
/// among the samples in use (the earlier one stands just before it).
struct Gap {
  Eigen::Index length = 0;
  std::vector<Eigen::Index> later;
};

struct Chain {
  bool is_white = true;
  std::vector<Eigen::Index> used;  // sample of each position
  // The rest is empty if white.
  std::vector<Eigen::Index> ends;  // first and last position of each run (twice if it has only one)
  std::vector<Gap> gaps;           // by length

  Eigen::Index count() const { return static_cast<Eigen::Index>(used.size()); }
  /// Number of parts: 1 if white (the identity), else 1 (ends) + 2 per gap (sums, differences).
  std::size_t parts() const { return is_white ? 1 : 1 + 2 * gaps.size(); }
};

Chain make_chain(const Channel& channel);

/// The weight of each part, ln|Ω|, and their first and second derivatives in ζ = atanh ρ.
struct Weights {
  std::vector<double> value, first, second;
  double log_det = 0, log_det_first = 0, log_det_second = 0;
};
void set_weights(const Chain& chain, double zeta, Weights& weights);

/// A factor of the precision, Ω = WᵀW: (W e)_t = own_t e_t − before_t e_{t−1}, along the samples in
/// use.
struct Whitening {
  Eigen::VectorXd own, before;
};
Whitening whitening(const Chain& chain, double zeta);

/// Links of one gap one after the other: of samples begin … begin + count − 1, each with the one
/// `length` before it.
struct LinkRun {
  std::size_t gap = 0;
  Eigen::Index length = 0, begin = 0, count = 0;
};
std::vector<LinkRun> link_runs(const Chain& chain);

/// tr(part_i C) of every part, for a covariance C of all samples: its diagonal and, per run of
/// links, its entries of the two samples of each link.
std::vector<double> part_traces(const Chain& chain,
                                const std::vector<LinkRun>& runs,
                                const Eigen::VectorXd& variance,
                                const std::vector<Eigen::VectorXd>& linked);

/// part_i e of every part, for e over the samples in use: samples in use × parts.
Eigen::MatrixXd parts_times(const Chain& chain, const Eigen::VectorXd& e);

/// Ω e, for e over the samples in use.
Eigen::VectorXd precision_times(const Chain& chain, double zeta, const Eigen::VectorXd& e);

}  // namespace insula::inference::detail
