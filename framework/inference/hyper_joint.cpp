// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/hyper_joint.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/inference/detail/prior_scale.h"
#include "framework/numerics/cholesky.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::Lower;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMostHalvings = 6;
// Two draws may say of a trace that more is known than there is.
constexpr double kMostKnown = 0.98;
constexpr double kLongestHyperStep = 1.5;

double& value_of(NoiseValue& noise, const NoiseAxis& axis) {
  return axis.is_coefficient ? noise.zeta : noise.lambda;
}

// Derivatives in the scales and others by draws, halved until the model can be run there.
WeightSpread spread_here(const Problem& problem,
                         const std::vector<ChannelData>& data,
                         const State& state,
                         HyperJoint& h) {
  for (int halvings = 0;; ++halvings, h.is_halved = true) {
    WeightSpread spread =
        weight_spread(problem, data, state.noise, state.theta, state.evaluation, h.draws, true);
    if (std::isfinite(spread.value) || halvings == kMostHalvings) return spread;
    h.draws.value *= 0.5;
    for (MatrixXd& confounds : h.draws.confounds) confounds *= 0.5;
  }
}

// One axis of the noise, by its slope of e^λ Ω: the trace of Σ but for what the log joint has
// already, confounds at a given θ; and −Jᵀ slope e.
struct AxisTerms {
  double trace = 0;
  VectorXd cross;  // P
};
AxisTerms axis_terms(const ChannelBlock& block,
                     const Chain& chain,
                     double zeta,
                     const NoiseAxis& axis,
                     const std::vector<double>& spread,
                     Index p) {
  const Index k = block.shift.size();
  VectorXd direction(k + 1);  // e at β̂, in the columns [X e]
  direction << -block.shift, 1;
  Weights weights;
  set_weights(chain, zeta, weights);
  const MatrixXd of_confounds = block.confound_precision.solve(MatrixXd::Identity(k, k));
  AxisTerms terms{0, VectorXd::Zero(p)};
  for (std::size_t i = 0; i < block.parts.size(); ++i) {
    const double weight = block.scale * (axis.is_coefficient ? weights.first[i] : weights.value[i]);
    const MatrixXd& part = block.parts[i];
    const double own =
        direction.dot(part.block(p, p, k + 1, k + 1).selfadjointView<Lower>() * direction);
    const MatrixXd xx = part.block(p, p, k, k).selfadjointView<Lower>();
    terms.trace += weight * (spread[i] - own - of_confounds.cwiseProduct(xx).sum());
    terms.cross.noalias() -= weight * (part.block(p, 0, k + 1, p).transpose() * direction);
  }
  return terms;
}

// The rows of the noise: own terms, and in `second` those beside Gauss and Newton's.
void add_noise(const Problem& problem,
               const std::vector<ChannelData>& data,
               const State& state,
               const Joint& joint,
               const NoiseHere& noise,
               const MatrixXd& moved,
               HyperJoint& h,
               MatrixXd& second) {
  const Index p = state.theta.size(), first = p + moved.cols();
  const auto count = static_cast<Index>(h.axes.size());
  h.rest.resize(count);
  for (Index a = 0; a < count; ++a) {
    const NoiseAxis& axis = h.axes[static_cast<std::size_t>(a)];
    const std::size_t c = axis.channel;
    const Channel& channel = problem.channels[c];
    const NoiseEnergy& energy = noise.energy[c];
    const int place = axis.is_coefficient ? 1 : 0;
    const AxisTerms terms =
        axis_terms(joint.blocks[c], data[c].chain, state.noise[c].zeta, axis, noise.spread[c], p);
    h.rest[a] = terms.trace - h.draws.known[a];
    h.hyper_variance[moved.cols() + a] =
        axis.is_coefficient ? channel.zeta_variance : channel.lambda_variance;
    h.gradient[first + a] = energy.gradient[place];
    // The others' share of a trace hardly changes with the noise, which the energy cannot know.
    h.precision(first + a, first + a) =
        -energy.hessian(place, place) - (axis.is_coefficient ? 0 : 0.5 * h.rest[a]);
    if (axis.is_coefficient)  // λ stands before its ζ
      h.precision(first + a, first + a - 1) = -energy.hessian(0, 1) - 0.5 * h.rest[a];
    second.row(first + a).head(p) += terms.cross.transpose();
    second.row(first + a).segment(p, moved.cols()) += terms.cross.transpose() * moved;
  }
  second.bottomRightCorner(count, count) -= 0.5 * h.draws.twice_known;
}

