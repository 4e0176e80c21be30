// SPDX-License-Identifier: Apache-2.0
// Two packs that go through the same equations side by side. A long chain of dependent operations
// leaves the arithmetic units idle; a second, independent chain fills them (measured on Zen 3: the
// Wiener density in 0.7 of the time). The digits are those of each pack alone.
#pragma once

#include "framework/numerics/dual.h"

namespace insula::numerics::INSULA_ISA {

using insula::INSULA_ISA::Dual;
using insula::INSULA_ISA::kWidth;
using insula::INSULA_ISA::Pack;

struct PackPair {
  Pack a, b;

  PackPair() = default;
  PackPair(double x) : a(x), b(x) {}  // implicit, as of Pack
  PackPair(Pack first, Pack second) : a(first), b(second) {}

  friend PackPair operator+(PackPair x, PackPair y) { return {x.a + y.a, x.b + y.b}; }
  friend PackPair operator-(PackPair x, PackPair y) { return {x.a - y.a, x.b - y.b}; }
  friend PackPair operator*(PackPair x, PackPair y) { return {x.a * y.a, x.b * y.b}; }
  friend PackPair operator/(PackPair x, PackPair y) { return {x.a / y.a, x.b / y.b}; }
  friend PackPair operator-(PackPair x) { return {-x.a, -x.b}; }
};

inline PackPair log(PackPair x) { return {log(x.a), log(x.b)}; }

// Comparisons with a constant (a dual number by its value; false of NaN), and choices by them.
using Mask = decltype(Pack{}.v < Pack{}.v);
struct MaskPair {
  Mask a, b;
};
inline Mask at_most(Pack x, double bound) { return x.v <= Pack(bound).v; }
inline Pack select(Mask mask, Pack yes, Pack no) { return Pack(mask ? yes.v : no.v); }

inline MaskPair at_most(PackPair x, double bound) {
  return {at_most(x.a, bound), at_most(x.b, bound)};
}
inline PackPair select(MaskPair mask, PackPair yes, PackPair no) {
  return {select(mask.a, yes.a, no.a), select(mask.b, yes.b, no.b)};
}

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
