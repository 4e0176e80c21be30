// SPDX-License-Identifier: Apache-2.0
// Which parameters an entry of `parameters` means, and in which order entries win: those of an
// owner that a nearer file has replaced, then what stands in the owner's own entry, then the rest.
#include <algorithm>
#include <map>

#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/names.h"
#include "framework/architecture/detail/prior.h"
#include "framework/architecture/detail/table.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

// The parameters of one field of an observation for all its regions: "bold.transit".
struct Group {
  std::size_t first = 0, size = 0;
  bool per_region = false;
  bool shared = false;
  Place place;
};

class ParameterReader {
 public:
  explicit ParameterReader(Loading& loading)
      : loading_(loading), parameters_(loading.architecture.parameters), defaults_(parameters_) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) index_[parameters_[i].name] = i;
    const Architecture& a = loading.architecture;
    for (std::size_t o = 0; o < a.observations.size(); ++o) {
      const Observation& observation = a.observations[o];
      if (!observation.kind) continue;
      std::size_t first = a.observation_parameters[o];
      for (const FieldSpec& field : observation.kind->parameters) {
        const std::size_t size = parameters_of(observation, field);
        const std::string name = observation.name + "." + std::string(field.name);
        if (size > 0) groups_[name] = {first, size, field.per_region, false, {}};
        first += size;
      }
    }
  }

  void apply(std::vector<Item> items) {
    // Groups first, so that a single region may differ from the rest.
    std::stable_partition(
        items.begin(), items.end(), [&](const Item& item) { return groups_.contains(item.name); });
    for (const Item& item : items) apply(item);
  }

  void tie_shared() {
    for (const auto& [name, group] : groups_) {
      if (!group.shared) continue;
      for (std::size_t i = 1; i < group.size; ++i) {
        const std::size_t first = group.first;
        parameters_[first + i].tied_to = first;
      }
      for (std::size_t i = 0; i < group.size; ++i) refuse_single(name, group, group.first + i);
    }
  }

 private:
  void apply(const Item& item) {
    const auto group = groups_.find(item.name);
    if (group != groups_.end()) {
      apply_to_group(item, group->second);
      return;
    }
    const auto found = index_.find(item.name);
    if (found == index_.end()) {
      if (!item.loose) add_unknown(item);
      return;
    }
    const auto setting =
        read_setting(item.value, item.name, defaults_[found->second], loading_.mistakes);
    if (!setting) return;
    if (setting->shared) {
      refuse_shared(item);
      return;
    }
    set(found->second, *setting, item.place);
    singles_[found->second] = item.place;
  }

  void apply_to_group(const Item& item, Group& group) {
    const auto setting =
        read_setting(item.value, item.name, defaults_[group.first], loading_.mistakes);
    if (!setting) return;
    if (setting->shared && !group.per_region) {
      loading_.mistakes.add(item.place, "'" + item.name + "' is one for all regions already");
      return;
    }
    group.shared = setting->shared;
    group.place = item.place;
    for (std::size_t i = group.first; i < group.first + group.size; ++i) {
      set(i, *setting, item.place);
      singles_.erase(i);
    }
  }

  void set(std::size_t index, const Setting& setting, const Place& place) {
    Parameter& parameter = parameters_[index];
    parameter = defaults_[index];
    parameter.place = place;
    if (!setting.states) return;
    parameter.stated = true;
    parameter.free = setting.free;
    parameter.prior_mean = setting.mean;
    parameter.prior_sd = setting.sd;
  }

  void refuse_shared(const Item& item) {
    const std::string group = item.name.substr(0, item.name.rfind('.'));
    const bool has_group = groups_.contains(group);
    loading_.mistakes.add(item.place,
                          "'" + item.name + "' is a single parameter and cannot be shared",
                          has_group ? "write '" + group + ": {shared: true}' for all its regions"
                                    : "only an observation's parameter that each region has one "
                                      "of can be shared");
  }

  void refuse_single(const std::string& name, const Group& group, std::size_t index) {
    const auto single = singles_.find(index);
    if (single == singles_.end()) return;
    loading_.mistakes.add(
        single->second,
        "'" + parameters_[index].name + "' has no value of its own: '" + name +
            "' is shared on line " + std::to_string(group.place.line) +
            (group.place.file == single->second.file ? std::string() : " of " + group.place.file),
        "set '" + name + "' for all its regions");
  }

  // Owners ("V1 -> V5", "photic -> V1", "bold") and what is theirs ("strength", "transit.V5").
  std::map<std::string, std::vector<std::string>> owned() const {
    std::map<std::string, std::vector<std::string>> names;
    const auto add = [&](const std::string& name) {
      const std::string owner = owner_of(name);
      std::vector<std::string>& own = names[owner];
      const std::string rest = name.substr(owner.size() + 1);
      if (std::ranges::find(own, rest) == own.end()) own.push_back(rest);
    };
    for (const auto& [name, group] : groups_) add(name);
    for (const Parameter& parameter : parameters_) add(parameter.name);
    return names;
  }

  // True if the owner's own entry is mistaken, so that nothing can be said of its parameters.
  bool is_owner_mistaken(const std::string& owner) const {
    if (loading_.mistaken.contains(owner)) return true;
    const auto arrow = read_projection_name(owner);
    return arrow && loading_.mistaken.contains(arrow->source);
  }

  void add_unknown(const Item& item) {
    const std::string owner = owner_of(item.name);
    if (is_owner_mistaken(owner)) return;
    const auto names = owned();
    const auto found = names.find(owner);
    if (found != names.end() && item.name.size() > owner.size()) {
      const std::string rest = item.name.substr(owner.size() + 1);
      loading_.mistakes.add(item.place,
                            "'" + owner + "' has no parameter '" + rest + "'",
                            name_hint(rest, found->second));
      return;
    }
    std::vector<std::string> owners, all;
    for (const auto& [name, own] : names) {
      owners.push_back(name);
      for (const std::string& rest : own) all.push_back(name + "." + rest);
    }
    const std::string nearest = nearest_name(item.name, all);
    std::string remedy = nearest.empty() ? "" : "did you mean '" + nearest + "'? ";
    loading_.mistakes.add(item.place,
                          "there is no parameter '" + item.name + "'",
                          remedy + "parameters belong to: " + join(owners, ", "));
  }

  Loading& loading_;
  std::vector<Parameter>& parameters_;
  const std::vector<Parameter> defaults_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, Group> groups_;
  std::map<std::size_t, Place> singles_;  // set by their own name
};

void refuse_twice(const Loading& loading) {
  for (const Item& item : loading.document.parameters) {
    const auto twin = std::ranges::find(loading.inline_settings, item.name, &Item::name);
    if (twin == loading.inline_settings.end() || twin->place.file != item.place.file) continue;
    loading.mistakes.add(
        item.place,
        "'" + item.name + "' is set twice: also on line " + std::to_string(twin->place.line));
  }
}

}  // namespace

void read_parameters(Loading& loading) {
  refuse_twice(loading);
  std::vector<Item> loose, rest;
  for (const Item& item : loading.document.parameters) {
    (item.loose ? loose : rest).push_back(item);
  }
  ParameterReader reader(loading);
  reader.apply(loose);
  reader.apply(loading.inline_settings);
  reader.apply(rest);
  reader.tie_shared();
}

}  // namespace insula::architecture::detail
