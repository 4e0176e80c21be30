// SPDX-License-Identifier: Apache-2.0
// What the tests of this floor share.
#pragma once

#include <string>

#include "framework/architecture/architecture.h"
#include "tests/framework/architecture/test_catalogue.h"

namespace insula::architecture {

/// A file of the repository, by its path from the root.
Architecture load_from_root(const std::string& path, Priors priors = Priors::insula);

/// Text as the file "test.yaml", under the test catalogue.
Architecture parse_test(const std::string& text, Priors priors = Priors::insula);

/// Three regions, `modulated` V1 -> V5, linear ways back and on, bold of all; no parameters.
extern const char* const kThreeRegions;

const Parameter& parameter(const Architecture& architecture, const std::string& name);

/// Everything that counts, one line each, to compare architectures by: all but files and places.
/// Numbers are written so that equal text means equal bits.
std::string content(const Architecture& architecture);

}  // namespace insula::architecture
