// SPDX-License-Identifier: Apache-2.0
// The parts of the page that need no script: sentences, tables and drawings.
#pragma once

#include <string>

#include "framework/report/detail/markup.h"
#include "framework/report/results.h"

namespace insula::report {

/// Name with the model's colour or, for baselines, the grey mark: the same in tables and figures.
Html model_label(const Results& results, const std::string& model);

/// Sentences over all channels, those of single channels folded away, and what a reader must know
/// before quoting them (fits that did not converge).
Html verdicts(const Results& results);
Html comparison_table(const Results& results);
/// How common each hypothesis is among subjects; empty unless they were compared so.
Html group_table(const Results& results);
/// Hypotheses against the linear model to beat, corrected for how many were tried; empty without.
Html test_table(const Results& results);
/// True of folds "set NAME", and of channels of verdicts: scores on what trained no model.
bool is_of_a_set(const std::string& fold);
/// Sentences and tables of them; empty if the dataset has none.
Html set_section(const Results& results);
/// What each band of features explains of held-out samples; empty where no baseline tells.
Html partition_section(const Results& results);
/// How like each model's and band's dissimilarities of stimuli are to those of held-out data.
Html rdm_section(const Results& results);
/// Means over subjects and effects of covariates, candidates and families of them, predictions.
Html group_effects(const Results& results);
/// Held-out scores, channels as columns; up to 24 channels, else empty.
Html score_tables(const Results& results);
Html drawings(const Results& results);
Html parameter_table(const Results& results);
/// What each observation buys: sentences, posterior standard deviations and held-out scores by what
/// a hypothesis was fitted to.
Html ablation(const Results& results);
/// What training on spoilt data did: areas, rankings, and the parameters that moved.
Html stress_tables(const Results& results);
/// What hypotheses predict of changed networks: sentences and a table.
Html intervention_tables(const Results& results);
/// What fits to simulated data find again: sentences and tables.
Html recovery_tables(const Results& results);
/// The results but for the fits of ablations, which have a section of their own.
Results without_ablation(Results results);
Html fit_tables(const Results& results);
/// What was chosen for the baselines, by their own cross-validation.
Html tuning_table(const Results& results);
/// A figure and a table for each observation of trials.
Html trial_figures(const Results& results);
/// A figure for each recording that is averaged about events.
Html event_figures(const Results& results);
Html findings(const Results& results);
Html not_computed(const Results& results);
/// That the run was stopped, if it was.
Html stopped(const Results& results);
Html methods(const Results& results);
Html provenance(const Results& results);

/// Pareto k̂ in words.
/// source  Vehtari 2024, JMLR 25:72: 0.7 limits reliable importance sampling; above 1 no mean
/// exists
std::string pareto_words(double k);

/// What the scripts draw, as JSON that is safe inside a <script> element ('<' never occurs).
/// Numbers of series have five significant digits. Series beyond about a million characters are
/// left out; `series_left_out` counts them.
std::string figure_data(const Results& results, std::size_t& series_left_out);

}  // namespace insula::report
