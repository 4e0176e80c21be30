// SPDX-License-Identifier: Apache-2.0
// True values of parameters, by full name and in natural units.
#include <algorithm>
#include <map>

#include "framework/architecture/detail/names.h"
#include "framework/architecture/detail/prior.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/twin_reading.h"

namespace insula::experiment::detail {
namespace {

using architecture::Architecture;
using architecture::Parameter;
using config::Entry;
using config::Node;

config::Range range_of(Domain domain) {
  switch (domain) {
    case Domain::real: return config::any_number;
    case Domain::positive: return config::positive;
    case Domain::unit_interval: return config::unit_interval;
  }
  return config::any_number;
}

// Each name that may be used and the parameters that it means: every parameter's own, and what all
// regions of an observation have ("bold.transit").
std::map<std::string, std::vector<std::size_t>> names_of(const Architecture& a) {
  std::map<std::string, std::vector<std::size_t>> meanings;
  for (std::size_t i = 0; i < a.parameters.size(); ++i) {
    const std::string& name = a.parameters[i].name;
    meanings[name] = {i};
    const std::string owner = architecture::detail::owner_of(name);
    const bool is_observation = std::ranges::any_of(
        a.observations, [&](const auto& observation) { return observation.name == owner; });
    const std::size_t region = name.find('.', owner.size() + 1);
    if (is_observation && region != std::string::npos)
      meanings[name.substr(0, region)].push_back(i);
  }
  return meanings;
}

void set(const Entry& entry,
         const std::string& name,
         const std::vector<std::size_t>& meaning,
         const Architecture& a,
         std::vector<double>& theta,
         Mistakes& mistakes) {
  for (const std::size_t i : meaning) {
    const Parameter& parameter = a.parameters[i];
    if (meaning.size() == 1 && parameter.tied_to != i) {
      mistakes.add(entry.key_place,
                   "'" + name + "' has no value of its own: it is tied to '" +
                       a.parameters[parameter.tied_to].name + "'");
      return;
    }
  }
  const Parameter& first = a.parameters[meaning.front()];
  const auto value = config::read_quantity(
      entry.value, "'" + name + "'", *dimension_of(first.unit), range_of(first.domain), mistakes);
  if (!value) return;
  for (const std::size_t i : meaning) {
    theta[i] = architecture::detail::theta_of(a.parameters[i], *value);
  }
}

}  // namespace

std::vector<double> read_truth(const Node& node, const Architecture& a, Mistakes& mistakes) {
  std::vector<double> theta;
  for (const Parameter& parameter : a.parameters) theta.push_back(parameter.prior_mean);
  const auto meanings = names_of(a);
  std::vector<std::string> names;
  for (const auto& [name, meaning] : meanings) names.push_back(name);
  std::vector<Entry> entries = node.entries();
  // What all regions have comes first, so that one region may differ.
  const auto is_single = [&](const Entry& entry) {
    const auto found = meanings.find(architecture::detail::tidy_name(entry.key));
    return found != meanings.end() && found->second.size() == 1;
  };
  std::ranges::stable_partition(entries, [&](const Entry& entry) { return !is_single(entry); });
  std::map<std::string, Place> taken;
  for (const Entry& entry : entries) {
    const std::string name = architecture::detail::tidy_name(entry.key);
    const auto meaning = meanings.find(name);
    if (meaning == meanings.end()) {
      const std::string nearest = nearest_name(name, names);
      mistakes.add(entry.key_place,
                   "architecture '" + a.name + "' has no parameter '" + name + "'",
                   nearest.empty() ? "`insula describe " + a.file + "` lists its parameters"
                                   : "did you mean '" + nearest + "'?");
    } else if (!taken.emplace(name, entry.key_place).second) {
      mistakes.add(entry.key_place,
                   "'" + name + "' is set twice: also on line " + std::to_string(taken[name].line));
    } else {
      set(entry, name, meaning->second, a, theta, mistakes);
    }
  }
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = theta[a.parameters[i].tied_to];
  return theta;
}

}  // namespace insula::experiment::detail
