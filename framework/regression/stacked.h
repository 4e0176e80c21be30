// SPDX-License-Identifier: Apache-2.0
// The runs of a baseline's problem laid end to end, and back.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/memory.h"
#include "framework/regression/ridge.h"

namespace insula::regression {

/// Channels that are sampled at the same moments and train on the same rows: they share designs and
/// decompositions.
struct Group {
  std::vector<Eigen::Index> channels;
  std::vector<double> delay;        // s, per run
  std::vector<Eigen::Index> train;  // rows with data, ascending
  std::vector<InnerFold> folds;     // inner cross-validation of these rows, by row
  double drift_factor = 1;          // times the penalties of nuisance columns
};

struct Stacked {
  std::vector<Eigen::Index> run_start;  // first row of each run
  std::vector<int> run;                 // of each row
  std::vector<int> together;            // of each row, as BaselineRun says; or empty
  Eigen::VectorXd time;                 // s from the start of its run, without a channel's delay
  Eigen::MatrixXd data;                 // rows × channels, NaN unless a training sample
  Eigen::MatrixXd nuisance;             // rows × K, columns of unit root mean square
  Eigen::VectorXd nuisance_penalty;     // K, of the problem
  std::vector<Group> groups;            // also of channels that do not train
  std::shared_ptr<Memory> memory;       // what the problem allows, of which this takes a part

  /// Nuisance penalties of a group: K.
  Eigen::VectorXd penalty(const Group& group) const {
    return group.drift_factor * nuisance_penalty;
  }
  Eigen::Index rows() const { return time.size(); }
  /// A regression of a group's channels on x (rows × p); `y` is NaN outside the group's rows.
  RidgeRows regression(const Group& group, Eigen::MatrixXd x) const;
};

/// Columns that the problem's memory counts while they live.
struct CountedColumns {
  std::unique_ptr<Counted> counted;
  Eigen::MatrixXd x;
};

/// The inputs of a group in one form (input_columns).
/// errors  MemoryExceeded if there is no room for them
CountedColumns counted_columns(const BaselineProblem& problem,
                               const Stacked& all,
                               const Group& group,
                               const InputForm& form);

/// errors  InternalError if the shapes of the problem contradict each other; MemoryExceeded
Stacked stack(const BaselineProblem& problem);

/// Predictions by run from rows × channels of means and one sd per channel.
BaselinePrediction unstack(const BaselineProblem& problem,
                           const Eigen::MatrixXd& mean,
                           const Eigen::VectorXd& sd);

/// Predictive sd per target: the root of the held-out error, or, where there are too few rows for
/// folds (NaN), that of the residuals in training, rows × targets.
Eigen::VectorXd predictive_sd(const Eigen::VectorXd& held_out_error,
                              const Eigen::MatrixXd& residual);

}  // namespace insula::regression
