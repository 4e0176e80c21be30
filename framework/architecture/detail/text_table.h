// SPDX-License-Identifier: Apache-2.0
// A table of texts in columns of equal width.
#pragma once

#include <string>
#include <vector>

namespace insula::architecture::detail {

/// Lines indented by two spaces; columns two spaces apart, as wide as their widest cell in
/// characters (not bytes); no spaces at the ends of lines. "" for no rows.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace insula::architecture::detail
