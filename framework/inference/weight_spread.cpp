// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/weight_spread.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/base/random.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/gram.h"
#include "framework/inference/detail/sensitivities.h"
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
constexpr int kMostHalvings = 6;

Index count_of_draws(const Problem& problem) {
  Index weights = 0;
  for (const PriorScale& scale : problem.scales)
    weights += static_cast<Index>(scale.parameter.size());
  return std::clamp((kDrawnWeights + weights - 1) / weights, Index{1}, kMostDraws);
}

// J_ψᵀv of every channel; none if the model cannot be run there.
std::optional<MatrixXd> pulled_back(const Problem& problem,
                                    const VectorXd& theta,
                                    const std::vector<Index>& parameters,
                                    const std::vector<VectorXd>& v) {
  if (problem.pull_back) return problem.pull_back(theta, parameters, v);
  const Evaluation there = problem.evaluate(theta, true);
  if (!there.outcome.finished()) return std::nullopt;
  MatrixXd slope(static_cast<Index>(parameters.size()), static_cast<Index>(v.size()));
  for (std::size_t c = 0; c < v.size(); ++c)
    slope.col(static_cast<Index>(c)) = there.jacobian[c](Eigen::all, parameters).transpose() * v[c];
  return slope;
}

// Σ over draws of J_ψᵀv, v of each draw and channel; none if the model cannot be run at one.
std::optional<MatrixXd> slopes_at(const Problem& problem,
                                  const VectorXd& theta,
                                  const MatrixXd& draws,
                                  const std::vector<Index>& parameters,
                                  const std::vector<std::vector<VectorXd>>& v) {
  std::vector<std::optional<MatrixXd>> each(v.size());
  parallel_for(each.size(), [&](std::size_t d) {
    each[d] = pulled_back(problem, theta + draws.col(static_cast<Index>(d)), parameters, v[d]);
  });
  if (std::ranges::any_of(each, [](const auto& slope) { return !slope; })) return std::nullopt;
  for (std::size_t d = 1; d < each.size(); ++d) *each[0] += *each[d];
  return each[0];
}

// uᵀ part u′ of every pair of columns of `shown`, per part.
std::vector<MatrixXd> squares_of(const Chain& chain, const MatrixXd& shown) {
  MatrixXd padded = MatrixXd::Zero(padded_rows(shown.rows()), shown.cols()),
           scratch(padded.rows(), shown.cols());
  padded.topRows(shown.rows()) = shown;
  std::vector<MatrixXd> parts;
  set_parts(chain, padded, scratch, parts);
  return parts;
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

// tr Σ_w D over all channels, confounds integrated out: weights − tr Σ_w Π_w.
double trace_of_known(const Problem& problem,
                      const VectorXd& prior_variance,
                      const Joint& joint,
                      const MatrixXd& half) {
  double trace = 0;
  for (const PriorScale& scale : problem.scales)
    for (const Index i : scale.parameter)
      trace += 1 - (joint.covariance(i, i) - half.col(i).squaredNorm()) / prior_variance[i];
  return trace;
}

}  // namespace

bool has_weight_spread(const Problem& problem) {
  bool is_plain = !problem.scales.empty() && problem.scored.empty();
  for (const Channel& channel : problem.channels) is_plain &= channel.sources.empty();
  return is_plain && !other_parameters(problem).empty();
}

std::vector<NoiseAxis> noise_axes(const std::vector<ChannelData>& data) {
  std::vector<NoiseAxis> axes;
  for (std::size_t c = 0; c < data.size(); ++c) {
    axes.push_back({c, false});
    if (!data[c].chain.is_white) axes.push_back({c, true});
  }
  return axes;
}

std::vector<Index> other_parameters(const Problem& problem) {
  std::vector<char> is_weight(static_cast<std::size_t>(problem.prior_mean.size()), 0);
  for (const PriorScale& scale : problem.scales)
    for (const Index i : scale.parameter) is_weight[static_cast<std::size_t>(i)] = 1;
  std::vector<Index> list;
  for (std::size_t i = 0; i < is_weight.size(); ++i)
    if (is_weight[i] == 0) list.push_back(static_cast<Index>(i));
  return list;
}

