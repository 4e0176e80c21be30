// SPDX-License-Identifier: Apache-2.0
// The fields of every value in a results folder, named once. Writers and readers of JSON and of TSV
// are visitors of these lists, so that what is written and what is read cannot drift apart.
#pragma once

#include <concepts>
#include <type_traits>

#include "framework/report/detail/recovery_fields.h"
#include "framework/report/results.h"

namespace insula::report {

/// T is Value or const Value: one list serves the writer and the reader.
template <class T, class Value>
concept Either = std::same_as<std::remove_const_t<T>, Value>;

template <class Visit, Either<ScoreRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("kind", x.kind);
  visit("subject", x.subject);
  visit("fold", x.fold);
  visit("corruption", x.corruption);
  visit("strength", x.strength);
  visit("modality", x.modality);
  visit("channel", x.channel);
  visit("metric", x.metric);
  visit("value", x.value);
  visit("ceiling", x.ceiling);
  visit("low", x.low);
  visit("high", x.high);
  visit("normalised", x.normalised);
  visit("normalised_low", x.normalised_low);
  visit("normalised_high", x.normalised_high);
  visit("ceiling_kind", x.ceiling_kind);
  visit("doubts", x.doubts);
}

template <class Visit, Either<ComparisonRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("kind", x.kind);
  visit("log_evidence", x.log_evidence);
  visit("delta", x.delta);
  visit("posterior_probability", x.posterior_probability);
  visit("expected_frequency", x.expected_frequency);
  visit("exceedance", x.exceedance);
  visit("protected_exceedance", x.protected_exceedance);
  visit("cv_expected_frequency", x.cv_expected_frequency);
  visit("cv_exceedance", x.cv_exceedance);
  visit("cv_protected_exceedance", x.cv_protected_exceedance);
  visit("r", x.r);
  visit("r_low", x.r_low);
  visit("r_high", x.r_high);
  visit("r2", x.r2);
  visit("r2_low", x.r2_low);
  visit("r2_high", x.r2_high);
  visit("log_density", x.log_density);
  visit("log_density_low", x.log_density_low);
  visit("log_density_high", x.log_density_high);
  visit("r_ceiling", x.r_ceiling);
  visit("r_normalised", x.r_normalised);
  visit("r_normalised_low", x.r_normalised_low);
  visit("r_normalised_high", x.r_normalised_high);
  visit("r2_ceiling", x.r2_ceiling);
  visit("r2_normalised", x.r2_normalised);
  visit("r2_normalised_low", x.r2_normalised_low);
  visit("r2_normalised_high", x.r2_normalised_high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<GroupComparison> T>
void fields(Visit&& visit, T& x) {
  visit("of", x.of);
  visit("subjects", x.subjects);
  visit("omnibus_risk", x.omnibus_risk);
}

template <class Visit, Either<ParameterRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("subject", x.subject);
  visit("parameter", x.parameter);
  visit("unit", x.unit);
  visit("shared", x.shared);
  visit("prior_mean", x.prior_mean);
  visit("prior_sd", x.prior_sd);
  visit("posterior_mean", x.posterior_mean);
  visit("posterior_sd", x.posterior_sd);
  visit("estimate", x.estimate);
  visit("low", x.low);
  visit("high", x.high);
  visit("prior_estimate", x.prior_estimate);
  visit("prior_low", x.prior_low);
  visit("prior_high", x.prior_high);
  visit("shrinkage", x.shrinkage);
  visit("doubts", x.doubts);
}

