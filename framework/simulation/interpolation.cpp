// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/trajectory.h"

namespace insula::simulation {

std::array<double, kStages + 1> interpolation(double fraction) {
  // Hairer's form: y₀ + θ(Δ + (1 − θ)(r₃ + θ(r₄ + (1 − θ) r₅))), Δ = y₁ − y₀, r₃ = h k₁ − Δ,
  // r₄ = Δ − h k₇ − r₃, r₅ = h Σ d k; collected by slopes.
  static constexpr double kDense[kStages + 1] = {-12715105075.0 / 11282082432,
                                                 0,
                                                 87487479700.0 / 32700410799,
                                                 -10690763975.0 / 1880347072,
                                                 701980252875.0 / 199316789632,
                                                 -1453857185.0 / 822651844,
                                                 69997945.0 / 29380423};
  const double t = fraction, u = 1 - fraction;
  std::array<double, kStages + 1> weight{};
  for (std::size_t s = 0; s <= kStages; ++s) {
    const double whole = s < kStages ? kDormandPrince[kStages][s] : 0;
    const double first = s == 0 ? 1 : 0, last = s == kStages ? 1 : 0;
    weight[s] = t * (whole + u * (first - whole + t * (2 * whole - first - last + u * kDense[s])));
  }
  return weight;
}

}  // namespace insula::simulation
