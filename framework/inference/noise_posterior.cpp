// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/noise_posterior.h"

#include <algorithm>
#include <cmath>

namespace insula::inference::detail {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

// |ζ| beyond this is |ρ| > 1 − 2.3e-7: a random walk in every respect, and the edge of rounding.
constexpr double kLargestZeta = 8;
constexpr double kLongestNoiseStep = 2;  // in λ and ζ; V may be far from quadratic beyond
constexpr int kMostNoiseSteps = 200;

bool is_ar1(const Channel& channel) { return channel.noise == Noise::ar1; }

NoiseValue moved(const NoiseValue& from, const Vector2d& step) {
  return {from.lambda + step[0], std::clamp(from.zeta + step[1], -kLargestZeta, kLargestZeta)};
}

// Without a prior V would peak at λ = ln(n / T): a start that no distance makes slow.
NoiseValue nearer_start(const Channel& channel,
                        const Chain& chain,
                        const std::vector<double>& spread,
                        const NoiseValue& start) {
  Weights weights;
  set_weights(chain, start.zeta, weights);
  double total = 0;
  for (std::size_t i = 0; i < spread.size(); ++i) total += weights.value[i] * spread[i];
  const NoiseValue candidate{std::log(static_cast<double>(chain.count()) / total), start.zeta};
  if (!std::isfinite(candidate.lambda)) return start;
  const double gain = noise_energy(channel, chain, spread, candidate).value -
                      noise_energy(channel, chain, spread, start).value;
  return gain > 0 ? candidate : start;
}

}  // namespace

NoiseEnergy noise_energy(const Channel& channel,
                         const Chain& chain,
                         const std::vector<double>& spread,
                         const NoiseValue& noise) {
  Weights weights;
  set_weights(chain, noise.zeta, weights);
  double total = 0, total_first = 0, total_second = 0;  // Σ w_i t_i and its derivatives in ζ
  for (std::size_t i = 0; i < spread.size(); ++i) {
    total += weights.value[i] * spread[i];
    total_first += weights.first[i] * spread[i];
    total_second += weights.second[i] * spread[i];
  }
  const auto n = static_cast<double>(chain.count());
  const double half_scale = 0.5 * std::exp(noise.lambda);
  const double from_mean = noise.lambda - channel.lambda_mean;
  NoiseEnergy v;
  v.value = 0.5 * (n * noise.lambda + weights.log_det) - half_scale * total -
            0.5 * from_mean * from_mean / channel.lambda_variance;
  v.gradient[0] = 0.5 * n - half_scale * total - from_mean / channel.lambda_variance;
  v.hessian(0, 0) = -half_scale * total - 1 / channel.lambda_variance;
  if (!is_ar1(channel)) return v;
  const double zeta_from_mean = noise.zeta - channel.zeta_mean;
  v.value -= 0.5 * zeta_from_mean * zeta_from_mean / channel.zeta_variance;
  v.gradient[1] = 0.5 * weights.log_det_first - half_scale * total_first -
                  zeta_from_mean / channel.zeta_variance;
  v.hessian(0, 1) = v.hessian(1, 0) = -half_scale * total_first;
  v.hessian(1, 1) =
      0.5 * weights.log_det_second - half_scale * total_second - 1 / channel.zeta_variance;
  return v;
}

Matrix2d noise_precision(const Channel& channel, const NoiseEnergy& energy) {
  Matrix2d precision = -energy.hessian;
  if (!is_ar1(channel)) {
    precision(1, 1) = 1;  // a place holder: determinant and inverse are those of λ alone
    return precision;
  }
  // The Schur complement of λ, never below what the prior alone gives.
  const double explained = precision(0, 1) * precision(0, 1) / precision(0, 0);
  const double remainder = precision(1, 1) - explained;
  precision(1, 1) = explained + std::max(remainder, 1 / channel.zeta_variance);
  return precision;
}

double noise_complexity(const Channel& channel,
                        const NoiseEnergy& energy,
                        const NoiseValue& noise) {
  const Matrix2d precision = noise_precision(channel, energy);
  const double determinant = precision(0, 0) * precision(1, 1) - precision(0, 1) * precision(0, 1);
  const double from_mean = noise.lambda - channel.lambda_mean;
  double twice = -std::log(channel.lambda_variance) - std::log(determinant) -
                 from_mean * from_mean / channel.lambda_variance;
  if (is_ar1(channel)) {
    const double zeta_from_mean = noise.zeta - channel.zeta_mean;
    twice -=
        std::log(channel.zeta_variance) + zeta_from_mean * zeta_from_mean / channel.zeta_variance;
  }
  return 0.5 * twice;
}

NoiseValue best_noise(const Channel& channel,
                      const Chain& chain,
                      const std::vector<double>& spread,
                      const NoiseValue& start) {
  NoiseValue noise = nearer_start(channel, chain, spread, start);
  NoiseEnergy energy = noise_energy(channel, chain, spread, noise);
  for (int steps = 0; steps < kMostNoiseSteps; ++steps) {
    const Matrix2d precision = noise_precision(channel, energy);
    const double determinant =
        precision(0, 0) * precision(1, 1) - precision(0, 1) * precision(0, 1);
    Vector2d step((precision(1, 1) * energy.gradient[0] - precision(0, 1) * energy.gradient[1]),
                  (precision(0, 0) * energy.gradient[1] - precision(0, 1) * energy.gradient[0]));
    step /= determinant;
    const double longest = step.cwiseAbs().maxCoeff();
    if (!(longest > 1e-12)) break;
    if (longest > kLongestNoiseStep) step *= kLongestNoiseStep / longest;
    NoiseValue next = moved(noise, step);
    NoiseEnergy there = noise_energy(channel, chain, spread, next);
    while (!(there.value >= energy.value) && step.cwiseAbs().maxCoeff() > 1e-12) {
      step *= 0.5;
      next = moved(noise, step);
      there = noise_energy(channel, chain, spread, next);
    }
    if (!(there.value > energy.value)) break;
    noise = next;
    energy = there;
  }
  return noise;
}

}  // namespace insula::inference::detail
