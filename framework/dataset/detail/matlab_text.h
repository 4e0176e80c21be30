// SPDX-License-Identifier: Apache-2.0
// MATLAB's characters are code units of 1, 2 or 4 bytes.
#pragma once

#include <cstddef>
#include <string>

namespace insula::dataset::detail {

char32_t code_unit(const unsigned char* at, std::size_t width);

/// Of code units of UTF-16 or of code points; what is neither becomes U+FFFD.
std::string utf8(const std::u32string& units);

}  // namespace insula::dataset::detail
