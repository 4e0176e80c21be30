// SPDX-License-Identifier: Apache-2.0
// The runtime that Insula was built with.
#pragma once

#include "framework/extraction/network.h"

namespace insula::extraction {

/// OpenVINO if CMake found it, else a runtime without a name. In the library insula_runtime, which
/// is not part of the installed package.
Runtime built_in_runtime();

}  // namespace insula::extraction
