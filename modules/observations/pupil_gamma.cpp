// SPDX-License-Identifier: Apache-2.0
// Pupil size: activity through the dilation that the model of illumination responses has.
//
//   k(t) = Γ(t − 0.2 s; shape 2.40, scale 0.29 s)
//
// Source: Korn & Bach 2016, J. Vis. 16(3):28, table 1 (dilation).
#include "modules/observations/detail/by_kernel.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct PupilGamma : detail::ByKernel {
  static double response(double t) { return detail::gamma_density(t - 0.2, 2.40, 0.29); }
};

}  // namespace

extern const ObservationKind pupil_gamma;
constinit const ObservationKind pupil_gamma = observation_kind<PupilGamma>(
    "pupil_gamma",
    {.modality = "pupil",
     .unit = "a.u.",
     .memory = 8,
     .noise = NoiseModel::ar1,
     .kernel = {PupilGamma::response, 0.2, 8, 0.1}},
    "Activity through a gamma that starts late, as the pupil answers to light and sounds.",
    "Korn & Bach 2016, J. Vis. 16(3):28");

}  // namespace insula::observations::INSULA_ISA