// What goes with c: see the head of the header.
void add_amplifiers(const Problem& problem,
                    const Joint& joint,
                    const VectorXd& amplifier,
                    const MatrixXd& moved,
                    const HyperJoint& h,
                    MatrixXd& second) {
  const Index p = moved.rows(), n = p + moved.cols();
  VectorXd pull = VectorXd::Zero(p);  // the data's gradient in the weights
  for (const ChannelBlock& block : joint.blocks) pull += block.data_gradient;
  for (const Index i : other_parameters(problem)) pull[i] = 0;
  const double pulled = 2 * pull.dot(moved.rowwise().sum());
  second.topLeftCorner(n, n).noalias() +=
      0.25 * (h.known - 2 * h.twice_known - pulled) * amplifier * amplifier.transpose();
  second.topLeftCorner(n, p).noalias() -= 0.5 * amplifier * pull.transpose();
  second.topLeftCorner(p, n).noalias() -= 0.5 * pull * amplifier.transpose();
  for (std::size_t a = 0; a < h.axes.size(); ++a) {
    const auto row = static_cast<Index>(a);
    double with_all = 0;
    for (std::size_t b = 0; b < h.axes.size(); ++b)
      if (!h.axes[b].is_coefficient) with_all += h.draws.twice_known(row, static_cast<Index>(b));
    second.row(n + row).head(n) += 0.5 * (h.draws.known[row] - with_all) * amplifier.transpose();
  }
}

// As much of the second-order terms as leaves the precision positive definite: all of them near the
// maximum. Gives the full step's promise.
double add_what_is_definite(const MatrixXd& second, const VectorXd& gradient, MatrixXd& precision) {
  for (double part = 1;; part *= 0.5) {
    if (part < 0.1) part = 0;
    MatrixXd trial = precision + part * second;
    const numerics::Cholesky factor(trial);
    if (!factor.is_definite() && part > 0) continue;
    precision.swap(trial);
    return 0.5 * gradient.dot(factor.solve(gradient));
  }
}

}  // namespace

HyperJoint hyper_joint(const Problem& problem,
                       const std::vector<ChannelData>& data,
                       const State& state,
                       const Joint& joint,
                       const NoiseHere& noise,
                       const Options& options) {
  HyperJoint h;
  h.axes = noise_axes(data);
  h.draws = draw_weights(problem, data, state.noise, state.prior_variance, joint, h.axes, options);
  const WeightSpread spread = spread_here(problem, data, state, h);
  h.known = -2 * spread.value;
  const bool has_second = !h.is_halved && h.known > 0;
  if (!has_second) h.axes.clear();  // noise then is settled for a given θ alone
  for (std::size_t a = 0; a < h.axes.size(); ++a)
    for (std::size_t b = 0; b < h.axes.size(); ++b)
      if (!h.axes[a].is_coefficient && !h.axes[b].is_coefficient)
        h.twice_known += h.draws.twice_known(static_cast<Index>(a), static_cast<Index>(b));
  h.twice_known = std::min(h.twice_known, kMostKnown * h.known);

  const ScaledJoint scaled =
      with_scales(problem, joint, state.theta, state.prior_variance, state.log_scale);
  const Index n = scaled.gradient.size(), scales = scaled.scale_variance.size();
  const Index size = n + static_cast<Index>(h.axes.size());
  h.precision.setZero(size, size);
  h.precision.topLeftCorner(n, n) = scaled.precision + spread.information;
  h.gradient.setZero(size);
  h.gradient.head(n) = scaled.gradient + spread.gradient;
  h.hyper_variance.resize(size - state.theta.size());
  h.hyper_variance.head(scales) = scaled.scale_variance;
  const MatrixXd& moved = scaled.moved;
  MatrixXd second = MatrixXd::Zero(size, size);
  if (has_second) {
    add_noise(problem, data, state, joint, noise, moved, h, second);
    add_amplifiers(problem, joint, -2 / h.known * spread.gradient, moved, h, second);
  }
  h.promise = add_what_is_definite(second, h.gradient, h.precision);
  return h;
}

