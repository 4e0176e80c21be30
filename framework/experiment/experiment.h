// SPDX-License-Identifier: Apache-2.0
// An experiment file: which hypotheses and baselines meet on which dataset, how they are fitted and
// how they are judged.
//
//     insula: experiment/1
//     name: attention
//     dataset: ../../datasets/attention-to-motion/dataset.yaml
//     hypotheses: [forward.yaml, gated.yaml]
//     baselines: [mean, ridge]                    # default: all that explain something
//     inference: {engine: variational_laplace, starts: 1, max_iterations: 128, pareto_draws: 1000,
//                 compatibility: spm,             # only to reproduce published fits
//                 integrator: accurate,           # or spm_bilinear, spm_second_order
//                 subjects: separate,             # or pooled, hierarchical
//                 covariates: [age, group]}       # what a hierarchical group's mean depends on
//     validation: {split: blocks, folds: 6, gap: 32 s}   # or {split: runs}, or none
//     ablation: gated                             # also fitted to every subset of its observations
//     comparison: {bootstrap: 2000, block: 32 s,
//                  families: {gate: {with: [gated], without: [forward]}},
//                  rdm: {by: stimulus, from: 0 s, to: 500 ms}}   # representational similarity
//     group: {covariates: [age], parameters: ["* -> *"]}    # empirical Bayes over subjects' fits
//     counterfactuals:                            # trained on spoilt data, judged on clean ones
//       - {corruption: confound, with: attention, strength: [0.5, 1, 2]}
//     interventions:                              # what hypotheses predict of a changed network
//       - {lesion: V5}
//       - {scale: V1 -> V5, by: 0.5}
//     recovery: {simulations: 20, calibration: 100}         # is what made data found again?
//     memory: 2 GiB                               # that one fit may use
//     seed: 7
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/contract/corruption.h"
#include "framework/dataset/dataset.h"
#include "framework/evaluation/rdm_comparison.h"
#include "framework/experiment/built_baselines.h"
#include "framework/simulation/intervention.h"
#include "framework/simulation/response.h"

namespace insula::experiment {

/// What is held out together: stretches of time (or of trials), runs, or all trials of one type of
/// stimulus.
enum class Split { none, blocks, runs, stimulus_types };

/// How subjects share parameters.
///   separate      not at all: one fit a subject
///   pooled        all of them: one fit to everyone's data
///   hierarchical  each has its own, drawn from the group's (inference/group.h)
enum class Subjects { separate, pooled, hierarchical };

struct Hypothesis {
  std::string name;  // unique; the architecture's name
  std::string file;  // as the experiment names it
  architecture::Architecture architecture;
  std::string digest = {};  // SHA-256 over its files, those that it extends included
};

/// Training data that a corruption has spoilt, at several strengths.
struct Counterfactual {
  const CorruptionKind* kind = nullptr;
  std::vector<double> strength;         // ascending; 0 is the clean result
  std::string condition;                // an input, where the kind asks for one
  double correlation = 0.8;             // of a nuisance with it
  std::vector<std::string> recordings;  // that it spoils; empty: all
};

/// Models that have something in common, and a way to divide all models into such families.
struct ModelFamily {
  std::string name;
  std::vector<std::size_t> members;
};
struct ModelDivision {
  std::string name;
  std::vector<ModelFamily> families;  // every model is in one
};

/// Empirical Bayes over subjects that were fitted one by one. Parameters are named by patterns, in
/// which * stands for anything.
struct GroupAnalysis {
  struct Candidate {
    std::string name;
    std::vector<std::string> on;  // patterns: all other parameters of the group are off
  };
  std::vector<std::string> covariates;  // of the dataset; candidates are for the first
  std::vector<std::string> parameters;  // patterns
  std::vector<Candidate> candidates;
  std::vector<ModelDivision> divisions;
  std::string predicted;                // a covariate of numbers; or empty
  std::vector<std::string> predictors;  // patterns; empty: as `parameters`
};

/// Data sets simulated from each fitted hypothesis and fitted again: so many of each.
struct Recovery {
  int simulations = 0;  // parameters drawn from the posterior; every hypothesis is fitted
  int calibration = 0;  // parameters drawn from the prior; the hypothesis itself is fitted
};

/// How dissimilar stimuli are in held-out data, held against how dissimilar models predict them.
struct RdmQuestion {
  enum class Distance { correlation, euclidean, crossnobis };
  std::string trials;           // the table
  std::vector<std::string> by;  // factors and columns: trials that agree in all show one stimulus
  double from = 0, to = 0;      // s after a trial's onset; both 0 where trials have none
  bool is_course = false;       // a pattern is every sample of that time, not their mean
  Distance distance = Distance::correlation;
  evaluation::Similarity similarity = evaluation::Similarity::kendall_tau_a;
  std::vector<std::string> bands;  // of features, which are compared too
};
std::string to_text(RdmQuestion::Distance distance);

/// What one fit may use, beside the data.
struct MemoryBound {
  std::size_t bytes = std::size_t{1} << 31;
  Place place;  // where it is said; else the file's
};

struct Experiment {
  std::string name, description;
  std::string file;
  dataset::Dataset dataset;
  std::vector<Hypothesis> hypotheses;
  std::vector<std::string> baselines;  // names of the catalogue's kinds, and of built_baselines()

