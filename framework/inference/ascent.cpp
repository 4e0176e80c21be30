// SPDX-License-Identifier: Apache-2.0
// One start of variational Laplace: Gauss-Newton steps on θ, noise at its fixed point in between.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "framework/base/text.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/hyper_joint.h"
#include "framework/inference/detail/joint_by_drives.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/scored.h"
#include "framework/inference/detail/trust_region.h"
#include "framework/inference/detail/weight_subspace.h"
#include "framework/inference/detail/whole_posterior.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Noise and Σ pull on each other weakly (by about parameters / samples a sweep), so few sweeps do.
constexpr int kMostSweeps = 50;
// Scales of priors are learned where a step promises less, in nats: there the model is as good as
// linear over what is left of the way.
constexpr double kScaleTrust = 1, kLongestScaleStep = 2;
// Two draws leave the others to chance by a tenth of a posterior sd each, which with sixteen of
// them is 0.1 nats.
constexpr double kSpreadTolerance = 0.05;  // nats
// With many weights under a learned scale steps move the noise too, so that few sweeps do.
constexpr int kSweepsBeforeSteps = 2;
// A step that promises more, in nats, may go by a rough evaluation.
constexpr double kRough = 10;
// After a step of fewer nats what draws of the weights said before it tells whether the fit has
// converged; runs of the model at new ones are for where another step is to be taken.
constexpr double kShortStep = 2;
// A step this short, in prior standard deviations, that does not help: the gradient is wrong.
constexpr double kShortestStep = 1e-9;
// But where this many shorter and shorter steps have not helped and a full one promises less, 0.14
// posterior standard deviations, the model's numbers resolve no more: an integrator that chooses
// its steps moves what many precise data say of θ by thousandths of a nat from one θ to the next.
constexpr double kResolved = 0.01;  // nats
constexpr int kVainSteps = 4;

std::string why_no_start(const Outcome& outcome) {
  if (outcome.finished()) return "the free energy is not a number at the starting point";
  if (outcome.kind == Outcome::Kind::impossible) {
    return "the model " + to_text(outcome) + " at its starting point";
  }
  return "the model cannot be run at its starting point: " + to_text(outcome);
}

class Ascent {
 public:
  Ascent(const Problem& problem,
         const std::vector<ChannelData>& data,
         const Options& options,
         bool is_first)
      : problem_(problem),
        data_(data),
        options_(options),
        reports_(is_first),
        has_spread_(has_weight_spread(problem)),
        by_drives_(has_spread_ && problem.evaluate_by_drives),
        joint_(make_joint(
            data, by_drives_ ? std::ssize(other_parameters(problem)) : problem.prior_mean.size())) {
  }

  Fit run(const VectorXd& start);

 private:
  bool take();
  bool look_around(const std::vector<VectorXd>& linearised_at,
                   const std::vector<ChannelSpread>* before);
  bool refine();
  bool is_done();
  void settle_noise();
  void solve_here();
  double noise_sweep(std::vector<NoiseValue>& next);
  double scale_sweep();
  void meet_loadings();
  const std::vector<ChannelData>& data(const State& state) const {
    return state.with_sources.empty() ? data_ : state.with_sources;
  }
  const std::vector<ChannelData>& data() const { return data(state_); }
  Slopes slopes(bool are_wanted) const {
    if (!are_wanted) return Slopes::none;
    if (!by_drives_) return Slopes::by_columns;
    return is_far() ? Slopes::by_drives_roughly : Slopes::by_drives;
  }
  bool is_far() const { return rough_serves_ && promise_ > kRough; }
  void evaluate(bool with_jacobian, State& state) const;
  VectorXd full_step() const { return joint_.covariance * joint_.gradient; }
  Step propose(State& next);
  bool step();
  double objective(const State& state) const;
  void move_beta(double sign);
  void use_observed_information();
  // Where weights are drawn, part of the objective is a mean over a few: no more is known of it.
  double tolerance() const {
    return has_spread_ ? std::max(options_.tolerance, kSpreadTolerance) : options_.tolerance;
  }
  // What many weights promise is promised of the noise, too.
  bool has_converged() const {
    return promise_ < tolerance() && (has_spread_ || noise_gain_ < 0.1 * tolerance());
  }
  void end(Fit::Status status, std::string reason) {
    fit_.status = status;
    fit_.reason = std::move(reason);
  }

