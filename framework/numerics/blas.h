// SPDX-License-Identifier: Apache-2.0
// OpenBLAS picks its kernels by the processor's model when a program starts. A model newer than the
// library gets those of a processor of 2004, which are eight times slower than it could be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "framework/numerics/isa.h"

namespace insula::numerics {

/// The core that OpenBLAS should be told of, if `chosen`, the one it took, is none that fits.
std::optional<std::string> fitting_core(std::string_view chosen, Isa isa);

/// Starts the program again with that core in OPENBLAS_CORETYPE, unless the variable is set. To be
/// called first in main(); returns if there is nothing to do.
void restart_with_fitting_core(char** argv);

}  // namespace insula::numerics
