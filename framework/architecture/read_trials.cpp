// SPDX-License-Identifier: Apache-2.0
// Observations of trials: which predictor depends on which columns, regions and inputs.
//
//     decision: {kind: ddm, drift: [stim, pupil * motivation], bias: [], nondecision: []}
//     decision: {kind: ddm, drift: [V5, SPC], window: {from: 0 s, to: 500 ms, take: mean}}
//     decision: {kind: softmax, options: [left, up, right], evidence: {up: [], right: [stim]}}
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

constexpr const char* kTerms =
    "a term is a column of the trials, a level of a factor ('condition.scene'), a region, an "
    "input, or a product of them ('pupil * motivation')";

// "value.prediction_error": a signal of the learner 'value'. Nothing if `factor` names no learner.
std::optional<Signal> read_signal(Loading& loading,
                                  const std::string& factor,
                                  const TrialKind& explained,
                                  const config::Node& node) {
  auto signal = read_signal_name(loading, factor, node.place(), "a term is");
  if (!signal) return {};
  if (signal->signal == kUnknownSignal) return Signal{signal->learner, 0};
  const Learner& learner = loading.architecture.learners[signal->learner];
  const SignalSpec& spec = learner.kind->signals[static_cast<std::size_t>(signal->signal)];
  if ((explained.needs_choice || explained.needs_time) && !spec.precedes_outcome)
    loading.mistakes.add(node.place(),
                         "'" + factor + "' follows the outcome of its trial, and kind '" +
                             std::string(explained.name) + "' explains an answer before it",
                         "a signal that precedes the outcome, such as '" + learner.name + "." +
                             std::string(learner.kind->signals.front().name) + "', may be a term");
  return signal;
}

void add_input(Loading& loading, const config::Node& node, const Input& input, Term& term) {
  if (input.band)
    loading.mistakes.add(
        node.place(),
        "'" + input.name + "' is a band of features, and a term is one number a trial",
        "name a region that the band drives");
  if (input.learned)
    loading.mistakes.add(
        node.place(),
        "input '" + input.name +
            "' holds a signal of a learner in the time of "
            "trials, and a term has one value a trial",
        "name the signal itself: '" + to_text(loading.architecture, input.learned->signal) + "'");
  term.inputs.push_back(input.name);
}

void add_term(Loading& loading,
              const config::Node& node,
              const std::string& of,
              const TrialKind& kind,
              Predictor& into) {
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
  Term term;
  term.name = join(*factors, " * ");
  term.place = node.place();
  const Architecture& a = loading.architecture;
  for (const std::string& factor : *factors) {
    const std::size_t region = a.region_index(factor);
    if (region != Architecture::npos)
      term.regions.push_back(region);
    else if (const auto input = std::ranges::find(a.inputs, factor, &Input::name);
             input != a.inputs.end())
      add_input(loading, node, *input, term);
    else if (const auto signal = read_signal(loading, factor, kind, node))
      term.signals.push_back(*signal);
    else
      term.factors.push_back(factor);
  }
  if (std::ranges::find(into.terms, term.name, &Term::name) != into.terms.end()) {
    loading.mistakes.add(node.place(), "the term '" + term.name + "' of " + of + " is named twice");
    return;
  }
  into.terms.push_back(std::move(term));
}

// `node` is what the architecture says of it, missing where it says nothing.
Predictor read_predictor(Loading& loading,
                         const config::Node& node,
                         const std::string& of,
                         const TrialKind& kind,
                         const PredictorSpec& spec,
                         const Place& place) {
  Predictor predictor{&spec, std::isnan(spec.unnamed), {}, place};
  if (node.is_missing()) return predictor;
  predictor.named = true;
  predictor.place = node.place();
  if (node.is_list()) {
    for (const config::Node& item : node.items()) add_term(loading, item, of, kind, predictor);
  } else if (node.is_scalar()) {
    add_term(loading, node, of, kind, predictor);
  } else {
    loading.mistakes.add(node.place(),
                         of + " must be a list of terms, got " + found(node),
                         "an empty list, [], leaves it the same in all trials");
  }
  return predictor;
}

// Labels; parameters are called after them.
std::vector<std::string> read_options(config::Reader& reader) {
  reader.needs_one_of({"options"},
                      reader.what() + " needs the key 'options'",
                      "the labels to choose from, in the order of the dataset's 'responses'");
  std::vector<std::string> options;
  for (const config::Node& node : read_names(reader, "options")) {
    if (!is_name(node.scalar()))
      reader.mistakes().add(node.place(),
                            "'" + node.scalar() + "' of " + reader.what() +
                                " cannot be an option, whose name is part of parameters' names",
                            "use letters, digits, '_', '-' and '+'; a manifest renames labels by "
                            "'responses: {name: \"as written\"}'");
    options.push_back(node.scalar());
  }
  if (options.size() == 1)
    reader.mistake("options",
                   "'options' of " + reader.what() + " has one option, expected at least two",
                   "the dataset's 'responses', in their order");
  return options;
}

