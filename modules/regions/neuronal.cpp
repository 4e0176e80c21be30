// SPDX-License-Identifier: Apache-2.0
// The single-state region of dynamic causal modelling.
//
//   dz/dt = −σ · exp(self) · z + afferent + stimulus / 16
//
// σ is ½ s⁻¹ times a log-normal factor, `self` the modulation of the self-connection (B_ii u, D_ii
// z of DCM, which act inside the exponential), the division by 16 SPM's scaling of C. Leaves out:
// noise in the states. Source: Friston, Harrison & Penny 2003, NeuroImage 19:1273, eq. 4; Stephan
// 2008, NeuroImage 42:649, eq. 7; SPM's spm_fx_fmri for the self-connection.
#include "framework/contract/kind.h"

namespace insula::regions::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Neuronal {
  template <class T>
  struct Parameters {
    T self_inhibition;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::self_inhibition,
         {"self_inhibition",
          "1/s",
          "σ",
          "rate at which activity decays by itself",
          0.5,
          Domain::positive,
          0.125}},
    }};
  };
  template <class T>
  struct State {
    T z;
    static constexpr std::array<Field<State, T>, 1> fields{{
        {&State::z, {"z", "1", "z", "neuronal activity"}},
    }};
  };
  template <class T>
  struct Input {
    T afferent, stimulus, self;
    static constexpr std::array<Field<Input, T>, 3> fields{{
        {&Input::afferent, {"afferent", "1/s", "Σ a z", "what projections bring"}},
        {&Input::stimulus, {"stimulus", "1/s", "C u", "what known inputs bring, before the 1/16"}},
        {&Input::self, {"self", "1", "B u + D z", "log change of the self-inhibition"}},
    }};
  };

  template <class T>
  static State<T> drift(const State<T>& x, const Input<T>& u, const Parameters<T>& p) {
    return {u.afferent + u.stimulus / 16.0 - p.self_inhibition * exp(u.self) * x.z};
  }
  template <class T>
  static T activity(const State<T>& x, const Parameters<T>&) {
    return x.z;
  }
};

}  // namespace

extern const RegionKind neuronal;
constinit const RegionKind neuronal = region_kind<Neuronal>(
    "neuronal",
    "One population that decays by itself and adds what reaches it.",
    "Friston, Harrison & Penny 2003, NeuroImage 19:1273; Stephan et al. 2008, NeuroImage 42:649");

}  // namespace insula::regions::INSULA_ISA
