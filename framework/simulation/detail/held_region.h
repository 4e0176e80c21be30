// SPDX-License-Identifier: Apache-2.0
// A region that an intervention holds, compiled once for each instruction set.
#pragma once

#include "framework/contract/region.h"
#include "framework/numerics/isa.h"

namespace insula::simulation {

/// Its one parameter is its activity.
const RegionKind& held_region(Isa isa);

}  // namespace insula::simulation
