// SPDX-License-Identifier: Apache-2.0
// Observations of trials: which predictor depends on which columns.
//
//     decision: {kind: ddm, drift: [stim, pupil * motivation], bias: [], nondecision: []}
#include <algorithm>
#include <cmath>

#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

constexpr const char* kTerms =
    "a term is a column of the trials, a level of a factor ('condition.scene'), or a product of "
    "them ('pupil * motivation')";

void add_term(Loading& loading, const config::Node& node, const std::string& of, Predictor& into) {
  if (!node.is_scalar()) {
    loading.mistakes.add(
        node.place(), "a term of " + of + " must be a text, got " + found(node), kTerms);
    return;
  }
  const auto factors = read_term(node.scalar());
  if (!factors) {
    loading.mistakes.add(node.place(), "'" + node.scalar() + "' cannot be a term of " + of, kTerms);
    return;
  }
  Term term{join(*factors, " * "), *factors, node.place()};
  for (const std::string& factor : term.factors) {
    if (std::ranges::find(loading.architecture.regions, factor, &Region::name) ==
        loading.architecture.regions.end())
      continue;
    loading.mistakes.add(
        node.place(),
        "'" + factor + "' is a region, and " + of + " cannot depend on a region's activity yet",
        kTerms);
    return;
  }
  if (std::ranges::find(into.terms, term.name, &Term::name) != into.terms.end()) {
    loading.mistakes.add(node.place(), "the term '" + term.name + "' of " + of + " is named twice");
    return;
  }
  into.terms.push_back(std::move(term));
}

Predictor read_predictor(Loading& loading,
                         config::Reader& reader,
                         const std::string& observation,
                         const PredictorSpec& spec,
                         const Place& place) {
  const std::string key(spec.intercept.name);
  Predictor predictor{&spec, std::isnan(spec.unnamed), {}, place};
  const config::Node node = reader.any(key);
  if (node.is_missing()) return predictor;
  predictor.named = true;
  predictor.place = node.place();
  const std::string of = "'" + key + "' of observation '" + observation + "'";
  if (node.is_list()) {
    for (const config::Node& item : node.items()) add_term(loading, item, of, predictor);
  } else if (node.is_scalar()) {
    add_term(loading, node, of, predictor);
  } else {
    loading.mistakes.add(node.place(),
                         of + " must be a list of terms, got " + found(node),
                         "an empty list, [], leaves it the same in all trials");
  }
  return predictor;
}

}  // namespace

void read_trials(Loading& loading, const Item& item, const TrialKind& kind) {
  config::Reader reader(item.value, "observation '" + item.name + "'", loading.mistakes);
  reader.any("kind");
  TrialObservation observation;
  observation.name = item.name;
  observation.kind = &kind;
  observation.place = item.place;
  observation.table = reader.optional_text("trials").value_or("");
  if (kind.needs_value) observation.value = reader.text("value").value_or("");
  for (const PredictorSpec& spec : kind.predictors) {
    observation.predictors.push_back(read_predictor(loading, reader, item.name, spec, item.place));
  }
  reader.finish();
  loading.architecture.trials.push_back(std::move(observation));
}

}  // namespace insula::architecture::detail
