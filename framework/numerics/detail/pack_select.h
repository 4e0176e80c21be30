// SPDX-License-Identifier: Apache-2.0
// Comparisons with a constant, and choices by them, instead of branches.
#pragma once

#include "framework/numerics/detail/pack_tables.h"
#include "framework/numerics/dual.h"

namespace insula::numerics::INSULA_ISA {

using insula::INSULA_ISA::Dual;
using insula::INSULA_ISA::Exponential;
using insula::INSULA_ISA::exponential;
using insula::INSULA_ISA::half_log_over_two_pi;
using insula::INSULA_ISA::kWidth;
using insula::INSULA_ISA::Pack;

// A dual number is compared by its value; NaN is never at most anything.
using Mask = decltype(Pack{}.v < Pack{}.v);
inline Mask at_most(Pack x, double bound) { return x.v <= Pack(bound).v; }
inline Pack select(Mask mask, Pack yes, Pack no) { return Pack(mask ? yes.v : no.v); }

template <int N>
Mask at_most(const Dual<N>& x, double bound) {
  return at_most(x.v, bound);
}
template <int N>
[[gnu::always_inline]] inline Dual<N> select(Mask mask, const Dual<N>& yes, const Dual<N>& no) {
  Dual<N> r;
  r.v = select(mask, yes.v, no.v);
  for (int i = 0; i < N; ++i) r.d[i] = select(mask, yes.d[i], no.d[i]);
  return r;
}

}  // namespace insula::numerics::INSULA_ISA
