// SPDX-License-Identifier: Apache-2.0
// What is checked between the files of an experiment, once each of them is read. Every function
// adds what it finds and goes on, so that one run tells of all files.
#pragma once

#include <set>
#include <string>

#include "framework/config/node.h"
#include "framework/config/reader.h"
#include "framework/contract/catalogue.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment::detail {

/// Hypotheses have names of their own, observe something, and explain the same channels with the
/// same drift removed: otherwise neither their evidence nor their scores can be compared.
void check_comparable(const Experiment& experiment, Mistakes& mistakes);

/// Every input, recording and channel that a hypothesis uses is in every run of the dataset. What
/// several hypotheses inherit from one line is told once.
void check_against_dataset(const Experiment& experiment, Mistakes& mistakes);

/// Every column, factor and answer that a hypothesis uses is in the trials of every run.
void check_trials(const Experiment& experiment, Mistakes& mistakes);

/// Every subject has a trial that can be scored. Needs an experiment in which all files agree.
void check_whole_trials(const Experiment& experiment, Mistakes& mistakes);

/// How many trials are lost to hypotheses that need more than others.
std::vector<Mistake> doubts_of_comparable_trials(const Experiment& experiment);

/// What a hypothesis's learners learn, and about what, is in the trials of every run; outcomes are
/// 0 or 1 where the kind needs that.
void check_learners(const Experiment& experiment, Mistakes& mistakes);

/// Inputs that hold a learner's signal have names of their own and trials in every run: with onsets
/// (and response times, where they are locked to these), and then they begin within the run; or, in
/// runs without a time axis, those that are explained, and then they say nothing of times. None of
/// them tells what explains an answer of the outcome that follows it.
void check_signals(const Experiment& experiment, Mistakes& mistakes);
/// The same of one architecture; `told`: what has been said before, and is not again.
void check_signals(const architecture::Architecture& architecture,
                   const dataset::Dataset& dataset,
                   std::set<std::string>& told,
                   Mistakes& mistakes);

/// The dataset knows the covariates of every subject, and their effects can be told apart.
/// `covariates` is the node of that key, or missing.
void check_covariates(const dataset::Dataset& dataset,
                      const config::Node& covariates,
                      Mistakes& mistakes);

/// A mapping of divisions, each a mapping of families to names of models; patterns in which *
/// stands for anything. Every model is in one family of each division. `what` a model is called.
void read_divisions(const config::Node& map,
                    const std::vector<std::string>& names,
                    const std::string& what,
                    std::vector<ModelDivision>& divisions,
                    Mistakes& mistakes);

/// The key `memory` into Experiment::memory.
void read_memory(config::Reader& top, Experiment& experiment);

/// Hypotheses whose fit would take more than Experiment::memory because of a band of features.
void check_memory(const Experiment& experiment, Mistakes& mistakes);

/// The key `group` into Experiment::group; `group` may be missing.
void read_group(const config::Node& group, Experiment& experiment, Mistakes& mistakes);

/// Leaves out baselines that explain nothing of what the hypotheses explain, and `linear_dcm` if
/// the union of hypotheses would explain answers by their own outcomes, though none of them does;
/// or, if `baselines` (the node of that key) asks for them, calls it a mistake.
void keep_baselines(Experiment& experiment,
                    const Catalogue& catalogue,
                    const config::Node& baselines,
                    Mistakes& mistakes);

/// In a dataset without a time axis neither a gap nor a block can be a time, and all trials that
/// hypotheses explain are of one table. `top` is the experiment's node.
void check_units_of_time(const Experiment& experiment, const config::Node& top, Mistakes& mistakes);

/// Bands of features that hypotheses use are in every run; then, where folds can be made, training
/// rows span their components.
void check_features(const Experiment& experiment, Mistakes& mistakes);
void check_rank_of_features(const Experiment& experiment, Mistakes& mistakes);

/// Types of stimuli can be left out: every trial in use has one, and every subject all of them.
void check_stimulus_types(const Experiment& experiment,
                          const config::Node& types,
                          Mistakes& mistakes);

/// Every fold of every subject has samples to train on and samples to score. `validation` is the
/// node of that key, or missing. Needs an experiment in which all files agree.
void check_folds(const Experiment& experiment, const config::Node& validation, Mistakes& mistakes);

/// Counterfactuals, and that the dataset has what they name. `list` is the node of that key, or
/// missing.
void read_counterfactuals(const config::Node& list,
                          const Catalogue& catalogue,
                          Experiment& experiment,
                          Mistakes& mistakes);

/// What is done to every hypothesis that has what is named, and that one has. `list` is the node of
/// `interventions`, or missing. Needs hypotheses that could be read.
void read_interventions(const config::Node& list, Experiment& experiment, Mistakes& mistakes);

/// How many data sets are simulated and fitted again, where they can be. `node` is that of
/// `recovery`, or missing.
void read_recovery(const config::Node& node, Experiment& experiment, Mistakes& mistakes);

/// Takes what belongs to sets of the dataset out of what can train, with a gap beside it: samples
/// and answers become missing, and Experiment::recorded keeps them. Baselines and engines see it no
/// more than they see held-out samples.
void set_apart(Experiment& experiment, Mistakes& mistakes);

/// Which stimuli's representations are compared, where folds hold several of them out together.
/// `node` is that of `rdm`, or missing. Needs an experiment whose folds can be made.
void read_rdm(const config::Node& node, Experiment& experiment, Mistakes& mistakes);

/// SPM's schemes and treatment can do what the hypotheses and the dataset ask. `inference` is the
/// node of that key, or missing. Needs an experiment in which all files agree.
void check_spm(const Experiment& experiment, const config::Node& inference, Mistakes& mistakes);

}  // namespace insula::experiment::detail
