// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/weight_spread.h"

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
// about √(2 / (draws · weights)) of it, is in which directions it changes.
constexpr Index kDraws = 4;

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

// Half the difference of two matrices, of the samples in use.
MatrixXd half_difference(const Chain& chain, const MatrixXd& above, const MatrixXd& below) {
  return 0.5 * (above(chain.used, Eigen::all) - below(chain.used, Eigen::all));
}

// Of one draw: the model above and below θ by each scale's weights in turn.
struct Pairs {
  std::vector<Evaluation> above, below;
};

void add_draw(const std::vector<ChannelData>& data,
              const std::vector<NoiseValue>& noise,
              const Pairs& at,
              const std::vector<Index>& parameters,
              WeightSpread& sum) {
  const auto scales = static_cast<Index>(at.above.size());
  const Index first_scale = sum.gradient.size() - scales;
  std::vector<Index> place = parameters;
  for (Index s = 0; s < scales; ++s) place.push_back(first_scale + s);
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Chain& chain = data[c].chain;
    const double share = std::exp(noise[c].lambda) / static_cast<double>(kDraws);
    const auto n = static_cast<Index>(chain.used.size());
    const auto others = static_cast<Index>(parameters.size());
    VectorXd u = VectorXd::Zero(n);
    MatrixXd slope = MatrixXd::Zero(n, others + scales);
    for (Index s = 0; s < scales; ++s) {
      const Evaluation& above = at.above[static_cast<std::size_t>(s)];
      const Evaluation& below = at.below[static_cast<std::size_t>(s)];
      // Weights go with the root of their scale: ∂u/∂ρ = u/2.
      const VectorXd mine = half_difference(chain, above.prediction[c], below.prediction[c]);
      u += mine;
      slope.col(others + s) = 0.5 * mine;
      if (others > 0)
        slope.leftCols(others) += half_difference(chain, above.jacobian[c], below.jacobian[c]);
    }
    const VectorXd weighted = share * precision_times(chain, noise[c].zeta, u);
    sum.value -= 0.5 * u.dot(weighted);
    if (others == 0) continue;
    MatrixXd weighted_slope(n, slope.cols());
    for (Index j = 0; j < slope.cols(); ++j)
      weighted_slope.col(j) = share * precision_times(chain, noise[c].zeta, slope.col(j));
    sum.gradient(place) -= slope.transpose() * weighted;
    sum.information(place, place) += slope.transpose() * weighted_slope;
  }
}

// Those of one scale; 0 elsewhere.
VectorXd part_of(const PriorScale& scale, const VectorXd& draw) {
  VectorXd part = VectorXd::Zero(draw.size());
  for (const Index i : scale.parameter) part[i] = draw[i];
  return part;
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
  MatrixXd draws(p, kDraws);
  Stream stream(options.seed, options.task + "/weights");
  for (double& value : draws.reshaped()) value = stream.normal();
  joint.precision.matrixU().solveInPlace(draws);
  MatrixXd covariance = joint.covariance;
  for (const Index i : others(problem)) {
    draws.row(i).setZero();
    covariance.row(i).setZero();
    covariance.col(i).setZero();
  }
  MatrixXd data = joint.precision_lower.selfadjointView<Eigen::Lower>();
  data.diagonal() -= prior_variance.cwiseInverse();
  const double drawn = draws.cwiseProduct(data * draws).sum() / static_cast<double>(kDraws);
  const double expected = covariance.cwiseProduct(data).sum();
  return drawn > 0 && expected > 0 ? MatrixXd(draws * std::sqrt(expected / drawn)) : draws;
}

WeightSpread weight_spread(const Problem& problem,
                           const std::vector<ChannelData>& data,
                           const std::vector<NoiseValue>& noise,
                           const VectorXd& theta,
                           const MatrixXd& draws,
                           bool with_derivatives) {
  const std::size_t scales = problem.scales.size();
  const Index size = theta.size() + static_cast<Index>(scales);
  WeightSpread sum{0, VectorXd::Zero(size), MatrixXd::Zero(size, size)};
  const std::vector<Index> parameters = with_derivatives ? others(problem) : std::vector<Index>();
  const auto count = static_cast<std::size_t>(draws.cols());
  std::vector<Pairs> at(count, {std::vector<Evaluation>(scales), std::vector<Evaluation>(scales)});
  parallel_for(2 * count * scales, [&](std::size_t i) {
    const std::size_t d = i / (2 * scales), s = i / 2 % scales;
    const VectorXd part = part_of(problem.scales[s], draws.col(static_cast<Index>(d)));
    const VectorXd there = theta + (i % 2 == 0 ? part : VectorXd(-part));
    (i % 2 == 0 ? at[d].above : at[d].below)[s] = with_derivatives
                                                      ? evaluate_some(problem, there, parameters)
                                                      : problem.evaluate(there, false);
  });
  for (const Pairs& pairs : at) {
    for (std::size_t s = 0; s < scales; ++s)
      if (!pairs.above[s].outcome.finished() || !pairs.below[s].outcome.finished())
        return {-std::numeric_limits<double>::infinity(), sum.gradient, sum.information};
    add_draw(data, noise, pairs, parameters, sum);
  }
  return sum;
}

}  // namespace insula::inference::detail