// One predictor for each option but the first: a mapping says the terms of each, a list says them
// for all.
void read_evidence(Loading& loading,
                   config::Reader& reader,
                   const TrialKind& kind,
                   TrialObservation& observation) {
  const PredictorSpec& spec = kind.predictors.front();
  const std::string key(spec.intercept.name);
  const config::Node node = reader.any(key);
  const std::string of = "'" + key + "' of observation '" + observation.name + "'";
  config::Reader each(node.is_map() ? node : config::Node(), of, loading.mistakes);
  const std::vector<std::string>& options = observation.options;
  if (!options.empty() && node.is_map() && each.has(options.front())) {
    each.any(options.front());
    each.mistake(options.front(),
                 of + " names '" + options.front() +
                     "', the first option, against which the others' evidence stands",
                 "remove it, or write another option first in 'options' and in the dataset's "
                 "'responses'");
  }
  for (std::size_t o = 1; o < options.size(); ++o) {
    if (node.is_map() && !each.has(options[o]))
      loading.mistakes.add(node.place(),
                           of + " lacks option '" + options[o] + "'",
                           "'" + options[o] + ": []' leaves it the same in all trials");
    const std::string whose = node.is_map() ? "'" + options[o] + "' of " + of : of;
    observation.predictors.push_back(read_predictor(loading,
                                                    node.is_map() ? each.any(options[o]) : node,
                                                    whose,
                                                    kind,
                                                    spec,
                                                    observation.place));
    observation.predictors.back().option = options[o];
  }
  if (options.size() > 1) each.finish();
}

// {locked_to: onset, from: 0 s, to: 1 s, take: mean}, or {at: 300 ms}.
Window read_window(config::Reader& reader) {
  static const std::array<std::string, 2> kLocks{"onset", "response"};
  static const std::array<std::string, 3> kTakes{"mean", "integral", "peak"};
  Window window;
  const config::Node node = reader.optional_map("window");  // known, so that 'windw' is near it
  if (node.is_missing()) return window;
  config::Reader r(node, "the window of " + reader.what(), reader.mistakes());
  const auto lock = r.optional_choice("locked_to", kLocks);
  if (lock && *lock == "response") window.lock = Window::Lock::response;
  const auto at = r.optional_quantity("at", Dimension::time);
  const auto from = r.optional_quantity("from", Dimension::time);
  const auto to = r.optional_quantity("to", Dimension::time);
  const auto take = r.optional_choice("take", kTakes);
  if (take)
    window.take = static_cast<Window::Take>(std::ranges::find(kTakes, *take) - kTakes.begin());
  if (at) {
    window.take = Window::Take::value;
    window.from = window.to = *at;
    for (const char* other : {"from", "to", "take"})
      if (r.has(other))
        r.mistake(other,
                  "'" + std::string(other) +
                      "' has no meaning beside 'at', which takes the value at one moment",
                  "remove one of them");
  } else {
    window.from = from.value_or(window.from);
    window.to = to.value_or(std::max(window.to, window.from + 1));
    if (!(window.to > window.from))
      r.mistake(r.has("to") ? "to" : "from",
                "the window ends at " + short_number(window.to) + " s, but starts at " +
                    short_number(window.from) + " s",
                window.to == window.from ? "write 'at' for the value at one moment"
                                         : "'to' comes after 'from'");
  }
  r.finish();
  return window;
}

// A factor that is taken for a column may be a region or an input, mistyped.
std::string nearest_in_terms(const Architecture& a, const TrialObservation& observation) {
  std::vector<std::string> names;
  for (const Region& region : a.regions) names.push_back(region.name);
  for (const Input& input : a.inputs) names.push_back(input.name);
  for (const Predictor& predictor : observation.predictors)
    for (const Term& term : predictor.terms)
      for (const std::string& factor : term.factors)
        if (const std::string nearest = nearest_name(factor, names); !nearest.empty())
          return "'" + factor + "' is taken for a column: did you mean '" + nearest + "'?";
  return "remove 'window', or name a region or an input in a term";
}

void check_window(const Architecture& a,
                  config::Reader& reader,
                  const TrialObservation& observation) {
  if (!reader.has("window")) return;
  if (!observation.has_window())
    reader.mistake("window",
                   "'window' says when a region or an input counts, but no term names one",
                   nearest_in_terms(a, observation));
  if (observation.window.lock == Window::Lock::response && observation.kind->needs_time)
    reader.mistake("window",
                   "kind '" + std::string(observation.kind->name) +
                       "' explains response times, so nothing that explains them may be locked to "
                       "the response",
                   "lock the window to the onset");
}

// An input that waits for the response knows response times, also those that are held out.
void check_response_locks(Loading& loading, const TrialObservation& observation) {
  if (!observation.kind->needs_time) return;
  for (const Input& input : loading.architecture.inputs) {
    if (!input.learned || input.learned->lock != Window::Lock::response) continue;
    const std::string& table = loading.architecture.learners[input.learned->signal.learner].table;
    if (!table.empty() && !observation.table.empty() && table != observation.table) continue;
    loading.mistakes.add(input.place,
                         "input '" + input.name + "' is locked to the response, and '" +
                             observation.name +
                             "' explains response times: those that are held out would be known",
                         "lock the input to the onset");
  }
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
  if (kind.of_options) {
    observation.options = read_options(reader);
    read_evidence(loading, reader, kind, observation);
    if (observation.options.size() < 2) loading.mistaken.insert(item.name);
  }
  for (const PredictorSpec& spec : kind.predictors.subspan(kind.of_options ? 1 : 0)) {
    const std::string key(spec.intercept.name);
    observation.predictors.push_back(
        read_predictor(loading,
                       reader.any(key),
                       "'" + key + "' of observation '" + item.name + "'",
                       kind,
                       spec,
                       item.place));
  }
  observation.window = read_window(reader);
  check_window(loading.architecture, reader, observation);
  check_response_locks(loading, observation);
  reader.finish();
  loading.architecture.trials.push_back(std::move(observation));
}

}  // namespace insula::architecture::detail
