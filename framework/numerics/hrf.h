// SPDX-License-Identifier: Apache-2.0
// The canonical haemodynamic response and its two derivatives: SPM's informed basis set.
#pragma once

#include <Eigen/Core>
#include <span>

namespace insula::numerics {

/// Where the canonical response ends, s after the event.
inline constexpr double kHrfLength = 32;

/// `canonical`: h(t) = (Γ(t; 6) − Γ(t; 16)/6) / N on 0 … 32 s, with the gamma density Γ(t; a) of
/// shape a and scale 1 s, and N such that its integral is 1: a lasting input of 1 ends at 1.
/// `temporal`: h(t) − h(t − 1 s), what a response that comes 1 s later lacks.
/// `dispersion`: (h(t) − h′(t)) / 0.01, with h′ the response whose first gamma has dispersion 1.01.
/// source  SPM12, spm_hrf.m with p = [6 16 1 1 6 0 32], spm_get_bf.m; Friston 1998, NeuroImage 7:30
enum class HrfBasis { canonical, temporal, dispersion };

/// The response at t seconds after an impulse, 1/s; 0 before it and after its end.
double hrf(HrfBasis basis, double t);

/// Its integral from 0 to t: the response to a lasting input of 1 that began t seconds ago.
double hrf_integral(HrfBasis basis, double t);

/// The response to an input that holds value[i] from onset[i] (s, ascending) to the next onset and
/// 0 before the first, at each `time` (s): the convolution, not a sum over a time grid.
///
/// errors  InternalError if `onset` and `value` differ in length
/// exact   absolute 1e-10 for an input that changes by 1 (integral by Hermite cubics, step 10 ms)
Eigen::VectorXd hrf_response(HrfBasis basis,
                             std::span<const double> onset,
                             std::span<const double> value,
                             const Eigen::VectorXd& time);

}  // namespace insula::numerics
