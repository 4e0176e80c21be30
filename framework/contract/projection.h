// SPDX-License-Identifier: Apache-2.0
// What a projection kind promises: what arrives at the target, given the source's activity and what
// modulates the projection.
#pragma once

#include <span>
#include <string_view>

#include "framework/contract/field.h"
#include "framework/contract/map.h"

namespace insula {

/// The map's inputs are source (activity), modulation (Σ b_k u_k over contexts) and gating
/// (Σ d_r z_r over regions), in this order; its output is what the target's afferent receives.
struct ProjectionKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::span<const FieldSpec> parameters;
  FieldSpec context_weight;     // b_k, one for each context in `by`
  FieldSpec gate_weight;        // d_r, one for each region in `by`
  bool takes_contexts = false;  // may `by` name known inputs, and regions?
  bool takes_regions = false;
  bool needs_modulators = false;  // does it do nothing of its own without `by`?
  bool may_be_self = false;       // as V1 -> V1: modulates the region's self-connection
  Map transmit;
};

}  // namespace insula
