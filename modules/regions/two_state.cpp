// SPDX-License-Identifier: Apache-2.0
// The two-state region of dynamic causal modelling: an excitatory and an inhibitory population.
//
//   dE/dt = afferent + stimulus / 16 − ½ E − ι · exp(self) · I
//   dI/dt = E − I                                                   (rates in s⁻¹)
//
// ι is ⅛ s⁻¹ times a log-normal factor. Afferents are meant to be positive: use `excitatory`
// projections, whose strengths are ⅛ s⁻¹ times log-normal factors as in the paper.
// Source: Marreiros, Kiebel & Friston 2008, NeuroImage 39:269, eq. 8–9; constants as in SPM's
// spm_fx_fmri (SE = ½, EI = SI = 1, exp(A)/8).
#include "framework/contract/kind.h"

namespace insula::regions::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct TwoState {
  template <class T>
  struct Parameters {
    T inhibition;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::inhibition,
         {"inhibition",
          "1/s",
          "ι",
          "strength of the inhibitory on the excitatory population",
          0.125,
          Domain::positive,
          0.125}},
    }};
  };
  template <class T>
  struct State {
    T excitatory, inhibitory;
    static constexpr std::array<Field<State, T>, 2> fields{{
        {&State::excitatory, {"excitatory", "1", "E", "excitatory activity, seen by others"}},
        {&State::inhibitory, {"inhibitory", "1", "I", "inhibitory activity"}},
    }};
  };
  template <class T>
  struct Input {
    T afferent, stimulus, self;
    static constexpr std::array<Field<Input, T>, 3> fields{{
        {&Input::afferent, {"afferent", "1/s", "Σ a E", "what projections bring"}},
        {&Input::stimulus, {"stimulus", "1/s", "C u", "what known inputs bring, before the 1/16"}},
        {&Input::self, {"self", "1", "B u + D z", "log change of the inhibition"}},
    }};
  };

  template <class T>
  static State<T> drift(const State<T>& x, const Input<T>& u, const Parameters<T>& p) {
    return {u.afferent + u.stimulus / 16.0 - 0.5 * x.excitatory -
                p.inhibition * exp(u.self) * x.inhibitory,
            x.excitatory - x.inhibitory};
  }
  template <class T>
  static T activity(const State<T>& x, const Parameters<T>&) {
    return x.excitatory;
  }
};

}  // namespace

extern const RegionKind two_state;
constinit const RegionKind two_state =
    region_kind<TwoState>("two_state",
                          "An excitatory population held in check by an inhibitory one.",
                          "Marreiros, Kiebel & Friston 2008, NeuroImage 39:269");

}  // namespace insula::regions::INSULA_ISA
