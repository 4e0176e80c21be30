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

// Two draws may say of a trace that more is known than there is.
constexpr double kMostKnown = 0.98;
constexpr double kLongestHyperStep = 1.5;
// A climb ends after so many steps, or where another promises this part of what they have gained.
constexpr int kMostClimbed = 12;
constexpr double kLittle = 0.02;
// A step is shortened until it gains this part of what it promised, or is shorter than this.
constexpr double kHonest = 0.5, kShortest = 1e-4;

double& value_of(NoiseValue& noise, const NoiseAxis& axis) {
  return axis.is_coefficient ? noise.zeta : noise.lambda;
}

Index scales_of(const Problem& problem) { return static_cast<Index>(problem.scales.size()); }

// x and its derivatives in ψ, the scales and the axes.
struct Traces {
  double value = 0;
  VectorXd first;
  MatrixXd second;
};

Traces traces(const Problem& problem,
              const std::vector<ChannelData>& data,
              const HyperModel& model,
              const State& at) {
  const std::vector<Index> parameters = other_parameters(problem);
  const auto others = static_cast<Index>(parameters.size());
  const Index scales = scales_of(problem), both = others + scales;
  const Index size = both + static_cast<Index>(model.axes.size());
  const VectorXd moved = (at.theta - model.theta)(parameters);
  VectorXd root(scales);
  for (Index s = 0; s < scales; ++s) {
    const auto i = static_cast<std::size_t>(s);
    root[s] = std::exp(0.5 * (at.log_scale[i] - model.log_scale[i]));
  }
  Traces x{0, VectorXd::Zero(size), MatrixXd::Zero(size, size)};
  Index axis = both;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const ChannelSpread& spread = model.spread[c];
    const VectorXd& a = spread.amplification;
    Weights weights;
    set_weights(data[c].chain, at.noise[c].zeta, weights);
    const double strength = std::exp(at.noise[c].lambda + 2 * a.dot(moved));
    // Scales × scales: what pairs of scales add to x, or to its slopes in ζ.
    const auto pairs = [&](const std::vector<double>& of_parts) {
      MatrixXd sum = MatrixXd::Zero(scales, scales);
      for (std::size_t i = 0; i < of_parts.size(); ++i) sum += of_parts[i] * spread.squares[i];
      return MatrixXd(strength * root.asDiagonal() * sum * root.asDiagonal());
    };
    // d/dψ and d/dρ of a sum over such pairs.
    const auto slopes = [&](const MatrixXd& of_pairs) {
      VectorXd slope(both);
      slope << 2 * of_pairs.sum() * a, of_pairs.rowwise().sum();
      return slope;
    };
    const MatrixXd value = pairs(weights.value);
    const VectorXd slope = slopes(value);
    x.value += value.sum();
    x.first.head(both) += slope;
    x.second.topLeftCorner(others, others) += 4 * value.sum() * a * a.transpose();
    const MatrixXd mixed = 2 * a * slope.tail(scales).transpose();
    x.second.block(0, others, others, scales) += mixed;
    x.second.block(others, 0, scales, others) += mixed.transpose();
    x.second.block(others, others, scales, scales) += 0.5 * value;
    x.second.block(others, others, scales, scales).diagonal() += 0.5 * slope.tail(scales);
    const auto add_axis = [&](Index row, const VectorXd& of_both, double first, double second) {
      x.first[row] = first;
      x.second(row, row) = second;
      x.second.row(row).head(both) = of_both.transpose();
      x.second.col(row).head(both) = of_both;
    };
    add_axis(axis, slope, value.sum(), value.sum());
    if (!data[c].chain.is_white) {
      const MatrixXd first = pairs(weights.first);
      add_axis(axis + 1, slopes(first), first.sum(), pairs(weights.second).sum());
      x.second(axis, axis + 1) = x.second(axis + 1, axis) = first.sum();
      ++axis;
    }
    ++axis;
  }
  return x;
}

// −½ N ln(1 + s (x/x₀ − 1)) and its derivatives in x.
struct LogGrowth {
  double value, slope, curvature;
};
LogGrowth log_growth(const HyperModel& model, double x) {
  if (!(model.share > 0)) return {-0.5 * (x - model.known), -0.5, 0};
  const double grown = std::max(1 + model.share * (x / model.known - 1), 1e-6);
  return {-0.5 * model.known / model.share * std::log(grown),
          -0.5 / grown,
          0.5 * model.share / (model.known * grown * grown)};
}

