// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "framework/architecture/describe.h"
#include "framework/architecture/detail/table.h"
#include "framework/architecture/detail/text_table.h"
#include "framework/base/text.h"

namespace insula::architecture {
namespace {

std::string heading(std::string_view sort,
                    std::string_view name,
                    std::string_view summary,
                    std::string_view source) {
  return std::string(name) + " (" + std::string(sort) + ")\n" + std::string(summary) +
         "\nSource: " + std::string(source) + "\n";
}

std::string value_of(const FieldSpec& field) {
  return field.unit == "1" ? short_number(field.value, 6)
                           : short_number(field.value, 6) + " " + std::string(field.unit);
}

std::string domain_of(const FieldSpec& field) {
  switch (field.domain) {
    case Domain::real: return "any";
    case Domain::positive: return "positive";
    case Domain::unit_interval: return "0 to 1";
  }
  return "";
}

// As it is written in YAML, around the default.
std::string prior_of(const FieldSpec& field) {
  if (field.prior_sd <= 0) return "fixed";
  const std::string sd = short_number(field.prior_sd, 6);
  switch (field.domain) {
    case Domain::real:
      return "normal(" + value_of(field) + ", " + sd +
             (field.unit == "1" ? ")" : " " + std::string(field.unit) + ")");
    case Domain::positive: return "lognormal(" + value_of(field) + ", " + sd + ")";
    case Domain::unit_interval: return "logitnormal(" + value_of(field) + ", " + sd + ")";
  }
  return "";
}

std::vector<std::string> row(const FieldSpec& field, const std::string& name) {
  return {name,
          std::string(field.symbol),
          std::string(field.unit),
          value_of(field),
          domain_of(field),
          prior_of(field),
          std::string(field.meaning)};
}

using Rows = std::vector<std::vector<std::string>>;

std::string parameter_table(const Rows& rows) {
  if (rows.empty()) return "\nIt has no parameters.\n";
  Rows table{{"name", "symbol", "unit", "default", "domain", "prior", "meaning"}};
  table.insert(table.end(), rows.begin(), rows.end());
  return "\nParameters\n" + detail::text_table(table);
}

Rows rows_of(std::span<const FieldSpec> fields) {
  Rows rows;
  for (const FieldSpec& field : fields) rows.push_back(row(field, std::string(field.name)));
  return rows;
}

std::string example(const std::vector<std::string>& lines) {
  std::string text = "\nExample\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

std::string states_text(std::span<const FieldSpec> states) {
  Rows rows;
  for (const FieldSpec& state : states) {
    rows.push_back({std::string(state.name),
                    std::string(state.symbol),
                    std::string(state.unit),
                    std::string(state.meaning)});
  }
  return rows.empty() ? "" : "\nStates\n" + detail::text_table(rows);
}

constexpr const char* kDocument = "insula: architecture/1";
constexpr const char* kName = "name: example";

// ", gain: 2 %" for the first parameter of a kind, to show how one is set.
std::string first_setting(std::span<const FieldSpec> fields) {
  if (fields.empty()) return "";
  return ", " + std::string(fields.front().name) + ": " + value_of(fields.front());
}

std::string kind_entry(std::string_view kind, const std::string& more) {
  return "{kind: " + std::string(kind) + more + "}";
}

std::string needs_text(const TrialKind& kind) {
  std::vector<std::string> needs;
  if (kind.of_options)
    needs.emplace_back("a response, one of the labels that 'options' lists");
  else if (kind.needs_choice)
    needs.emplace_back("a response of two labels");
  if (kind.needs_time) needs.emplace_back("a response time");
  if (kind.needs_value) needs.emplace_back("a column of values, named by 'value'");
  return "Of every trial it needs " + in_words(needs) + ".\n";
}

// The transform that FieldSpec::domain stands for.
std::string link_of(const FieldSpec& field) {
  switch (field.domain) {
    case Domain::real: return "identity";
    case Domain::positive: return "log";
    case Domain::unit_interval: return "logit";
  }
  return "";
}

std::string unnamed_of(const PredictorSpec& predictor) {
  if (std::isnan(predictor.unnamed)) return "as named";
  if (predictor.unnamed == 0) return "fixed at 0";
  FieldSpec field = predictor.intercept;
  field.value = predictor.unnamed;
  return "fixed at " + value_of(field);
}

std::string predictor_tables(const TrialKind& kind) {
  Rows table{{"name", "symbol", "unit", "link", "prior", "of a weight", "not named", "meaning"}};
  Rows sources;
  for (const PredictorSpec& predictor : kind.predictors) {
    const FieldSpec& field = predictor.intercept;
    const bool is_repeated = kind.of_options && &predictor == kind.predictors.data();
    table.push_back({std::string(field.name),
                     std::string(field.symbol),
                     std::string(field.unit),
                     link_of(field),
                     prior_of(field),
                     "normal(0, " + short_number(predictor.weight_sd, 6) + ")",
                     unnamed_of(predictor),
                     std::string(field.meaning) + (is_repeated ? "; one an option" : "")});
    sources.push_back({std::string(field.name), std::string(predictor.source)});
  }
  return "\nPredictors: link(predictor) = link(intercept) + sum of weight * term\n" +
         detail::text_table(table) + "\nWhy these defaults\n" + detail::text_table(sources);
}

// The first predictor on a column, the first that may be left out named.
std::string predictor_settings(const TrialKind& kind) {
  std::string settings = kind.needs_value  ? ", value: pupil"
                         : kind.of_options ? ", options: [left, middle, right]"
                                           : "";
  bool on_a_column = false, named = false;
  for (const PredictorSpec& predictor : kind.predictors) {
    const bool is_optional = !std::isnan(predictor.unnamed);
    const std::string name = ", " + std::string(predictor.intercept.name);
    if (is_optional && !named) settings += name + ": []";
    if (!is_optional && !on_a_column) settings += name + ": [contrast]";
    (is_optional ? named : on_a_column) = true;
  }
  return settings;
}

std::string signal_table(std::span<const SignalSpec> signals) {
  Rows table{{"name", "symbol", "unit", "known", "meaning"}};
  for (const SignalSpec& signal : signals) {
    table.push_back({std::string(signal.name),
                     std::string(signal.symbol),
                     std::string(signal.unit),
                     signal.precedes_outcome ? "before the outcome" : "after it",
                     std::string(signal.meaning)});
  }
  return "\nSignals\n" + detail::text_table(table);
}

}  // namespace

std::string describe(const RegionKind& kind) {
  std::vector<std::string> lines{kDocument,
                                 kName,
                                 "regions:",
                                 "  V1: " + kind_entry(kind.name, first_setting(kind.parameters))};
  if (detail::find_input(kind, "stimulus")) lines.push_back("inputs: {light: {drives: [V1]}}");
  return heading("region", kind.name, kind.summary, kind.source) +
         parameter_table(rows_of(kind.parameters)) + states_text(kind.states) + example(lines);
}

std::string describe(const ProjectionKind& kind) {
  Rows rows = rows_of(kind.parameters);
  if (kind.takes_contexts) rows.push_back(row(kind.context_weight, "modulation.<input>"));
  if (kind.takes_regions) rows.push_back(row(kind.gate_weight, "gating.<region>"));
  std::vector<std::string> by;
  if (kind.takes_contexts) by.push_back("motion");
  if (kind.takes_regions) by.push_back("V5");
  const std::string self =
      kind.may_be_self ? "\nIt may lead from a region to itself, and then changes the region's own "
                         "decay; it has then only the weights of what is in 'by'.\n"
                       : "";
  return heading("projection", kind.name, kind.summary, kind.source) + parameter_table(rows) +
         self +
         example({kDocument,
                  kName,
                  "regions: {V1: {kind: neuronal}, V5: {kind: neuronal}}",
                  "projections: {V1 -> V5: " +
                      kind_entry(kind.name, by.empty() ? "" : ", by: [" + join(by, ", ") + "]") +
                      "}",
                  "inputs: {light: {drives: [V1]}, motion: {}}"});
}

std::string describe(const ObservationKind& kind) {
  Rows rows;
  for (const FieldSpec& field : kind.parameters) {
    rows.push_back(row(field, std::string(field.name)));
    rows.back().back() += field.per_region ? " (of each region)" : " (one for all regions)";
  }
  const std::string modality(kind.modality);
  return heading("observation", kind.name, kind.summary, kind.source) +
         "It explains recordings of modality '" + modality + "' in " + std::string(kind.unit) +
         "; its memory is " + short_number(kind.memory) + " s; its noise is " +
         (kind.noise == NoiseModel::ar1 ? "ar1" : "white") +
         " unless the architecture says otherwise.\n" + parameter_table(rows) +
         example({kDocument,
                  kName,
                  "regions: {V1: {kind: neuronal}}",
                  "inputs: {light: {drives: [V1]}}",
                  "observations: {" + modality + ": " +
                      kind_entry(kind.name, ", regions: [V1]" + first_setting(kind.parameters)) +
                      "}"});
}

std::string describe(const TrialKind& kind) {
  return heading("observation of trials", kind.name, kind.summary, kind.source) + needs_text(kind) +
         predictor_tables(kind) +
         example({kDocument,
                  kName,
                  "observations:",
                  "  decision: " + kind_entry(kind.name, predictor_settings(kind))});
}

std::string describe(const LearnerKind& kind) {
  return heading("learner", kind.name, kind.summary, kind.source) +
         "It learns what 'outcome' names of the trials" + (kind.binary_outcome ? ", 0 or 1" : "") +
         "; each 'cue' is learned apart, each run anew.\n" +
         parameter_table(rows_of(kind.parameters)) + "\nWhy these defaults\n  " +
         std::string(kind.prior_source) + "\n" + signal_table(kind.signals) +
         example({kDocument,
                  kName,
                  "learners:",
                  "  gain: " + kind_entry(kind.name,
                                          ", outcome: reward, cue: stimulus" +
                                              first_setting(kind.parameters)),
                  "observations: {decision: {kind: choice, evidence: [gain." +
                      std::string(kind.signals.front().name) + "]}}"});
}

std::string describe(const BaselineKind& kind) {
  return heading("baseline", kind.name, kind.summary, kind.source) + "\nIt explains " +
         std::string(kind.explained) +
         ".\nIt tunes itself on the training part of each fold and has no parameters to set.\n" +
         (kind.on_request ? "It runs only where 'baselines' names it.\n" : "") +
         example({"insula: experiment/1",
                  kName,
                  "dataset: dataset.yaml",
                  "hypotheses: [gated.yaml]",
                  "baselines: [" + std::string(kind.name) + "]"});
}

}  // namespace insula::architecture