WeightDraws draw_weights(const Problem& problem,
                         const std::vector<ChannelData>& data,
                         const Evaluation& here,
                         const VectorXd& prior_variance,
                         const std::vector<NoiseValue>& noise,
                         const Joint& joint,
                         const Options& options) {
  const std::vector<Index> others = other_parameters(problem);
  MatrixXd draws(problem.prior_mean.size(), count_of_draws(problem));
  Stream stream(options.seed, options.task + "/weights");
  for (double& value : draws.reshaped()) value = stream.uniform() < 0.5 ? -1 : 1;
  joint.precision.solve_upper_in_place(draws);
  // Given the others ψ: Σ_ww − Σ_wψ Σ_ψψ⁻¹ Σ_ψw, and the draws likewise.
  const Eigen::LLT<MatrixXd> of_others(joint.covariance(others, others));
  const MatrixXd half = of_others.matrixL().solve(joint.covariance(others, Eigen::all));
  draws -= half.transpose() * of_others.matrixL().solve(draws(others, Eigen::all));
  for (const Index i : others) draws.row(i).setZero();

  MatrixXd together = MatrixXd::Zero(draws.rows(), draws.cols());
  for (const MatrixXd& of_channel : known_times(problem, data, here, noise, joint, draws))
    together += of_channel;
  for (const Index i : others) together.row(i).setZero();
  const auto count = static_cast<double>(draws.cols());
  const double drawn = draws.cwiseProduct(together).sum() / count;
  const double expected = trace_of_known(problem, prior_variance, joint, half);
  const double stretch = drawn > 0 && expected > 0 ? std::sqrt(expected / drawn) : 1;
  together *= stretch;
  WeightDraws all{stretch * draws, {}, 0};
  const MatrixXd parts = parts_of(problem, all.value);
  for (const ChannelBlock& block : joint.blocks)
    all.confounds.emplace_back(-block.coupling * parts);
  const MatrixXd narrowed = joint.covariance * together - half.transpose() * (half * together);
  all.twice_known = together.cwiseProduct(narrowed).sum() / count;  // narrowed: Σ_w D times them
  return all;
}

std::vector<ChannelSpread> weight_spread(const Problem& problem,
                                         const std::vector<ChannelData>& data,
                                         const std::vector<NoiseValue>& noise,
                                         const VectorXd& theta,
                                         const Evaluation& here,
                                         const WeightDraws& draws,
                                         const std::vector<ChannelSpread>* before) {
  const Index count = draws.value.cols();
  const auto scales = static_cast<Index>(problem.scales.size());
  const std::vector<Index> parameters = other_parameters(problem);
  const MatrixXd parts = parts_of(problem, draws.value);
  std::vector<ChannelSpread> each(data.size());
  // Ωu of every draw and channel, over all samples: 0 where they are not in use.
  std::vector<std::vector<VectorXd>> weighted(static_cast<std::size_t>(count),
                                              std::vector<VectorXd>(data.size()));
  std::vector<double> square(data.size(), 0);
  const std::vector<MatrixXd> all_shown = shown(problem, here, parts);
  parallel_for(data.size(), [&](std::size_t c) {
    const Chain& chain = data[c].chain;
    MatrixXd shown = all_shown[c](chain.used, Eigen::all);
    if (!draws.confounds.empty() && draws.confounds[c].size() > 0)
      shown.noalias() += data[c].confounds * draws.confounds[c];
    const MatrixXd of_others = shown_of(here, c, parameters);
    each[c].amplification.setZero(static_cast<Index>(parameters.size()));
    for (Index d = 0; d < count; ++d) {
      const MatrixXd of_draw = shown.middleCols(d * scales, scales);
      const VectorXd u = of_draw.rowwise().sum();
      const VectorXd pulling = precision_times(chain, noise[c].zeta, u);
      square[c] += u.dot(pulling);
      VectorXd& v = weighted[static_cast<std::size_t>(d)][c];
      v.setZero(all_shown[c].rows());
      v(chain.used) = pulling;
      each[c].amplification.noalias() -= of_others.transpose() * v;
      std::vector<MatrixXd> squares = squares_of(chain, of_draw);
      each[c].squares.resize(squares.size(), MatrixXd::Zero(scales, scales));
      for (std::size_t i = 0; i < squares.size(); ++i)
        each[c].squares[i] +=
            MatrixXd(squares[i].selfadjointView<Eigen::Lower>()) / static_cast<double>(count);
    }
  });
  if (before) {
    for (std::size_t c = 0; c < data.size(); ++c)
      each[c].amplification = (*before)[c].amplification;
    return each;
  }
  double length = 1;
  std::optional<MatrixXd> above = slopes_at(problem, theta, draws.value, parameters, weighted);
  for (int halvings = 0; !above; ++halvings) {
    if (halvings == kMostHalvings) return {};
    length *= 0.5;
    above = slopes_at(problem, theta, length * draws.value, parameters, weighted);
  }
  for (std::size_t c = 0; c < data.size(); ++c) {
    VectorXd& slope = each[c].amplification;  // of ½ uᵀΩu, until it is divided by that
    slope += above->col(static_cast<Index>(c));
    slope /= square[c] > 0 ? length * square[c] : 1;
  }
  return each;
}

}  // namespace insula::inference::detail
