// SPDX-License-Identifier: Apache-2.0
// What an inference engine gives back.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/base/outcome.h"

namespace insula::inference {

/// The free energy and its parts, in nats.
struct FreeEnergy {
  double accuracy = 0;    // Σ log p(y | θ̂, β̂, λ̂)
  double parameters = 0;  // ½ log|Π Σ| − ½ (θ̂−m)ᵀΠ(θ̂−m), θ with the confounds' β
  double hyperparameters = 0;  // the same for λ, ζ and ρ
  double total() const { return accuracy + parameters + hyperparameters; }
};

/// Posterior of one channel's noise and confounds.
struct ChannelFit {
  double lambda = 0,
         lambda_variance = 0;          // log-precision of the noise (of the innovations if AR(1))
  double zeta = 0, zeta_variance = 0;  // atanh of the AR(1) coefficient; 0 if white
  Eigen::VectorXd beta;                // K confound coefficients, then the loadings
  Eigen::MatrixXd beta_covariance;     // K × K, marginal
  Eigen::VectorXd prediction;          // samples: f(θ̂) + X β̂, for every sample, used or not
  Eigen::VectorXd prediction_sd;       // samples: of a new datum: parameters, confounds and noise
  double noise_sd = 0;                 // stationary sd of the noise, in data units
};

/// Posterior of the factor e^ρ that prior variances share.
struct ScaleFit {
  std::string name;
  std::vector<Eigen::Index> parameter;  // that have it
  double log_scale = 0, variance = 0;   // ρ
  double prior_mean = 0, prior_variance = 0;
};

/// Posterior of the predictors of one set of scored data, for every datum, used or not.
struct ScoredFit {
  Eigen::MatrixXd predictor;             // N × Q, at the posterior mean
  Eigen::MatrixXd predictor_sd;          // N × Q
  Eigen::MatrixXd predictor_covariance;  // N × Q(Q+1)/2, each datum's, packed()
  Eigen::VectorXd log_density;           // N: log p(y | η) at the posterior mean; NaN out of use
};

/// What Σ and the free energy take for the curvature of scored data's log density in η.
enum class Curvature {
  stand_in,  // Scores::curvature: nothing else was offered, or the exact one has no maximum here
  observed,  // Scored::observed_information
};

struct Iteration {
  double free_energy = 0;
  double predicted_gain = 0;  // nats that the next step promised
  double damping = 0;
  bool accepted = false;
};

/// One direction of the posterior that the data say little about: Σ's eigenvector relative to the
/// prior. ratio = posterior / prior variance along it, in (0, 1]; near 1: not identified.
struct WeakDirection {
  double ratio = 0;
  std::string in_words;  // "V1 -> V5.strength (0.71), V5.self_inhibition (0.70)": largest loadings
};

struct Fit {
  enum class Status {
    converged,
    iteration_limit,
    stalled,      // no step improves the free energy although the gradient is not small
    no_start,     // the model cannot be run at its starting point; `outcome` says why
    interrupted,  // the caller asked to stop
  };
  Status status = Status::no_start;
  std::string reason;    // one sentence
  Outcome outcome;       // of the last run that failed, if one did
  Eigen::VectorXd mean;  // P
  /// P × P, marginal over confounds, and over scales and noise where many weights have learned
  /// ones.
  Eigen::MatrixXd covariance;
  Eigen::MatrixXd information;  // P × P: Σ⁻¹ without the prior's part: what the data say
  Curvature curvature = Curvature::stand_in;
  FreeEnergy free_energy;
  std::vector<ChannelFit> channels;
  std::vector<ScoredFit> scored;
  std::vector<ScaleFit> scales;      // per entry of Problem::scales
  Eigen::MatrixXd scale_covariance;  // P × scales: of θ with ρ; empty if it is taken to be 0
  std::vector<Iteration> iterations;
  Eigen::VectorXd gradient;  // P: of the log joint in θ, at the end
  double gradient_norm = 0;  // of it, in prior standard deviations
  Eigen::VectorXd
      shrinkage;  // P: posterior / prior variance; of weights under a learned ρ given it
  /// Of parameters under no learned scale: ratio > 0.9, weakest first, at most 5.
  std::vector<WeakDirection> weak_directions;
  double pareto_k = 0;                    // importance-sampling check; NaN if it was not asked for
  std::vector<double> start_free_energy;  // multistart: what each start reached; NaN if it failed
  bool converged() const { return status == Status::converged; }
};

/// "converged", "iteration limit", …
std::string to_text(Fit::Status status);

}  // namespace insula::inference
