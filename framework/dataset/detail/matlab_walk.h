// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace insula::dataset::detail {

/// What can be known of a variable of a version-5 file without making room for it.
struct MatWalk {
  std::size_t bytes = 0;  // of the variable, unpacked
  /// Every array in it lies within it and has no more elements than bytes: a reader that makes room
  /// for what arrays say of themselves takes no more than some times the variable's size.
  bool is_credible = true;
};

/// `bytes` are those after the variable's tag, of the type `is_packed` or a matrix; `is_swapped` if
/// the file is of the other byte order. Nothing if packed bytes are cut off or their check sum is
/// wrong.
/// source  MAT-File Format, The MathWorks 2022, chapter 1
std::optional<MatWalk> walk_variable(std::string_view bytes, bool is_packed, bool is_swapped);

}  // namespace insula::dataset::detail
