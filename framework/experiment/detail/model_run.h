// SPDX-License-Identifier: Apache-2.0
// What the tasks of a run leave behind, before it becomes results.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "framework/evaluation/scores.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/detail/trial_posterior.h"
#include "framework/experiment/experiment.h"
#include "framework/inference/fit.h"
#include "framework/inference/group.h"
#include "framework/report/results.h"

namespace insula::experiment {

/// What one channel shows of one region, where that is learned. Its prior is N(0, 1) in the data's
/// `scale`.
struct LearnedLoading {
  std::string name;         // "eeg.loading.c1.V5"
  double mean = 0, sd = 0;  // in units of scale
  double scale = 1;         // of the recording's unit
  std::string unit;
};

/// What a band of inputs adds to a baseline's prediction.
struct BandPart {
  std::string band;                        // of features, or "inputs"
  std::vector<Eigen::VectorXd> of_target;  // as PartResult::mean; empty where it is not told
};

/// One model fitted to one subject's training part.
struct PartResult {
  bool done = false;            // false: the run was stopped before
  bool has_prediction = false;  // false: the model could not be run or fitted
  report::FitSummary summary;
  /// Per target: all runs' samples, in the recording's units; empty if the model does not explain
  /// the target.
  std::vector<Eigen::VectorXd> mean, sd;
  /// Per target, log predictive density of trials and counts, NaN where it is none; empty for other
  /// samples, whose density is the normal one of mean and sd.
  std::vector<Eigen::VectorXd> log_density;
  /// Per target: how noise is correlated with that of the sample before, as the model has it; NaN
  /// where it does not say.
  std::vector<double> correlation;
  std::vector<BandPart> bands;           // of a fold and a baseline that knows bands
  std::vector<LearnedLoading> loadings;  // as `fit`
  std::vector<TrialPosterior> trials;    // per observation of trials of the model's architecture
  inference::Fit fit;                    // of a hypothesis on all data; empty otherwise
};

/// What subjects share, fitted to all data.
struct GroupResult {
  report::FitSummary summary;
  inference::Fit pooled;    // if pooled
  inference::GroupFit fit;  // if hierarchical
};

struct ModelRun {
  std::string name;
  std::string kind;  // "hypothesis", "baseline" or "ablation"
  /// Of hypotheses, their ablations, and baselines that are architectures.
  const architecture::Architecture* architecture = nullptr;
  const BaselineKind* baseline = nullptr;
  /// [subject][part]: part 0 is all data, part k the training part of fold k.
  std::vector<std::vector<PartResult>> parts;
  std::optional<GroupResult> group;   // unless subjects are separate
  std::vector<std::string> left_out;  // of an ablation: observations that it is not fitted to

  /// True if the observation is in the likelihood, if there is one.
  bool holds(const std::string& observation) const {
    return std::find(left_out.begin(), left_out.end(), observation) == left_out.end();
  }
};

/// Everything that scoring and gathering read.
struct RunData {
  const Experiment& experiment;
  std::vector<Target> targets;
  std::vector<std::vector<evaluation::Fold>> folds;  // per subject
  std::vector<ModelRun> models;              // hypotheses first, then baselines, then ablations
  std::vector<ComparableTrials> comparable;  // per subject
  /// [subject][part]: subjects with bands of features as inputs, reduced by what the part trains
  /// on. Empty where no hypothesis uses features.
  std::vector<std::vector<dataset::Subject>> featured = {};
  /// What training data are spoilt by; then `featured` holds the spoilt subjects.
  std::optional<Corruption> corruption = {};
  /// Per subject, whose samples models are judged on where that is not the dataset's.
  std::vector<dataset::Subject> judged_on = {};

  /// What the fit to a part sees of a subject.
  const dataset::Subject& subject(std::size_t s, std::size_t part) const {
    return featured.empty() ? experiment.dataset.subjects[s] : featured[s][part];
  }

  /// The target's samples or trials of all runs, in the recording's units.
  struct Samples {
    std::vector<std::size_t> run;
    std::vector<double> time;  // s, or trials without a time axis
    Eigen::VectorXd value;     // NaN = missing
  };
  Samples samples(std::size_t subject, std::size_t target) const;
  /// Held-out samples per fold; folds without a prediction of the model are missing for all.
  std::vector<evaluation::HeldOut> held_out(const ModelRun& model,
                                            std::size_t subject,
                                            std::size_t target) const;
  /// True if every fold of every subject has a prediction.
  bool scored(const ModelRun& model) const;
};

/// The target's samples or trials of a subject, all runs one below the other.
RunData::Samples samples_of(const Experiment& experiment,
                            const dataset::Subject& subject,
                            const Target& target);

/// Mean over independent subjects, half-widths added in squares.
evaluation::Interval95 mean_over_subjects(const std::vector<evaluation::Interval95>& subjects);
evaluation::Bootstrap bootstrap_of(const Experiment& experiment, const std::string& task);

void score(const RunData& data, report::Results& results);   // scores, comparison, verdicts
void gather(const RunData& data, report::Results& results);  // models, parameters, predictions

}  // namespace insula::experiment
