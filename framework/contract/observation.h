// SPDX-License-Identifier: Apache-2.0
// What an observation kind promises: how a region's activity shows in one channel of a recording.
#pragma once

#include <span>
#include <string_view>

#include "framework/contract/field.h"
#include "framework/contract/map.h"

namespace insula {

enum class NoiseModel { white, ar1 };

/// One channel a region. The maps' one input is the region's activity.
struct ObservationKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::string_view modality;  // of the recordings it explains
  std::string_view unit;      // of its predictions
  std::span<const FieldSpec> parameters, states;
  double memory = 0;  // s: how long the past shows; the default gap of validation
  NoiseModel noise = NoiseModel::white;  // unless the architecture says otherwise
  Map drift;    // → time derivative of each state; no outputs if there are no states
  Map observe;  // → the predicted mean
};

}  // namespace insula
