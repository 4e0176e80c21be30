// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/model_reduction.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"
#include "framework/inference/detail/candidates.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Indices = std::vector<Index>;

// What is known once some parameters are known, and how dense the belief was there.
struct Conditioned {
  double log_density = 0;
  GaussianBelief belief;
};

Conditioned given(const GaussianBelief& belief, const Indices& off, const VectorXd& value) {
  if (off.empty()) return {0, belief};
  const LLT<MatrixXd> factor = detail::factor_of_covariance(belief.covariance(off, off));
  const MatrixXd cross = belief.covariance(Eigen::all, off);
  const VectorXd distance = value - belief.mean(off), solved = factor.solve(distance);
  Conditioned result;
  result.log_density =
      -0.5 * (static_cast<double>(off.size()) * std::log(2 * std::numbers::pi) +
              numerics::log_det_of_factor(factor.matrixLLT()) + distance.dot(solved));
  result.belief.mean = belief.mean + cross * solved;
  const MatrixXd half = factor.matrixL().solve(cross.transpose());
  result.belief.covariance = belief.covariance;
  result.belief.covariance.noalias() -= half.transpose() * half;
  result.belief.mean(off) = value;
  for (const Index i : off) {
    result.belief.covariance.row(i).setZero();
    result.belief.covariance.col(i).setZero();
  }
  return result;
}

void refuse_other_shapes(const GaussianBelief& a, const GaussianBelief& b) {
  const Index n = a.mean.size();
  if (a.covariance.rows() != n || a.covariance.cols() != n || b.mean.size() != n ||
      b.covariance.rows() != n || b.covariance.cols() != n)
    throw InternalError("beliefs of a reduction are about the same parameters");
}

// The change of prior of parameters that both priors leave free.
Reduction with_other_prior(const GaussianBelief& prior,
                           const GaussianBelief& posterior,
                           const GaussianBelief& reduced) {
  const Index n = prior.mean.size();
  const MatrixXd unit = MatrixXd::Identity(n, n);
  const LLT<MatrixXd> c0 = detail::factor_of_covariance(prior.covariance),
                      c = detail::factor_of_covariance(posterior.covariance),
                      cr = detail::factor_of_covariance(reduced.covariance);
  const MatrixXd p0 = c0.solve(unit), p = c.solve(unit), pr = cr.solve(unit);
  const LLT<MatrixXd> factor(p + pr - p0);
  Reduction result;
  if (factor.info() != Eigen::Success) {
    result.log_evidence_change = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  // Means are taken from the posterior's, so that no large numbers cancel.
  const VectorXd m0 = prior.mean - posterior.mean, mr = reduced.mean - posterior.mean;
  const VectorXd pull = pr * mr - p0 * m0, moved = factor.solve(pull);
  using numerics::log_det_of_factor;
  result.log_evidence_change =
      0.5 * (log_det_of_factor(c0.matrixLLT()) - log_det_of_factor(c.matrixLLT()) -
             log_det_of_factor(cr.matrixLLT()) - log_det_of_factor(factor.matrixLLT())) -
      0.5 * (mr.dot(pr * mr) - m0.dot(p0 * m0) - moved.dot(pull));
  result.posterior = {posterior.mean + moved, factor.solve(unit)};
  return result;
}

GaussianBelief part_of_belief(const GaussianBelief& belief, const Indices& of) {
  return {belief.mean(of), belief.covariance(of, of)};
}

}  // namespace

Reduction switch_off(const GaussianBelief& prior,
                     const GaussianBelief& posterior,
                     const std::vector<Switch>& off) {
  refuse_other_shapes(prior, posterior);
  Indices which;
  VectorXd value(static_cast<Index>(off.size()));
  for (const Switch& s : off) {
    if (s.parameter < 0 || s.parameter >= prior.mean.size() ||
        std::ranges::find(which, s.parameter) != which.end())
      throw InternalError("a parameter is switched off that is not there, or twice");
    value[static_cast<Index>(which.size())] = s.off;
    which.push_back(s.parameter);
  }
  Conditioned after = given(posterior, which, value);
  return {after.log_density - given(prior, which, value).log_density, std::move(after.belief)};
}

Reduction reduce(const GaussianBelief& prior,
                 const GaussianBelief& posterior,
                 const GaussianBelief& reduced_prior) {
  refuse_other_shapes(prior, posterior);
  refuse_other_shapes(prior, reduced_prior);
  Indices held, free;
  for (Index i = 0; i < prior.mean.size(); ++i)
    (reduced_prior.covariance(i, i) == 0 ? held : free).push_back(i);
  for (const Index i : held)
    if (!reduced_prior.covariance.row(i).isZero(0) || !reduced_prior.covariance.col(i).isZero(0))
      throw InternalError("a parameter without variance has a covariance");
  const VectorXd value = reduced_prior.mean(held);
  const Conditioned before = given(prior, held, value), after = given(posterior, held, value);
  Reduction rest = with_other_prior(part_of_belief(before.belief, free),
                                    part_of_belief(after.belief, free),
                                    part_of_belief(reduced_prior, free));
  Reduction result;
  result.log_evidence_change = after.log_density - before.log_density + rest.log_evidence_change;
  if (std::isnan(result.log_evidence_change)) return result;
  result.posterior = after.belief;
  result.posterior.mean(free) = rest.posterior.mean;
  result.posterior.covariance(free, free) = rest.posterior.covariance;
  return result;
}

}  // namespace insula::inference
