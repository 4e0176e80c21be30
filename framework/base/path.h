// SPDX-License-Identifier: Apache-2.0
// Names of files.
#pragma once

#include <string>

namespace insula {

/// "did you mean 'bold.tsv'?" of a file that does not exist: the nearest name in its folder; empty
/// if none is near.
std::string near_file_hint(const std::string& path);

}  // namespace insula
