// SPDX-License-Identifier: Apache-2.0
// Heart period: activity through the slowing around an outcome that is awaited.
//
//   k(t) = Γ(t + 7.36 s; shape 48.5, scale 0.182 s),   t from the outcome
//
// The heart slows before the outcome comes: what is shown at t holds activity up to 7.36 s later.
// Source: Castegnetti et al. 2016, Psychophysiology 53:930.
#include "modules/observations/detail/by_kernel.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct HeartPeriod : detail::ByKernel {
  static double response(double t) { return detail::gamma_density(t + 7.36, 48.5, 0.182); }
};

}  // namespace

extern const ObservationKind heart_period;
constinit const ObservationKind heart_period = observation_kind<HeartPeriod>(
    "heart_period",
    {.modality = "heart_period",
     .unit = "a.u.",
     .memory = 13,
     .noise = NoiseModel::ar1,
     .kernel = {HeartPeriod::response, -7.36, 12, 0.25}},
    "Activity through the slowing of the heart around an awaited outcome.",
    "Castegnetti et al. 2016, Psychophysiology 53:930");

}  // namespace insula::observations::INSULA_ISA
