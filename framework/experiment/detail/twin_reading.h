// SPDX-License-Identifier: Apache-2.0
// The parts of a recipe, read; what may stand in them is described in twin.h.
#pragma once

#include <vector>

#include "framework/config/reader.h"
#include "framework/experiment/twin.h"

namespace insula::experiment::detail {

/// Reads 'inputs', a mapping; `duration` is that of a run, 0 if it is not known.
std::vector<SimulatedInput> read_simulated_inputs(const config::Node& node,
                                                  double duration,
                                                  Mistakes& mistakes);

/// Reads 'recordings': one for each observation of the architecture, in its order.
std::vector<SimulatedRecording> read_simulated_recordings(
    const config::Node& node,
    double duration,
    const architecture::Architecture& architecture,
    Mistakes& mistakes);

/// Reads 'parameters' as true θ of each of the architecture's parameters.
std::vector<double> read_truth(const config::Node& node,
                               const architecture::Architecture& architecture,
                               Mistakes& mistakes);

}  // namespace insula::experiment::detail
