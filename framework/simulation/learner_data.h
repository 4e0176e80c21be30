// SPDX-License-Identifier: Apache-2.0
// From a subject's trials to what was learned in them: the signals of a learner, which weights of
// terms are multiplied with or which are inputs of the dynamics, and how they move with the
// learner's parameters.
//
// A learner sees trials in use alone: what happens in an excluded trial is not learned. Each run
// starts anew from the initial beliefs. Outcomes are what the experiment gave, so a learner also
// learns from those of held-out trials: predictors of a held-out trial depend on outcomes before
// it as they do on its own columns, and never on what is scored.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/dataset.h"

namespace insula::simulation {

/// The table of trials that a learner learns from; nullptr if the run has none.
const dataset::Trials* table_of(const dataset::Run& run, const architecture::Learner& learner);

/// What `called` names as numbers, one a trial: a column; 1 at the second level of a factor of two;
/// 1 at the level of "factor.level". NaN = missing. Nothing if it names nothing of the kind.
std::optional<std::vector<double>> outcomes_of(const dataset::Trials& trials,
                                               const std::string& called);

/// The levels of a factor, or the whole numbers of a column, one a trial. NaN = missing. Nothing if
/// `called` names neither.
std::optional<std::vector<double>> cues_of(const dataset::Trials& trials,
                                           const std::string& called);

/// Trials in use of all runs, one below the other, as in trial_rows().
struct LearnerRows {
  std::vector<std::size_t> first;  // row where each run begins, and behind them the number of rows
  std::vector<double> outcome;     // NaN = none was seen
  std::vector<int> cue;            // 0, 1, … in the order of their values
  std::size_t size() const { return outcome.size(); }
};
/// Need a learner that fits the trials (experiment/load_learner_checks.cpp).
LearnerRows learner_rows(const dataset::Subject& subject, const architecture::Learner& learner);
LearnerRows learner_rows(const dataset::Run& run, const architecture::Learner& learner);

/// All signals of all rows, N × signals, at the learner's natural parameters in its kind's order;
/// their slopes, per signal N × parameters, only if asked for.
LearnerSignals learner_signals(const architecture::Learner& learner,
                               const LearnerRows& rows,
                               std::span<const double> natural,
                               bool with_slopes);

/// One trial's signal as an input: held over [from, to), in s from the start of the run.
struct HeldStretch {
  std::size_t row = 0;  // among trials in use
  double from = 0, to = 0;
};

/// All stretches of an input whose values a learner gives, by trial. A trial without the moment
/// that they are locked to has none.
/// errors  InputError if the run lacks the learner's trials, or these their onsets
std::vector<HeldStretch> stretches_of(const architecture::Architecture& architecture,
                                      const architecture::Input& input,
                                      const dataset::Run& run);

}  // namespace insula::simulation
