// SPDX-License-Identifier: Apache-2.0
// Trials of all subjects, the same for every model, and what one model says of them.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/detail/trial_bins.h"

namespace insula::experiment {

/// What is asked of every model about one observation of trials.
struct Question {
  architecture::TrialObservation asked;  // its first predictor has the terms, no other has any
  std::vector<std::string> responses;    // labels
  std::string unit;                      // of the value
  std::vector<TrialRows> rows;           // per subject
  std::vector<ValueBins> bins;           // per term
  TimeBins times;
  const std::vector<architecture::Term>& terms() const { return asked.predictors.front().terms; }
};

/// One dataset, a number a trial; NaN for what a kind does not need.
struct Answers {
  std::vector<double> choice, time, value;
  std::vector<std::vector<double>> share;  // of what is expected: per label, its probability
};

/// Trials of one subject that one fit predicts.
struct Piece {
  const TrialPosterior* posterior = nullptr;
  std::vector<Eigen::Index> rows;
  std::string task;  // of the parameters' random numbers
};

/// All trials that a model says something of, and what it says.
struct Checked {
  const TrialKind* kind = nullptr;
  std::size_t predictors = 0;
  report::CheckRow row;  // what all rows share
  std::vector<Piece> pieces;
  Answers observed;
  std::vector<std::vector<double>> term;  // per term, per trial
  Eigen::MatrixXd natural;                // of every trial, at the posterior mean
};

/// The question of an observation of the first hypothesis: its terms are single columns or levels,
/// of the first predictor of any hypothesis.
Question ask(const Experiment& experiment, const architecture::TrialObservation& observation);

/// Held-out predictions if every fold is fitted, else those of the fit to all data. Without pieces
/// if the model does not explain the observation or could not be fitted.
Checked answer(const RunData& data, const ModelRun& model, const Question& question);

/// One dataset from the posterior predictive distribution, number `index`.
Answers draw(const Checked& checked, std::uint64_t seed, std::size_t index);

/// Expected answers of every trial at the posterior mean; no times.
Answers expected(const Checked& checked);

}  // namespace insula::experiment
