// SPDX-License-Identifier: Apache-2.0
// Skin conductance: activity through the canonical response of sympathetic arousal.
//
//   k ∝ N(t; 3.0745 s, σ = 0.7013 s) ∗ (e^{−λ₁ t} + e^{−λ₂ t}),   λ = 0.3176 and 0.0708 s⁻¹, t ≤ 90
//   s
//
// The convolution of a normal density with e^{−λ t} is e^{λ²σ²/2 − λ(t − μ)} Φ((t − μ)/σ − λσ); its
// area is 1/λ, so that of k is 1 but for the 0.2 % beyond 90 s. Source: Bach, Flandin, Friston &
// Dolan 2010, Int. J. Psychophysiol. 75:349.
#include "modules/observations/detail/by_kernel.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct SkinConductance : detail::ByKernel {
  static constexpr double kMean = 3.0745, kWidth = 0.7013;  // s
  static constexpr double kFast = 0.3176, kSlow = 0.0708;   // 1/s
  static constexpr double kArea = 1 / kFast + 1 / kSlow;    // s

  static double tail(double t, double rate) {
    return std::exp(0.5 * rate * rate * kWidth * kWidth - rate * (t - kMean)) *
           detail::normal_distribution((t - kMean) / kWidth - rate * kWidth);
  }

  static double response(double t) { return (tail(t, kFast) + tail(t, kSlow)) / kArea; }
};

}  // namespace

extern const ObservationKind skin_conductance;
constinit const ObservationKind skin_conductance =
    observation_kind<SkinConductance>("skin_conductance",
                                      {.modality = "skin_conductance",
                                       .unit = "a.u.",
                                       .memory = 90,
                                       .noise = NoiseModel::ar1,
                                       .kernel = {SkinConductance::response, 0, 90, 0.2}},
                                      "Activity through the canonical skin conductance response.",
                                      "Bach et al. 2010, Int. J. Psychophysiol. 75:349");

}  // namespace insula::observations::INSULA_ISA
