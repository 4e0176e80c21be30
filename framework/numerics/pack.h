// SPDX-License-Identifier: Apache-2.0
// Several numbers in one vector register, with the functions that dynamics need.
//
// A kernel's source file is compiled once for each instruction set, with INSULA_ISA naming it
// (portable, avx2, avx512); everything here lives in a namespace of that name, so that code for
// different sets never meets in the linker. At a fixed set the digits are the same on every
// machine.
//
// exact   exp, log within 2 units in the last place and tanh within 3, over the range given;
//         pack_test.cpp
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#ifndef INSULA_ISA
#define INSULA_ISA portable
#endif

namespace insula::INSULA_ISA {

#if defined(__AVX512F__)
inline constexpr std::size_t kWidth = 8;
#elif defined(__AVX2__)
inline constexpr std::size_t kWidth = 4;
#else
inline constexpr std::size_t kWidth = 2;
#endif

struct Pack {
  typedef double Vector __attribute__((vector_size(kWidth * sizeof(double))));
  typedef long long Integers __attribute__((vector_size(kWidth * sizeof(double))));
  typedef unsigned long long Bits __attribute__((vector_size(kWidth * sizeof(double))));
  Vector v;

  Pack() = default;
  Pack(double x) : v(Vector{} + x) {}  // implicit, so that equations read as in the paper
  explicit Pack(Vector x) : v(x) {}

  static Pack load(const double* from) {
    Pack p;
    std::memcpy(&p.v, from, sizeof p.v);
    return p;
  }
  void store(double* to) const { std::memcpy(to, &v, sizeof v); }

  friend Pack operator+(Pack a, Pack b) { return Pack(a.v + b.v); }
  friend Pack operator-(Pack a, Pack b) { return Pack(a.v - b.v); }
  friend Pack operator*(Pack a, Pack b) { return Pack(a.v * b.v); }
  friend Pack operator/(Pack a, Pack b) { return Pack(a.v / b.v); }
  friend Pack operator-(Pack a) { return Pack(-a.v); }
};

/// max(x, floor), for rectifiers; NaN stays NaN.
inline Pack max(Pack x, double floor) {
  const Pack low(floor);
  return Pack(x.v < low.v ? low.v : x.v);
}

namespace detail {

// x = k ln 2 + f with |f| ≤ ½ ln 2; gives e^f − 1 and 2^k.
// Degree 13: the remainder f¹⁴/14! is below 5e-18.
inline Pack reduced_expm1(Pack x, Pack* power_of_two) {
  const Pack magic(6755399441055744.0);  // 1.5 · 2^52: adding it rounds to an integer
  const Pack rounded = x * Pack(1.4426950408889634) + magic;
  const Pack k = rounded - magic;
  const Pack f = (x - k * Pack(6.93147180369123816490e-01)) - k * Pack(1.90821492927058770002e-10);
  Pack p(1.6059043836821613e-10);
  for (const double c : {2.08767569878681e-9,
                         2.505210838544172e-8,
                         2.755731922398589e-7,
                         2.7557319223985893e-6,
                         2.48015873015873e-5,
                         1.984126984126984e-4,
                         1.3888888888888889e-3,
                         8.333333333333333e-3,
                         4.1666666666666664e-2,
                         1.6666666666666666e-1,
                         0.5})
    p = p * f + Pack(c);
  Pack::Integers bits;
  std::memcpy(&bits, &rounded.v, sizeof bits);
  bits = (bits + 1023) << 52;
  std::memcpy(&power_of_two->v, &bits, sizeof bits);
  return f + f * f * p;
}

inline Pack clamp(Pack x, double low, double high) {
  const Pack l(low), h(high);
  x = Pack(x.v < l.v ? l.v : x.v);
  return Pack(x.v > h.v ? h.v : x.v);
}

}  // namespace detail

/// e^x; x is clamped to [−708, 709], so that the result is always a normal number.
inline Pack exp(Pack x) {
  Pack scale;
  const Pack m = detail::reduced_expm1(detail::clamp(x, -708, 709), &scale);
  return scale + scale * m;
}

/// Natural logarithm of a positive normal number; NaN of numbers that are not positive.
/// source  fdlibm e_log.c (the polynomial)
inline Pack log(Pack x) {
  Pack::Bits bits;  // unsigned: those of numbers that are not positive wrap around
  std::memcpy(&bits, &x.v, sizeof bits);
  // Shift so that the mantissa lies in [√½, √2).
  const Pack::Bits offset = bits - 0x3fe6a09e667f3bcdULL;
  const Pack::Integers k = Pack::Integers(offset) >> 52;
  bits = bits - (Pack::Bits(k) << 52);
  Pack m;
  std::memcpy(&m.v, &bits, sizeof bits);
  const Pack exponent(__builtin_convertvector(k, Pack::Vector));
  const Pack f = m - Pack(1.0);
  const Pack s = f / (Pack(2.0) + f);
  const Pack z = s * s;
  Pack r(1.479819860511658591e-01);
  for (const double c : {1.531383769920937332e-01,
                         1.818357216161805012e-01,
                         2.222219843214978396e-01,
                         2.857142874366239149e-01,
                         3.999999999940941908e-01,
                         6.666666666666735130e-01})
    r = r * z + Pack(c);
  r = r * z;
  const Pack half = Pack(0.5) * f * f;
  const Pack result = exponent * Pack(6.93147180369123816490e-01) -
                      ((half - (s * (half + r) + exponent * Pack(1.90821492927058770002e-10))) - f);
  const Pack zero(0.0), none(__builtin_nan(""));
  return Pack(x.v > zero.v ? result.v : none.v);
}

/// tanh, with full relative accuracy near 0.
inline Pack tanh(Pack x) {
  Pack scale;
  const Pack y = detail::clamp(Pack(2.0) * x, -40, 40);
  const Pack m = detail::reduced_expm1(y, &scale);
  const Pack expm1 = scale * m + (scale - Pack(1.0));
  return expm1 / (expm1 + Pack(2.0));
}

}  // namespace insula::INSULA_ISA