template <class Visit, Either<CheckRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("kind", x.kind);
  visit("observation", x.observation);
  visit("channel", x.channel);
  visit("check", x.check);
  visit("trials", x.trials);
  visit("term", x.term);
  visit("level", x.level);
  visit("response", x.response);
  visit("unit", x.unit);
  visit("low", x.low);
  visit("high", x.high);
  visit("position", x.position);
  visit("n", x.n);
  visit("left_out", x.left_out);
  visit("observed", x.observed);
  visit("observed_low", x.observed_low);
  visit("observed_high", x.observed_high);
  visit("predicted", x.predicted);
  visit("predicted_low", x.predicted_low);
  visit("predicted_high", x.predicted_high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<RasterRow> T>
void fields(Visit&& visit, T& x) {
  visit("observation", x.observation);
  visit("channel", x.channel);
  visit("term", x.term);
  visit("level", x.level);
  visit("subject", x.subject);
  visit("run", x.run);
  visit("onset", x.onset);
  visit("from", x.from);
  visit("width", x.width);
  visit("counts", x.counts);
}

template <class Visit, Either<TestRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("other", x.other);
  visit("modality", x.modality);
  visit("channel", x.channel);
  visit("metric", x.metric);
  visit("units", x.units);
  visit("n", x.n);
  visit("difference", x.difference);
  visit("t", x.t);
  visit("p", x.p);
  visit("p_family", x.p_family);
  visit("q", x.q);
  visit("doubts", x.doubts);
}

