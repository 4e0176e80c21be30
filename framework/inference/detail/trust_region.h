// SPDX-License-Identifier: Apache-2.0
// One step uphill that goes no further than its quadratic model can be trusted.
#pragma once

#include <Eigen/Core>

namespace insula::inference::detail {

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

}  // namespace insula::inference::detail
