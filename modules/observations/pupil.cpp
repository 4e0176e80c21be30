// SPDX-License-Identifier: Apache-2.0
// Pupil size: activity through the dilation that a brief effort makes.
//
//   k(t) ∝ tⁿ e^{−n t / t_max},   n = 10.1, t_max = 0.93 s, of area 1
//
// Source: Hoeks & Levelt 1993, Behav. Res. Methods 25:16, eq. 1 (an Erlang gamma).
#include "modules/observations/detail/by_kernel.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Pupil : detail::ByKernel {
  // A gamma density of shape n + 1 and scale t_max / n.
  static double response(double t) { return detail::gamma_density(t, 11.1, 0.93 / 10.1); }
};

}  // namespace

extern const ObservationKind pupil;
constinit const ObservationKind pupil =
    observation_kind<Pupil>("pupil",
                            {.modality = "pupil",
                             .unit = "a.u.",
                             .memory = 5,
                             .noise = NoiseModel::ar1,
                             .kernel = {Pupil::response, 0, 5, 0.1}},
                            "Activity through the pupil's dilation after a brief effort.",
                            "Hoeks & Levelt 1993, Behav. Res. Methods 25:16, eq. 1");

}  // namespace insula::observations::INSULA_ISA
