// SPDX-License-Identifier: Apache-2.0
// The drift-diffusion model of choice and response time: a Wiener process of unit diffusion starts
// at z·a, drifts by v and ends at the bound a (upper) or 0 (lower); the response time is the time
// of first passage and t0. With sv > 0 the drift of each trial is normal about v.
//
//     v    drift towards the upper bound, 1/s            a   separation of the bounds, √s; a > 0
//     z    start from the lower bound, relative; (0, 1)  t0  non-decision time, s
//     sv   standard deviation of v over trials, 1/s; ≥ 0
#pragma once

#include <Eigen/Core>
#include <span>

#include "framework/numerics/isa.h"

namespace insula::numerics {

/// One number per trial each: the response time in s, and whether the upper (+1) or the lower (−1)
/// bound was hit.
struct WienerTrials {
  std::span<const double> rt, resp;
};

/// Each one number per trial, or one for all.
struct WienerParameters {
  std::span<const double> v, a, z, t0, sv;
};

/// One number per trial each.
struct WienerGradient {
  std::span<double> v, a, z, t0, sv;
};

/// ln f(rt, resp | v, a, z, t0, sv), the log of the density of the response time and the choice
/// jointly: over both responses it integrates to one.
///
/// domain  rt ≤ t0 gives −∞ (and a zero gradient); a decision faster than 1e-60 s counts as such;
///         parameters outside their domain and NaN give unspecified numbers
/// errors  InternalError if sizes differ
/// exact   the larger of 1e-12 and 4ε·|ln f|, absolute; ln f never underflows. Slopes: 1e-9,
///         relative where they exceed 1, else absolute; wiener_test.cpp
/// cost    O(trials) without branches, two exponentials and a logarithm each, by threads of
///         numerics/parallel.h; same digits at any number of them
/// source  detail/wiener_series.h
void wiener_log_density(const WienerTrials& trials,
                        const WienerParameters& parameters,
                        std::span<double> log_density,
                        Isa isa = chosen_isa());

/// The same with the slopes of ln f in all parameters.
void wiener_log_density(const WienerTrials& trials,
                        const WienerParameters& parameters,
                        std::span<double> log_density,
                        const WienerGradient& gradient,
                        Isa isa = chosen_isa());

/// The second derivatives of ln f; zero where rt ≤ t0.
///
/// shape   [trials, 15]: column wiener_hessian_column(i, j) has ∂²/∂i∂j, with i and j in the order
///         v, a, z, t0, sv
/// errors  InternalError if sizes differ
Eigen::Matrix<double, Eigen::Dynamic, 15> wiener_hessian(const WienerTrials& trials,
                                                         const WienerParameters& parameters,
                                                         Isa isa = chosen_isa());

/// The lower triangle row by row: vv, av, aa, zv, za, zz, …
constexpr int wiener_hessian_column(int i, int j) {
  return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

}  // namespace insula::numerics
