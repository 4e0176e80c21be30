// SPDX-License-Identifier: Apache-2.0
// Distances between the regions of an architecture.
#pragma once

#include <vector>

#include "framework/architecture/architecture.h"

namespace insula::architecture::detail {

/// Projections that each region is away from the nearest region that an input drives: 0 for a
/// driven region, -1 for one that nothing reaches. Gating does not count: it changes what a
/// projection carries, and by itself carries nothing.
std::vector<int> distance_from_inputs(const Architecture& architecture);

/// True for each region whose activity some observation can show: it is observed itself, or leads
/// to such a region by projecting or gating.
std::vector<bool> is_shown(const Architecture& architecture);

/// True for each region that is itself in an observation, or in a term of trials.
std::vector<bool> is_observed(const Architecture& architecture);

}  // namespace insula::architecture::detail
