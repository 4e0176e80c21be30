// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/copies.h"
#include "framework/simulation/detail/held_region.h"
#include "framework/simulation/detail/kernels.h"
#include "framework/simulation/detail/probe_kinds.h"

namespace insula::simulation {

namespace portable {
extern const Kernels kernels;
extern const CopyKernels copy_kernels;
extern const ObservationKind activity_probe, integral_probe;
extern const RegionKind held;
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
extern const CopyKernels copy_kernels;
extern const ObservationKind activity_probe, integral_probe;
extern const RegionKind held;
}  // namespace avx2
namespace avx512 {
extern const Kernels kernels;
extern const CopyKernels copy_kernels;
extern const ObservationKind activity_probe, integral_probe;
extern const RegionKind held;
}  // namespace avx512
#endif

Kernels kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::kernels;
  if (isa == Isa::avx512) return avx512::kernels;
#endif
  static_cast<void>(isa);
  return portable::kernels;
}

CopyKernels copy_kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::copy_kernels;
  if (isa == Isa::avx512) return avx512::copy_kernels;
#endif
  static_cast<void>(isa);
  return portable::copy_kernels;
}

const ObservationKind& probe_kind(Isa isa, bool is_integral) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return is_integral ? avx2::integral_probe : avx2::activity_probe;
  if (isa == Isa::avx512) return is_integral ? avx512::integral_probe : avx512::activity_probe;
#endif
  static_cast<void>(isa);
  return is_integral ? portable::integral_probe : portable::activity_probe;
}

const RegionKind& held_region(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::held;
  if (isa == Isa::avx512) return avx512::held;
#endif
  static_cast<void>(isa);
  return portable::held;
}

}  // namespace insula::simulation
