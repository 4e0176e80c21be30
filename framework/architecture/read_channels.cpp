// SPDX-License-Identifier: Apache-2.0
// Which channels of a recording show which regions.
#include <algorithm>
#include <iterator>

#include "framework/architecture/detail/lead_field.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

// Region → channel, for regions whose channel has another name.
void read_own_channels(Loading& loading, config::Reader& reader, Observation& observation) {
  std::vector<std::string> shown;
  for (std::size_t region : observation.regions) {
    shown.push_back(loading.architecture.regions[region].name);
  }
  observation.channels = shown;
  for (const config::Entry& entry : reader.optional_map("channels").entries()) {
    const auto position = std::ranges::find(shown, entry.key);
    if (position == shown.end()) {
      loading.mistakes.add(entry.key_place,
                           reader.what() + " does not show '" + entry.key + "'",
                           name_hint(entry.key, shown, "its regions are"));
      continue;
    }
    if (!entry.value.is_scalar()) {
      loading.mistakes.add(
          entry.value.place(),
          "the channel of '" + entry.key + "' must be a text, got " + found(entry.value));
      continue;
    }
    observation.channels[static_cast<std::size_t>(position - shown.begin())] = entry.value.scalar();
  }
}

void check_own_channels(Loading& loading, config::Reader& reader, const Observation& observation) {
  for (std::size_t i = 0; i < observation.channels.size(); ++i) {
    const auto before = observation.channels.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(observation.channels.begin(), before, observation.channels[i]) == before) {
      continue;
    }
    const std::string message = "the channel '" + observation.channels[i] +
                                "' is named for two regions of " + reader.what();
    loading.mistakes.add(reader.node()["channels"].place(), message);
  }
}

// The channels under `names`, which all load on the same regions, as rows from
// observation.channels' end on.
void read_loaded(Loading& loading,
                 const std::string& what,
                 const config::Node& names,
                 Observation& observation) {
  const std::vector<config::Node> all =
      names.is_list() ? names.items() : std::vector<config::Node>{names};
  for (const config::Node& name : all) {
    if (!name.is_scalar()) {
      loading.mistakes.add(name.place(), what + " must be names, got " + found(name));
    } else if (std::ranges::find(observation.channels, name.scalar()) !=
               observation.channels.end()) {
      loading.mistakes.add(name.place(), "the channel '" + name.scalar() + "' is listed twice");
    } else {
      observation.channels.push_back(name.scalar());
    }
  }
}

// Channels whose loadings are learned: a list of those that load on all regions, or lists of those
// that load on one.
void read_learned(Loading& loading, config::Reader& reader, Observation& observation) {
  observation.loadings.of = Loadings::Of::learned;
  const config::Node channels = reader.node()["channels"];
  Eigen::MatrixXd& weight = observation.loadings.weight;
  const auto regions = static_cast<Eigen::Index>(observation.regions.size());
  const auto add_rows = [&](const Eigen::RowVectorXd& row) {
    const Eigen::Index before = weight.rows();
    weight.conservativeResize(static_cast<Eigen::Index>(observation.channels.size()), regions);
    for (Eigen::Index c = before; c < weight.rows(); ++c) weight.row(c) = row;
  };
  weight.resize(0, regions);
  if (!channels.is_map()) {
    if (!channels.is_list() || channels.items().empty())
      return reader.mistake("channels",
                            reader.what() + " with learned loadings needs its 'channels'",
                            "a list of channels that load on all regions, or {V1: [a, b]} for "
                            "channels that load on one");
    read_loaded(loading, "channels of " + reader.what(), channels, observation);
    return add_rows(Eigen::RowVectorXd::Ones(regions));
  }
  std::vector<std::string> shown;
  for (const std::size_t region : observation.regions)
    shown.push_back(loading.architecture.regions[region].name);
  for (const config::Entry& entry : channels.entries()) {
    const auto position = std::ranges::find(shown, entry.key) - shown.begin();
    if (position == regions) {
      loading.mistakes.add(entry.key_place,
                           reader.what() + " does not show '" + entry.key + "'",
                           name_hint(entry.key, shown, "its regions are"));
      continue;
    }
    read_loaded(loading, "channels of '" + entry.key + "'", entry.value, observation);
    add_rows(Eigen::RowVectorXd::Unit(regions, position));
  }
  for (const std::string& region : shown) {
    const config::Node own = channels[region];
    if (own.is_missing() || (own.is_list() && own.items().empty()))
      reader.mistake("channels", "no channel loads on '" + region + "'");
  }
}

}  // namespace

void read_channels(Loading& loading, config::Reader& reader, Observation& observation) {
  const auto loadings = reader.optional_text("loadings");
  if (!loadings) {
    read_own_channels(loading, reader, observation);
    check_own_channels(loading, reader, observation);
    return;
  }
  reader.any("channels");
  if (observation.kind && observation.kind->counts()) {
    reader.mistake("loadings",
                   "kind '" + std::string(observation.kind->name) +
                       "' explains counts, which have no 'loadings'",
                   "each region has one channel of counts");
    return;
  }
  if (*loadings == "learned") return read_learned(loading, reader, observation);
  if (reader.has("channels"))
    reader.mistake(
        "channels", reader.what() + " has both 'channels' and 'loadings'", "the file names them");
  read_lead_field(loading, reader.node()["loadings"], observation);
}

}  // namespace insula::architecture::detail
