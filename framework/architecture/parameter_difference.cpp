// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "framework/architecture/detail/prior.h"
#include "framework/architecture/detail/table.h"
#include "framework/architecture/detail/words.h"

namespace insula::architecture::detail {
namespace {

const Parameter* find_parameter(const Architecture& a, const std::string& name) {
  for (const Parameter& parameter : a.parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

// What the change of one parameter reads like around its name: "frees: " + name + "".
struct Change {
  std::string before, after;
  friend bool operator==(const Change&, const Change&) = default;
};

std::optional<Change> change(const Parameter& from, const Parameter& to) {
  // Kinds may give one name to things that cannot be compared.
  if (from.domain != to.domain || from.unit != to.unit) return {};
  if (!from.free && to.free) return Change{"frees: ", " with prior " + prior_text(to)};
  if (from.free && !to.free) return Change{"fixes: ", " at " + value_text(to)};
  const auto text = to.free ? prior_text : value_text;
  const std::string before = text(from), after = text(to);
  if (before == after) return {};
  const std::string what = to.free ? "changes the prior of " : "changes ";
  return Change{what, " from " + before + " to " + after};
}

// Parameters of one field of one observation, in both architectures. Equal changes of all regions
// are one clause about the field.
void compare_group(const std::string& group,
                   const std::vector<std::string>& names,
                   const Architecture& from,
                   const Architecture& to,
                   std::vector<std::string>& clauses) {
  std::vector<std::pair<std::string, Change>> changes;
  std::size_t compared = 0;
  bool was_tied = false, is_tied = false;
  for (const std::string& name : names) {
    const Parameter* old = find_parameter(from, name);
    const Parameter* now = find_parameter(to, name);
    if (!old || !now) continue;
    ++compared;
    was_tied |= from.parameters[old->tied_to].name != name;
    is_tied |= to.parameters[now->tied_to].name != name;
    if (const auto one = change(*old, *now)) changes.emplace_back(name, *one);
  }
  if (is_tied && !was_tied) clauses.push_back("shares: " + group + " over regions");
  if (was_tied && !is_tied) clauses.push_back("no longer shares: " + group + " over regions");
  const bool is_common =
      changes.size() == compared && compared > 1 &&
      std::ranges::all_of(changes, [&](const auto& c) { return c.second == changes[0].second; });
  if (is_common) changes = {{group, changes[0].second}};
  for (const auto& [name, one] : changes) clauses.push_back(one.before + name + one.after);
}

}  // namespace

std::vector<std::string> parameter_difference(const Architecture& from, const Architecture& to) {
  std::vector<std::string> clauses;
  const auto compare_singles = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      compare_group(to.parameters[i].name, {to.parameters[i].name}, from, to, clauses);
    }
  };
  const Span recordings = parameters_of_recordings(to);
  compare_singles(0, recordings.first);
  for (std::size_t o = 0; o < to.observations.size(); ++o) {
    const Observation& observation = to.observations[o];
    std::size_t next = to.observation_parameters[o];
    for (const FieldSpec& field : observation.kind->parameters) {
      std::vector<std::string> names;
      for (std::size_t i = parameters_of(observation, field); i > 0; --i) {
        names.push_back(to.parameters[next++].name);
      }
      compare_group(observation.name + "." + std::string(field.name), names, from, to, clauses);
    }
  }
  compare_singles(recordings.end, to.parameters.size());
  return clauses;
}

}  // namespace insula::architecture::detail
