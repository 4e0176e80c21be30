// SPDX-License-Identifier: Apache-2.0
// What is learned across trials.
//
//     learners:
//       value: {kind: rescorla_wagner, outcome: reward, cue: stimulus, trials: bandit}
#include <algorithm>

#include "framework/architecture/detail/loading.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

// A text that may be missing, and where it stands.
std::string named(config::Reader& reader, const std::string& key, Place& place) {
  const auto text = reader.optional_text(key);
  if (!text) return {};
  place = reader.node()[key].place();
  if (text->empty()) reader.mistake(key, "'" + key + "' of " + reader.what() + " is empty");
  return *text;
}

void read_learner(Loading& loading, const Item& item) {
  config::Reader reader(item.value, "learner '" + item.name + "'", loading.mistakes);
  Learner learner;
  learner.name = item.name;
  learner.place = learner.outcome_place = learner.cue_place = item.place;
  const auto kind_name = reader.choice("kind", kind_names(loading.catalogue.learners));
  if (kind_name) learner.kind = find_kind(loading.catalogue.learners, *kind_name);
  reader.needs_one_of({"outcome"},
                      reader.what() + " needs the key 'outcome'",
                      "it names the column of the trials that is learned");
  learner.outcome = named(reader, "outcome", learner.outcome_place);
  learner.cue = named(reader, "cue", learner.cue_place);
  learner.table = reader.optional_text("trials").value_or("");
  if (learner.kind) {
    take_inline(loading, reader, item.name, learner.kind->parameters);
    reader.finish();
  } else {
    loading.mistaken.insert(item.name);  // whose parameters its other keys are, nobody knows
  }
  loading.architecture.learners.push_back(std::move(learner));
}

}  // namespace

std::optional<Signal> read_signal_name(Loading& loading,
                                       const std::string& name,
                                       const Place& place,
                                       const std::string& use) {
  const std::size_t dot = name.find('.');
  const auto& learners = loading.architecture.learners;
  const auto learner = std::ranges::find(learners, name.substr(0, dot), &Learner::name);
  if (learner == learners.end() || learner->kind == nullptr) return {};
  const auto index = static_cast<std::size_t>(learner - learners.begin());
  std::vector<std::string> names;
  for (const SignalSpec& s : learner->kind->signals)
    names.push_back(learner->name + "." + std::string(s.name));
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return Signal{index, static_cast<int>(found - names.begin())};
  loading.mistakes.add(
      place,
      dot == std::string::npos
          ? "'" + name + "' is a learner, and " + use + " one of its signals"
          : "learner '" + learner->name + "' has no signal '" + name.substr(dot + 1) + "'",
      name_hint(name, names, "there are"));
  return Signal{index, kUnknownSignal};
}

void read_learners(Loading& loading) {
  for (const Item& item : loading.document.learners) read_learner(loading, item);
}

}  // namespace insula::architecture::detail
