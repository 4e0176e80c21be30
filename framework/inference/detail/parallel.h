// SPDX-License-Identifier: Apache-2.0
// The one place of this floor that starts threads.
#pragma once

#include <cstddef>
#include <functional>

namespace insula::inference::detail {

/// Calls work(0) … work(count − 1), each once, on any threads; results go where the index says, so
/// that nothing depends on the order.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace insula::inference::detail