  const Problem& problem_;
  const std::vector<ChannelData>& data_;
  const Options& options_;
  bool reports_;
  bool has_spread_;
  bool by_drives_;  // where the model gives derivatives so, and their posterior is taken here
  Joint joint_;
  State state_;
  std::vector<ChannelData> spare_;  // memory of State::with_sources that no state needs now
  Fit fit_;
  Spreads spreads_;                  // of the noise last looked at
  std::optional<HyperModel> model_;  // only with many weights under a learned scale
  WeightSubspace subspace_;          // of it, where steps climb
  HyperJoint hyper_;                 // of that, at state_
  double objective_ = 0;             // at state_, for its noise and draws
  double promise_ = HUGE_VAL;        // nats of a full step; of the first one not known
  double gained_ = HUGE_VAL;         // nats that the step to here promised
  double noise_gain_ = 0;            // nats of a look at the noise
  bool last_was_accepted_ = true;
  bool rough_serves_ = true;  // until a step by rough evaluations has failed, or none is left
  bool is_stuck_ = false;     // at a rough evaluation: there is no better one
  double radius_ = 0;         // prior standard deviations
};

// Posterior and spreads for the noise at hand.
void Ascent::solve_here() {
  if (by_drives_) {
    spreads_ = solve_by_drives(problem_,
                               state_.prior_variance,
                               data_,
                               state_.evaluation,
                               state_.theta,
                               state_.beta,
                               state_.noise,
                               joint_);
    return;
  }
  solve(problem_,
        state_.prior_variance,
        data(),
        state_.theta,
        state_.beta,
        state_.noise,
        Beta::at_optimum,
        0,
        joint_);
  spreads_ = spreads(joint_);
}

// One look at the noise given the posterior of the rest: its best value, and the nats it gains.
double Ascent::noise_sweep(std::vector<NoiseValue>& next) {
  solve_here();
  state_.free_energy = free_energy(
      problem_, state_.prior_variance, data(), state_.theta, state_.beta, state_.noise, 0, joint_);
  double gain = 0;
  for (std::size_t c = 0; c < data().size(); ++c) {
    const Channel& channel = problem_.channels[c];
    const std::vector<double>& t = spreads_.parts[c];
    const NoiseEnergy here = noise_energy(channel, data()[c].chain, t, state_.noise[c]);
    state_.free_energy.hyperparameters += noise_complexity(channel, here, state_.noise[c]);
    next[c] = best_noise(channel, data()[c].chain, t, state_.noise[c]);
    gain += noise_energy(channel, data()[c].chain, t, next[c]).value - here.value;
  }
  if (!problem_.scales.empty())
    state_.free_energy.hyperparameters += scale_complexity(
        problem_,
        state_.log_scale,
        scale_evidence(problem_, state_.log_scale, state_.theta, joint_.covariance).precision);
  return gain;
}

// Moves the learned scales of priors towards their best values given the noise, and gives the nats
// that this promises. Parameters are taken where a full step would put them: before they have moved
// from their prior means, small parameters would make the scale small, and that them.
double Ascent::scale_sweep() {
  if (problem_.scales.empty() || has_spread_ || promise_ > kScaleTrust) return 0;
  const VectorXd ahead = state_.theta + full_step();
  const ScaleEvidence evidence =
      scale_evidence(problem_, state_.log_scale, ahead, joint_.covariance);
  VectorXd step = evidence.precision.llt().solve(evidence.gradient);
  const double promise = 0.5 * step.dot(evidence.gradient);
  const double longest = step.cwiseAbs().maxCoeff();
  if (longest > kLongestScaleStep) step *= kLongestScaleStep / longest;
  for (std::size_t s = 0; s < problem_.scales.size(); ++s)
    state_.log_scale[s] += step[static_cast<Eigen::Index>(s)];
  state_.prior_variance = prior_variance(problem_, state_.log_scale);
  return promise;
}

// Ends with noise, scales, Σ, β̂ and free energy that belong together. Noise need not be better
// known than θ deserves: it is settled when it gains little beside what a step promises.
void Ascent::settle_noise() {
  std::vector<NoiseValue> next(data().size());
  for (int sweep = 1;; ++sweep) {
    noise_gain_ = noise_sweep(next);
    promise_ = 0.5 * joint_.gradient.dot(full_step());
    const bool is_settled = noise_gain_ < 0.1 * std::max(tolerance(), promise_) ||
                            (has_spread_ && sweep == kSweepsBeforeSteps);
    if (!std::isfinite(noise_gain_) || sweep == kMostSweeps) return;
    if (is_settled) {
      const double scale_gain = scale_sweep();
      noise_gain_ += scale_gain;
      if (scale_gain < 0.1 * std::max(tolerance(), promise_)) {
        if (!problem_.scales.empty() && !has_spread_) noise_sweep(next);
        return;
      }
      continue;
    }
    state_.noise = next;
  }
}

