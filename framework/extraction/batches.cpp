// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/batches.h"

#include <algorithm>
#include <numeric>

namespace insula::extraction::detail {

std::vector<std::vector<std::size_t>> batches(std::size_t count,
                                              std::span<const std::size_t> tokens,
                                              std::size_t most) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto length = [&](std::size_t row) { return tokens.empty() ? 0 : tokens[row]; };
  std::ranges::stable_sort(order, {}, length);
  std::vector<std::vector<std::size_t>> result;
  for (const std::size_t row : order) {
    const bool goes_in = !result.empty() && result.back().size() < most &&
                         length(result.back().front()) == length(row);
    if (!goes_in) result.emplace_back();
    result.back().push_back(row);
  }
  return result;
}

}  // namespace insula::extraction::detail
