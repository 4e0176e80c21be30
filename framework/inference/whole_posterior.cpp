// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/whole_posterior.h"

#include <Eigen/Cholesky>
#include <cmath>

#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::log_det_of_factor;

void describe_whole(const Problem& problem,
                    const State& state,
                    const WeightSubspace& subspace,
                    const HyperJoint& hyper,
                    const Joint& joint,
                    Fit& fit) {
  const std::vector<Index> others = other_parameters(problem);
  const auto kept = std::ssize(others), few = subspace.state.theta.size(), weights = few - kept,
             all = hyper.precision.rows(), hypers = all - few, scales = std::ssize(problem.scales);
  const MatrixXd precision = hyper.precision.selfadjointView<Eigen::Lower>();
  const Eigen::LLT<MatrixXd> factor(precision),
      of_weights(precision.block(kept, kept, weights, weights)),
      of_others(joint.covariance(others, others));
  for (const Eigen::LLT<MatrixXd>* each : {&factor, &of_weights, &of_others})
    if (each->info() != Eigen::Success) return;
  const MatrixXd together = factor.solve(MatrixXd::Identity(all, all));
  std::vector<Index> but_weights(static_cast<std::size_t>(kept + hypers));
  for (Index i = 0; i < kept + hypers; ++i)
    but_weights[static_cast<std::size_t>(i)] = i < kept ? i : weights + i;
  const double of_hyper = log_det_of_factor(
                   Eigen::LLT<MatrixXd>(together.bottomRightCorner(hypers, hypers)).matrixLLT()),
               of_both = log_det_of_factor(
                   Eigen::LLT<MatrixXd>(together(but_weights, but_weights)).matrixLLT());
  // Weights given all else, and what they and the others have from that.
  const MatrixXd half = of_others.matrixL().solve(joint.covariance(others, Eigen::all));
  MatrixXd moved = together.topLeftCorner(few, few);
  moved.bottomRightCorner(weights, weights) -=
      of_weights.solve(MatrixXd::Identity(weights, weights));
  const MatrixXd covariance = joint.covariance - half.transpose() * half +
                              subspace.basis * moved * subspace.basis.transpose();
  if (!std::isfinite(of_hyper) || !std::isfinite(of_both) || !covariance.allFinite()) return;

  fit.free_energy.parameters +=
      0.5 * (of_both - of_hyper - log_det_of_factor(of_others.matrixLLT()));
  fit.free_energy.hyperparameters =
      0.5 * of_hyper + log_prior_of_hyper(problem, subspace.model, state);
  const VectorXd given_scales = fit.shrinkage;
  describe_covariance(problem, state.prior_variance, covariance, fit);
  for (const PriorScale& scale : problem.scales)
    fit.shrinkage(scale.parameter) = given_scales(scale.parameter);
  fit.scale_covariance = subspace.basis * together.block(0, few, few, scales);
  for (Index s = 0; s < scales; ++s)
    fit.scales[static_cast<std::size_t>(s)].variance = together(few + s, few + s);
}

}  // namespace insula::inference::detail
