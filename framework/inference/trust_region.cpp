// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/trust_region.h"

#include <algorithm>
#include <cmath>

#include "framework/numerics/cholesky.h"

namespace insula::inference::detail {

using Eigen::MatrixXd;
using Eigen::VectorXd;

Step trust_region_step(const MatrixXd& precision,
                       const VectorXd& gradient,
                       const VectorXd& prior_variance,
                       double radius) {
  constexpr double kSlack = 0.1;  // how far a damped step's length may be from the radius
  constexpr int kMostTries = 20;
  const VectorXd sd = prior_variance.cwiseSqrt();
  const MatrixXd scaled = sd.asDiagonal() * precision * sd.asDiagonal();
  const VectorXd uphill = sd.cwiseProduct(gradient);
  Step step;
  VectorXd move;
  for (int tries = 0; tries < kMostTries; ++tries) {
    MatrixXd damped = scaled;
    damped.diagonal().array() += step.damping;
    const numerics::Cholesky factor(damped);
    move = factor.solve(uphill);
    step.length = move.norm();
    const bool is_inside = step.length <= radius * (1 + kSlack);
    const bool is_near = step.length >= radius * (1 - kSlack) || step.damping == 0;
    if (is_inside && is_near) break;
    // Newton on 1/‖move‖ − 1/radius, which is nearly linear in μ.
    VectorXd half = move;
    factor.solve_lower_in_place(half);
    const double slope = half.squaredNorm();
    step.damping += step.length * step.length / slope * (step.length - radius) / radius;
    step.damping = std::max(step.damping, 0.0);
  }
  if (step.length > radius) {
    move *= radius / step.length;
    step.length = radius;
  }
  step.predicted_gain =
      uphill.dot(move) - 0.5 * move.dot(scaled.selfadjointView<Eigen::Lower>() * move);
  step.delta = sd.cwiseProduct(move);
  return step;
}

double resized(double radius, const Step& step, double ratio) {
  if (!(ratio >= kPoor)) return kShrink * step.length;
  return ratio > kGood && step.damping > 0 ? kGrow * radius : radius;
}

}  // namespace insula::inference::detail
