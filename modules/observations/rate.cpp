// SPDX-License-Identifier: Apache-2.0
// A continuous recording that shows activity directly: multi-unit rate, calcium at slow sampling, …
//
//   y = g · z          (an offset is the constant among the recording's confounds)
//
// Source: linear observation, e.g. Friston 2003, NeuroImage 19:1273, eq. 1 with λ(z) = g z.
#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Rate {
  template <class T>
  struct Parameters {
    T gain;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::gain,
         {"gain", "1", "g", "recorded units per unit of activity", 1.0, Domain::positive, 1.0}},
    }};
  };
  template <class T>
  using State = Nothing<T>;
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static T observe(const State<T>&, const Observed<T>& in, const Parameters<T>& p) {
    return p.gain * in.activity;
  }
};

}  // namespace

extern const ObservationKind rate;
constinit const ObservationKind rate = observation_kind<Rate>(
    "rate",
    {.modality = "rate", .unit = "a.u.", .memory = 2, .noise = NoiseModel::white},
    "Activity itself, times a gain.",
    "Friston, Harrison & Penny 2003, NeuroImage 19:1273, eq. 1");

}  // namespace insula::observations::INSULA_ISA
