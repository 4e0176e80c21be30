// SPDX-License-Identifier: Apache-2.0
// The smallest architecture: one region V1, driven by the input `light`, observed once.
#pragma once

#include <string>

#include "framework/architecture/architecture.h"

namespace insula::test {

/// Kinds by name; the region's parameters have their defaults and SPM's prior means.
architecture::Architecture one_region(const std::string& region_kind,
                                      const std::string& observation_kind,
                                      const Catalogue& catalogue);

}  // namespace insula::test
