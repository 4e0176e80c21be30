// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/cosine_set.h"

#include <cmath>
#include <numbers>

#include "framework/base/error.h"

namespace insula::numerics {

Eigen::MatrixXd cosine_set(Eigen::Index samples, Eigen::Index columns) {
  if (columns < 0 || columns > samples) {
    throw InternalError("a cosine set has between 0 and as many columns as samples");
  }
  const auto n = static_cast<double>(samples);
  Eigen::MatrixXd set(samples, columns);
  for (Eigen::Index k = 0; k < columns; ++k) {
    const double norm = std::sqrt((k == 0 ? 1 : 2) / n);
    for (Eigen::Index s = 0; s < samples; ++s) {
      const double phase = std::numbers::pi * static_cast<double>(2 * s + 1) / (2 * n);
      set(s, k) = norm * std::cos(phase * static_cast<double>(k));
    }
  }
  return set;
}

Eigen::Index cosine_columns(double duration, double cutoff) {
  if (!(duration > 0 && cutoff > 0)) throw InternalError("a drift needs a duration and a cut-off");
  return static_cast<Eigen::Index>(std::floor(2 * duration / cutoff));
}

}  // namespace insula::numerics