// The rows of the noise: own terms, and in `second` those with the parameters.
void add_noise(const Problem& problem,
               const std::vector<ChannelData>& data,
               const HyperModel& model,
               const State& at,
               const Joint& joint,
               const MatrixXd& moved,
               HyperJoint& h,
               MatrixXd& second) {
  const Index p = moved.rows(), first = p + moved.cols();
  Index row = first;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Channel& channel = problem.channels[c];
    const ChannelBlock& block = joint.blocks[c];
    const NoiseEnergy energy =
        noise_energy(channel, data[c].chain, squares_at_theta(block), at.noise[c]);
    Weights weights;
    set_weights(data[c].chain, at.noise[c].zeta, weights);
    const Index k = block.shift.size();
    VectorXd direction(k + 1);
    direction << -block.shift, 1;
    for (int place = 0; place < (data[c].chain.is_white ? 1 : 2); ++place, ++row) {
      h.hyper_variance[row - p] = place == 1 ? channel.zeta_variance : channel.lambda_variance;
      h.gradient[row] += energy.gradient[place] - 0.5 * model.rest[row - first];
      h.precision(row, row) -= energy.hessian(place, place);
      if (place == 1) h.precision(row, row - 1) -= energy.hessian(0, 1);
      VectorXd cross = VectorXd::Zero(p);  // −Jᵀ (e^λ Ω)_η e
      for (std::size_t i = 0; i < block.parts.size(); ++i)
        cross.noalias() -= block.scale * (place == 1 ? weights.first[i] : weights.value[i]) *
                           (block.parts[i].block(p, 0, k + 1, p).transpose() * direction);
      second.row(row).head(p) += cross.transpose();
      second.row(row).segment(p, moved.cols()) += cross.transpose() * moved;
    }
  }
}

