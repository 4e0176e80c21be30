// SPDX-License-Identifier: Apache-2.0
// From a subject's data and the training part of a fold to what an engine or a baseline is given.
// This is the only place where held-out samples are told from training samples: they become
// "not in use" for an engine and NaN for a baseline, and no number is computed from them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/contract/baseline.h"
#include "framework/experiment/detail/part.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/experiment.h"
#include "framework/inference/problem.h"
#include "framework/simulation/response.h"
#include "framework/simulation/spm_run.h"
#include "framework/simulation/system.h"
#include "framework/simulation/timeline.h"

namespace insula::experiment {

/// One channel that all models of an experiment explain: of a recording, or of trials.
struct Target {
  enum class Of { samples, choice, response_time, value };
  std::string recording, channel, modality, unit;
  double drift_cutoff = 0;      // s; 0: none
  bool in_model_units = false;  // the recording's unit is that of the observation kind
  Of of = Of::samples;
  bool has_density = true;  // false: the density of its trials is counted with another target
  int option = -1;          // whose share it is, where a choice is one of several options
};
std::vector<Target> targets(const Experiment& experiment);

/// A linear map between a channel's data and the numbers that the engine fits.
struct Scaling {
  double centre = 0, factor = 1;  // fitted = (data − centre) · factor
};

/// One channel of the data, and which of the system's channels it shows: Σ weight · part.
struct Shown {
  std::size_t observation = 0;  // of the architecture
  std::string name;
  std::vector<std::size_t> part;  // channels of the system
  std::vector<double> weight;     // of each part, not 0
};

/// One channel of counts.
struct CountProblem {
  std::size_t channel = 0;  // of the system
  const ObservationKind* kind = nullptr;
  std::string recording, name;
  double interval = 0;       // s
  std::vector<double> data;  // samples of all runs; NaN = missing
};

/// A hypothesis ready to be fitted to one subject.
struct FitProblem {
  simulation::System system;
  std::vector<simulation::Timeline> timelines;  // per run
  std::vector<simulation::Timeline> undriven;  // per run, without what has drives; see assemble.cpp
  std::vector<simulation::SpmRun> spm_runs;    // per run, for SPM's schemes
  inference::Problem problem;
  std::vector<Shown> shown;      // observation by observation; as the system's channels, unless
                                 // there are loadings
  std::vector<Scaling> scaling;  // per entry of shown
  std::vector<std::size_t> gaussian;  // entry of shown of each of problem.channels
  /// The entries of problem.scored: first trials, then channels of counts.
  std::vector<std::unique_ptr<TrialProblem>> trials;
  std::vector<std::unique_ptr<CountProblem>> counts;
  std::vector<std::size_t> sources;  // channels of the system that channels of the data load on
  std::vector<int> free_index;       // of each parameter of the architecture in θ, or −1
  /// Where a second fit begins whose result counts if it is better; empty: there is no need of one.
  /// See other_start_of() in assemble.cpp.
  Eigen::VectorXd other_start;
};

/// How data are treated and the equations solved.
struct Treatment {
  bool spm = false;  // SPM's hyperpriors, scaling, confounds and moments of sampling
  simulation::Scheme scheme = simulation::Scheme::accurate;
};

/// A channel of counts as the engine sees it; `counts` outlives it.
inference::Scored scored_counts(const CountProblem& counts, std::vector<char> use);

/// What inference::Problem::evaluate does.
inference::Evaluation evaluate(const FitProblem& fit,
                               simulation::Scheme scheme,
                               const Eigen::VectorXd& theta,
                               bool with_jacobian);

/// … Problem::evaluate_many, by the accurate scheme,
std::vector<inference::Evaluation> evaluate_many(const FitProblem& fit,
                                                 std::span<const Eigen::VectorXd> thetas);

/// … Problem::drives; none where derivatives by them are not to be had for all weights under
/// learned scales, and only for these,
std::vector<inference::DriveGroup> drives_of(const FitProblem& fit);

/// … Problem::evaluate_by_drives, on the runs' timelines; on those without what has drives it is
/// Problem::evaluate_undriven,
inference::Evaluation evaluate_by_drives(const FitProblem& fit,
                                         const std::vector<simulation::Timeline>& timelines,
                                         const Eigen::VectorXd& theta,
                                         inference::Accuracy accuracy);

/// … and Problem::pull_back, by coarse steps of the accurate scheme, of Gaussian channels alone.
std::optional<Eigen::MatrixXd> pull_back(const FitProblem& fit,
                                         const Eigen::VectorXd& theta,
                                         const std::vector<Eigen::Index>& parameters,
                                         std::span<const Eigen::VectorXd> v);

/// `architecture` outlives the result and what is kept of its trials.
/// errors  InputError if SPM's treatment meets several runs
std::unique_ptr<FitProblem> assemble(const architecture::Architecture& architecture,
                                     const dataset::Subject& subject,
                                     const Part& part,
                                     Treatment treatment);

/// How a recording shows activity: by the first hypothesis' kind.
BaselineRecording recording_of(const Experiment& experiment, const std::string& recording);

/// One baseline problem a recording, for all channels of `targets` in that recording; it sees the
/// inputs that the hypotheses see.
BaselineProblem assemble_baseline(const Experiment& experiment,
                                  const std::vector<Target>& targets,
                                  const std::string& recording,
                                  const dataset::Subject& subject,
                                  const Part& part);

/// Nuisance of one recording over a subject's runs, samples of all runs one below the other: a
/// constant, each run's own confounds (scaled to unit root mean square), and its own drift cosines.
struct Nuisance {
  Eigen::MatrixXd columns;
  Eigen::Index first_drift = 0;  // drift columns are the last ones
};
Nuisance nuisance(const dataset::Subject& subject,
                  const std::string& recording,
                  double drift_cutoff);

}  // namespace insula::experiment
