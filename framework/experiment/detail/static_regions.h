// SPDX-License-Identifier: Apache-2.0
// Regions of trials that have no time axis: static nodes. In each trial they stand at the
// equilibrium of their dynamics under that trial's inputs, which are columns of the trials or what
// a learner's signal is in that trial.
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "framework/experiment/detail/trial_data.h"
#include "framework/simulation/equilibrium.h"
#include "framework/simulation/system.h"

namespace insula::experiment {

/// True if the run is trials without onsets.
bool is_static(const dataset::Run& run);

/// True if the input drives a region or modulates a projection.
bool acts_on_regions(const architecture::Architecture& architecture,
                     const architecture::Input& input);

/// How many columns the architecture's inputs have: one each, but bands of features theirs.
Eigen::Index count_of_columns(const architecture::Architecture& architecture);

/// What is known of every column of the inputs in each trial in use, columns × trials; NaN =
/// missing. An input that acts on no region is 0, and so is one that holds a learner's signal.
Eigen::MatrixXd held_inputs(const architecture::Architecture& architecture,
                            const dataset::Trials& trials);

/// Of each learner that gives inputs which act on regions: the rows that it learns from, trials in
/// use of all runs. Those of other learners are empty.
std::vector<simulation::LearnerRows> rows_of_learners(
    const architecture::Architecture& architecture, const dataset::Subject& subject);

/// Equilibria of the trials of one subject at one θ. Observations of one table share them.
class StaticActivities {
 public:
  StaticActivities(const simulation::System& system, const Eigen::VectorXd& theta, bool with_slopes)
      : system_(system), theta_(theta), with_slopes_(with_slopes) {}

  /// One for each of problem.regions; none if some trial reaches no equilibrium, as the outcome
  /// then says.
  std::vector<Moving> of(const TrialProblem& problem);
  const Outcome& outcome() const { return outcome_; }

 private:
  simulation::Equilibrium settle(const TrialProblem& problem) const;

  const simulation::System& system_;
  const Eigen::VectorXd& theta_;
  bool with_slopes_;
  std::map<std::string, simulation::Equilibrium> settled_;  // by table
  Outcome outcome_;
};

}  // namespace insula::experiment
