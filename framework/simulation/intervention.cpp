// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/intervention.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/simulation/detail/held_region.h"

namespace insula::simulation {
namespace {

using architecture::Architecture;
using architecture::Input;
using architecture::Projection;
using Kind = Intervention::Kind;

bool has_projection(const Architecture& a, const std::string& name) {
  return std::ranges::any_of(
      a.projections, [&](const Projection& p) { return architecture::to_text(a, p) == name; });
}

bool has_afferents(const Architecture& a, std::size_t region) {
  return std::ranges::any_of(
      a.projections, [&](const Projection& p) { return p.target == region && p.source != region; });
}

std::string obstacle_of_target(const Architecture& a, Kind kind, const std::string& name) {
  const std::size_t region = a.region_index(name);
  const bool is_region = region != Architecture::npos;
  if (kind == Kind::lesion || kind == Kind::clamp)
    return is_region ? "" : "has no region '" + name + "'";
  if (kind == Kind::scale && is_region)
    return has_afferents(a, region) ? "" : "has no projection into '" + name + "'";
  const bool may_be_region = kind == Kind::scale && name.find("->") == std::string::npos;
  if (!has_projection(a, name))
    return std::string("has no ") + (may_be_region ? "region '" : "projection '") + name + "'";
  return "";
}

std::string obstacle_of_swap(const Architecture& a, const std::vector<std::string>& inputs) {
  for (const std::string& name : inputs) {
    const auto input = std::ranges::find(a.inputs, name, &Input::name);
    if (input == a.inputs.end()) return "has no input '" + name + "'";
    if (input->band) return "takes '" + name + "' as features, which modulate nothing";
  }
  if (std::ranges::none_of(inputs, [&](const std::string& name) { return modulates(a, name); }))
    return "lets neither '" + join(inputs, "' nor '") + "' modulate a projection";
  return "";
}

template <class Leaves>
void erase_projections(Architecture& a, Leaves leaves) {
  for (std::size_t i = a.projections.size(); i-- > 0;) {
    if (!leaves(a.projections[i])) continue;
    const auto at = static_cast<std::ptrdiff_t>(i);
    a.projections.erase(a.projections.begin() + at);
    a.projection_parameters.erase(a.projection_parameters.begin() + at);
  }
}

void hold(Architecture& a, std::size_t region, double activity, Isa isa) {
  a.regions[region].kind = &held_region(isa);
  a.region_parameters[region] = a.parameters.size();
  architecture::Parameter& p = a.parameters.emplace_back();
  p.name = a.regions[region].name + ".activity";
  p.unit = "1";
  p.prior_mean = activity;
  p.tied_to = a.parameters.size() - 1;
}

void swap_contexts(Architecture& a, const std::string& one, const std::string& other) {
  for (Projection& p : a.projections)
    for (std::string& context : p.contexts)
      context = context == one ? other : context == other ? one : context;
}

void scale(Architecture& a, const std::string& target, double factor) {
  const std::size_t region = a.region_index(target);
  for (Projection& p : a.projections) {
    const bool is_meant = region != Architecture::npos ? p.target == region && p.source != region
                                                       : architecture::to_text(a, p) == target;
    if (is_meant) p.gain *= factor;
  }
}

void do_to(Architecture& a, Kind kind, const std::string& target, double value, Isa isa) {
  const std::size_t region = a.region_index(target);
  if (kind == Kind::cut)
    erase_projections(a,
                      [&](const Projection& p) { return architecture::to_text(a, p) == target; });
  if (kind == Kind::lesion)
    erase_projections(
        a, [&](const Projection& p) { return p.source == region || p.target == region; });
  if (kind == Kind::lesion || kind == Kind::clamp)
    hold(a, region, kind == Kind::clamp ? value : 0, isa);
  if (kind == Kind::scale) scale(a, target, value);
}

}  // namespace

std::string to_text(const Intervention& i) {
  const std::string targets = join(i.targets, ", ");
  switch (i.kind) {
    case Kind::lesion: return "lesion " + targets;
    case Kind::cut: return "cut " + targets;
    case Kind::clamp: return "clamp " + targets + " at " + short_number(i.value, 6);
    case Kind::swap: return "swap " + join(i.targets, " with ");
    case Kind::scale: return "scale " + targets + " by " + short_number(i.value, 6);
  }
  throw InternalError("an intervention of no kind");
}

std::string obstacle(const Architecture& a, const Intervention& i) {
  if (i.kind == Kind::swap) return obstacle_of_swap(a, i.targets);
  for (const std::string& target : i.targets)
    if (std::string found = obstacle_of_target(a, i.kind, target); !found.empty()) return found;
  return "";
}

Architecture intervened(Architecture a, const Intervention& i, Isa isa) {
  if (const std::string found = obstacle(a, i); !found.empty())
    throw InternalError("intervention '" + to_text(i) + "': the architecture " + found);
  if (i.kind == Kind::swap)
    swap_contexts(a, i.targets.front(), i.targets.back());
  else
    for (const std::string& target : i.targets) do_to(a, i.kind, target, i.value, isa);
  return a;
}

}  // namespace insula::simulation
