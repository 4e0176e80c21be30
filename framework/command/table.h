// SPDX-License-Identifier: Apache-2.0
// Tables for a terminal.
#pragma once

#include <string>
#include <vector>

namespace insula::command {

/// The first column is text, to the left, the others to the right; two spaces apart, as wide as
/// their widest cell in characters. Lines end with \n and without spaces.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

/// A number with `decimals` digits after the point, or "-" for NaN.
std::string fixed(double value, int decimals);

}  // namespace insula::command
