// SPDX-License-Identifier: Apache-2.0
// What a learner kind promises: what is learned from one trial to the next, and how every quantity
// of every trial moves with the learner's parameters.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string_view>
#include <vector>

#include "framework/contract/field.h"

namespace insula {

/// One run's trials in their order.
struct LearnerTrials {
  std::span<const double> outcome;  // NaN = none was seen: nothing is learned in that trial
  /// What is learned about, not negative; each cue has beliefs of its own, which other cues' trials
  /// leave as they are. Empty: one cue.
  std::span<const int> cue;
};

/// A quantity of each trial. Before its outcome is seen a trial has its prediction; the error comes
/// after. A choice, which the subject makes before, may depend on the former alone.
struct SignalSpec {
  std::string_view name, unit, symbol, meaning;
  bool precedes_outcome = false;
};

struct LearnerSignals {
  Eigen::MatrixXd value;               // N × signals
  std::vector<Eigen::MatrixXd> slope;  // per signal: N × parameters, ∂ value / ∂ natural parameter
};

struct LearnerKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  bool binary_outcome = false;  // an outcome must be 0 or 1
  std::span<const FieldSpec> parameters;
  std::span<const SignalSpec> signals;
  std::string_view prior_source = {};  // of the defaults and priors, or the reason for them

  /// All signals of N trials at natural parameters; slopes, exact, only if asked for. Comes sized
  /// and zero. The first trial finds the initial beliefs. In a trial without an outcome what
  /// precedes it is there as in any other, what would follow from it is 0, and no belief changes.
  /// Deterministic, reentrant.
  void (*run)(const LearnerTrials& trials,
              std::span<const double> parameter,
              LearnerSignals& signals,
              bool with_slopes) = nullptr;
};

}  // namespace insula
