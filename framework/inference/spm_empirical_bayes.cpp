// SPDX-License-Identifier: Apache-2.0
// spm_dcm_peb's scheme, one precision component a parameter, taken to its fixed point.
//
// r_h = π_h (e^{g_h} + e^{−8}) is the precision of subjects around the group, π the precision that
// is expected; means b and log factors g are at their joint mode, whose curvature is all that the
// free energy knows of either. Given g the mode in b is the solution of a linear system, so that
// the climb is in g alone; the derivatives are those of SPM.
//
// source  spm_dcm_peb.m of SPM 26 (Friston et al. 2016, NeuroImage 128:413, appendix)
#include <Eigen/Cholesky>
#include <cmath>
#include <numeric>

#include "framework/inference/detail/empirical_bayes.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::log_det_of_factor;

const double kFloor = std::exp(-8.0);
constexpr int kMostSteps = 500;
constexpr double kLongestStep = 1;    // in g, as SPM's tanh
constexpr double kSmallGain = 1e-12;  // nats

struct Level {
  bool is_finite = false;
  VectorXd g, variance;
  MatrixXd b;                     // H × C, at its mode given g
  double objective = 0;           // of b and g
  LLT<MatrixXd> precision;        // −∂²/∂b², HC
  MatrixXd cross;                 // ∂²/∂b∂g, HC × H
  VectorXd gradient;              // H
  MatrixXd curvature, of_factor;  // −∂²/∂g² where b follows g, and where it does not
};

VectorXd variance_of(const FitsAsEvidence& fits, const VectorXd& g) {
  return fits.prior.log_variance.array().exp() / (g.array().exp() + kFloor);
}

void add_subject(const FitsAsEvidence& fits, Index s, const SubjectTerms& terms, Level& level) {
  const auto x = fits.prior.design.row(s);
  const VectorXd& v = level.variance;
  const VectorXd q = level.g.array().exp() / fits.prior.log_variance.array().exp();
  const VectorXd away = v.cwiseProduct(terms.gamma);  // posterior − prior mean
  MatrixXd covariance = -(v.asDiagonal() * terms.w * v.asDiagonal());
  const VectorXd narrowed = -covariance.diagonal();
  covariance.diagonal() += v;
  level.objective += terms.log_z + fits.offset[static_cast<std::size_t>(s)];
  const VectorXd slope = 0.5 * q.cwiseProduct(narrowed - away.cwiseAbs2());
  level.gradient += slope;
  const MatrixXd rows = terms.w * (v.cwiseProduct(q).cwiseProduct(away)).asDiagonal();
  for (Index c = 0; c < x.size(); ++c)
    level.cross.middleRows(c * v.size(), v.size()) += x[c] * rows;
  MatrixXd second =
      -0.5 * covariance.cwiseAbs2() - away.asDiagonal() * covariance * away.asDiagonal();
  second.diagonal() += 0.5 * v.cwiseAbs2();
  level.of_factor += q.asDiagonal() * second * q.asDiagonal();
  level.of_factor.diagonal() -= slope;
}

