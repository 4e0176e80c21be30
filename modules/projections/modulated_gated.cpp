// SPDX-License-Identifier: Apache-2.0
// A projection whose strength both contexts and the activity of other regions change.
//
//   afferent = (w + Σ_k b_k u_k + Σ_r d_r z_r) · z
//
// The prior of w (mean 1/128, variance 1/64) is SPM's (spm_dcm_fmri_priors).
// Source: Stephan et al. 2008, NeuroImage 42:649, eq. 7 (A, B and D).
#include "framework/contract/kind.h"

namespace insula::projections::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct ModulatedGated {
  template <class T>
  struct Parameters {
    T strength;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::strength,
         {"strength", "1/s", "w", "fixed strength", 1.0 / 128, Domain::real, 0.125}},
    }};
  };

  template <class T>
  static T transmit(const T& source, const T& modulation, const T& gating, const Parameters<T>& p) {
    return (p.strength + modulation + gating) * source;
  }
};

}  // namespace

extern const ProjectionKind modulated_gated;
constinit const ProjectionKind modulated_gated = projection_kind<ModulatedGated>(
    "modulated_gated",
    {.contexts = true, .regions = true, .self = true, .needed = true},
    "Contexts and the activity of other regions change the strength.",
    "Stephan et al. 2008, NeuroImage 42:649");

}  // namespace insula::projections::INSULA_ISA
