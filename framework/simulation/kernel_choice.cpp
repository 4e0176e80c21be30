// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/kernels.h"

namespace insula::simulation {

namespace portable {
extern const Kernels kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif

Kernels kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::kernels;
  if (isa == Isa::avx512) return avx512::kernels;
#endif
  static_cast<void>(isa);
  return portable::kernels;
}

}  // namespace insula::simulation
