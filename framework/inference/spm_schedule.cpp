// SPDX-License-Identifier: Apache-2.0
// Variational Laplace by SPM's schedule. It ends where SPM ends, which is not quite an optimum:
// it stops at promises below 0.1 nats and climbs confounds and parameters together.
//
// source  behaviour of spm_nlsi_GN and spm_dx, SPM 26.01.rc1; Friston et al. 2007, NeuroImage
// 34:220
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const double kPrecisionFloor = std::exp(-32.0);
constexpr int kNoiseSteps = 8;
constexpr double kNoiseTolerance = 1e-2, kTolerance = 0.1;
constexpr int kTriesAfterFailure = 4;

// θ and β, moved together.
struct Point {
  VectorXd theta;
  std::vector<VectorXd> beta;
};

// Gradient and curvature of the log joint over (θ, β_1 … β_C), in the curvature's eigenvectors.
struct Uphill {
  VectorXd gradient;
  numerics::SymmetricEigen curvature;
};

class Schedule {
 public:
  Schedule(const Problem& problem, const std::vector<ChannelData>& data, const Options& options)
      : problem_(problem),
        data_(data),
        options_(options),
        joint_(make_joint(data, problem.prior_mean.size())) {}

  Fit run();

 private:
  bool evaluate();
  bool evaluate_or_retreat(bool is_first);
  void climb_noise();
  Uphill uphill() const;
  VectorXd step(double rate) const;
  void move_from_kept(const VectorXd& step);
  bool keep_or_return(bool is_early);
  void describe_kept();

  const Problem& problem_;
  const std::vector<ChannelData>& data_;
  const Options& options_;
  Joint joint_;
  Point point_, kept_;
  std::vector<NoiseValue> noise_, noise_before_;  // after and before the last step on λ
  std::vector<NoiseValue> kept_noise_, kept_noise_before_;
  Evaluation evaluation_, kept_evaluation_;
  FreeEnergy free_energy_, kept_free_energy_;
  Uphill uphill_;
  double rate_ = -4;  // ln of the ascent rate, SPM's v
  Fit fit_;
};

// Least squares of the data on the confounds alone: where SPM starts.
VectorXd first_beta(const ChannelData& data) {
  if (data.confounds.cols() == 0) return {};
  return numerics::smallest_least_squares(data.confounds, data.data);
}

bool Schedule::evaluate() {
  evaluation_ = checked_evaluate(problem_, data_, point_.theta, Slopes::by_columns);
  if (!evaluation_.outcome.finished()) fit_.outcome = evaluation_.outcome;
  return evaluation_.outcome.finished() && linearise(data_, evaluation_, point_.beta, joint_);
}

bool Schedule::evaluate_or_retreat(bool is_first) {
  if (evaluate()) return true;
  for (int i = 0; i < kTriesAfterFailure && !is_first; ++i) {
    rate_ = std::min(rate_ - 2, -4.0);
    move_from_kept(step(rate_));
    if (evaluate()) return true;
  }
  return false;
}

// Newton steps on λ; leaves the free energy of the noise before the last one.
void Schedule::climb_noise() {
  for (int m = 0; m < kNoiseSteps; ++m) {
    noise_before_ = noise_;
    solve(problem_,
          problem_.prior_variance,
          data_,
          point_.theta,
          point_.beta,
          noise_,
          Beta::held,
          kPrecisionFloor,
          joint_);
    free_energy_ = free_energy(problem_,
                               problem_.prior_variance,
                               data_,
                               point_.theta,
                               point_.beta,
                               noise_,
                               kPrecisionFloor,
                               joint_);
    double gain = 0;
    for (std::size_t c = 0; c < data_.size(); ++c) {
      const Channel& channel = problem_.channels[c];
      const std::vector<double> t = spread(joint_.blocks[c], joint_);
      const NoiseEnergy energy = noise_energy(channel, data_[c].chain, t, noise_[c]);
      free_energy_.hyperparameters += noise_complexity(channel, energy, noise_[c]);
      // SPM damps this step by exp(−e⁴), which is a full one to every digit.
      const double move = std::clamp(-energy.gradient[0] / energy.hessian(0, 0), -1.0, 1.0);
      noise_[c].lambda += move;
      gain += energy.gradient[0] * move;
    }
    if (gain < kNoiseTolerance) break;
  }
}

Uphill Schedule::uphill() const {
  const Index p = point_.theta.size();
  Index size = p;
  for (const VectorXd& beta : point_.beta) size += beta.size();
  MatrixXd curvature = MatrixXd::Zero(size, size);
  curvature.topLeftCorner(p, p) = problem_.prior_variance.cwiseInverse().asDiagonal();
  Uphill result;
  result.gradient.resize(size);
  result.gradient.head(p) = joint_.gradient;
  Index at = p;
  for (std::size_t c = 0; c < data_.size(); ++c) {
    const ChannelBlock& block = joint_.blocks[c];
    const Index k = point_.beta[c].size();
    const double scale = std::exp(noise_before_[c].lambda) + kPrecisionFloor;
    curvature.topLeftCorner(p, p) += scale * block.gram().topLeftCorner(p, p);
    curvature.block(at, 0, k, p) = scale * block.gram().block(p, 0, k, p);
    curvature.block(at, at, k, k) = scale * block.gram().block(p, p, k, k);
    curvature.block(at, at, k, k).diagonal() += problem_.channels[c].confound_precision;
    result.gradient.segment(at, k) = block.beta_gradient;
    at += k;
  }
  result.curvature = numerics::symmetric_eigen(curvature);
  return result;
}