// What channels with loadings show is linearised at their loadings, which have moved with the
// noise.
void Ascent::meet_loadings() {
  move_beta(1);
  linearise(data(), state_.evaluation, state_.beta, joint_);
  std::vector<NoiseValue> ignored(data().size());
  noise_gain_ = noise_sweep(ignored);
  promise_ = 0.5 * joint_.gradient.dot(full_step());
}

// Makes the state ready for a step; false if its numbers are unusable.
bool Ascent::take() {
  const bool is_loaded = !state_.with_sources.empty();
  for (std::size_t c = 0; is_loaded && c < data().size(); ++c)
    state_.beta[c] = best_beta(data()[c], state_.evaluation.prediction[c], state_.noise[c]);
  if (!linearise(data(), state_.evaluation, state_.beta, joint_)) return false;
  linearise(problem_, state_.evaluation, state_.scores, joint_);
  settle_noise();
  if (is_loaded) meet_loadings();
  const std::vector<VectorXd> linearised_at = state_.beta;
  move_beta(1);
  if (has_spread_) {
    std::optional<HyperModel> last;
    last.swap(model_);
    const bool is_near = last && gained_ < kShortStep;
    bool can_be_run = look_around(linearised_at, is_near ? &last->spread : nullptr);
    if (is_near && !(promise_ < tolerance())) can_be_run = look_around(linearised_at, nullptr);
    if (!can_be_run) return false;
  }
  objective_ = objective(state_);
  return std::isfinite(state_.free_energy.total()) && std::isfinite(promise_) &&
         std::isfinite(objective_);
}

// What the spread of many weights makes of the objective around here, as far as steps see it; false
// if the model cannot be run near enough. `before`: draws of a place nearby, whose runs serve.
bool Ascent::look_around(const std::vector<VectorXd>& linearised_at,
                         const std::vector<ChannelSpread>* before) {
  model_ =
      hyper_model(problem_, data_, state_, linearised_at, joint_, spreads_.parts, options_, before);
  if (!model_) return false;
  subspace_ = weight_subspace(problem_, data_, state_, *model_, joint_);
  hyper_ = hyper_joint(subspace_.problem, data_, subspace_.model, subspace_.state, subspace_.joint);
  promise_ = hyper_.promise;
  return true;
}

// Evaluates where the fit stands as well as what it ends with is to be; false if it cannot be.
bool Ascent::refine() {
  const State rough = state_;
  rough_serves_ = false;
  gained_ = HUGE_VAL;
  evaluate(true, state_);
  if (state_.evaluation.outcome.finished() && take()) return true;
  is_stuck_ = true;
  fit_.outcome = state_.evaluation.outcome;
  state_ = rough;
  take();
  return false;
}

bool Ascent::is_done() {
  if (has_converged() && state_.is_rough) refine();
  return is_stuck_ || has_converged();
}

void Ascent::evaluate(bool with_jacobian, State& state) const {
  const Slopes wanted = slopes(with_jacobian);
  state.is_rough = wanted == Slopes::by_drives_roughly;
  state.evaluation = checked_evaluate(problem_, data_, state.theta, wanted);
  state.scores = checked_scores(problem_, with_jacobian, state.evaluation);
  if (state.evaluation.outcome.finished()) set_sources(data_, state.evaluation, state.with_sources);
}

// What steps climb: the log joint, and for many weights what their spread adds.
double Ascent::objective(const State& state) const {
  const double value = log_joint(problem_,
                                 state.prior_variance,
                                 data(state),
                                 state.theta,
                                 state.evaluation,
                                 state.scores,
                                 state.beta,
                                 state.noise);
  return has_spread_ ? value + beside_log_joint(problem_, data_, *model_, state) : value;
}

// The best step of the trust region, taken; with many weights several, as the model at hand has it.
Step Ascent::propose(State& next) {
  if (!has_spread_) {
    const Step step =
        trust_region_step(joint_.precision_lower, joint_.gradient, state_.prior_variance, radius_);
    next.theta += step.delta;
    return step;
  }
  const Climb climbed = climb(
      subspace_.problem, data_, subspace_.model, hyper_, subspace_.state, radius_, subspace_.joint);
  widen(problem_, subspace_, climbed.end, next);
  return {{}, climbed.length, climbed.gain, climbed.damping};
}

