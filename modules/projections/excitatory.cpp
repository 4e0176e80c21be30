// SPDX-License-Identifier: Apache-2.0
// A projection that is positive by construction, for two-state regions.
//
//   afferent = w · exp(Σ_k b_k u_k + Σ_r d_r z_r) · z
//
// w is ⅛ s⁻¹ times a log-normal factor (exp(A)/8 in SPM's spm_fx_fmri). A self-projection, which
// has no strength of its own, would be 0 here: `modulated`, `gated` or `modulated_gated` change the
// logarithm of a two-state region's inhibition.
// Source: Marreiros, Kiebel & Friston 2008, NeuroImage 39:269, eq. 9.
#include "framework/contract/kind.h"

namespace insula::projections::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Excitatory {
  template <class T>
  struct Parameters {
    T strength;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::strength,
         {"strength", "1/s", "w", "fixed strength, positive", 0.125, Domain::positive, 0.125}},
    }};
  };

  template <class T>
  static T transmit(const T& source, const T& modulation, const T& gating, const Parameters<T>& p) {
    return p.strength * exp(modulation + gating) * source;
  }
};

}  // namespace

extern const ProjectionKind excitatory;
constinit const ProjectionKind excitatory = projection_kind<Excitatory>(
    "excitatory",
    {.contexts = true, .regions = true, .self = false, .of_logarithm = true},
    "Positive strength; contexts and regions change its logarithm.",
    "Marreiros, Kiebel & Friston 2008, NeuroImage 39:269");

}  // namespace insula::projections::INSULA_ISA
