// SPDX-License-Identifier: Apache-2.0
// Respiration amplitude: activity through the response to a brief event.
//
//   k ∝ N(t; 4.2 s, σ = 1.65 s) for t > 0, of area 1
//
// Source: Bach, Gerster, Tzovara & Castegnetti 2016, J. Neurosci. Methods 270:147.
#include "modules/observations/detail/by_kernel.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Respiration : detail::ByKernel {
  static constexpr double kMean = 4.2, kWidth = 1.65;  // s

  static double response(double t) {
    return detail::normal_density((t - kMean) / kWidth) / kWidth /
           detail::normal_distribution(kMean / kWidth);
  }
};

}  // namespace

extern const ObservationKind respiration;
constinit const ObservationKind respiration =
    observation_kind<Respiration>("respiration",
                                  {.modality = "respiration",
                                   .unit = "a.u.",
                                   .memory = 13,
                                   .noise = NoiseModel::ar1,
                                   .kernel = {Respiration::response, 0, 13, 0.25}},
                                  "Activity through the change of breathing after a brief event.",
                                  "Bach et al. 2016, J. Neurosci. Methods 270:147");

}  // namespace insula::observations::INSULA_ISA
