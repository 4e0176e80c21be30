// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "framework/architecture/detail/loading.h"
#include "framework/architecture/detail/names.h"
#include "framework/architecture/detail/table.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

// One end of the projection: its region, or a mistake.
std::size_t read_end(Loading& loading,
                     const Item& item,
                     const std::string& end,
                     const std::string& verb) {
  const std::size_t index = loading.architecture.region_index(end);
  if (index != Architecture::npos) return index;
  const std::vector<std::string> inputs = names_of(loading.document.inputs);
  const bool is_input = std::ranges::find(inputs, end) != inputs.end();
  loading.mistakes.add(
      item.place,
      "projection " + in_quotes(item.name) + " " + verb + " " + in_quotes(end) + ", which is " +
          (is_input ? "an input" : "no region"),
      is_input ? "an input drives regions under 'inputs': " + end + ": {drives: [region]}"
               : region_hint(loading, end));
  return Architecture::npos;
}

std::vector<std::string> kinds_that(const Catalogue& catalogue, bool ProjectionKind::*can) {
  std::vector<std::string> names;
  for (const ProjectionKind& kind : catalogue.projections) {
    if (kind.*can) names.emplace_back(kind.name);
  }
  return names;
}

// How to reach the decay of a region, which is not a projection.
std::string self_remedy(const Loading& loading, const Region& region) {
  for (const FieldSpec& field : region.kind->parameters) {
    const std::string name(field.name);
    if (name.find("inhibition") == std::string::npos) continue;
    return "the region's own decay is its parameter '" + region.name + "." + name +
           "'; kinds that change it by context or gate: " +
           join(kinds_that(loading.catalogue, &ProjectionKind::may_be_self), ", ");
  }
  return "kinds of projections that can: " +
         join(kinds_that(loading.catalogue, &ProjectionKind::may_be_self), ", ");
}

// The region at the end of the projection must take what arrives.
void check_target(Loading& loading, const Item& item, const Projection& projection) {
  const Region& target = loading.architecture.regions[projection.target];
  if (!target.kind || !projection.kind) return;
  const std::string kind = in_quotes(target.kind->name);
  if (is_self(projection) && !projection.kind->may_be_self) {
    loading.mistakes.add(item.place,
                         "a projection of kind " + in_quotes(projection.kind->name) +
                             " cannot lead from a region to itself",
                         self_remedy(loading, target));
  } else if (is_self(projection) && !find_input(*target.kind, "self")) {
    loading.mistakes.add(item.place,
                         "nothing can change the self-connection of " + in_quotes(target.name) +
                             ": its kind " + kind + " has none");
  } else if (!is_self(projection) && !find_input(*target.kind, "afferent")) {
    loading.mistakes.add(item.place,
                         "no projection can lead to " + in_quotes(target.name) + ": its kind " +
                             kind + " takes no afferent");
  }
}

void refuse_modulator(Loading& loading,
                      const config::Node& name,
                      const ProjectionKind& kind,
                      bool is_region) {
  const auto can = is_region ? &ProjectionKind::takes_regions : &ProjectionKind::takes_contexts;
  loading.mistakes.add(name.place(),
                       in_quotes(name.scalar()) + " is " + (is_region ? "a region" : "an input") +
                           ", and a projection of kind " + in_quotes(kind.name) +
                           (is_region ? " is gated by none" : " is modulated by none"),
                       "kinds that are: " + join(kinds_that(loading.catalogue, can), ", "));
}

// Sorts the names under `by` into contexts and gates; false if some are mistaken.
bool read_modulators(Loading& loading, config::Reader& reader, Projection& projection) {
  const std::vector<std::string> inputs = names_of(loading.document.inputs);
  const std::vector<config::Node> names = read_names(reader, "by");
  for (const config::Node& name : names) {
    const std::size_t region = loading.architecture.region_index(name.scalar());
    const bool is_region = region != Architecture::npos;
    const bool is_input = std::ranges::find(inputs, name.scalar()) != inputs.end();
    if (!is_region && !is_input) {
      std::vector<std::string> all = names_of(loading.document.regions);
      all.insert(all.end(), inputs.begin(), inputs.end());
      loading.mistakes.add(name.place(),
                           in_quotes(name.scalar()) + " in 'by' of " + reader.what() +
                               " is neither an input nor a region",
                           name_hint(name.scalar(), all, "there are"));
      continue;
    }
    const ProjectionKind& kind = *projection.kind;
    if (is_region ? !kind.takes_regions : !kind.takes_contexts) {
      refuse_modulator(loading, name, kind, is_region);
    } else if (is_region) {
      projection.gates.push_back(region);
    } else {
      projection.contexts.push_back(name.scalar());
    }
  }
  return projection.contexts.size() + projection.gates.size() == names.size();
}

// A kind that is named for what changes it must be changed by something.
void require_modulators(config::Reader& reader, const ProjectionKind& kind) {
  if (kind.needs_modulators)
    reader.needs_one_of({"by"},
                        reader.what() + " of kind " + in_quotes(kind.name) +
                            " needs the key 'by': the names of what changes it",
                        "");
}

void refuse_fields_of_self(config::Reader& reader, const ProjectionKind& kind) {
  for (const FieldSpec& field : kind.parameters) {
    const std::string name(field.name);
    if (reader.any(name).is_missing()) continue;
    reader.mistake(name,
                   reader.what() + " has no '" + name +
                       "' of its own: it only changes the decay "
                       "of the region");
  }
}

void read_projection(Loading& loading, const Item& item) {
  config::Reader reader(item.value, "projection '" + item.name + "'", loading.mistakes);
  const auto kind_name = reader.choice("kind", kind_names(loading.catalogue.projections));
  const std::optional<ProjectionName> name = read_projection_name(item.name);
  Projection projection;
  projection.ordinal = name->ordinal;
  projection.place = item.place;
  projection.source = read_end(loading, item, name->source, "starts at");
  projection.target = read_end(loading, item, name->target, "leads to");
  if (kind_name) projection.kind = find_kind(loading.catalogue.projections, *kind_name);
  const bool has_ends =
      projection.source != Architecture::npos && projection.target != Architecture::npos;
  if (!has_ends || !projection.kind) loading.mistaken.insert(item.name);
  if (projection.kind) {
    if (!read_modulators(loading, reader, projection)) loading.mistaken.insert(item.name);
    require_modulators(reader, *projection.kind);
    if (has_ends && is_self(projection)) {
      if (projection.kind->may_be_self) refuse_fields_of_self(reader, *projection.kind);
    } else {
      take_inline(loading, reader, item.name, projection.kind->parameters);
    }
    reader.finish();
  }
  if (!has_ends) return;
  check_target(loading, item, projection);
  loading.architecture.projections.push_back(std::move(projection));
}

}  // namespace

void read_projections(Loading& loading) {
  for (const Item& item : loading.document.projections) read_projection(loading, item);
}

}  // namespace insula::architecture::detail
