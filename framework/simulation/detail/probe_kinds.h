// SPDX-License-Identifier: Apache-2.0
// The kinds of probes, compiled once for each instruction set.
#pragma once

#include "framework/contract/observation.h"
#include "framework/numerics/isa.h"

namespace insula::simulation {

const ObservationKind& probe_kind(Isa isa, bool is_integral);

}  // namespace insula::simulation