Step step_of(const HyperJoint& joint, const VectorXd& prior_variance, double radius) {
  VectorXd variance(joint.gradient.size());
  variance << prior_variance, joint.hyper_variance;
  Step step = trust_region_step(joint.precision, joint.gradient, variance, radius);
  const double longest = step.delta.tail(joint.hyper_variance.size()).cwiseAbs().maxCoeff();
  if (longest > kLongestHyperStep) {
    step.delta *= kLongestHyperStep / longest;
    step.length *= kLongestHyperStep / longest;
    step.predicted_gain =
        joint.gradient.dot(step.delta) -
        0.5 * step.delta.dot(joint.precision.selfadjointView<Lower>() * step.delta);
  }
  return step;
}

void move(const Problem& problem, const HyperJoint& joint, const Step& step, State& state) {
  const Index p = state.theta.size();
  const auto scales = static_cast<Index>(problem.scales.size());
  state.theta += step.delta.head(p);
  for (Index s = 0; s < scales; ++s) {
    const PriorScale& scale = problem.scales[static_cast<std::size_t>(s)];
    const double by = step.delta[p + s];
    state.log_scale[static_cast<std::size_t>(s)] += by;
    for (const Index i : scale.parameter)
      state.theta[i] =
          problem.prior_mean[i] + std::exp(0.5 * by) * (state.theta[i] - problem.prior_mean[i]);
  }
  for (std::size_t a = 0; a < joint.axes.size(); ++a)
    value_of(state.noise[joint.axes[a].channel], joint.axes[a]) +=
        step.delta[p + scales + static_cast<Index>(a)];
  state.prior_variance = prior_variance(problem, state.log_scale);
}

double objective_beside_log_joint(const Problem& problem,
                                  const std::vector<ChannelData>& data,
                                  const HyperJoint& joint,
                                  const State& here,
                                  const State& state) {
  double sum = 0;
  WeightDraws draws = joint.draws;  // they go with the scales
  for (std::size_t s = 0; s < problem.scales.size(); ++s) {
    const PriorScale& scale = problem.scales[s];
    const double from_mean = state.log_scale[s] - scale.mean;
    sum -= 0.5 * from_mean * from_mean / scale.variance;
    const double factor = std::exp(0.5 * (state.log_scale[s] - here.log_scale[s]));
    for (const Index i : scale.parameter) draws.value.row(i) *= factor;
    for (MatrixXd& confounds : draws.confounds)
      for (auto at = static_cast<Index>(s); at < confounds.cols();
           at += static_cast<Index>(problem.scales.size()))
        confounds.col(at) *= factor;
  }
  for (std::size_t a = 0; a < joint.axes.size(); ++a) {
    const NoiseAxis& axis = joint.axes[a];
    const Channel& channel = problem.channels[axis.channel];
    NoiseValue noise = state.noise[axis.channel];
    const double value = value_of(noise, axis);
    const double from_mean =
        value - (axis.is_coefficient ? channel.zeta_mean : channel.lambda_mean);
    sum -= 0.5 * from_mean * from_mean /
               (axis.is_coefficient ? channel.zeta_variance : channel.lambda_variance) +
           0.5 * joint.rest[static_cast<Index>(a)] * value;
  }
  const double spread =
      &state == &here
          ? -0.5 * joint.known
          : weight_spread(problem, data, state.noise, state.theta, state.evaluation, draws, false)
                .value;
  if (!(joint.twice_known > 0)) return sum + spread;
  // −½ ln|1 + Π⁻¹D| of weights that are all known equally well, with these two traces.
  const double share = joint.twice_known / joint.known, growth = -2 * spread / joint.known;
  return sum - 0.5 * joint.known / share * std::log1p(share * (growth - 1));
}

}  // namespace insula::inference::detail
