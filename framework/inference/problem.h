// SPDX-License-Identifier: Apache-2.0
// What an inference engine is given: priors, data and a function that predicts. It knows no
// modality, no file and no architecture.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/numerics/impulse_block.h"

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
  /// With sources, f(θ) = Σ_r l_r m_r(θ): m_r is entry sources[r] of Evaluation::sources, and the
  /// loadings l_r ~ N(0, 1/loading_precision) are integrated out as β is.
  std::vector<std::size_t> sources = {};
  double loading_precision = 1;
};

/// log p(y | η) of every datum at predictors η of its own, and its derivatives in them.
struct Scores {
  Eigen::VectorXd value;     // N
  Eigen::MatrixXd gradient;  // N × Q: ∂/∂η
  Eigen::MatrixXd curvature;  // N × Q(Q+1)/2: in the place of −∂²/∂η², positive semi-definite
};

/// Where entry (q, r), r ≤ q, of a symmetric Q × Q matrix stands among its Q(Q+1)/2 numbers: lower
/// triangle, row by row.
constexpr Eigen::Index packed(Eigen::Index q, Eigen::Index r) { return q * (q + 1) / 2 + r; }

/// Data that are not Gaussian around a mean, e.g. choices: each datum is scored through a few
/// predictors of its own, e.g. a drift and a threshold.
struct Scored {
  std::string recording;   // "decision"
  std::string name;        // "choice"
  Eigen::Index count = 0;  // N data
  int predictors = 1;      // Q
  std::vector<char> use;   // N; data out of use do not enter the likelihood
  /// Scores every datum at `eta` [N, Q]; derivatives only if asked for. `scores` comes sized and
  /// zero; data out of use may be left so. A datum that cannot be has value −∞. The curvature may
  /// be Fisher's, Gauss and Newton's or the gradient's outer product. Deterministic; may be called
  /// from several threads at once.
  std::function<void(const Eigen::MatrixXd& eta, Scores& scores, bool with_derivatives)> score;
  /// The exact −∂²/∂η² [N, Q(Q+1)/2], whatever its signs; sized and zero as above. May be empty.
  std::function<void(const Eigen::MatrixXd& eta, Eigen::MatrixXd& information)>
      observed_information;
};

/// How one predictor of every datum moves with the parameters: its derivatives with respect to
/// some of them; it does not depend on the others.
struct Slope {
  std::vector<Eigen::Index> parameter;  // each at most once
  Eigen::MatrixXd value;                // N × parameters named
};

/// A factor that is learned of the prior variances of some parameters, which they share:
///
///   θ_i ~ N(m_i, v_i·e^ρ),   ρ ~ N(mean, variance)
///
/// so that features that say little get small weights: a ridge penalty chosen by the evidence.
///
/// source  MacKay 1992, Neural Comput. 4:415, sec. 4 (the regularising constant α by its evidence)
struct PriorScale {
  std::string name;                     // "clip -> V4.scale"
  std::vector<Eigen::Index> parameter;  // each in one scale at most
  double mean = 0, variance = 16;       // of ρ
};

/// Parameters that enter as weights of one group of drives, stimulus by stimulus: the group's
/// drives are Φ w, and a drive acts for a while.
struct DriveGroup {
  std::vector<Eigen::Index> parameter;  // N
  Eigen::MatrixXd design;               // Φ: drives × N, as many drives in every group
};

/// The predictors of scored data.
struct Predictors {
  Eigen::MatrixXd value;     // N × Q; finite where data are in use
  std::vector<Slope> slope;  // per predictor; empty if not asked for
};

/// Predictions of every channel and predictors of all scored data, and their derivatives, at one θ.
struct Evaluation {
  Outcome outcome;
  std::vector<Eigen::VectorXd> prediction;  // per channel: samples
  std::vector<Eigen::MatrixXd> jacobian;  // per channel: samples × parameters; empty if not asked
  std::vector<Predictors> predictors = {};  // per entry of Problem::scored
  /// What channels load on, and its derivatives; prediction and Jacobian of those channels are
  /// empty.
  std::vector<Eigen::VectorXd> sources = {};          // samples
  std::vector<Eigen::MatrixXd> source_jacobian = {};  // samples × parameters
  /// If the derivatives were asked for by drives, what unit drives of Problem::drives show: the
  /// derivatives in a group's weights are its columns times Φ. `jacobian` then has the columns of
  /// parameters of no group, ascending.
  std::shared_ptr<const std::vector<numerics::ImpulseBlock>> impulses = {};
};

/// How well an evaluation is to solve the model. `rough`: near enough for a step that promises tens
/// of nats; what a fit ends with is `full`.
enum class Accuracy { full, rough };

struct Problem {
  std::vector<std::string> parameter;  // names of the free parameters, for messages
  Eigen::VectorXd prior_mean;          // P
  Eigen::VectorXd prior_variance;      // P, all positive
  std::vector<Channel> channels;       // Gaussian data
  std::vector<Scored> scored;          // all others; either may be empty
  /// Deterministic; may be called from several threads at once. If the outcome is not finished the
  /// other members are empty.
  std::function<Evaluation(const Eigen::VectorXd& theta, bool with_jacobian)> evaluate;
  std::vector<PriorScale> scales = {};  // of prior variances that are learned
  /// Jᵀv of every channel, J the derivatives of its prediction in some parameters, in this order,
  /// and v as long as the prediction: parameters × channels. None where the model cannot be run.
  /// A thousandth of ‖J‖ ‖v‖ is near enough. May be empty; then evaluate() gives J.
  std::function<std::optional<Eigen::MatrixXd>(const Eigen::VectorXd& theta,
                                               const std::vector<Eigen::Index>& parameters,
                                               std::span<const Eigen::VectorXd> v)>
      pull_back = {};
  /// Where every parameter under a learned scale is a weight of drives: those drives, and
  /// evaluate() with derivatives by them. Both may be empty.
  std::vector<DriveGroup> drives = {};
  std::function<Evaluation(const Eigen::VectorXd& theta, Accuracy)> evaluate_by_drives = {};
  /// Roughly evaluate_by_drives() where nothing is driven, Φ = 0, without impulses, if that takes
  /// much less time: fits then begin there. May be empty.
  std::function<Evaluation(const Eigen::VectorXd& theta)> evaluate_undriven = {};
  /// evaluate() without derivatives at each of many θ, where that takes less time together; a
  /// result may depend on its neighbours within the accuracy of a solution. May be empty.
  std::function<std::vector<Evaluation>(std::span<const Eigen::VectorXd> thetas)> evaluate_many =
      {};
};

}  // namespace insula::inference
