// SPDX-License-Identifier: Apache-2.0
// What the tasks of a run leave behind, before it becomes results.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/evaluation/scores.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/experiment.h"
#include "framework/inference/fit.h"
#include "framework/report/results.h"

namespace insula::experiment {

/// One model fitted to one subject's training part.
struct PartResult {
  bool done = false;            // false: the run was stopped before
  bool has_prediction = false;  // false: the model could not be run or fitted
  report::FitSummary summary;
  std::vector<Eigen::VectorXd> mean, sd;  // per target: all runs' samples, in the recording's units
  inference::Fit fit;                     // of a hypothesis on all data; empty otherwise
};

struct ModelRun {
  std::string name;
  std::string kind;                                          // "hypothesis" or "baseline"
  const architecture::Architecture* architecture = nullptr;  // of hypotheses and linear_dcm
  const BaselineKind* baseline = nullptr;
  /// [subject][part]: part 0 is all data, part k the training part of fold k.
  std::vector<std::vector<PartResult>> parts;
};

/// Everything that scoring and gathering read.
struct RunData {
  const Experiment& experiment;
  std::vector<Target> targets;
  std::vector<std::vector<evaluation::Fold>> folds;  // per subject
  std::vector<ModelRun> models;                      // hypotheses first

  /// The channel's samples of all runs, in the recording's units.
  Eigen::VectorXd observed(std::size_t subject, std::size_t target) const;
  /// Held-out samples per fold; folds without a prediction of the model are missing for all.
  std::vector<evaluation::HeldOut> held_out(const ModelRun& model,
                                            std::size_t subject,
                                            std::size_t target) const;
  /// True if every fold of every subject has a prediction.
  bool scored(const ModelRun& model) const;
};

void score(const RunData& data, report::Results& results);   // scores, comparison, verdicts
void gather(const RunData& data, report::Results& results);  // models, parameters, predictions

}  // namespace insula::experiment
