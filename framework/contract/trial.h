// SPDX-License-Identifier: Apache-2.0
// What a trial-wise observation kind promises: how one datum per trial (a choice, a response time,
// a measured value) is scored through a few predictors, and where each predictor lives.
#pragma once

#include <Eigen/Core>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "framework/contract/field.h"

namespace insula {

class Stream;

/// What was recorded, one entry a trial; a kind reads what it `needs`, the others may be empty.
struct TrialData {
  std::span<const double> choice;  // the index of the label chosen: of two, 1 is the second
  std::span<const double> time;    // s, response time, positive
  std::span<const double> value;   // of a column, centred and scaled over the training trials
};

/// A number that a trial is scored through. Its transform is that of FieldSpec::domain, with
/// η = intercept + Σ weight · term in the place of θ: a threshold is positive by construction.
struct PredictorSpec {
  FieldSpec intercept;   // default and prior of the intercept where the architecture names it
  double weight_sd = 1;  // of η per unit of a term; mean 0
  /// What it is, in natural units, where the architecture does not name it. NaN: it is always
  /// there.
  double unnamed;
  std::string_view source = {};  // of the default and the priors, or the reason for them
};

/// log p(y | p) of every datum at natural predictors p of its own.
struct TrialScores {
  Eigen::VectorXd value;     // N; −∞ if the datum cannot be
  Eigen::MatrixXd gradient;  // N × Q: ∂/∂p
  /// N × Q(Q+1)/2, lower triangle row by row: in the place of −∂²/∂p², positive semi-definite
  /// (Fisher's information, or the gradient's outer product).
  Eigen::MatrixXd curvature;
};

struct TrialDatum {
  double choice = std::numeric_limits<double>::quiet_NaN(), time = choice, value = choice;
};

struct TrialKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::string_view modality;  // "choice", "response_time", "continuous"
  bool needs_choice = false, needs_time = false, needs_value = false;
  /// True if there may be any number of labels, the options: then the first of `predictors` stands
  /// for one of each option but the first. Otherwise a choice is one of two.
  bool of_options = false;
  std::span<const PredictorSpec> predictors;

  /// Scores N data at natural predictors [N, Q]; derivatives only if asked for. Comes sized and
  /// zero. A datum of density zero has value −∞ and zero slopes. Deterministic, reentrant.
  void (*score)(const TrialData& data,
                const Eigen::MatrixXd& predictor,
                TrialScores& scores,
                bool with_derivatives) = nullptr;
  /// The exact −∂²/∂p² [N, Q(Q+1)/2], whatever its signs; sized and zero.
  void (*observed_information)(const TrialData& data,
                               const Eigen::MatrixXd& predictor,
                               Eigen::MatrixXd& information) = nullptr;
  /// The mean datum at natural predictors [Q]: the mean index of the label (of two, the probability
  /// of the second), the mean response time, the mean value; NaN for what it does not need or where
  /// the mean does not exist.
  TrialDatum (*mean)(std::span<const double> predictor) = nullptr;
  /// Draws the datum of one trial at natural predictors [Q].
  TrialDatum (*draw)(std::span<const double> predictor, Stream& stream) = nullptr;
};

/// The predictors of data with so many options, in the order of their columns.
inline std::vector<const PredictorSpec*> predictors_of(const TrialKind& kind, std::size_t options) {
  std::vector<const PredictorSpec*> all;
  for (const PredictorSpec& spec : kind.predictors) {
    const bool is_repeated = kind.of_options && &spec == kind.predictors.data();
    all.insert(all.end(), is_repeated ? options - 1 : 1, &spec);
  }
  return all;
}

}  // namespace insula
