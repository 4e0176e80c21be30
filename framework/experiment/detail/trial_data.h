// SPDX-License-Identifier: Apache-2.0
// From a subject's trials to scored data: which trials train, what their terms are worth, and how
// predictors move with the parameters. Like assemble.h it takes no number from a held-out trial.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/dataset.h"
#include "framework/experiment/detail/part.h"
#include "framework/inference/problem.h"
#include "framework/simulation/learner_data.h"

namespace insula::experiment {

/// The table of trials that an observation explains; nullptr if the run has none.
const dataset::Trials* table_of(const dataset::Run& run,
                                const architecture::TrialObservation& observation);

/// The numbers of a column, or of a level of a factor, "condition.scene": 1 in its trials and 0 in
/// others; a factor of two levels is 1 at its second. NaN = missing.
std::vector<double> values_of(const dataset::Trials& trials, const std::string& called);

/// Where trials stand for the folds: s from the start of the run, or, in a run without a time axis,
/// trials in use before it and a half.
std::vector<double> trial_times(const dataset::Run& run, const dataset::Trials& trials);

/// Trials in use of all runs, one below the other.
struct TrialRows {
  std::vector<std::size_t> run;
  std::vector<double> time;  // trial_times
  /// NaN = missing; `choice` is the index of the label, `answer` the response time in s.
  std::vector<double> choice, answer, value;
  /// The moment that the window is locked to; NaN = there is none, or no term needs it.
  std::vector<double> moment;
  /// Per term of each predictor: what its weight is multiplied with, but for the activities of
  /// regions; NaN = missing.
  std::vector<Eigen::MatrixXd> terms;  // per predictor: N × terms
  /// inputs × N: what static regions are held under (static_regions.h), as far as it is known
  /// before any parameter is; empty where no term names a region, or regions move in time. A trial
  /// that lacks one lacks the terms that name regions.
  Eigen::MatrixXd input;
  std::size_t size() const { return run.size(); }
  bool has_terms(std::size_t row) const;
  /// True if the datum and all its terms are there.
  bool is_whole(std::size_t row, const architecture::TrialObservation& observation) const;
};
/// The architecture says what inputs do; observations of one table have the same trials.
TrialRows trial_rows(const dataset::Subject& subject,
                     const architecture::Architecture& architecture,
                     const architecture::TrialObservation& observation);

/// A factor of terms that moves with θ: what a region's activity comes to in the window of every
/// trial, or a learner's signal.
struct Moving {
  Eigen::VectorXd value;                // N; 0 where the trial has none
  std::vector<Eigen::Index> parameter;  // which of θ move it
  Eigen::MatrixXd slope;                // N × those; empty if not asked
};

/// When the probes of one run's trials are sampled: trials in use one after the other.
std::vector<double> probe_times(const dataset::Run& run,
                                const architecture::TrialObservation& observation);

/// The activities that samples of a probe show, all runs one below the other. `samples` [runs] and
/// `jacobian` [runs] are what the simulator gives of that probe. The first `dynamic_parameters` of
/// θ and the later ones of `learning` move it.
Moving activity_of(const TrialRows& rows,
                   const architecture::Window& window,
                   const std::vector<Eigen::VectorXd>& samples,
                   const std::vector<Eigen::MatrixXd>& jacobian,
                   Eigen::Index dynamic_parameters,
                   const std::vector<Eigen::Index>& learning = {});

/// One observation of trials, ready to be scored.
struct TrialProblem {
  const architecture::TrialObservation* observation = nullptr;
  TrialRows rows;
  double centre = 0, scale = 1;  // of the value, over training trials: what is fitted is (y − c)/s
  std::vector<char> whole;       // trials that are whole, and comparable
  std::vector<char> use;         // of these, training trials
  std::vector<int> named;        // predictors that have parameters, in the kind's order
  std::vector<std::size_t> regions;              // in terms: simulation::regions_in_terms
  std::vector<architecture::Signal> signals;     // in terms, each once
  std::vector<simulation::LearnerRows> learned;  // per signal: the rows of its learner
  /// Where regions are static, per learner of the architecture: rows_of_learners().
  std::vector<simulation::LearnerRows> input_learners;

  /// What the learners' signals are in every trial.
  std::vector<Moving> signals_of(const std::vector<double>& theta_of_all,
                                 const std::vector<int>& free_index,
                                 bool with_slopes) const;

  /// η of every trial, and how it moves with θ. Rows with a missing term are 0. `moving`: one for
  /// each of `regions`, then one for each of `signals`.
  inference::Predictors predictors(const std::vector<double>& theta_of_all,
                                   const std::vector<int>& free_index,
                                   const std::vector<Moving>& moving,
                                   bool with_slopes) const;
  /// Natural predictors of all the kind's predictors at η of those that are named.
  Eigen::MatrixXd natural(const Eigen::MatrixXd& eta) const;

  std::size_t first_parameter = 0;  // in Architecture::parameters
  const architecture::Architecture* architecture = nullptr;
};

std::unique_ptr<TrialProblem> assemble_trials(const architecture::Architecture& architecture,
                                              std::size_t observation,
                                              const dataset::Subject& subject,
                                              const Part& part);

/// The data as the engine sees them; `problem` outlives it.
inference::Scored scored_data(const TrialProblem& problem);

}  // namespace insula::experiment