// What predictions have beside the linear part: weights amplified by the others, and moved by the
// roots of their scales. Puts its slopes into the joint's gradient.
void add_products(const Problem& problem,
                  const HyperModel& model,
                  const State& at,
                  const MatrixXd& moved,
                  Joint& joint,
                  MatrixXd& second) {
  const std::vector<Index> parameters = other_parameters(problem);
  const Index p = moved.rows();
  VectorXd pull = VectorXd::Zero(p);  // the data's gradient in the weights
  for (std::size_t c = 0; c < joint.blocks.size(); ++c) {
    const VectorXd& a = model.spread[c].amplification;
    VectorXd of_weights = joint.blocks[c].data_gradient;
    for (const Index i : parameters) of_weights[i] = 0;
    const double growth = a.dot((at.theta - model.theta)(parameters)), grown = 1 + growth;
    const double shown = of_weights.dot(model.theta - problem.prior_mean);
    joint.gradient += growth * of_weights;
    joint.gradient(parameters) += (of_weights.dot(at.theta - model.theta) + growth * shown) * a;
    VectorXd all(p + moved.cols());  // with the scales behind
    all << grown * of_weights, grown * (moved.transpose() * of_weights);
    pull += all.head(p);
    for (std::size_t j = 0; j < parameters.size(); ++j) {
      const double by = a[static_cast<Index>(j)];
      second.row(parameters[j]).head(all.size()) -= by * all.transpose();
      second.col(parameters[j]).head(all.size()) -= by * all;
    }
    second(parameters, parameters) -= shown * a * a.transpose();
  }
  for (Index s = 0; s < moved.cols(); ++s) {
    for (const Index i : problem.scales[static_cast<std::size_t>(s)].parameter) {
      second(p + s, i) -= 0.5 * pull[i];
      second(i, p + s) -= 0.5 * pull[i];
    }
    second(p + s, p + s) -= 0.5 * pull.dot(moved.col(s));
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

// The best step within `radius` prior standard deviations that moves no hyperparameter far.
Step step_of(const HyperJoint& joint, const VectorXd& prior_variance, double radius) {
  VectorXd variance(joint.gradient.size());
  variance << prior_variance, joint.hyper_variance;
  Step step = trust_region_step(joint.precision, joint.gradient, variance, radius);
  const double longest = step.delta.tail(joint.hyper_variance.size()).cwiseAbs().maxCoeff();
  if (longest > kLongestHyperStep) {
    step.delta *= kLongestHyperStep / longest;
    step.length *= kLongestHyperStep / longest;
  }
  return step;
}

// What channel c's Jacobian is multiplied with: δψ, and of the weights what J_ψ lacks of what the
// amplifier makes of them.
VectorXd seen_by(const Problem& problem,
                 const HyperModel& model,
                 std::size_t c,
                 const VectorXd& theta) {
  const std::vector<Index> parameters = other_parameters(problem);
  const VectorXd way = (theta - model.theta)(parameters);
  const double growth = model.spread[c].amplification.dot(way);
  VectorXd seen = (1 + growth) * (theta - model.theta) +
                  0.5 * growth * growth * (model.theta - problem.prior_mean);
  seen(parameters) = way;
  return seen;
}

double modelled_objective(const Problem& problem,
                          const std::vector<ChannelData>& data,
                          const HyperModel& model,
                          const State& from,
                          const State& at) {
  Evaluation there;
  for (std::size_t c = 0; c < data.size(); ++c) {
    there.prediction.push_back(from.evaluation.prediction[c]);
    there.prediction[c].noalias() +=
        from.evaluation.jacobian[c] * seen_by(problem, model, c, at.theta);
  }
  return log_joint(problem, at.prior_variance, data, at.theta, there, {}, at.beta, at.noise) +
         beside_log_joint(problem, data, model, at);
}

}  // namespace

std::optional<HyperModel> hyper_model(const Problem& problem,
                                      const std::vector<ChannelData>& data,
                                      const State& state,
                                      const std::vector<VectorXd>& beta,
                                      const Joint& joint,
                                      const std::vector<std::vector<double>>& spreads,
                                      const Options& options,
                                      const std::vector<ChannelSpread>* before) {
  HyperModel model{state.theta, state.log_scale, beta, noise_axes(data), {}, {}, 0, 0};
  const WeightDraws draws = draw_weights(
      problem, data, state.evaluation, state.prior_variance, state.noise, joint, options);
  model.spread =
      weight_spread(problem, data, state.noise, state.theta, state.evaluation, draws, before);
  if (model.spread.empty()) return std::nullopt;
  const Traces x = traces(problem, data, model, state);
  model.known = x.value;
  model.share = x.value > 0 ? std::min(draws.twice_known / x.value, kMostKnown) : 0;
  const auto count = static_cast<Index>(model.axes.size());
  model.rest = -x.first.tail(count);
  for (Index a = 0; a < count; ++a) {
    const NoiseAxis& axis = model.axes[static_cast<std::size_t>(a)];
    const ChannelBlock& block = joint.blocks[axis.channel];
    const std::vector<double> t = squares_at_theta(block);
    Weights weights;
    set_weights(data[axis.channel].chain, state.noise[axis.channel].zeta, weights);
    for (std::size_t i = 0; i < t.size(); ++i)
      model.rest[a] += block.scale * (axis.is_coefficient ? weights.first[i] : weights.value[i]) *
                       (spreads[axis.channel][i] - t[i]);
  }
  return model;
}

double log_prior_of_hyper(const Problem& problem, const HyperModel& model, const State& at) {
  double twice = 0;
  const auto add = [&](double value, double mean, double variance) {
    twice -= std::log(variance) + (value - mean) * (value - mean) / variance;
  };
  for (std::size_t s = 0; s < problem.scales.size(); ++s)
    add(at.log_scale[s], problem.scales[s].mean, problem.scales[s].variance);
  for (const NoiseAxis& axis : model.axes) {
    const Channel& channel = problem.channels[axis.channel];
    NoiseValue noise = at.noise[axis.channel];
    if (axis.is_coefficient)
      add(value_of(noise, axis), channel.zeta_mean, channel.zeta_variance);
    else
      add(value_of(noise, axis), channel.lambda_mean, channel.lambda_variance);
  }
  return 0.5 * twice;
}

double beside_log_joint(const Problem& problem,
                        const std::vector<ChannelData>& data,
                        const HyperModel& model,
                        const State& at) {
  double sum = log_growth(model, traces(problem, data, model, at).value).value +
               log_prior_of_hyper(problem, model, at);
  for (std::size_t a = 0; a < model.axes.size(); ++a) {
    NoiseValue noise = at.noise[model.axes[a].channel];
    sum -= 0.5 * model.rest[static_cast<Index>(a)] * value_of(noise, model.axes[a]);
  }
  return sum;
}

HyperJoint hyper_joint(const Problem& problem,
                       const std::vector<ChannelData>& data,
                       const HyperModel& model,
                       const State& at,
                       Joint& joint) {
  const Index p = at.theta.size(), scales = scales_of(problem);
  const Index size = p + scales + static_cast<Index>(model.axes.size());
  MatrixXd second = MatrixXd::Zero(size, size);
  add_products(problem, model, at, moved_by_scales(problem, at.theta), joint, second);
  const ScaledJoint scaled = with_scales(problem, joint, at.theta, at.prior_variance, at.log_scale);
  HyperJoint h{MatrixXd::Zero(size, size), VectorXd::Zero(size), 0, VectorXd(size - p)};
  h.precision.topLeftCorner(p + scales, p + scales) = scaled.precision;
  h.gradient.head(p + scales) = scaled.gradient;
  h.hyper_variance.head(scales) = scaled.scale_variance;
  add_noise(problem, data, model, at, joint, scaled.moved, h, second);

  std::vector<Index> place = other_parameters(problem);
  for (Index i = p; i < size; ++i) place.push_back(i);
  const Traces x = traces(problem, data, model, at);
  const LogGrowth growth = log_growth(model, x.value);
  h.gradient(place) += growth.slope * x.first;
  h.precision(place, place) -= growth.slope * x.second;
  second(place, place) -= growth.curvature * x.first * x.first.transpose();
  h.promise = add_what_is_definite(second, h.gradient, h.precision);
  return h;
}

void move(const Problem& problem, const HyperModel& model, const VectorXd& delta, State& state) {
  const Index p = state.theta.size(), scales = scales_of(problem);
  state.theta += delta.head(p);
  for (Index s = 0; s < scales; ++s) {
    const PriorScale& scale = problem.scales[static_cast<std::size_t>(s)];
    const double by = delta[p + s];
    state.log_scale[static_cast<std::size_t>(s)] += by;
    for (const Index i : scale.parameter)
      state.theta[i] =
          problem.prior_mean[i] + std::exp(0.5 * by) * (state.theta[i] - problem.prior_mean[i]);
  }
  for (std::size_t a = 0; a < model.axes.size(); ++a)
    value_of(state.noise[model.axes[a].channel], model.axes[a]) +=
        delta[p + scales + static_cast<Index>(a)];
  state.prior_variance = prior_variance(problem, state.log_scale);
}

Climb climb(const Problem& problem,
            const std::vector<ChannelData>& data,
            const HyperModel& model,
            const HyperJoint& first,
            const State& from,
            double radius,
            Joint& joint) {
  const std::vector<std::vector<VectorXd>> residual = residual_products(joint);
  const auto place_of = [](const State& s) {
    return State{s.theta, s.beta, s.noise, s.log_scale, s.prior_variance, {}, {}};
  };
  Climb all{place_of(from), 0, 0, 0};
  HyperJoint h = first;
  const double start = modelled_objective(problem, data, model, from, all.end);
  for (int steps = 1;; ++steps) {
    const Step step = step_of(h, all.end.prior_variance, radius - all.length);
    const double slope = h.gradient.dot(step.delta);
    const double bend = step.delta.dot(h.precision.selfadjointView<Lower>() * step.delta);
    // As far along it as the model keeps what it promises.
    bool has_gained = false;
    for (double part = 1; part > kShortest && !has_gained;) {
      State next = place_of(all.end);
      move(problem, model, part * step.delta, next);
      const double gain = modelled_objective(problem, data, model, from, next) - start - all.gain;
      if (gain > kHonest * part * (slope - 0.5 * part * bend)) {
        all.end = std::move(next);
        all.gain += gain;
        all.length += part * step.length;
        has_gained = true;
      }
      // Where a parabola with this gain has its top.
      const double top = 0.5 * slope * part / (slope * part - gain);
      part *= std::isfinite(top) ? std::clamp(top, 0.1, 0.7) : 0.1;
    }
    all.damping = std::max(all.damping, step.damping);
    if (!has_gained || steps == kMostClimbed || !(all.length < 0.98 * radius)) break;
    for (std::size_t c = 0; c < data.size(); ++c)
      move_residual(residual[c], seen_by(problem, model, c, all.end.theta), joint.blocks[c]);
    assemble(problem,
             all.end.prior_variance,
             data,
             all.end.theta,
             model.beta,
             all.end.noise,
             Beta::at_optimum,
             0,
             joint);
    h = hyper_joint(problem, data, model, all.end, joint);
    if (!(h.promise > kLittle * all.gain)) break;
  }
  for (std::size_t c = 0; c < data.size(); ++c)
    move_residual(residual[c], VectorXd::Zero(from.theta.size()), joint.blocks[c]);
  return all;
}

}  // namespace insula::inference::detail