  bool spm = false;  // compatibility: spm
  /// Default: accurate; with compatibility: spm, what SPM takes for each model (second order if any
  /// projection is gated).
  std::optional<simulation::Scheme> integrator;
  Subjects subjects = Subjects::separate;
  std::vector<std::string> covariates;  // of the dataset; hierarchical only
  int starts = 1;
  int max_iterations = 128;
  int pareto_draws = 1000;  // 0: no check
  /// Posteriors of the fits to all data by importance sampling (inference/importance.h).
  bool importance = false;

  Split split = Split::blocks;
  int folds = 5;      // of blocks; of stimulus_types 0: every type is a fold of its own
  std::string types;  // of stimulus_types: the factor of trials whose levels they are
  double gap = 0;     // s; default: the longest memory of the observations; 0 without a time axis
  std::vector<std::string> ablated;  // names of hypotheses, also fitted to subsets of observations
  int bootstrap_draws = 2000;
  double bootstrap_block = 0;  // s; default: that memory, at least 16 s; trials without a time axis
  std::vector<Counterfactual> counterfactuals;
  std::vector<simulation::Intervention> interventions;
  std::optional<GroupAnalysis> group;
  std::vector<ModelDivision> families;  // of hypotheses
  std::optional<RdmQuestion> rdm;
  Recovery recovery;
  std::uint64_t seed = 0;
  MemoryBound memory;

  /// Subjects as they were recorded, where the dataset has sets that lie apart: in `dataset` their
  /// samples and answers, and samples within a gap of them, are missing. Empty without sets.
  std::vector<dataset::Subject> recorded;

  std::vector<std::pair<std::string, std::string>> input_files;  // path seen from `file`, sha256
};

/// True if runs have a time axis; otherwise they hold trials alone, which folds and gaps count.
bool has_time(const Experiment& experiment);

/// The dataset as it was loaded, but for what is made of features.
dataset::Dataset as_recorded(const Experiment& experiment);

/// What a hypothesis is integrated with under the experiment's settings.
simulation::Scheme scheme_of(const Experiment& experiment,
                             const architecture::Architecture& architecture);
std::string to_text(simulation::Scheme scheme);

/// Reads an experiment and everything that it names, and checks that all fits together: every
/// input, context, recording and channel that a hypothesis uses is in the dataset, and all
/// hypotheses explain the same channels. errors  InputError with every mistake found in all files
Experiment load(const std::string& path, const Catalogue& catalogue);

/// For how long (s) observations of the hypotheses show what regions did; 0 without any.
double longest_memory(const Experiment& experiment);

/// How many fits, folds and all data, the experiment's ablations add; 0 without any.
std::size_t ablation_fits(const Experiment& experiment);

/// Doubts that do not stop a run: those of each architecture and of the dataset, in words. All
/// features in use are read. errors  InputError (data) if one that drives a region is not finite
std::vector<Mistake> doubts(const Experiment& experiment);

}  // namespace insula::experiment
