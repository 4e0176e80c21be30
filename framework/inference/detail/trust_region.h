// SPDX-License-Identifier: Apache-2.0
// One step uphill that goes no further than its quadratic model can be trusted.
#pragma once

#include <Eigen/Core>

namespace insula::inference::detail {

/// A step is kept if it gains this part of what it promised; the usual constants of trust regions.
/// source  Conn, Gould & Toint 2000, Trust-Region Methods, sec. 6.1
inline constexpr double kAcceptable = 1e-4, kPoor = 0.25, kGood = 0.75;
inline constexpr double kShrink = 0.25, kGrow = 2.5;

struct Step {
  Eigen::VectorXd delta;      // in θ
  double length = 0;          // of delta in prior standard deviations
  double predicted_gain = 0;  // gᵀδ − ½ δᵀSδ, nats
  double damping = 0;  // μ, in units of the prior precision; 0 is the full Gauss-Newton step
};

/// The best δ with ‖δ‖ ≤ radius, lengths in prior standard deviations: δ = (S + μ Π)⁻¹ g.
///
/// Measuring in prior standard deviations makes the path independent of the parameters' units.
/// shape   precision S [P, P] positive definite (lower triangle), gradient and prior_variance [P]
/// source  Moré & Sorensen 1983, SIAM J. Sci. Stat. Comput. 4:553, algorithm 3.2
Step trust_region_step(const Eigen::MatrixXd& precision,
                       const Eigen::VectorXd& gradient,
                       const Eigen::VectorXd& prior_variance,
                       double radius);

/// The radius after a step that gained `ratio` of its promise; not a number or below 0: it failed.
double resized(double radius, const Step& step, double ratio);

}  // namespace insula::inference::detail