Level level_at(const FitsAsEvidence& fits, const MatrixXd& b, const VectorXd& g) {
  const GroupPrior& prior = fits.prior;
  const Index h = g.size(), c = prior.design.cols(), subjects = prior.design.rows();
  Level level;
  level.g = g;
  level.variance = variance_of(fits, g);
  const VectorXd sd = level.variance.cwiseSqrt();
  std::vector<SubjectTerms> terms;
  MatrixXd precision = prior.mean_precision.reshaped().asDiagonal();
  MatrixXd pull = prior.mean_precision.cwiseProduct(prior.mean - b);
  for (Index s = 0; s < subjects; ++s) {
    const auto x = prior.design.row(s);
    terms.push_back(subject_terms(
        prior.parameter, fits.evidence[static_cast<std::size_t>(s)], b * x.transpose(), sd));
    if (!terms.back().is_finite) return level;
    pull += terms.back().gamma * x;
    for (Index i = 0; i < c; ++i)
      for (Index j = 0; j <= i; ++j)
        precision.block(i * h, j * h, h, h) += x[i] * x[j] * terms.back().w;
  }
  level.precision.compute(precision);
  if (level.precision.info() != Eigen::Success) return level;
  const MatrixXd move = level.precision.solve(pull.reshaped()).reshaped(h, c);
  level.b = b + move;
  level.cross.setZero(h * c, h);
  level.gradient = -g / prior.log_variance_variance;
  level.of_factor = MatrixXd::Identity(h, h) / prior.log_variance_variance;
  for (Index s = 0; s < subjects; ++s) {
    SubjectTerms& one = terms[static_cast<std::size_t>(s)];
    const VectorXd shift = move * prior.design.row(s).transpose();
    one.log_z += one.gamma.dot(shift) - 0.5 * shift.dot(one.w * shift);
    one.gamma -= one.w * shift;
    add_subject(fits, s, one, level);
  }
  level.curvature = level.of_factor - level.cross.transpose() * level.precision.solve(level.cross);
  level.objective -=
      0.5 * g.squaredNorm() / prior.log_variance_variance +
      0.5 * prior.mean_precision.cwiseProduct((level.b - prior.mean).cwiseAbs2()).sum();
  level.is_finite = std::isfinite(level.objective) && level.gradient.allFinite();
  return level;
}

// Newton's step, or that of steepest ascent where the objective is not concave.
VectorXd step_of(const Level& level) {
  const LLT<MatrixXd> factor(level.curvature);
  VectorXd step =
      factor.info() == Eigen::Success ? VectorXd(factor.solve(level.gradient)) : level.gradient;
  const double longest = step.cwiseAbs().maxCoeff();
  if (longest > kLongestStep) step *= kLongestStep / longest;
  return step;
}

double free_energy_of(const FitsAsEvidence& fits, const Level& level) {
  const Index hc = level.cross.rows(), h = level.g.size();
  MatrixXd precision(hc + h, hc + h);
  precision.topLeftCorner(hc, hc) = level.precision.reconstructedMatrix();
  precision.topRightCorner(hc, h) = -level.cross;
  precision.bottomLeftCorner(h, hc) = -level.cross.transpose();
  precision.bottomRightCorner(h, h) = level.of_factor;
  const LLT<MatrixXd> factor(precision);
  const GroupPrior& prior = fits.prior;
  // SPM measures b from 0 here and from its prior mean elsewhere.
  const double from_zero =
      0.5 *
      prior.mean_precision.cwiseProduct(level.b.cwiseAbs2() - (level.b - prior.mean).cwiseAbs2())
          .sum();
  return level.objective - from_zero + 0.5 * prior.mean_precision.array().log().sum() -
         0.5 * static_cast<double>(h) * std::log(prior.log_variance_variance) -
         0.5 * log_det_of_factor(factor.matrixLLT());
}

}  // namespace

EmpiricalBayes spm_empirical_bayes(const FitsAsEvidence& fits) {
  const Index h = fits.prior.log_variance.size();
  Level level = level_at(fits, fits.prior.mean, VectorXd::Zero(h));
  EmpiricalBayes group;
  for (int i = 0; i < kMostSteps && level.is_finite && !group.converged; ++i) {
    VectorXd step = step_of(level);
    group.converged = level.gradient.dot(step) < kSmallGain;
    Level next;
    for (int half = 0; half < 40 && !group.converged; ++half, step *= 0.5) {
      next = level_at(fits, level.b, level.g + step);
      if (next.is_finite && next.objective >= level.objective) break;
    }
    if (!next.is_finite || !(next.objective >= level.objective)) break;
    level = std::move(next);
  }
  if (!level.is_finite) return group;
  group.variance = level.variance;
  group.log_variance_sd =
      LLT<MatrixXd>(level.of_factor).solve(MatrixXd::Identity(h, h)).diagonal().cwiseSqrt();
  group.free_energy = free_energy_of(fits, level);
  group.effects.mean = level.b.reshaped();
  group.effects.covariance =
      level.precision.solve(MatrixXd::Identity(level.cross.rows(), level.cross.rows()));
  add_subjects(fits, level.b, group);
  return group;
}

}  // namespace insula::inference::detail
