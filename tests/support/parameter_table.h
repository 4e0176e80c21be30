// SPDX-License-Identifier: Apache-2.0
// Architectures by hand, for tests below the YAML loader: name regions, projections, inputs and
// observations, then have the table of parameters laid out as architecture.h says.
#pragma once

#include <string>

#include "framework/architecture/architecture.h"

namespace insula::test {

/// Lays out `parameters` and its offsets with the kinds' defaults, and SPM's prior mean of 1/128 on
/// the logarithms of self-inhibition (`neuronal`) and of inhibition (`two_state`). A second road
/// beside the loader's own table.
void lay_out_parameters(architecture::Architecture& architecture);

/// Index of a parameter by its full name. Throws std::out_of_range if there is none.
std::size_t parameter_index(const architecture::Architecture& architecture,
                            const std::string& name);

}  // namespace insula::test
