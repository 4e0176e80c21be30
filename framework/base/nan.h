// SPDX-License-Identifier: Apache-2.0
// A number that is not there: missing in data, not defined in results.
#pragma once

#include <limits>

namespace insula {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace insula
