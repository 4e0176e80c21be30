// SPDX-License-Identifier: Apache-2.0
// The kinds of modules/ by name, field and order, without their equations: what an architecture
// needs. So messages are those that a user gets.
#pragma once

#include "framework/contract/catalogue.h"

namespace insula::architecture {

/// Lives as long as the program, so that architectures may point into it.
const Catalogue& test_catalogue();

/// Two region kinds of sorts that no module is yet: `deaf` takes no inputs, `bounded` has a
/// parameter between 0 and 1.
const Catalogue& odd_catalogue();

}  // namespace insula::architecture
