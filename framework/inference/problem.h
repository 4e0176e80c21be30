// SPDX-License-Identifier: Apache-2.0
// What an inference engine is given: priors, data and a function that predicts. It knows no
// modality, no file and no architecture.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "framework/base/outcome.h"

namespace insula::inference {

enum class Noise { white, ar1 };

/// One channel of Gaussian data, all runs one after the other.
///
///   y = f(θ) + X β + ε,   ε white with precision e^λ, or AR(1) with innovation precision e^λ and
///   coefficient ρ = tanh(ζ), stationary at the start of each run;  β ~ N(0, Π_β⁻¹)
///
/// Samples with use = false (missing, held out, in a gap) do not enter the likelihood; under AR(1)
/// the chain simply passes through them: the exact density of the samples in use.
struct Channel {
  std::string recording;                // "bold"
  std::string name;                     // "V5"
  Eigen::VectorXd data;                 // samples; NaN allowed where use is false
  std::vector<char> use;                // samples
  std::vector<Eigen::Index> run_start;  // first sample of each run, ascending, [0] == 0
  Eigen::MatrixXd confounds;            // samples × K, finite everywhere; K may be 0
  Eigen::VectorXd confound_precision;   // K, prior precision of β; 1e-8 is SPM's "flat"
  Noise noise = Noise::white;
  double lambda_mean = 0, lambda_variance = 16;  // prior of the log-precision λ
  double zeta_mean = 0, zeta_variance = 0.25;    // prior of ζ = atanh ρ (ar1 only)
};

/// Predictions of every channel, and their derivatives, at one θ.
struct Evaluation {
  Outcome outcome;
  std::vector<Eigen::VectorXd> prediction;  // per channel: samples
  std::vector<Eigen::MatrixXd> jacobian;  // per channel: samples × parameters; empty if not asked
};

struct Problem {
  std::vector<std::string> parameter;  // names of the free parameters, for messages
  Eigen::VectorXd prior_mean;          // P
  Eigen::VectorXd prior_variance;      // P, all positive
  std::vector<Channel> channels;
  /// Deterministic; may be called from several threads at once. If the outcome is not finished the
  /// other members are empty.
  std::function<Evaluation(const Eigen::VectorXd& theta, bool with_jacobian)> evaluate;
};

}  // namespace insula::inference
