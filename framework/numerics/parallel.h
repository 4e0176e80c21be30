// SPDX-License-Identifier: Apache-2.0
// The one place that starts threads (oneTBB).
#pragma once

#include <cstddef>
#include <functional>

namespace insula {

/// Runs body(0) … body(count − 1), in any order, on as many threads as are allowed. Bodies must not
/// depend on each other; what they reduce, the caller adds up in order afterwards. May be nested.
/// The first exception thrown is thrown on.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// How many threads parallel_for may use from now on; 0: as many as the machine has cores. Not to
/// be called while parallel_for runs.
void set_threads(int threads);
int threads();

}  // namespace insula
