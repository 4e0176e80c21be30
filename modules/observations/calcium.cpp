// SPDX-License-Identifier: Apache-2.0
// Fluorescence of a calcium indicator: activity through a rise and a decay, times a gain.
//
//   τ_r ẋ = z − x,   τ_d ċ = x − c,   y = g c      (an offset is the constant among the confounds)
//
// To a brief activity this answers with (e^{−t/τ_d} − e^{−t/τ_r}) / (τ_d − τ_r), of area 1.
// Source: double exponential, e.g. Vogelstein et al. 2010, J. Neurophysiol. 104:3691; the defaults
// are those of GCaMP6f: half-decay 142 ms and peak after 45 ms of one spike (Chen et al. 2013,
// Nature 499:295, table 1), so τ_d = 142 ms / ln 2 and τ_r from ln(τ_d/τ_r) τ_d τ_r/(τ_d − τ_r) =
// 45 ms.
#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Calcium {
  template <class T>
  struct Parameters {
    T gain, rise, decay;
    static constexpr std::array<Field<Parameters, T>, 3> fields{{
        {&Parameters::gain,
         {"gain",
          "1",
          "g",
          "recorded units per unit of lasting activity",
          20,
          Domain::positive,
          1}},
        {&Parameters::rise,
         {"rise", "s", "τ_r", "time constant of the rise", 0.0164, Domain::positive, 0}},
        {&Parameters::decay,
         {"decay", "s", "τ_d", "time constant of the decay", 0.205, Domain::positive, 0.25}},
    }};
  };
  template <class T>
  struct State {
    T rising, calcium;
    static constexpr std::array<Field<State, T>, 2> fields{{
        {&State::rising, {"rising", "1", "x", "activity, delayed by the rise"}},
        {&State::calcium, {"calcium", "1", "c", "calcium, relative to lasting activity of 1"}},
    }};
  };
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static State<T> drift(const State<T>& x, const Observed<T>& in, const Parameters<T>& p) {
    return {(in.activity - x.rising) / p.rise, (x.rising - x.calcium) / p.decay};
  }
  template <class T>
  static T observe(const State<T>& x, const Observed<T>&, const Parameters<T>& p) {
    return p.gain * x.calcium;
  }
};

}  // namespace

extern const ObservationKind calcium;
constinit const ObservationKind calcium = observation_kind<Calcium>(
    "calcium",
    {.modality = "calcium", .unit = "a.u.", .memory = 2, .noise = NoiseModel::white},
    "Activity through the rise and decay of a calcium indicator.",
    "Vogelstein et al. 2010, J. Neurophysiol. 104:3691; Chen et al. 2013, Nature 499:295");

}  // namespace insula::observations::INSULA_ISA
