// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "framework/dataset/array.h"

namespace insula::fuzz {

/// Opens the only array and reads it, part by part.
inline void read_array(const std::string& path,
                       dataset::ArrayFormat format,
                       const std::string& name) {
  const dataset::Array array = dataset::open_array(path, format, name);
  if (array.columns() == 0) return;
  const std::size_t part = std::max<std::size_t>(1, 65536 / array.columns());
  // Formats that pack may say that a few bytes are many numbers: some parts will do.
  for (std::size_t row = 0, parts = 0; row < array.rows() && parts < 16; row += part, ++parts) {
    const std::size_t end = std::min(array.rows(), row + part);
    if ((end - row) * array.columns() > (std::size_t{1} << 22)) return;
    std::vector<double> numbers((end - row) * array.columns());
    array.read_rows(row, end, std::span<double>(numbers));
  }
}

}  // namespace insula::fuzz
