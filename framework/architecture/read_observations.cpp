// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>

#include "framework/architecture/detail/loading.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

void read_regions_shown(Loading& loading, config::Reader& reader, Observation& observation) {
  const bool has_regions = reader.has("regions");
  const std::vector<config::Node> names = read_names(reader, "regions");
  reader.needs_one_of({"regions"}, reader.what() + " needs the key 'regions'", "");
  if (has_regions && names.empty() && reader.node()["regions"].is_list()) {
    reader.mistake("regions", reader.what() + " shows no region");
  }
  for (const config::Node& name : names) {
    const std::size_t region = read_region_name(loading, name, reader.what() + " shows");
    if (region != Architecture::npos) observation.regions.push_back(region);
  }
  if (observation.regions.size() < names.size() || names.empty()) {
    loading.mistaken.insert(observation.name);
  }
}

// The kinds of recordings and of trials.
std::vector<std::string> all_kinds(const Catalogue& catalogue) {
  std::vector<std::string> names = kind_names(catalogue.observations);
  for (std::string& name : kind_names(catalogue.trials)) names.push_back(std::move(name));
  return names;
}

void read_observation(Loading& loading, const Item& item) {
  static const std::array<std::string, 2> kNoises{"white", "ar1"};
  config::Reader reader(item.value, "observation '" + item.name + "'", loading.mistakes);
  Observation observation;
  observation.name = item.name;
  observation.place = item.place;
  const auto kind_name = reader.choice("kind", all_kinds(loading.catalogue));
  if (kind_name) {
    const TrialKind* of_trials = find_kind(loading.catalogue.trials, *kind_name);
    if (of_trials) return read_trials(loading, item, *of_trials);
  } else if (item.value.is_map() && !reader.has("regions")) {
    loading.mistaken.insert(item.name);  // of what kind its other keys are, nobody knows
    return;
  }
  if (kind_name) observation.kind = find_kind(loading.catalogue.observations, *kind_name);
  read_regions_shown(loading, reader, observation);
  read_channels(loading, reader, observation);
  const auto noise = reader.optional_choice("noise", kNoises);
  observation.drift_cutoff =
      reader.optional_quantity("drift", Dimension::time, config::positive).value_or(0);
  if (observation.kind) {
    observation.noise = observation.kind->noise;
    take_inline(loading, reader, item.name, observation.kind->parameters);
    reader.finish();
  } else {
    loading.mistaken.insert(item.name);
  }
  if (observation.kind && observation.kind->counts())
    for (const char* key : {"noise", "drift"})
      if (reader.has(key))
        reader.mistake(key,
                       "kind '" + std::string(observation.kind->name) +
                           "' explains counts, which have no '" + key + "'",
                       "remove it: how they spread is the likelihood's own");
  if (noise) observation.noise = *noise == "ar1" ? NoiseModel::ar1 : NoiseModel::white;
  loading.architecture.observations.push_back(std::move(observation));
}

}  // namespace

void read_observations(Loading& loading) {
  for (const Item& item : loading.document.observations) read_observation(loading, item);
}

}  // namespace insula::architecture::detail
