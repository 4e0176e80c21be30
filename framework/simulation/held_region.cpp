// SPDX-License-Identifier: Apache-2.0
// A region whose activity is held at a value, whatever arrives: it has no states, so it settles at
// once, starts there and slows no step down. Not in the catalogue, because no architecture is made
// of it: interventions put it in the place of a region (intervention.h).
#include "framework/contract/kind.h"

namespace insula::simulation::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Held {
  template <class T>
  struct Parameters {
    T activity;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::activity, {"activity", "1", "z", "activity that it is held at"}},
    }};
  };
  template <class T>
  using State = Nothing<T>;
  // What arrives is taken and not heeded, so that what drives the region need not be taken out.
  template <class T>
  struct Input {
    T afferent, stimulus, self;
    static constexpr std::array<Field<Input, T>, 3> fields{{
        {&Input::afferent, {"afferent", "1", "Σ w z", "what projections bring"}},
        {&Input::stimulus, {"stimulus", "1", "c u", "what known inputs bring"}},
        {&Input::self, {"self", "1", "Σ b u", "modulation of itself"}},
    }};
  };

  template <class T>
  static T activity(const State<T>&, const Parameters<T>& p) {
    return p.activity;
  }
};

}  // namespace

extern const RegionKind held;
constinit const RegionKind held =
    region_kind<Held>("held", "Activity held at a value.", "An intervention.");

}  // namespace insula::simulation::INSULA_ISA
