// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/weight_spread.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "framework/inference/detail/ascent.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Draws are stretched to the exact trace at the θ where they are drawn; what they leave to chance,
// about √(2 / (draws · weights)) of it, is in which directions it changes. So hundreds of weights
// need few draws.
constexpr Index kMostDraws = 4, kDrawnWeights = 1000;

Index count_of_draws(const Problem& problem) {
  Index weights = 0;
  for (const PriorScale& scale : problem.scales)
    weights += static_cast<Index>(scale.parameter.size());
  return std::clamp((kDrawnWeights + weights - 1) / weights, Index{1}, kMostDraws);
}

std::vector<Index> others(const Problem& problem) {
  std::vector<char> is_weight(static_cast<std::size_t>(problem.prior_mean.size()), 0);
  for (const PriorScale& scale : problem.scales)
    for (const Index i : scale.parameter) is_weight[static_cast<std::size_t>(i)] = 1;
  std::vector<Index> list;
  for (std::size_t i = 0; i < is_weight.size(); ++i)
    if (is_weight[i] == 0) list.push_back(static_cast<Index>(i));
  return list;
}

// With derivatives in `parameters` alone.
Evaluation evaluate_some(const Problem& problem,
                         const VectorXd& theta,
                         const std::vector<Index>& parameters) {
  if (problem.evaluate_some) return problem.evaluate_some(theta, parameters);
  Evaluation evaluation = problem.evaluate(theta, true);
  for (MatrixXd& jacobian : evaluation.jacobian)
    jacobian = MatrixXd(jacobian(Eigen::all, parameters));
  return evaluation;
}

// Adds one draw of one channel. `shown`: what each scale's weights in turn move; `above`: the
// Jacobian at θ moved by the draw.
void add_draw(const Chain& chain,
              const NoiseValue& noise,
              double share,
              const MatrixXd& shown,
              const MatrixXd& here,
              const MatrixXd* above,
              const std::vector<Index>& parameters,
              WeightSpread& sum) {
  const VectorXd u = shown.rowwise().sum();
  const VectorXd weighted = share * precision_times(chain, noise.zeta, u);
  sum.value -= 0.5 * u.dot(weighted);
  if (above == nullptr) return;
  const auto others = static_cast<Index>(parameters.size());
  MatrixXd slope(u.size(), others + shown.cols()), weighted_slope(u.size(), slope.cols());
  slope.leftCols(others) = (*above)(chain.used, Eigen::all) - here(chain.used, parameters);
  slope.rightCols(shown.cols()) = 0.5 * shown;  // weights go with the root of their scale
  for (Index j = 0; j < slope.cols(); ++j)
    weighted_slope.col(j) = share * precision_times(chain, noise.zeta, slope.col(j));
  std::vector<Index> place = parameters;
  for (Index s = 0; s < shown.cols(); ++s) place.push_back(sum.gradient.size() - shown.cols() + s);
  sum.gradient(place) -= slope.transpose() * weighted;
  sum.information(place, place) += slope.transpose() * weighted_slope;
}

// Every draw's weights of each scale in turn: P × (draws · scales).
MatrixXd parts_of(const Problem& problem, const MatrixXd& draws) {
  const auto scales = static_cast<Index>(problem.scales.size());
  MatrixXd parts = MatrixXd::Zero(draws.rows(), draws.cols() * scales);
  for (Index d = 0; d < draws.cols(); ++d)
    for (Index s = 0; s < scales; ++s)
      for (const Index i : problem.scales[static_cast<std::size_t>(s)].parameter)
        parts(i, d * scales + s) = draws(i, d);
  return parts;
}

}  // namespace

bool has_weight_spread(const Problem& problem) {
  bool is_plain = !problem.scales.empty() && problem.scored.empty();
  for (const Channel& channel : problem.channels) is_plain &= channel.sources.empty();
  return is_plain && !others(problem).empty();
}

MatrixXd draw_weights(const Problem& problem,
                      const VectorXd& prior_variance,
                      const Joint& joint,
                      const Options& options) {
  const Index p = problem.prior_mean.size();
  MatrixXd draws(p, count_of_draws(problem));
  Stream stream(options.seed, options.task + "/weights");
  for (double& value : draws.reshaped()) value = stream.normal();
  joint.precision.solve_upper_in_place(draws);
  MatrixXd covariance = joint.covariance;
  for (const Index i : others(problem)) {
    draws.row(i).setZero();
    covariance.row(i).setZero();
    covariance.col(i).setZero();
  }
  MatrixXd data = joint.precision_lower.selfadjointView<Eigen::Lower>();
  data.diagonal() -= prior_variance.cwiseInverse();
  const double drawn = draws.cwiseProduct(data * draws).sum() / static_cast<double>(draws.cols());
  const double expected = covariance.cwiseProduct(data).sum();
  return drawn > 0 && expected > 0 ? MatrixXd(draws * std::sqrt(expected / drawn)) : draws;
}

WeightSpread weight_spread(const Problem& problem,
                           const std::vector<ChannelData>& data,
                           const std::vector<NoiseValue>& noise,
                           const VectorXd& theta,
                           const Evaluation& here,
                           const MatrixXd& draws,
                           bool with_derivatives) {
  const auto scales = static_cast<Index>(problem.scales.size());
  const Index size = theta.size() + scales;
  WeightSpread sum{0, VectorXd::Zero(size), MatrixXd::Zero(size, size)};
  const std::vector<Index> parameters = with_derivatives ? others(problem) : std::vector<Index>();
  std::vector<Evaluation> above(with_derivatives ? static_cast<std::size_t>(draws.cols()) : 0);
  parallel_for(above.size(), [&](std::size_t d) {
    above[d] = evaluate_some(problem, theta + draws.col(static_cast<Index>(d)), parameters);
  });
  for (const Evaluation& there : above)
    if (!there.outcome.finished())
      return {-std::numeric_limits<double>::infinity(), sum.gradient, sum.information};
  const MatrixXd parts = parts_of(problem, draws);
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Chain& chain = data[c].chain;
    const MatrixXd shown = (here.jacobian[c] * parts)(chain.used, Eigen::all);
    const double share = std::exp(noise[c].lambda) / static_cast<double>(draws.cols());
    for (Index d = 0; d < draws.cols(); ++d)
      add_draw(chain,
               noise[c],
               share,
               shown.middleCols(d * scales, scales),
               here.jacobian[c],
               with_derivatives ? &above[static_cast<std::size_t>(d)].jacobian[c] : nullptr,
               parameters,
               sum);
  }
  return sum;
}

}  // namespace insula::inference::detail