template <class Visit, Either<PartitionRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("subject", x.subject);
  visit("modality", x.modality);
  visit("channel", x.channel);
  visit("band", x.band);
  visit("share", x.share);
  visit("low", x.low);
  visit("high", x.high);
  visit("r2", x.r2);
  visit("r2_low", x.r2_low);
  visit("r2_high", x.r2_high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<RdmRow> T>
void fields(Visit&& visit, T& x) {
  visit("recording", x.recording);
  visit("model", x.model);
  visit("kind", x.kind);
  visit("subject", x.subject);
  visit("distance", x.distance);
  visit("similarity", x.similarity);
  visit("stimuli", x.stimuli);
  visit("pairs", x.pairs);
  visit("value", x.value);
  visit("standard_error", x.standard_error);
  visit("low", x.low);
  visit("high", x.high);
  visit("lower_ceiling", x.lower_ceiling);
  visit("upper_ceiling", x.upper_ceiling);
  visit("ceiling_kind", x.ceiling_kind);
  visit("other", x.other);
  visit("difference", x.difference);
  visit("difference_low", x.difference_low);
  visit("difference_high", x.difference_high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<AblationRow> T>
void fields(Visit&& visit, T& x) {
  visit("hypothesis", x.hypothesis);
  visit("model", x.model);
  visit("fitted_to", x.fitted_to);
  visit("added", x.added);
  visit("scored", x.scored);
  visit("channel", x.channel);
  visit("metric", x.metric);
  visit("value", x.value);
  visit("low", x.low);
  visit("high", x.high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<StressRow> T>
void fields(Visit&& visit, T& x) {
  visit("corruption", x.corruption);
  visit("strength", x.strength);
  visit("model", x.model);
  visit("kind", x.kind);
  visit("subject", x.subject);
  visit("quantity", x.quantity);
  visit("name", x.name);
  visit("value", x.value);
  visit("low", x.low);
  visit("high", x.high);
  visit("doubts", x.doubts);
}

template <class Visit, Either<InterventionRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("intervention", x.intervention);
  visit("subject", x.subject);
  visit("run", x.run);
  visit("modality", x.modality);
  visit("observation", x.observation);
  visit("channel", x.channel);
  visit("quantity", x.quantity);
  visit("unit", x.unit);
  visit("value", x.value);
  visit("low", x.low);
  visit("high", x.high);
  visit("draws", x.draws);
  visit("failed", x.failed);
  visit("note", x.note);
  visit("doubts", x.doubts);
}

template <class Visit, Either<InterventionSentence> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("intervention", x.intervention);
  visit("sentence", x.sentence);
}

template <class Visit, Either<GroupRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("quantity", x.quantity);
  visit("parameter", x.parameter);
  visit("effect", x.effect);
  visit("name", x.name);
  visit("other", x.other);
  visit("division", x.division);
  visit("unit", x.unit);
  visit("value", x.value);
  visit("sd", x.sd);
  visit("low", x.low);
  visit("high", x.high);
  visit("probability", x.probability);
  visit("observed", x.observed);
  visit("doubts", x.doubts);
}

template <class Visit, Either<ObservationRow> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("kind", x.kind);
  visit("observation", x.observation);
  visit("metric", x.metric);
  visit("value", x.value);
  visit("low", x.low);
  visit("high", x.high);
  visit("ceiling", x.ceiling);
  visit("normalised", x.normalised);
}

template <class Visit, Either<Verdict> T>
void fields(Visit&& visit, T& x) {
  visit("model", x.model);
  visit("other", x.other);
  visit("modality", x.modality);
  visit("channel", x.channel);
  visit("metric", x.metric);
  visit("value", x.value);
  visit("other_value", x.other_value);
  visit("difference", x.difference);
  visit("low", x.low);
  visit("high", x.high);
  visit("ceiling", x.ceiling);
  visit("normalised", x.normalised);
  visit("other_normalised", x.other_normalised);
  visit("sentence", x.sentence);
}

template <class Visit, Either<GraphNode> T>
void fields(Visit&& visit, T& x) {
  visit("name", x.name);
  visit("kind", x.kind);
  visit("x", x.x);
  visit("y", x.y);
}

template <class Visit, Either<GraphEdge> T>
void fields(Visit&& visit, T& x) {
  visit("source", x.source);
  visit("target", x.target);
  visit("kind", x.kind);
  visit("is_input", x.is_input);
  visit("modulated_by", x.modulated_by);
  visit("gated_by", x.gated_by);
  visit("strength", x.strength);
  visit("probability", x.probability);
}

template <class Visit, Either<Graph> T>
void fields(Visit&& visit, T& x) {
  visit("regions", x.regions);
  visit("inputs", x.inputs);
  visit("edges", x.edges);
}

template <class Visit, Either<FitSummary> T>
void fields(Visit&& visit, T& x) {
  visit("subject", x.subject);
  visit("fold", x.fold);
  visit("status", x.status);
  visit("reason", x.reason);
  visit("iterations", x.iterations);
  visit("free_energy", x.free_energy);
  visit("accuracy", x.accuracy);
  visit("complexity_parameters", x.complexity_parameters);
  visit("complexity_hyperparameters", x.complexity_hyperparameters);
  visit("gradient_norm", x.gradient_norm);
  visit("pareto_k", x.pareto_k);
  visit("log_evidence", x.log_evidence);
  visit("log_evidence_se", x.log_evidence_se);
  visit("draws", x.draws);
  visit("effective_draws", x.effective_draws);
  visit("start_free_energy", x.start_free_energy);
  visit("free_energy_by_iteration", x.free_energy_by_iteration);
  visit("noise", x.noise);
  visit("weak_directions", x.weak_directions);
  visit("tuned", x.tuned);
}

template <class Visit, Either<ModelSummary> T>
void fields(Visit&& visit, T& x) {
  visit("name", x.name);
  visit("kind", x.kind);
  visit("description", x.description);
  visit("file", x.file);
  visit("difference", x.difference);
  visit("summary", x.summary);
  visit("source", x.source);
  visit("graph", x.graph);
  visit("fits", x.fits);
}

/// What summary.json holds of the results; tables and predictions have files of their own.
template <class Visit, Either<Results> T>
void fields(Visit&& visit, T& x) {
  visit("experiment", x.experiment);
  visit("description", x.description);
  visit("insula_version", x.insula_version);
  visit("started", x.started);
  visit("finished", x.finished);
  visit("stopped", x.is_stopped);
  visit("seed", x.seed);
  visit("dataset_name", x.dataset_name);
  visit("dataset_citation", x.dataset_citation);
  visit("dataset_licence", x.dataset_licence);
  visit("input_files", x.input_files);
  visit("settings", x.settings);
  visit("folds", x.folds);
  visit("gap", x.gap);
  visit("time_unit", x.time_unit);
  visit("not_computed", x.not_computed);
  visit("findings", x.findings);
  visit("verdicts", x.verdicts);
  visit("observations", x.observations);
  visit("group_comparison", x.group_comparison);
  visit("interventions", x.intervention_sentences);
  visit("models", x.models);
}

}  // namespace insula::report
