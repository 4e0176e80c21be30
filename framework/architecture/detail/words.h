// SPDX-License-Identifier: Apache-2.0
// Parts of architectures in words.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"

namespace insula::architecture::detail {

/// "V1 → V5", "V1 → V5 (2)".
std::string arrow_text(const Architecture& architecture, const Projection& projection);
/// "V1 → V5", whatever its ordinal.
std::string ends_text(const Architecture& architecture, const Projection& projection);
/// "the mean from 0 s to 1 s after onset", "the value 0.3 s after the response".
std::string window_text(const Window& window);
/// "value.prediction_error from 0.5 s to 1 s after onset"; "value.value in each trial, from 0 s to
/// 1 s after onset where trials have one".
std::string stretch_text(const Architecture& architecture, const SignalStretch& stretch);
/// "32 principal components, weights of a scale that is learned".
std::string band_text(const Band& band);
std::string noise_text(NoiseModel noise);

/// "a channel each", "64 channels through lead_field.tsv", "64 channels with learned loadings".
std::string loadings_text(const Observation& observation);
/// "none", "128 s".
std::string drift_text(double cutoff);
/// The names of regions by index.
std::vector<std::string> region_names(const Architecture& architecture,
                                      const std::vector<std::size_t>& regions);

/// What differs between the parameters of two architectures, a clause an item.
std::vector<std::string> parameter_difference(const Architecture& from, const Architecture& to);

}  // namespace insula::architecture::detail
