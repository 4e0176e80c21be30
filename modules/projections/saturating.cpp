// SPDX-License-Identifier: Apache-2.0
// A projection that saturates with the activity of its source.
//
//   afferent = w · tanh(s·z) / s
//
// For small s·z it is `linear`; it never exceeds w/s.
// The prior of w (mean 1/128, variance 1/64) is SPM's (spm_dcm_fmri_priors).
// Source: Dayan & Abbott 2001, Theoretical Neuroscience, ch. 7 (tanh transfer).
#include "framework/contract/kind.h"

namespace insula::projections::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Saturating {
  template <class T>
  struct Parameters {
    T strength, slope;
    static constexpr std::array<Field<Parameters, T>, 2> fields{{
        {&Parameters::strength,
         {"strength", "1/s", "w", "fixed strength", 1.0 / 128, Domain::real, 0.125}},
        {&Parameters::slope,
         {"slope", "1", "s", "how soon it saturates", 1.0, Domain::positive, 0.25}},
    }};
  };

  template <class T>
  static T transmit(const T& source, const T&, const T&, const Parameters<T>& p) {
    return p.strength * tanh(p.slope * source) / p.slope;
  }
};

}  // namespace

extern const ProjectionKind saturating;
constinit const ProjectionKind saturating =
    projection_kind<Saturating>("saturating",
                                {.contexts = false, .regions = false, .self = false},
                                "The effect of the source saturates.",
                                "Dayan & Abbott 2001, Theoretical Neuroscience, ch. 7");

}  // namespace insula::projections::INSULA_ISA
