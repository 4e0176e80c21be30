// SPDX-License-Identifier: Apache-2.0
// Trials that were not what they seem: in a share λ of them the response came from no evidence,
// with density w, and in the others from the process with density f.
//
//     p = (1 − λ)·f + λ·w
//
// source  Wichmann & Hill 2001, Percept. Psychophys. 63:1293 (choices); Ratcliff & Tuerlinckx 2002,
//         Psychon. Bull. Rev. 9:438 (response times)
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

namespace insula::trials::detail {

struct Mixture {
  double value;       // ln p; −∞ where neither can be
  double of_process;  // f/p
  double of_lapse;    // w/p
};

// A ratio is at most e^300, so that its square, an information, stays a number. Only λ below e^−300
// could have larger ones.
constexpr double kLargestLogRatio = 300;

inline Mixture mixture(double log_process, double lapse, double log_lapse) {
  const double a = std::log1p(-lapse) + log_process, b = std::log(lapse) + log_lapse;
  const double larger = std::max(a, b);
  if (larger == -std::numeric_limits<double>::infinity()) return {larger, 0, 0};
  const double value = larger + std::log1p(std::exp(-std::abs(a - b)));
  const auto ratio = [&](double of) { return std::exp(std::min(of - value, kLargestLogRatio)); };
  return {value, ratio(log_process), ratio(log_lapse)};
}

/// Where entry (i, j), i ≥ j, of a symmetric matrix stands: its lower triangle row by row.
constexpr Eigen::Index packed(Eigen::Index i, Eigen::Index j) { return i * (i + 1) / 2 + j; }

/// −∂² ln p of one datum: of a process with slope g and second derivatives h (packed, P
/// predictors), followed by λ. With A = f/p, B = w/p and r = (1 − λ)A:
///
///     −r·h − r(1 − r)·g gᵀ     A·B·g     (B − A)²
inline void add_observed_information(const Mixture& m,
                                     double lapse,
                                     const Eigen::Ref<const Eigen::RowVectorXd>& g,
                                     const Eigen::Ref<const Eigen::RowVectorXd>& h,
                                     Eigen::Ref<Eigen::RowVectorXd> information) {
  const double r = (1 - lapse) * m.of_process, rest = lapse * m.of_lapse;
  for (Eigen::Index i = 0; i < g.size(); ++i) {
    for (Eigen::Index j = 0; j <= i; ++j)
      information[packed(i, j)] -= r * (h[packed(i, j)] + rest * g[i] * g[j]);
    information[packed(g.size(), i)] += m.of_process * m.of_lapse * g[i];
  }
  const double slope = m.of_lapse - m.of_process;
  information[packed(g.size(), g.size())] += slope * slope;
}

}  // namespace insula::trials::detail
