// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/numerics/vector_functions.h"

namespace insula::test {

namespace portable {
extern const VectorFunctions functions;
}
#if defined(__x86_64__)
namespace avx2 {
extern const VectorFunctions functions;
}
namespace avx512 {
extern const VectorFunctions functions;
}
#endif

VectorFunctions vector_functions(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::functions;
  if (isa == Isa::avx512) return avx512::functions;
#endif
  static_cast<void>(isa);
  return portable::functions;
}

}  // namespace insula::test