// What gradient ascent reaches in time t = exp(rate − ln|det H| / size): (1 − e^(−tH)) H⁻¹ g.
VectorXd Schedule::step(double rate) const {
  const VectorXd& h = uphill_.curvature.values;
  const MatrixXd& v = uphill_.curvature.vectors;
  const double log_det = h.array().abs().log().sum();
  const double time = std::exp(rate - log_det / static_cast<double>(h.size()));
  VectorXd along = v.transpose() * uphill_.gradient;
  for (Index i = 0; i < h.size(); ++i) along[i] *= -std::expm1(-time * h[i]) / h[i];
  return v * along;
}

void Schedule::move_from_kept(const VectorXd& step) {
  point_ = kept_;
  Index at = point_.theta.size();
  point_.theta += step.head(at);
  for (VectorXd& beta : point_.beta) {
    beta += step.segment(at, beta.size());
    at += beta.size();
  }
}

// True if the point reached is kept; the ascent rate follows.
bool Schedule::keep_or_return(bool is_early) {
  if (free_energy_.total() > kept_free_energy_.total() || is_early) {
    kept_ = point_;
    kept_noise_ = noise_;
    kept_noise_before_ = noise_before_;
    kept_free_energy_ = free_energy_;
    kept_evaluation_ = std::move(evaluation_);
    uphill_ = uphill();
    rate_ = std::min(rate_ + 0.5, 4.0);
    return true;
  }
  noise_ = kept_noise_;
  rate_ = std::min(rate_ - 2, -4.0);
  return false;
}

void Schedule::describe_kept() {
  State state{kept_.theta,
              kept_.beta,
              kept_noise_before_,
              {},
              problem_.prior_variance,
              std::move(kept_evaluation_),
              kept_free_energy_};
  linearise(data_, state.evaluation, state.beta, joint_);
  solve(problem_,
        problem_.prior_variance,
        data_,
        state.theta,
        state.beta,
        state.noise,
        Beta::held,
        kPrecisionFloor,
        joint_);
  describe(problem_, data_, state, spreads(joint_), joint_, fit_);
  // SPM reports λ after the last step, everything else before it.
  for (std::size_t c = 0; c < data_.size(); ++c) fit_.channels[c].lambda = kept_noise_[c].lambda;
}

Fit Schedule::run() {
  point_.theta = problem_.prior_mean;
  for (std::size_t c = 0; c < data_.size(); ++c) {
    point_.beta.push_back(first_beta(data_[c]));
    noise_.push_back({problem_.channels[c].lambda_mean, 0});
  }
  kept_free_energy_.accuracy = -std::numeric_limits<double>::infinity();
  fit_.status = Fit::Status::iteration_limit;
  fit_.reason = "not converged after " + std::to_string(options_.max_iterations) + " iterations";
  std::array<bool, 4> small_promise{};
  for (int k = 0; k < options_.max_iterations; ++k) {
    if (k > 0 && options_.stop && options_.stop()) {
      fit_.status = Fit::Status::interrupted;
      fit_.reason = "stopped on request";
      break;
    }
    if (!evaluate_or_retreat(k == 0)) {
      fit_.status = k == 0 ? Fit::Status::no_start : Fit::Status::stalled;
      fit_.reason = (k == 0 ? "the model cannot be run at its starting point: "
                            : "SPM's convergence failure: ") +
                    to_text(fit_.outcome);
      break;
    }
    climb_noise();
    const bool kept = keep_or_return(k < 2);
    const VectorXd move = step(rate_);
    move_from_kept(move);
    const double promise = uphill_.gradient.dot(move);
    fit_.iterations.push_back({kept_free_energy_.total(), promise, std::exp(-rate_), kept});
    if (options_.progress) options_.progress(fit_.iterations.back());
    std::rotate(small_promise.rbegin(), small_promise.rbegin() + 1, small_promise.rend());
    small_promise[0] = promise < kTolerance;
    if (std::all_of(small_promise.begin(), small_promise.end(), [](bool b) { return b; })) {
      fit_.status = Fit::Status::converged;
      fit_.reason = "four steps in a row promised less than 0.1 nats";
      break;
    }
  }
  if (!fit_.iterations.empty()) describe_kept();
  return std::move(fit_);
}

}  // namespace

Fit spm_fit(const Problem& problem, const std::vector<ChannelData>& data, const Options& options) {
  for (const Channel& channel : problem.channels) {
    if (channel.noise == Noise::white) continue;
    throw InternalError("inference: SPM's schedule knows white noise only, channel '" +
                        channel.name + "' has AR(1)");
  }
  return Schedule(problem, data, options).run();
}

}  // namespace insula::inference::detail
