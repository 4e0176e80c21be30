// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/group_level.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::log_det_of_factor;

constexpr int kMostVarianceSteps = 500;
constexpr double kLongestVarianceStep = 2;  // in v: a factor of seven in a variance
constexpr double kSmallGain = 1e-9;  // nats that end the climb: far below what sweeps look at

// I + DΛD, V = D².
LLT<MatrixXd> scaled_precision(const Evidence& evidence, const VectorXd& sd) {
  MatrixXd m = sd.asDiagonal() * evidence.information * sd.asDiagonal();
  m.diagonal().array() += 1;
  return LLT<MatrixXd>(m);
}

// The precision of vec B and its gradient, at the point that the level is told.
void add_mean_terms(const GroupPrior& prior, const GroupLevel& level, MatrixXd& a, MatrixXd& g) {
  const auto h = static_cast<Index>(prior.parameter.size());
  const Index c = prior.design.cols();
  a = prior.mean_precision.reshaped().asDiagonal();
  g = prior.mean_precision.cwiseProduct(prior.mean - level.point.mean);
  for (Index s = 0; s < prior.design.rows(); ++s) {
    const auto x = prior.design.row(s);
    g += level.gamma[static_cast<std::size_t>(s)] * x;
    for (Index i = 0; i < c; ++i) {
      for (Index j = 0; j <= i; ++j) {
        a.block(i * h, j * h, h, h) += x[i] * x[j] * level.w[static_cast<std::size_t>(s)];
      }
    }
  }
}

// L⁻¹ (x_s ⊗ W_s): P_st = δ_st W_s − Y_sᵀY_t.
MatrixXd explained(const GroupPrior& prior, const GroupLevel& level, Index s) {
  const MatrixXd& w = level.w[static_cast<std::size_t>(s)];
  MatrixXd y(prior.mean.size(), w.cols());
  for (Index c = 0; c < prior.design.cols(); ++c) {
    y.middleRows(c * w.rows(), w.rows()) = prior.design(s, c) * w;
  }
  level.mean_precision.matrixL().solveInPlace(y);
  return y;
}

void set_variance_terms(const GroupPrior& prior, GroupLevel& level) {
  const VectorXd variance = level.point.log_variance.array().exp();
  VectorXd sum = VectorXd::Zero(variance.size());
  MatrixXd squares = MatrixXd::Zero(variance.size(), variance.size());
  for (Index s = 0; s < prior.design.rows(); ++s) {
    const auto i = static_cast<std::size_t>(s);
    sum += level.gamma[i].cwiseAbs2() - level.w[i].diagonal() +
           explained(prior, level, s).colwise().squaredNorm().transpose();
    squares += level.w[i].cwiseAbs2();
  }
  const VectorXd away = level.point.log_variance - prior.log_variance;
  level.gradient = 0.5 * variance.cwiseProduct(sum) - away / prior.log_variance_variance;
  level.objective -= 0.5 * away.squaredNorm() / prior.log_variance_variance;
  level.curvature = 0.5 * (variance.asDiagonal() * squares * variance.asDiagonal());
  level.curvature.diagonal().array() += 1 / prior.log_variance_variance;
}

}  // namespace

