// SPDX-License-Identifier: Apache-2.0
// Is the posterior the Gaussian that the fit says it is? Draws from the Gaussian, weighted by
//
//   w = ∫ p(y, θ, β, λ, ζ) dβ / [ q(θ) q(λ) q(ζ) ]
//
// with θ, λ and ζ from their reported means and (co)variances and β integrated out exactly. The
// heavier the tail of w, the less the Gaussian covers of what it stands for.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/detail/pareto.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/scored.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::VectorXd;

constexpr std::size_t kDrawsPerTask = 8;  // which share the memory of learned loadings' columns

struct Draw {
  VectorXd theta;
  std::vector<NoiseValue> noise;
  std::vector<double> log_scale;
  double log_prior = 0, log_q = 0;  // of λ, ζ and ρ; of everything drawn; up to constants
};

// A draw of λ, ζ or ρ from N(mean, variance), counted in the draw's densities.
double draw_one(Stream& stream,
                double mean,
                double variance,
                double prior_mean,
                double prior_variance,
                Draw& draw) {
  const double z = stream.normal();
  const double value = mean + std::sqrt(variance) * z;
  draw.log_q -= 0.5 * z * z;
  draw.log_prior -= 0.5 * (value - prior_mean) * (value - prior_mean) / prior_variance;
  return value;
}

Draw make_draw(const Problem& problem,
               const Fit& fit,
               const Eigen::LLT<Eigen::MatrixXd>& factor,
               Stream& stream) {
  Draw draw;
  VectorXd z(fit.mean.size());
  for (double& value : z) value = stream.normal();
  draw.theta = fit.mean + factor.matrixL() * z;
  draw.log_q = -0.5 * z.squaredNorm();
  for (std::size_t c = 0; c < fit.channels.size(); ++c) {
    const Channel& channel = problem.channels[c];
    const ChannelFit& posterior = fit.channels[c];
    NoiseValue noise;
    noise.lambda = draw_one(stream,
                            posterior.lambda,
                            posterior.lambda_variance,
                            channel.lambda_mean,
                            channel.lambda_variance,
                            draw);
    if (channel.noise == Noise::ar1) {
      noise.zeta = draw_one(stream,
                            posterior.zeta,
                            posterior.zeta_variance,
                            channel.zeta_mean,
                            channel.zeta_variance,
                            draw);
    }
    draw.noise.push_back(noise);
  }
  for (std::size_t i = 0; i < fit.scales.size(); ++i) {
    const PriorScale& scale = problem.scales[i];
    draw.log_scale.push_back(draw_one(
        stream, fit.scales[i].log_scale, fit.scales[i].variance, scale.mean, scale.variance, draw));
    // The constant of p(θ | ρ), which log_joint leaves out.
    draw.log_prior -= 0.5 * static_cast<double>(scale.parameter.size()) * draw.log_scale.back();
  }
  return draw;
}

}  // namespace

double pareto_check(const Problem& problem,
                    const std::vector<ChannelData>& data,
                    const Fit& fit,
                    const Options& options) {
  const Eigen::LLT<Eigen::MatrixXd> factor(fit.covariance);
  if (factor.info() != Eigen::Success) return std::numeric_limits<double>::quiet_NaN();
  std::vector<VectorXd> beta;
  for (const ChannelFit& channel : fit.channels) beta.push_back(channel.beta);
  std::vector<Draw> draws;
  Stream stream(options.seed, options.task + "/pareto");
  for (int i = 0; i < options.pareto_draws; ++i) {
    draws.push_back(make_draw(problem, fit, factor, stream));
  }
  // A draw at which the model cannot be run has no posterior mass: weight zero.
  std::vector<double> log_weights(draws.size(), -std::numeric_limits<double>::infinity());
  parallel_for((draws.size() + kDrawsPerTask - 1) / kDrawsPerTask, [&](std::size_t task) {
    std::vector<ChannelData> own;
    const std::size_t end = std::min(draws.size(), (task + 1) * kDrawsPerTask);
    for (std::size_t i = task * kDrawsPerTask; i < end; ++i) {
      const Draw& draw = draws[i];
      Evaluation evaluation = checked_evaluate(problem, data, draw.theta, false);
      const std::vector<Scores> scores = checked_scores(problem, false, evaluation);
      if (!evaluation.outcome.finished()) continue;
      set_sources(data, evaluation, own);
      log_weights[i] = log_joint(problem,
                                 prior_variance(problem, draw.log_scale),
                                 own.empty() ? data : own,
                                 draw.theta,
                                 evaluation,
                                 scores,
                                 beta,
                                 draw.noise) +
                       draw.log_prior - draw.log_q;
    }
  });
  return pareto_k(std::move(log_weights));
}

}  // namespace insula::inference::detail
