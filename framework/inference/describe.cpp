// SPDX-License-Identifier: Apache-2.0
// What a fit reports about its posterior, once it has ended.
#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/text.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/weight_spread.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kWeak = 0.9;
constexpr std::size_t kMostDirections = 5, kMostLoadings = 3;
constexpr double kSmallestLoading = 0.3;  // below 9 % of the direction: not worth a word

// "V1 -> V5.strength (0.71), V5.self_inhibition (-0.70)", largest first and positive.
std::string loadings_in_words(const Problem& problem,
                              const std::vector<Index>& parameters,
                              const VectorXd& direction) {
  std::vector<Index> order(static_cast<std::size_t>(direction.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::abs(direction[a]) > std::abs(direction[b]);
  });
  const double sign = direction[order[0]] < 0 ? -1 : 1;
  std::vector<std::string> words;
  for (const Index i : order) {
    const bool is_small = std::abs(direction[i]) < kSmallestLoading;
    if (words.size() == kMostLoadings || (is_small && !words.empty())) break;
    words.push_back(
        problem.parameter[static_cast<std::size_t>(parameters[static_cast<std::size_t>(i)])] +
        " (" + short_number(sign * direction[i], 2) + ")");
  }
  return join(words, ", ");
}

// Weights under a learned scale are left out: that the data say little of many of them is what the
// scale is for.
std::vector<WeakDirection> weak_directions(const Problem& problem,
                                           const VectorXd& prior_variance,
                                           const MatrixXd& covariance) {
  std::vector<WeakDirection> weak;
  const std::vector<Index> parameters = other_parameters(problem);
  if (parameters.empty()) return weak;
  const VectorXd root = prior_variance(parameters).cwiseSqrt().cwiseInverse();
  const MatrixXd relative =
      root.asDiagonal() * covariance(parameters, parameters) * root.asDiagonal();
  const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(relative);
  for (Index i = relative.rows() - 1; i >= 0 && weak.size() < kMostDirections; --i) {
    const double ratio = eigen.values[i];
    if (ratio <= kWeak) break;
    weak.push_back(
        {std::min(ratio, 1.0), loadings_in_words(problem, parameters, eigen.vectors.col(i))});
  }
  return weak;
}

// Variance of f + Xβ under the posterior: (j − Bx)ᵀ S⁻¹ (j − Bx) + xᵀA⁻¹x, each sample.
VectorXd prediction_variance(const MatrixXd& confounds,
                             const MatrixXd& jacobian,
                             const ChannelBlock& block,
                             const Joint& joint) {
  MatrixXd from_theta = jacobian.transpose();
  VectorXd variance = VectorXd::Zero(jacobian.rows());
  if (confounds.cols() > 0) {
    from_theta.noalias() -= block.coupling.transpose() * confounds.transpose();
    MatrixXd from_beta = confounds.transpose();
    block.confound_precision.matrixL().solveInPlace(from_beta);
    variance += from_beta.colwise().squaredNorm().transpose();
  }
  joint.precision.solve_lower_in_place(from_theta);
  return variance + from_theta.colwise().squaredNorm().transpose();
}

ChannelFit describe(const Channel& channel,
                    const ChannelData& data,
                    const MatrixXd& confounds,
                    const VectorXd& prediction,
                    const VectorXd& beta,
                    const NoiseValue& noise,
                    const std::vector<double>& t,
                    const VectorXd& variance,
                    const ChannelBlock& block) {
  const Eigen::Matrix2d precision =
      noise_precision(channel, noise_energy(channel, data.chain, t, noise));
  const double determinant = precision(0, 0) * precision(1, 1) - precision(0, 1) * precision(0, 1);
  const bool is_ar1 = channel.noise == Noise::ar1;
  ChannelFit fit;
  fit.lambda = noise.lambda;
  fit.lambda_variance = precision(1, 1) / determinant;
  fit.zeta = is_ar1 ? noise.zeta : 0;
  fit.zeta_variance = is_ar1 ? precision(0, 0) / determinant : 0;
  fit.beta = beta;
  fit.beta_covariance = block.covariance_beta;
  fit.prediction = prediction;
  if (beta.size() > 0) fit.prediction += confounds * beta;
  // A stationary AR(1) with unit innovations has variance 1/(1 − ρ²) = cosh²ζ.
  fit.noise_sd = std::exp(-0.5 * noise.lambda) * std::cosh(fit.zeta);
  fit.prediction_sd = (variance.array() + fit.noise_sd * fit.noise_sd).sqrt();
  return fit;
}

}  // namespace

void describe_covariance(const Problem& problem,
                         const VectorXd& prior_variance,
                         const MatrixXd& covariance,
                         Fit& fit) {
  fit.covariance = covariance;
  fit.shrinkage = covariance.diagonal().cwiseQuotient(prior_variance);
  fit.weak_directions = weak_directions(problem, prior_variance, covariance);
}

void describe(const Problem& problem,
              const std::vector<ChannelData>& data,
              const State& state,
              const Spreads& spreads,
              const Joint& joint,
              Fit& fit) {
  fit.mean = state.theta;
  describe_covariance(problem, state.prior_variance, joint.covariance, fit);
  fit.information = joint.precision_lower.selfadjointView<Eigen::Lower>();
  fit.information.diagonal() -= state.prior_variance.cwiseInverse();
  fit.free_energy = state.free_energy;
  fit.gradient = joint.gradient;
  fit.gradient_norm = joint.gradient.cwiseProduct(state.prior_variance.cwiseSqrt()).norm();
  if (!problem.scales.empty()) {
    const MatrixXd variance =
        scale_evidence(problem, state.log_scale, fit.mean, fit.covariance).precision.inverse();
    for (std::size_t s = 0; s < problem.scales.size(); ++s) {
      const auto at = static_cast<Index>(s);
      const PriorScale& scale = problem.scales[s];
      fit.scales.push_back({scale.name,
                            scale.parameter,
                            state.log_scale[s],
                            variance(at, at),
                            scale.mean,
                            scale.variance});
    }
  }
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Channel& channel = problem.channels[c];
    const ChannelBlock& block = joint.blocks[c];
    const bool is_loaded = !channel.sources.empty();
    const MatrixXd confounds =
        is_loaded ? confounds_with_sources(channel, state.evaluation) : channel.confounds;
    VectorXd variance;
    if (!spreads.variance.empty())
      variance = spreads.variance[c];
    else if (is_loaded)
      variance = prediction_variance(
          confounds, loaded_jacobian(data[c], state.evaluation, state.beta[c]), block, joint);
    else
      variance = prediction_variance(confounds, state.evaluation.jacobian[c], block, joint);
    const VectorXd prediction =
        is_loaded ? VectorXd::Zero(channel.data.size()) : state.evaluation.prediction[c];
    fit.channels.push_back(describe(channel,
                                    data[c],
                                    confounds,
                                    prediction,
                                    state.beta[c],
                                    state.noise[c],
                                    spreads.parts[c],
                                    variance,
                                    block));
  }
}

}  // namespace insula::inference::detail