// Tries one step; true if it was accepted.
bool Ascent::step() {
  State next{state_.theta,
             state_.beta,
             state_.noise,
             state_.log_scale,
             state_.prior_variance,
             {},
             {},
             {},
             std::move(spare_)};
  const Step step = propose(next);
  // Most steps are good ones and then need the Jacobian; after a bad one it is not paid for in
  // vain.
  const bool with_jacobian = last_was_accepted_;
  evaluate(with_jacobian, next);
  double ratio = -1;
  if (next.evaluation.outcome.finished()) {
    ratio = (objective(next) - objective_) / step.predicted_gain;
  }
  bool accepted = ratio > kAcceptable;
  if (accepted && !with_jacobian) {
    evaluate(true, next);
    accepted = next.evaluation.outcome.finished();
  }
  if (!next.evaluation.outcome.finished()) fit_.outcome = next.evaluation.outcome;
  radius_ = resized(radius_, step, accepted ? ratio : -1);
  if (accepted) {
    std::swap(state_, next);  // next now is where the fit stood before
    gained_ = step.predicted_gain;
    if (!take()) {
      std::swap(state_, next);
      gained_ = HUGE_VAL;
      take();
      accepted = false;
      radius_ = kShrink * step.length;
    }
  }
  spare_ = std::move(next.with_sources);
  last_was_accepted_ = accepted;
  if (!accepted && state_.is_rough) refine();
  fit_.iterations.push_back(
      {state_.free_energy.total(), step.predicted_gain, step.damping, accepted});
  if (reports_ && options_.progress) options_.progress(fit_.iterations.back());
  return accepted;
}

// From where the confounds were linearised to their optimum, or back.
void Ascent::move_beta(double sign) {
  for (std::size_t c = 0; c < data().size(); ++c) state_.beta[c] += sign * joint_.blocks[c].shift;
}

// Σ and free energy by the exact curvature of scored data, if it has a maximum here; θ, β and the
// noise stay.
void Ascent::use_observed_information() {
  MatrixXd information = observed_information(problem_, state_.evaluation, state_.scores);
  if (information.size() == 0) return;
  std::vector<NoiseValue> ignored(data().size());
  move_beta(-1);
  joint_.scored_information.swap(information);
  noise_sweep(ignored);
  if (joint_.precision.is_definite() && std::isfinite(state_.free_energy.total())) {
    fit_.curvature = Curvature::observed;
  } else {
    joint_.scored_information.swap(information);
    noise_sweep(ignored);
  }
  move_beta(1);
}

Fit Ascent::run(const VectorXd& start) {
  state_ = make_state(problem_, data_, start, slopes(true));
  state_.is_rough = by_drives_;
  if (!state_.evaluation.outcome.finished() || !take()) {
    fit_.outcome = state_.evaluation.outcome;
    end(Fit::Status::no_start, why_no_start(fit_.outcome));
    return std::move(fit_);
  }
  // The prior expects θ about √P standard deviations from its mean: no first step goes further.
  radius_ = std::sqrt(std::max(1.0, static_cast<double>(start.size())));
  end(Fit::Status::iteration_limit,
      "not converged after " + std::to_string(options_.max_iterations) + " steps");
  int in_vain = 0;
  const auto is_resolved = [&] {
    return promise_ < kResolved && (in_vain >= kVainSteps || radius_ < kShortestStep);
  };
  for (int i = 0; i < options_.max_iterations && !is_done(); ++i) {
    if (options_.stop && options_.stop()) {
      end(Fit::Status::interrupted, "stopped on request");
      break;
    }
    in_vain = step() ? 0 : in_vain + 1;
    if (is_resolved() || is_stuck_) break;
    if (in_vain > 0 && radius_ < kShortestStep) {
      end(Fit::Status::stalled,
          "no step improves the fit although a full one promises " + short_number(promise_) +
              " nats");
      break;
    }
  }
  if (state_.is_rough && !is_stuck_) refine();
  if (is_stuck_) {
    end(Fit::Status::stalled,
        "where steps have led, the model can be run roughly alone: " + to_text(fit_.outcome));
  } else if (is_resolved()) {
    end(Fit::Status::converged,
        "a full step promises " + short_number(promise_) +
            " nats, less than the model's numbers resolve: shorter ones do not help");
  } else if (has_converged()) {
    end(Fit::Status::converged, "a full step promises " + short_number(promise_) + " nats");
  }
  use_observed_information();
  describe(problem_, data(), state_, spreads_, joint_, fit_);
  if (has_spread_) describe_whole(problem_, state_, subspace_, hyper_, joint_, fit_);
  fit_.scored = describe_scored(problem_, state_.evaluation, state_.scores, fit_.covariance);
  return std::move(fit_);
}

}  // namespace

Fit fit_from(const Problem& problem,
             const std::vector<ChannelData>& data,
             const VectorXd& start,
             const Options& options,
             bool is_first) {
  return Ascent(problem, data, options, is_first).run(start);
}

}  // namespace insula::inference::detail
