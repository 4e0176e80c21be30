// SPDX-License-Identifier: Apache-2.0
// e^x, e^x − 1 and ½·ln(x/2π) where a few 1e-15 are near enough. With avx512 by tables of sixteen
// numbers, each looked up in two registers, which halves their polynomials (Tang 1989, ACM Trans.
// Math. Softw. 15:144; 1990, 16:378); elsewhere by the functions of pack.h.
//
// exact   pack_test.cpp
#pragma once

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "framework/numerics/pack.h"

namespace insula::INSULA_ISA {

/// e^x and e^x − 1 for x ≤ 0, clamped at −708; to 3e-15 and 6e-15 of themselves, e^x
/// to |x|·4e-17 more.
template <class T>
struct Exponential {
  T value, minus_one;
};

#ifdef __AVX512F__

namespace detail {

inline constexpr __mmask8 kAll = 0xff;  // the forms without a mask warn of GCC's own header

struct alignas(64) Sixteen {
  double of[16];
  // The entry named by the last four bits of each lane.
  Pack operator[](__m512i lanes) const {
    return Pack(
        Pack::Vector(_mm512_permutex2var_pd(_mm512_load_pd(of), lanes, _mm512_load_pd(of + 8))));
  }
};
// 2^(i/16)
inline constexpr Sixteen kRoots{{1.0,
                                 1.0442737824274138,
                                 1.0905077326652577,
                                 1.1387886347566916,
                                 1.189207115002721,
                                 1.241857812073484,
                                 1.2968395546510096,
                                 1.3542555469368927,
                                 1.4142135623730951,
                                 1.4768261459394993,
                                 1.5422108254079407,
                                 1.6104903319492543,
                                 1.681792830507429,
                                 1.7562521603732995,
                                 1.8340080864093424,
                                 1.9152065613971474}};
// r = 1/(1 + (i + ½)/16) and −½·ln(2πr)
inline constexpr Sixteen kReciprocals{{0.9696969696969697,
                                       0.9142857142857143,
                                       0.8648648648648649,
                                       0.8205128205128205,
                                       0.7804878048780488,
                                       0.7441860465116279,
                                       0.7111111111111111,
                                       0.6808510638297872,
                                       0.6530612244897959,
                                       0.6274509803921569,
                                       0.6037735849056604,
                                       0.5818181818181818,
                                       0.5614035087719298,
                                       0.5423728813559322,
                                       0.5245901639344263,
                                       0.5079365079365079}};
inline constexpr Sixteen kHalfLogs{{-0.9035527038712959,
                                    -0.8741324538598292,
                                    -0.8463475282824238,
                                    -0.8200256615397128,
                                    -0.7950204512523821,
                                    -0.7712064267577547,
                                    -0.7484752397193761,
                                    -0.7267326837495067,
                                    -0.7058963355492227,
                                    -0.6858936682423731,
                                    -0.6666605278284751,
                                    -0.6481398919883006,
                                    -0.6302808506872609,
                                    -0.6130377626516763,
                                    -0.5963695525178804,
                                    -0.5802391214087697}};

}  // namespace detail

inline Exponential<Pack> exponential(Pack x) {
  x = Pack(Pack::Vector(_mm512_maskz_max_pd(detail::kAll, __m512d(Pack(-708.0).v), __m512d(x.v))));
  // Adding 1.5·2^48 rounds to sixteenths, counted in the last bits.
  const Pack magic(422212465065984.0);
  const Pack rounded = x * 1.4426950408889634 + magic, k = rounded - magic;
  const Pack f = x - k * 0.6931471805599453;  // |f| ≤ ln 2/32
  const Pack root = detail::kRoots[__m512i(rounded.v)];
  const Pack power(
      Pack::Vector(_mm512_maskz_scalef_pd(detail::kAll, __m512d(root.v), __m512d(k.v))));
  // (e^f − 1 − f)/f² but for 6e-14, from Chebyshev's points
  Pack q(0.0013889034377693012);
  for (const double c : {0.008333449724528355, 0.041666666664959766, 0.16666666665301144, 0.5})
    q = q * f + c;
  const Pack m = f + (f * f) * q;
  return {power + power * m, power * m + (power - 1.0)};
}

/// ½·ln(x/2π) to 3e-15 and 3e-16 of itself, of a positive normal number.
inline Pack half_log_over_two_pi(Pack x) {
  const __m512d v = __m512d(x.v);
  const __m512d mantissa =
      _mm512_maskz_getmant_pd(detail::kAll, v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
  const Pack exponent(Pack::Vector(_mm512_maskz_getexp_pd(detail::kAll, v)));
  const __m512i lane = _mm512_maskz_srli_epi64(detail::kAll, _mm512_castpd_si512(mantissa), 48);
  const Pack f = Pack(Pack::Vector(mantissa)) * detail::kReciprocals[lane] - 1.0;  // |f| < 1/32
  // (ln(1 + f) − f)/2f² but for 2e-12, from Chebyshev's points
  Pack q(0.07150517429413007);
  for (const double c : {-0.08341950993732111,
                         0.09999997360999169,
                         -0.12499997031195702,
                         0.16666666666801327,
                         -0.2500000000015149})
    q = q * f + c;
  return (f * f) * q + (0.5 * f + (exponent * 0.34657359027997264 + detail::kHalfLogs[lane]));
}

#else

inline Exponential<Pack> exponential(Pack x) {
  Pack scale;
  const Pack m = detail::reduced_expm1(max(x, -708), &scale);
  return {scale + scale * m, scale * m + (scale - 1.0)};
}
inline Pack half_log_over_two_pi(Pack x) { return 0.5 * log(x) - 0.9189385332046727; }

#endif

}  // namespace insula::INSULA_ISA
