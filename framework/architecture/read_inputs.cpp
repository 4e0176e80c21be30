// SPDX-License-Identifier: Apache-2.0
// Inputs: of the dataset, or what a learner's signal is in each trial.
//
//     photic: {drives: [V1]}
//     surprise: {signal: value.prediction_error, drives: [VTA], from: 500 ms, to: 1 s}
#include <algorithm>
#include <array>

#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/table.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

// The names of the kinds that declare the input, for remedies.
std::string kinds_with(const Catalogue& catalogue, std::string_view input) {
  std::vector<std::string> names;
  for (const RegionKind& kind : catalogue.regions) {
    if (find_input(kind, input)) names.emplace_back(kind.name);
  }
  return names.empty() ? "no kind has one" : "kinds that can: " + join(names, ", ");
}

std::vector<std::string> all_signals(const Architecture& a) {
  std::vector<std::string> names;
  for (const Learner& learner : a.learners)
    if (learner.kind)
      for (const SignalSpec& signal : learner.kind->signals)
        names.push_back(learner.name + "." + std::string(signal.name));
  return names;
}

// Nothing if `name` is the signal of no learner.
std::optional<Signal> read_source(Loading& loading,
                                  config::Reader& reader,
                                  const std::string& name) {
  const config::Node node = reader.node()["signal"];
  const auto signal =
      read_signal_name(loading, name, node.place(), "'signal' of " + reader.what() + " is");
  if (signal) return signal->signal == kUnknownSignal ? std::nullopt : signal;
  const std::string learner = name.substr(0, name.find('.'));
  const auto& learners = loading.document.learners;
  // What is wrong with a learner of that name is told already.
  if (std::ranges::find(learners, learner, &Item::name) != learners.end()) return {};
  std::string remedy = "'learners' says what is learned across trials";
  if (!learners.empty()) remedy = name_hint(name, all_signals(loading.architecture), "there are");
  if (loading.document.removed.contains(learner)) remedy = region_hint(loading, learner);
  loading.mistakes.add(node.place(),
                       "'signal' of " + reader.what() + " is '" + name +
                           "', and there is no learner '" + learner + "'",
                       remedy);
  return {};
}

void read_stretch(config::Reader& r, SignalStretch& stretch) {
  static const std::array<std::string, 2> kLocks{"onset", "response"};
  const auto lock = r.optional_choice("locked_to", kLocks);
  if (lock && *lock == "response") stretch.lock = Window::Lock::response;
  stretch.from = r.optional_quantity("from", Dimension::time).value_or(stretch.from);
  stretch.to =
      r.optional_quantity("to", Dimension::time).value_or(std::max(stretch.to, stretch.from + 1));
  if (stretch.to > stretch.from) return;
  r.mistake(r.has("to") ? "to" : "from",
            "the signal of " + r.what() + " is held until " + short_number(stretch.to) +
                " s, but from " + short_number(stretch.from) + " s on",
            "'to' comes after 'from'");
}

// Inputs of the dataset come at their own times.
void refuse_times(config::Reader& r) {
  for (const char* key : {"locked_to", "from", "to"}) {
    if (!r.has(key)) continue;
    r.any(key);
    r.mistake(key,
              "'" + std::string(key) + "' says when a signal is held, but " + r.what() +
                  " has no 'signal'",
              "it is the dataset's, at the times that the dataset says");
  }
}

void read_input(Loading& loading, const Item& item) {
  const std::string what = "input '" + item.name + "'";
  config::Reader reader(item.value, what, loading.mistakes);
  Input input{item.name, {}, item.place};
  input.drives = read_driven(loading, reader, item.name);
  bool is_whole = item.value.is_map();
  if (const auto signal = reader.optional_text("signal")) {
    SignalStretch stretch;
    read_stretch(reader, stretch);
    if (const auto source = read_source(loading, reader, *signal)) {
      stretch.signal = *source;
      input.learned = stretch;
    } else {
      is_whole = false;
    }
  } else if (!reader.has("signal")) {
    refuse_times(reader);
  }
  reader.finish();
  if (!is_whole) {
    loading.mistaken.insert(item.name);
  }
  loading.architecture.inputs.push_back(std::move(input));
}

}  // namespace

std::vector<std::size_t> read_driven(Loading& loading,
                                     config::Reader& reader,
                                     const std::string& name) {
  std::vector<std::size_t> driven;
  for (const config::Node& node : read_names(reader, "drives")) {
    const std::size_t index = read_region_name(loading, node, reader.what() + " drives");
    if (index == Architecture::npos) {
      loading.mistaken.insert(name);
      continue;
    }
    const Region& region = loading.architecture.regions[index];
    if (region.kind && !find_input(*region.kind, "stimulus")) {
      loading.mistakes.add(node.place(),
                           "no known input can drive '" + region.name + "': its kind '" +
                               std::string(region.kind->name) + "' takes no stimulus",
                           kinds_with(loading.catalogue, "stimulus"));
    }
    driven.push_back(index);
  }
  return driven;
}

void read_inputs(Loading& loading) {
  for (const Item& item : loading.document.inputs) read_input(loading, item);
}

}  // namespace insula::architecture::detail
