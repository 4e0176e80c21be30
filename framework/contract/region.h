// SPDX-License-Identifier: Apache-2.0
// What a region kind promises: states, their drift, and the activity that others see.
//
// A module writes a struct with Parameters<T>, State<T>, Input<T>, drift and activity, once, for
// any scalar T, and exports one constant made by region_kind<Struct>(…); modules/regions/README.md
// walks through it.
#pragma once

#include <span>
#include <string_view>

#include "framework/contract/field.h"
#include "framework/contract/map.h"

namespace insula {

/// The inputs that a region may declare, by name:
///   afferent   Σ of its projections, in units of its drift
///   stimulus   Σ of the known inputs that drive it, times their strengths
///   self       Σ of the modulations of its own self-connection
struct RegionKind {
  std::string_view name;
  std::string_view summary;  // one sentence
  std::string_view source;   // paper, page, equation
  std::span<const FieldSpec> parameters, states, inputs;
  Map drift;     // → time derivative of each state
  Map activity;  // (states, parameters) → one number; its `inputs` is 0
};

}  // namespace insula
