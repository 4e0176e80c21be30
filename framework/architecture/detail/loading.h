// SPDX-License-Identifier: Apache-2.0
// The steps in which a merged document becomes an architecture. Each adds its mistakes and goes on
// with what can be understood, so that all are reported at once.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/architecture/detail/document.h"
#include "framework/config/reader.h"

namespace insula::architecture::detail {

struct Loading {
  const Catalogue& catalogue;
  const Document& document;
  Mistakes& mistakes;
  Architecture& architecture;
  std::vector<Item> inline_settings;  // parameters that stand in the entry of their owner
  std::set<std::string> mistaken;     // owners whose parameters cannot be known
};

/// In this order: projections, inputs and observations name regions, inputs and observations name
/// learners, parameters name all.
void read_regions(Loading& loading);
void read_learners(Loading& loading);
void read_inputs(Loading& loading);
void read_features(Loading& loading);
void read_projections(Loading& loading);
void read_observations(Loading& loading);  // of recordings and of trials
void read_parameters(Loading& loading);

/// One entry of `observations` whose kind is of trials.
void read_trials(Loading& loading, const Item& item, const TrialKind& kind);

/// The learner's signal that `name` names, "value.prediction_error"; nothing if it names no learner
/// whose kind is known. If it names a learner but no signal of it, that is a mistake and the signal
/// kUnknownSignal. `use` begins the sentence that says so: "a term is" (one of its signals).
std::optional<Signal> read_signal_name(Loading& loading,
                                       const std::string& name,
                                       const Place& place,
                                       const std::string& use);
inline constexpr int kUnknownSignal = -1;

/// `channels` and `loadings` of an observation whose regions are known.
void read_channels(Loading& loading, config::Reader& reader, Observation& observation);

/// The names under `key` as nodes with places; one that stands twice is a mistake. Marks the key.
std::vector<config::Node> read_names(config::Reader& reader, const std::string& key);

/// The region that `name` names; otherwise a mistake, and npos. `use` says who names it how, e.g.
/// "input 'photic' drives".
std::size_t read_region_name(Loading& loading, const config::Node& name, const std::string& use);

/// The regions that the input or band `name` drives; those that take no stimulus are mistakes, and
/// where one cannot be known, `name` is mistaken.
std::vector<std::size_t> read_driven(Loading& loading,
                                     config::Reader& reader,
                                     const std::string& name);

/// Why there may be no region of that name: a nearer file removes it, or the name is another's.
std::string region_hint(const Loading& loading, const std::string& name);

/// Marks a kind's parameters as keys of the entry of `owner` and keeps those that are there.
void take_inline(Loading& loading,
                 config::Reader& reader,
                 const std::string& owner,
                 std::span<const FieldSpec> fields);

std::vector<std::string> names_of(const std::vector<Item>& items);

}  // namespace insula::architecture::detail
