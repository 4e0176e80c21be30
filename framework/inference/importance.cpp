// SPDX-License-Identifier: Apache-2.0
// Is the posterior the Gaussian that the fit says it is? Draws from the Gaussian, weighted by
//
//   w = ∫ p(y, θ, β, λ, ζ) dβ / [ q(θ) q(λ) q(ζ) ]
//
// with θ, λ and ζ from their reported means and (co)variances and β integrated out exactly. The
// heavier the tail of w, the less the Gaussian covers of what it stands for.
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/pareto.h"
#include "framework/inference/detail/proposal.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/contract/map.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/scored.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Which are evaluated together and share the memory of learned loadings' columns.
constexpr std::size_t kDrawsPerTask = kLanes;

double log_normal_density(double x, double mean, double variance) {
  return -0.5 * ((x - mean) * (x - mean) / variance + std::log(2 * std::numbers::pi * variance));
}

// A draw taken apart, and the density of its λ, ζ and ρ under their priors.
struct Point {
  VectorXd theta;
  std::vector<NoiseValue> noise;
  std::vector<double> log_scale;
  double log_prior = 0;
};

Point point_of(const Problem& problem, const VectorXd& x) {
  Point point;
  Index next = problem.prior_mean.size();
  point.theta = x.head(next);
  const auto take = [&](double prior_mean, double prior_variance) {
    point.log_prior += log_normal_density(x[next], prior_mean, prior_variance);
    return x[next++];
  };
  for (const Channel& channel : problem.channels) {
    NoiseValue noise;
    noise.lambda = take(channel.lambda_mean, channel.lambda_variance);
    if (channel.noise == Noise::ar1) noise.zeta = take(channel.zeta_mean, channel.zeta_variance);
    point.noise.push_back(noise);
  }
  for (const PriorScale& scale : problem.scales)
    point.log_scale.push_back(take(scale.mean, scale.variance));
  return point;
}

double log_joint_at(const Problem& problem,
                    const std::vector<ChannelData>& data,
                    const std::vector<VectorXd>& beta,
                    const Point& point,
                    Evaluation evaluation,
                    std::vector<ChannelData>& own) {
  const std::vector<Scores> scores = checked_scores(problem, false, evaluation);
  if (!evaluation.outcome.finished()) return -std::numeric_limits<double>::infinity();
  set_sources(data, evaluation, own);
  const VectorXd variance = prior_variance(problem, point.log_scale);
  return log_joint(problem,
                   variance,
                   own.empty() ? data : own,
                   point.theta,
                   evaluation,
                   scores,
                   beta,
                   point.noise) -
         0.5 * (2 * std::numbers::pi * variance.array()).log().sum() + point.log_prior;
}

}  // namespace

Proposal reported_posterior(const Problem& problem, const Fit& fit) {
  const Index p = fit.mean.size();
  std::vector<double> mean(fit.mean.begin(), fit.mean.end()), variance;
  const auto add = [&](double m, double v) {
    mean.push_back(m);
    variance.push_back(v);
  };
  for (std::size_t c = 0; c < fit.channels.size(); ++c) {
    add(fit.channels[c].lambda, fit.channels[c].lambda_variance);
    if (problem.channels[c].noise == Noise::ar1)
      add(fit.channels[c].zeta, fit.channels[c].zeta_variance);
  }
  for (const ScaleFit& scale : fit.scales) add(scale.log_scale, scale.variance);
  const auto size = static_cast<Index>(mean.size());
  MatrixXd covariance = MatrixXd::Zero(size, size);
  covariance.topLeftCorner(p, p) = fit.covariance;
  for (Index i = p; i < size; ++i) covariance(i, i) = variance[static_cast<std::size_t>(i - p)];
  if (const Index scales = fit.scale_covariance.cols(); scales > 0)
    covariance.block(size - scales, 0, scales, p) = fit.scale_covariance.transpose();
  return {VectorXd::Map(mean.data(), size), Eigen::LLT<MatrixXd>(covariance), 0};
}

VectorXd draw(const Proposal& proposal, Stream& stream) {
  VectorXd z(proposal.mean.size());
  for (double& value : z) value = stream.normal();
  if (proposal.degrees > 0) {
    double chi_square = 0;
    for (int i = 0; i < static_cast<int>(proposal.degrees); ++i) {
      const double normal = stream.normal();
      chi_square += normal * normal;
    }
    z *= std::sqrt(proposal.degrees / chi_square);
  }
  return proposal.mean + proposal.scale.matrixL() * z;
}

double log_density(const Proposal& proposal, const VectorXd& x) {
  const double square = proposal.scale.matrixL().solve(x - proposal.mean).squaredNorm();
  const double log_det = proposal.scale.matrixLLT().diagonal().array().log().sum();
  const auto d = static_cast<double>(x.size());
  const double nu = proposal.degrees;
  if (nu == 0) return -0.5 * (square + d * std::log(2 * std::numbers::pi)) - log_det;
  return std::lgamma((nu + d) / 2) - std::lgamma(nu / 2) - d / 2 * std::log(nu * std::numbers::pi) -
         log_det - (nu + d) / 2 * std::log1p(square / nu);
}

std::vector<double> log_joint_of_draws(const Problem& problem,
                                       const std::vector<ChannelData>& data,
                                       const Fit& fit,
                                       const MatrixXd& x) {
  std::vector<VectorXd> beta;
  for (const ChannelFit& channel : fit.channels) beta.push_back(channel.beta);
  const auto draws = static_cast<std::size_t>(x.cols());
  std::vector<double> result(draws);
  parallel_for((draws + kDrawsPerTask - 1) / kDrawsPerTask, [&](std::size_t task) {
    const std::size_t first = task * kDrawsPerTask, end = std::min(draws, first + kDrawsPerTask);
    std::vector<Point> points;
    std::vector<VectorXd> thetas;
    for (std::size_t i = first; i < end; ++i) {
      points.push_back(point_of(problem, x.col(static_cast<Index>(i))));
      thetas.push_back(points.back().theta);
    }
    std::vector<Evaluation> evaluations = checked_evaluate_many(problem, data, thetas);
    std::vector<ChannelData> own;
    for (std::size_t i = first; i < end; ++i)
      result[i] = log_joint_at(
          problem, data, beta, points[i - first], std::move(evaluations[i - first]), own);
  });
  return result;
}

double pareto_check(const Problem& problem,
                    const std::vector<ChannelData>& data,
                    const Fit& fit,
                    const Options& options) {
  const Proposal posterior = reported_posterior(problem, fit);
  if (posterior.scale.info() != Eigen::Success) return kNaN;
  MatrixXd x(posterior.mean.size(), options.pareto_draws);
  Stream stream(options.seed, options.task + "/pareto");
  for (Index i = 0; i < x.cols(); ++i) x.col(i) = draw(posterior, stream);
  // A draw at which the model cannot be run has no posterior mass: weight zero.
  std::vector<double> log_weights = log_joint_of_draws(problem, data, fit, x);
  for (Index i = 0; i < x.cols(); ++i)
    log_weights[static_cast<std::size_t>(i)] -= log_density(posterior, x.col(i));
  return pareto_k(std::move(log_weights));
}

}  // namespace insula::inference::detail
