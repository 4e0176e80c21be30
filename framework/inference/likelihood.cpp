// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/likelihood.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/inference/detail/gram.h"
#include "framework/inference/detail/scored.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;

ChannelData make_data(const Channel& channel) {
  ChannelData data;
  data.chain = make_chain(channel);
  const Index n = data.chain.count(), own = channel.confounds.cols();
  data.sources = channel.sources;
  const Index k = own + data.loadings();
  data.precision = VectorXd::Constant(k, channel.loading_precision);
  data.precision.head(own) = channel.confound_precision;
  MatrixXd padded = MatrixXd::Zero(padded_rows(n), k), scratch(padded_rows(n), k);
  data.data.resize(n);
  for (Index i = 0; i < n; ++i) {
    const Index sample = data.chain.used[static_cast<std::size_t>(i)];
    data.data[i] = channel.data[sample];
    if (own > 0) padded.row(i).head(own) = channel.confounds.row(sample);
  }
  data.confounds = padded.topRows(n);
  set_parts(data.chain, padded, scratch, data.confound_parts);
  return data;
}

// The conditional precision of β and its gradient at `beta`.
struct Confounds {
  LLT<MatrixXd> precision{MatrixXd()};
  VectorXd gradient;
  double quadratic;  // eᵀΩe e^λ + βᵀΠβ at `beta`
};
Confounds confounds_at(const ChannelData& data,
                       const VectorXd& e,
                       const VectorXd& beta,
                       const NoiseValue& noise,
                       const Weights& weights) {
  const double scale = std::exp(noise.lambda);
  const VectorXd weighted = precision_times(data.chain, noise.zeta, e);
  MatrixXd precision;
  combine(data.confound_parts, weights.value, precision);
  precision *= scale;
  precision.diagonal() += data.precision;
  Confounds c;
  c.precision.compute(precision);
  c.gradient = scale * (data.confounds.transpose() * weighted) - data.precision.cwiseProduct(beta);
  c.quadratic = scale * e.dot(weighted) + beta.dot(data.precision.cwiseProduct(beta));
  return c;
}

}  // namespace

std::vector<ChannelData> make_data(const std::vector<Channel>& channels) {
  std::vector<ChannelData> data;
  for (const Channel& channel : channels) data.push_back(make_data(channel));
  return data;
}

VectorXd residual(const ChannelData& data, const VectorXd& prediction, const VectorXd& beta) {
  VectorXd e = data.data;
  for (Index i = 0; prediction.size() > 0 && i < e.size(); ++i) {
    e[i] -= prediction[data.chain.used[static_cast<std::size_t>(i)]];
  }
  if (beta.size() > 0) e.noalias() -= data.confounds * beta;
  return e;
}

double log_marginal(const ChannelData& data,
                    const VectorXd& prediction,
                    const VectorXd& beta,
                    const NoiseValue& noise) {
  Weights weights;
  set_weights(data.chain, noise.zeta, weights);
  const VectorXd e = residual(data, prediction, beta);
  const Confounds c = confounds_at(data, e, beta, noise, weights);
  const auto n = static_cast<double>(e.size());
  const double exponent = c.quadratic - c.precision.matrixL().solve(c.gradient).squaredNorm();
  const double log_det_beta =
      data.precision.array().log().sum() - numerics::log_det_of_factor(c.precision.matrixLLT());
  return 0.5 * (n * (noise.lambda - std::log(2 * std::numbers::pi)) + weights.log_det +
                log_det_beta - exponent);
}

double log_joint(const Problem& problem,
                 const VectorXd& prior_variance,
                 const std::vector<ChannelData>& data,
                 const VectorXd& theta,
                 const Evaluation& evaluation,
                 const std::vector<Scores>& scores,
                 const std::vector<VectorXd>& beta,
                 const std::vector<NoiseValue>& noise) {
  double sum =
      -0.5 * ((theta - problem.prior_mean).array().square() / prior_variance.array()).sum();
  for (std::size_t c = 0; c < data.size(); ++c) {
    sum += log_marginal(data[c], evaluation.prediction[c], beta[c], noise[c]);
  }
  for (std::size_t s = 0; s < scores.size(); ++s) {
    sum += total_value(problem.scored[s], scores[s]);
  }
  return std::isfinite(sum) ? sum : -std::numeric_limits<double>::infinity();
}

VectorXd best_beta(const ChannelData& data, const VectorXd& prediction, const NoiseValue& noise) {
  Weights weights;
  set_weights(data.chain, noise.zeta, weights);
  const VectorXd zero = VectorXd::Zero(data.confounds.cols());
  const VectorXd e = residual(data, prediction, zero);
  const Confounds c = confounds_at(data, e, zero, noise, weights);
  return c.precision.solve(c.gradient);
}

}  // namespace insula::inference::detail
