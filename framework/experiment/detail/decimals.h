// SPDX-License-Identifier: Apache-2.0
// Numbers in sentences.
#pragma once

#include <cstdio>
#include <string>

namespace insula::experiment {

/// "0.30": so many digits after the point.
inline std::string decimals(double x, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, x);
  return text;
}

}  // namespace insula::experiment
