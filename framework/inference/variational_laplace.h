// SPDX-License-Identifier: Apache-2.0
// Variational Laplace: a Gaussian posterior over parameters, confounds and noise, and the free
// energy that it attains.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>

#include "framework/inference/fit.h"
#include "framework/inference/problem.h"

namespace insula::inference {

struct Options {
  /// Steps tried from one start, accepted or not.
  int max_iterations = 128;
  /// Converged when a full step promises fewer nats. A promise of g nats puts θ at √(2g) posterior
  /// standard deviations from the optimum: 1e-4 is 0.014 sd and far below what a log evidence is
  /// read to. SPM stops at 0.1 (0.45 sd).
  double tolerance = 1e-4;
  /// The first start is the prior mean, or where a few steps of Problem::evaluate_undriven lead
  /// from there, or `start` if that has numbers; the others are drawn from the prior.
  int starts = 1;
  Eigen::VectorXd start;  // P, or empty
  std::uint64_t seed = 0;
  /// Key of the random numbers (starts, importance draws): fits with different keys are
  /// independent.
  std::string task;
  /// Draw from the posterior and report the Pareto k̂ of the importance weights.
  bool pareto_check = false;
  int pareto_draws = 1000;
  /// Asked before every step, possibly from several threads; true ends the fit as `interrupted`.
  std::function<bool()> stop;
  /// Told about every step of the first start.
  std::function<void(const Iteration&)> progress;
};

/// The posterior of a problem by variational Laplace.
///
/// q(θ, β) q(λ, ζ) with Gaussian factors. θ climbs the log joint, confounds integrated out and
/// noise held, by Gauss-Newton steps inside a trust region measured in prior standard deviations;
/// noise and Σ are brought to their fixed point after every accepted step. Confounds never enter
/// the P × P algebra: each channel's are eliminated by a Schur complement.
///
/// Scored data add Σ log p(y | η), Σ_q J_qᵀ g_q and Σ_qr J_qᵀ diag(H_qr) J_r to log joint, gradient
/// and Σ⁻¹. H is their positive semi-definite curvature, so that every step points uphill; steps
/// are judged by the log joint itself. At the optimum the exact curvature replaces it once, where
/// it is offered and Σ⁻¹ is positive definite with it: a stand-in only has the right mean over data
/// drawn from the model, and the outer product of gradients, a sum of N random terms, misses the
/// curvature of the data at hand by about 1/√N, and with it the sds and the free energy. η(θ) is
/// linear in either.
///
/// errors  InternalError if the sizes in `problem` disagree. Numbers that go wrong end in
///         Fit::status and Fit::outcome; steps into regions where the model cannot be run, or a
///         datum in use cannot be, are taken back.
/// cost    an iteration: one evaluate() with Jacobian, O(Σ_c n_c (P + K_c)²), O(Σ N Q² p²) for
///         predictors of p parameters, and O(P³)
/// source  Friston et al. 2007, NeuroImage 34:220 (free energy); Conn, Gould & Toint 2000,
/// Trust-region
///         methods, ch. 7 (step)
Fit variational_laplace(const Problem& problem, const Options& options = {});

/// The same posterior by SPM's schedule, so that published fits are reproduced: SPM's ascent rate,
/// at most eight steps on the noise per iteration, stopping after four promises below 0.1 nats.
/// `tolerance` and `starts` are not used: they would make it something else.
///
/// errors  InternalError if the sizes in `problem` disagree, a channel's noise is not white or
///         there are scored data
/// cost    as above, but O((P + Σ K)³), as confounds take part in the step
/// source  behaviour of spm_nlsi_GN, SPM 26.01.rc1, as described in docs; Friston et al. 2007
Fit spm_variational_laplace(const Problem& problem, const Options& options = {});

/// The k̂ below which `draws` importance weights can be trusted: min(1 − 1/log10 S, 0.7).
/// source  Vehtari et al. 2024, J. Mach. Learn. Res. 25(72), sec. 3.2.4
double pareto_k_limit(int draws);

}  // namespace insula::inference
