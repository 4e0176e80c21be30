// SPDX-License-Identifier: Apache-2.0
// A projection whose strength the activity of other regions changes: nonlinear.
//
//   afferent = (w + Σ_r d_r z_r) · z
//
// The prior of w (mean 1/128, variance 1/64) is SPM's (spm_dcm_fmri_priors).
// Source: Stephan et al. 2008, NeuroImage 42:649, eq. 7 (A and D).
#include "framework/contract/kind.h"

namespace insula::projections::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Gated {
  template <class T>
  struct Parameters {
    T strength;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::strength,
         {"strength", "1/s", "w", "fixed strength", 1.0 / 128, Domain::real, 0.125}},
    }};
  };

  template <class T>
  static T transmit(const T& source, const T&, const T& gating, const Parameters<T>& p) {
    return (p.strength + gating) * source;
  }
};

}  // namespace

extern const ProjectionKind gated;
constinit const ProjectionKind gated =
    projection_kind<Gated>("gated",
                           {.contexts = false, .regions = true, .self = true, .needed = true},
                           "The activity of other regions changes the strength.",
                           "Stephan et al. 2008, NeuroImage 42:649");

}  // namespace insula::projections::INSULA_ISA