SubjectTerms subject_terms(const std::vector<Index>& parameter,
                           const Evidence& evidence,
                           const VectorXd& mean,
                           const VectorXd& sd) {
  const LLT<MatrixXd> factor = scaled_precision(evidence, sd);
  SubjectTerms terms;
  if (factor.info() != Eigen::Success) return terms;
  const VectorXd pulled = evidence.information * mean, t = evidence.pull - pulled;
  const VectorXd solved = factor.solve(sd.cwiseProduct(t));
  terms.log_z = mean.dot(evidence.pull) - 0.5 * mean.dot(pulled) +
                0.5 * sd.cwiseProduct(t).dot(solved) - 0.5 * log_det_of_factor(factor.matrixLLT());
  const auto h = static_cast<Index>(parameter.size());
  // W = D⁻¹(I + A)⁻¹A D⁻¹ with A = DΛD: no difference of large numbers however small V is.
  MatrixXd columns(sd.size(), h);
  for (Index j = 0; j < h; ++j) {
    columns.col(j) =
        sd.cwiseProduct(evidence.information.col(parameter[static_cast<std::size_t>(j)]));
  }
  factor.solveInPlace(columns);
  terms.w.resize(h, h);
  terms.gamma.resize(h);
  for (Index i = 0; i < h; ++i) {
    const Index p = parameter[static_cast<std::size_t>(i)];
    terms.gamma[i] = solved[p] / sd[p];
    terms.w.row(i) = columns.row(p) / sd[p];
  }
  terms.w = (0.5 * (terms.w + terms.w.transpose())).eval();
  terms.is_finite = std::isfinite(terms.log_z) && terms.w.allFinite() && terms.gamma.allFinite();
  return terms;
}

VectorXd subject_mean(const GroupPrior& prior, const GroupPoint& point, Index s) {
  VectorXd mean = prior.own_mean;
  const VectorXd of_group = point.mean * prior.design.row(s).transpose();
  for (std::size_t i = 0; i < prior.parameter.size(); ++i) {
    mean[prior.parameter[i]] = of_group[static_cast<Index>(i)];
  }
  return mean;
}

VectorXd subject_variance(const GroupPrior& prior, const GroupPoint& point) {
  VectorXd variance = prior.own_variance;
  for (std::size_t i = 0; i < prior.parameter.size(); ++i) {
    variance[prior.parameter[i]] = std::exp(point.log_variance[static_cast<Index>(i)]);
  }
  return variance;
}

GroupLevel group_level(const GroupPrior& prior,
                       const std::vector<Evidence>& evidence,
                       const GroupPoint& point) {
  const VectorXd sd = subject_variance(prior, point).cwiseSqrt();
  std::vector<SubjectTerms> terms(evidence.size());
  parallel_for(evidence.size(), [&](std::size_t s) {
    terms[s] = subject_terms(
        prior.parameter, evidence[s], subject_mean(prior, point, static_cast<Index>(s)), sd);
  });
  GroupLevel level;
  level.point = point;
  for (SubjectTerms& one : terms) {
    if (!one.is_finite) return level;
    level.objective += one.log_z;
    level.w.push_back(std::move(one.w));
    level.gamma.push_back(std::move(one.gamma));
  }
  MatrixXd precision, gradient;
  add_mean_terms(prior, level, precision, gradient);
  level.mean_precision.compute(precision);
  if (level.mean_precision.info() != Eigen::Success) return level;
  // Quadratic in B: one step leads to the optimum, and what it gains is known.
  const VectorXd step = level.mean_precision.solve(gradient.reshaped());
  level.objective +=
      0.5 * gradient.reshaped().dot(step) -
      0.5 * log_det_of_factor(level.mean_precision.matrixLLT()) -
      0.5 * prior.mean_precision.cwiseProduct((point.mean - prior.mean).cwiseAbs2()).sum();
  const MatrixXd move = step.reshaped(point.mean.rows(), point.mean.cols());
  level.point.mean += move;
  for (Index s = 0; s < prior.design.rows(); ++s) {
    const auto i = static_cast<std::size_t>(s);
    level.gamma[i] -= level.w[i] * (move * prior.design.row(s).transpose());
  }
  set_variance_terms(prior, level);
  level.is_finite = std::isfinite(level.objective) && level.gradient.allFinite();
  return level;
}

