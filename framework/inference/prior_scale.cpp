// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/prior_scale.h"

#include <Eigen/Cholesky>
#include <cmath>

#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The sum of C_ij (u_i u_j + ½ a_i a_j C_ij), C the covariance, over the rows of one scale and the
// columns of another.
double sum_over(const MatrixXd& covariance,
                const VectorXd& u,
                const VectorXd& a,
                const PriorScale& rows,
                const PriorScale& columns) {
  const VectorXd of_u = u(rows.parameter), of_a = a(rows.parameter);
  VectorXd column(of_u.size());
  double sum = 0;
  for (const Index j : columns.parameter) {
    column = covariance(rows.parameter, j);
    sum += u[j] * of_u.dot(column) + 0.5 * a[j] * of_a.dot(column.cwiseAbs2());
  }
  return sum;
}

}  // namespace

VectorXd prior_variance(const Problem& problem, const std::vector<double>& log_scale) {
  VectorXd variance = problem.prior_variance;
  for (std::size_t s = 0; s < problem.scales.size(); ++s)
    for (const Index i : problem.scales[s].parameter) variance[i] *= std::exp(log_scale[s]);
  return variance;
}

ScaleEvidence scale_evidence(const Problem& problem,
                             const std::vector<double>& log_scale,
                             const VectorXd& mean,
                             const MatrixXd& covariance) {
  const auto scales = static_cast<Index>(problem.scales.size());
  const VectorXd precision = prior_variance(problem, log_scale).cwiseInverse();
  const VectorXd pull = precision.cwiseProduct(mean - problem.prior_mean);  // Aμ
  ScaleEvidence evidence{VectorXd(scales), MatrixXd::Zero(scales, scales)};
  MatrixXd curvature(scales, scales);  // without the second derivatives' negative part
  for (Index a = 0; a < scales; ++a) {
    const PriorScale& scale = problem.scales[static_cast<std::size_t>(a)];
    const double rho = log_scale[static_cast<std::size_t>(a)];
    double spread = 0;
    for (const Index i : scale.parameter)
      spread += pull[i] * pull[i] / precision[i] + precision[i] * covariance(i, i);
    const auto n = static_cast<double>(scale.parameter.size());
    evidence.gradient[a] = 0.5 * (spread - n) - (rho - scale.mean) / scale.variance;
    evidence.precision(a, a) = 0.5 * spread + 1 / scale.variance;
    for (Index b = 0; b < scales; ++b)
      curvature(a, b) =
          sum_over(covariance, pull, precision, scale, problem.scales[static_cast<std::size_t>(b)]);
  }
  const MatrixXd exact = evidence.precision - curvature;
  // Far from the maximum the exact one may be tiny and its step wild: never below a tenth of EM's.
  const MatrixXd floor = exact - 0.1 * evidence.precision;
  if (Eigen::LLT<MatrixXd>(floor).info() == Eigen::Success) evidence.precision = exact;
  return evidence;
}

MatrixXd moved_by_scales(const Problem& problem, const VectorXd& theta) {
  const auto scales = static_cast<Index>(problem.scales.size());
  MatrixXd moved = MatrixXd::Zero(theta.size(), scales);
  for (Index s = 0; s < scales; ++s)
    for (const Index i : problem.scales[static_cast<std::size_t>(s)].parameter)
      moved(i, s) = 0.5 * (theta[i] - problem.prior_mean[i]);
  return moved;
}

ScaledJoint with_scales(const Problem& problem,
                        const Joint& joint,
                        const VectorXd& theta,
                        const VectorXd& prior_variance,
                        const std::vector<double>& log_scale) {
  const Index p = theta.size();
  const auto scales = static_cast<Index>(problem.scales.size());
  const VectorXd from_mean = theta - problem.prior_mean;
  const MatrixXd moved = moved_by_scales(problem, theta);
  // What the data alone say of parameters.
  MatrixXd data = joint.precision_lower.selfadjointView<Eigen::Lower>();
  data.diagonal() -= prior_variance.cwiseInverse();
  const VectorXd data_gradient = joint.gradient + from_mean.cwiseQuotient(prior_variance);

  ScaledJoint all{
      MatrixXd::Zero(p + scales, p + scales), VectorXd(p + scales), VectorXd(scales), moved};
  all.gradient << joint.gradient, moved.transpose() * data_gradient;
  all.precision.topLeftCorner(p, p) = joint.precision_lower;
  all.precision.bottomLeftCorner(scales, p).noalias() = moved.transpose() * data;
  all.precision.bottomRightCorner(scales, scales).noalias() =
      all.precision.bottomLeftCorner(scales, p) * moved;
  for (Index s = 0; s < scales; ++s) {
    const PriorScale& scale = problem.scales[static_cast<std::size_t>(s)];
    all.scale_variance[s] = scale.variance;
    all.precision(p + s, p + s) += 1 / scale.variance;
    all.gradient[p + s] -= (log_scale[static_cast<std::size_t>(s)] - scale.mean) / scale.variance;
  }
  return all;
}

double scale_complexity(const Problem& problem,
                        const std::vector<double>& log_scale,
                        const MatrixXd& precision) {
  if (problem.scales.empty()) return 0;
  double twice = -numerics::log_det_of_factor(Eigen::LLT<MatrixXd>(precision).matrixLLT());
  for (std::size_t s = 0; s < problem.scales.size(); ++s) {
    const PriorScale& scale = problem.scales[s];
    const double from_mean = log_scale[s] - scale.mean;
    twice -= std::log(scale.variance) + from_mean * from_mean / scale.variance;
  }
  return 0.5 * twice;
}

}  // namespace insula::inference::detail
