// SPDX-License-Identifier: Apache-2.0
// Electric or magnetic fields of sources: EEG, MEG, local field potentials.
//
//   y_c = Σ_r L_cr g_r z_r      (L: the observation's loadings; an offset is the constant among the
//                                recording's confounds)
//
// Fields follow currents without delay: at the frequencies of the brain Maxwell's equations are
// quasi-static, so a lead field is all there is between a source and a sensor.
//
// Source: Hämäläinen et al. 1993, Rev. Mod. Phys. 65:413, sec. III; with neural masses as sources:
//         David et al. 2006, NeuroImage 30:1255, eq. 8 (y = L x₀).
#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct FieldOfSources {
  template <class T>
  struct Parameters {
    T gain;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::gain,
         {"gain",
          "1",
          "g",
          "recorded units per unit of activity, at the lead field's largest weight",
          1.0,
          Domain::positive,
          1.0}},
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

extern const ObservationKind field;
constinit const ObservationKind field = observation_kind<FieldOfSources>(
    "field",
    {.modality = "field", .unit = "a.u.", .memory = 2, .noise = NoiseModel::white},
    "Fields of sources at sensors: activity through a lead field.",
    "Hamalainen et al. 1993, Rev. Mod. Phys. 65:413, sec. III");

}  // namespace insula::observations::INSULA_ISA
