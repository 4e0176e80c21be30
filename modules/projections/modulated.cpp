// SPDX-License-Identifier: Apache-2.0
// A projection whose strength known contexts change: bilinear.
//
//   afferent = (w + Σ_k b_k u_k) · z
//
// The prior of w (mean 1/128, variance 1/64) is SPM's (spm_dcm_fmri_priors).
// Source: Friston, Harrison & Penny 2003, NeuroImage 19:1273, eq. 3 (A and B).
#include "framework/contract/kind.h"

namespace insula::projections::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Modulated {
  template <class T>
  struct Parameters {
    T strength;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::strength,
         {"strength", "1/s", "w", "fixed strength", 1.0 / 128, Domain::real, 0.125}},
    }};
  };

  template <class T>
  static T transmit(const T& source, const T& modulation, const T&, const Parameters<T>& p) {
    return (p.strength + modulation) * source;
  }
};

}  // namespace

extern const ProjectionKind modulated;
constinit const ProjectionKind modulated =
    projection_kind<Modulated>("modulated",
                               {.contexts = true, .regions = false, .self = true, .needed = true},
                               "Contexts change the strength.",
                               "Friston, Harrison & Penny 2003, NeuroImage 19:1273");

}  // namespace insula::projections::INSULA_ISA
