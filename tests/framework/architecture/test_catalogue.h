// SPDX-License-Identifier: Apache-2.0
// The kinds of modules/ by name and field, without their equations: what an architecture needs. Two
// more, `deaf` and `bounded`, are of sorts that no module is yet.
#pragma once

#include "framework/contract/catalogue.h"

namespace insula::architecture {

/// Lives as long as the program, so that architectures may point into it.
const Catalogue& test_catalogue();

}  // namespace insula::architecture