GroupLevel best_group_level(const GroupPrior& prior,
                            const std::vector<Evidence>& evidence,
                            const GroupPoint& start) {
  GroupLevel level = group_level(prior, evidence, start);
  for (int i = 0; i < kMostVarianceSteps && level.is_finite; ++i) {
    VectorXd step = LLT<MatrixXd>(level.curvature).solve(level.gradient);
    const double longest = step.size() > 0 ? step.cwiseAbs().maxCoeff() : 0;
    if (!(level.gradient.dot(step) > kSmallGain)) break;
    if (longest > kLongestVarianceStep) step *= kLongestVarianceStep / longest;
    GroupLevel next;
    // Fisher's step points uphill: some part of it gains.
    for (int half = 0; half < 40; ++half, step *= 0.5) {
      GroupPoint point = level.point;
      point.log_variance += step;
      next = group_level(prior, evidence, point);
      if (next.is_finite && next.objective >= level.objective) break;
    }
    if (!next.is_finite || !(next.objective >= level.objective)) break;
    level = std::move(next);
  }
  return level;
}

LLT<MatrixXd> log_variance_precision(const GroupPrior& prior, const GroupLevel& level) {
  const Index h = level.gradient.size(), subjects = prior.design.rows();
  std::vector<MatrixXd> y(static_cast<std::size_t>(subjects));
  std::vector<MatrixXd> expected(y.size()), observed(y.size());
  parallel_for(y.size(),
               [&](std::size_t s) { y[s] = explained(prior, level, static_cast<Index>(s)); });
  parallel_for(y.size(), [&](std::size_t s) {
    expected[s].setZero(h, h);
    observed[s].setZero(h, h);
    for (std::size_t t = 0; t < y.size(); ++t) {
      MatrixXd p = -(y[s].transpose() * y[t]);
      if (s == t) p += level.w[s];
      expected[s] += 0.5 * p.cwiseAbs2();
      observed[s] += level.gamma[s].asDiagonal() * p * level.gamma[t].asDiagonal();
    }
  });
  MatrixXd half_trace = MatrixXd::Zero(h, h), quadratic = half_trace;
  for (std::size_t s = 0; s < y.size(); ++s) {
    half_trace += expected[s];
    quadratic += observed[s];
  }
  const VectorXd variance = level.point.log_variance.array().exp();
  const VectorXd own = level.gradient + (level.point.log_variance - prior.log_variance) /
                                            prior.log_variance_variance;
  MatrixXd precision = variance.asDiagonal() * (quadratic - half_trace) * variance.asDiagonal();
  precision.diagonal() -= own;
  precision.diagonal().array() += 1 / prior.log_variance_variance;
  LLT<MatrixXd> factor(precision);
  if (factor.info() == Eigen::Success) return factor;
  precision = variance.asDiagonal() * half_trace * variance.asDiagonal();
  precision.diagonal().array() += 1 / prior.log_variance_variance;
  return LLT<MatrixXd>(precision);
}

VectorXd shrunken(const GroupPrior& prior,
                  const Evidence& evidence,
                  const GroupPoint& point,
                  Index s) {
  const VectorXd sd = subject_variance(prior, point).cwiseSqrt();
  const VectorXd mean = subject_mean(prior, point, s);
  const LLT<MatrixXd> factor = scaled_precision(evidence, sd);
  if (factor.info() != Eigen::Success) return mean;
  const VectorXd t = evidence.pull - evidence.information * mean;
  return mean + sd.cwiseProduct(factor.solve(sd.cwiseProduct(t)));
}

double mean_complexity(const GroupPrior& prior, const GroupLevel& level) {
  return 0.5 *
         (prior.mean_precision.array().log().sum() -
          log_det_of_factor(level.mean_precision.matrixLLT()) -
          prior.mean_precision.cwiseProduct((level.point.mean - prior.mean).cwiseAbs2()).sum());
}

double variance_complexity(const GroupPrior& prior,
                           const GroupLevel& level,
                           const LLT<MatrixXd>& log_variance_precision) {
  const VectorXd away = level.point.log_variance - prior.log_variance;
  return -0.5 * (static_cast<double>(away.size()) * std::log(prior.log_variance_variance) +
                 log_det_of_factor(log_variance_precision.matrixLLT()) +
                 away.squaredNorm() / prior.log_variance_variance);
}

}  // namespace insula::inference::detail
