// SPDX-License-Identifier: Apache-2.0
// The log density of first passage and its five slopes, without branches, for any scalar T:
// PackPair for trials side by side, Dual<1> for second derivatives.
//
// Let w be the start's distance from the bound that was hit, u = 1 − w, ν the drift away from that
// bound, T = rt − t0, τ = T/a², V = 1 + sv²·T. Integrating the drift out of eq. 1 of Navarro & Fuss
//
//     ln f = −2 ln a − ½ ln V − (a·w + ν·T)²/(2·T·V) + M(τ, w),   M = ln g(τ, w) + w²/(2τ),
//
// with g the density for ν = 0, a = 1. Its two series are
//
//     τ ≤ 0.3:  g = S·e^(−w²/2τ)/√(2πτ³),  S = Σ_k (w + 2k)·e_k,  e_k = e^(−2k(k + w)/τ)
//     τ > 0.3:  g = π·sin(πw)·p·G,  G = Σ_k k·p^(k² − 1)·U_(k−1)(cos πw),  p = e^(−π²τ/2)
//
// with U Chebyshev's polynomials of the second kind, sin(kπw) = sin(πw)·U_(k−1)(cos πw).
//
// How many terms. Second series, k = 1 … 4: as |U_(k−1)| ≤ k, the rest is at most
// Σ_(k≥5) k²·p^(k² − 1) < 9.6e-15 at τ = 0.3, and G ≥ 1 − 4p³ > 0.95: relative error < 1.1e-14.
// First series, w ≤ ½, k = −2 … 2: terms ±k together are
// e^(−2k²/τ)·(2w·cosh(2kw/τ) − 4k·sinh(2kw/τ)); for k = 3 that is below 72·w/τ·e^(−15/τ) < 5e-20·w,
// and S > 0.89·w. First series, w > ½, k = −2 … 1: terms k and −k − 1 together are, with
// m = 2k + 1, 2·e^(−(m² − 1)/2τ − u/τ)·(m·sinh(mu/τ) − u·cosh(mu/τ)); the pair m = 5 is to m = 1
// below 3.8e-14, its value at τ = 0.3, u = ½ (1.6e-16 as u → 0). Both bounds fall fast away from
// τ = 0.3; a derivative multiplies them by at most some hundreds. Keeping pairs whole keeps the
// relative error where the density vanishes: S ~ w as w → 0 and S ~ u as u → 0.
//
// source  Navarro & Fuss 2009, J. Math. Psychol. 53:222, eq. 1, 5, 6; Gondan, Blurton &
//         Kesselmeier 2014, J. Math. Psychol. 60:20; Blurton, Kesselmeier & Gondan 2017,
//         J. Math. Psychol. 76:7 (drift variability, derivatives)
#pragma once

#include "framework/numerics/detail/pack_pair.h"

namespace insula::numerics::INSULA_ISA {

inline constexpr double kPi = 3.141592653589793;
inline constexpr double kSwitch = 0.3;
inline constexpr double kShortest = 1e-60;  // s; keeps every power that is needed a normal number

// e^x and e^x − 1, each to full relative accuracy; x ≤ 0.
template <class T>
struct Exponential {
  T value, minus_one;
};
[[gnu::always_inline]] inline Exponential<Pack> exponential(Pack x) {
  Pack scale;
  const Pack m = insula::INSULA_ISA::detail::reduced_expm1(max(x, -708), &scale);
  return {scale + scale * m, scale * m + (scale - 1.0)};
}
[[gnu::always_inline]] inline Exponential<PackPair> exponential(PackPair x) {
  const auto a = exponential(x.a), b = exponential(x.b);
  return {{a.value, b.value}, {a.minus_one, b.minus_one}};
}
template <int N>
[[gnu::always_inline]] inline Exponential<Dual<N>> exponential(const Dual<N>& x) {
  const auto [value, minus_one] = exponential(x.v);
  return {x.chain(value, value), x.chain(minus_one, value)};
}

// sin(πh/2) and cos(πh/2), h in [0, ½].
// source  fdlibm k_sin.c and k_cos.c (the polynomials)
template <class T>
struct HalfAngle {
  T sine, cosine;
};
[[gnu::always_inline]] inline HalfAngle<Pack> half_angle(Pack h) {
  const Pack x = 0.5 * kPi * h, y = x * x;
  Pack s(1.58969099521155010221e-10), c(-1.13596475577881948265e-11);
  for (const double k : {-2.50507602534068634195e-08,
                         2.75573137070700676789e-06,
                         -1.98412698298579493134e-04,
                         8.33333333332248946124e-03,
                         -1.66666666666666324348e-01})
    s = s * y + k;
  for (const double k : {2.08757232129817482790e-09,
                         -2.75573143513906633035e-07,
                         2.48015872894767294178e-05,
                         -1.38888888888741095749e-03,
                         4.16666666666666019037e-02})
    c = c * y + k;
  return {x + x * y * s, 1.0 - 0.5 * y + y * y * c};
}
[[gnu::always_inline]] inline HalfAngle<PackPair> half_angle(PackPair h) {
  const auto a = half_angle(h.a), b = half_angle(h.b);
  return {{a.sine, b.sine}, {a.cosine, b.cosine}};
}
template <int N>
[[gnu::always_inline]] inline HalfAngle<Dual<N>> half_angle(const Dual<N>& h) {
  const auto [sine, cosine] = half_angle(h.v);
  return {h.chain(sine, 0.5 * kPi * cosine), h.chain(cosine, -0.5 * kPi * sine)};
}

/// S, ∂S/∂w and ∂S/∂τ, of which the last two are left out unless kSlopes; b = 1/τ is theirs alone.
template <class T>
struct Series {
  T sum, by_w, by_time;
};
template <bool kSlopes, class T, class M>
[[gnu::always_inline]] inline Series<T> short_series(M left,
                                                     const T& w,
                                                     const T& u,
                                                     const T& b,
                                                     const Exponential<T>& near,
                                                     const Exponential<T>& far) {
  // near = e^(−2u/τ), far = e^(−2w/τ); on = e_1, e_2 and back = e_(−1), e_(−2)
  const T &back1 = near.value, far2 = far.value * far.value, near2 = back1 * back1;
  const T on1 = back1 * far2, back2 = near2 * near2 * far2;
  const T on2 = select(left, back2 * far2 * far2, T(0.0));
  Series<T> r;
  r.sum = select(left,
                 w + back1 * (2.0 * w + (w + 2.0) * far.minus_one * (2.0 + far.minus_one)),
                 (w + 2.0) * on1 - 2.0 * u - (1.0 + u) * near.minus_one) +
          (w - 4.0) * back2 + (w + 4.0) * on2;
  if constexpr (kSlopes) {
    const T b2 = 2.0 * b, b4 = 4.0 * b;
    r.by_w = 1.0 + back1 * (1.0 + b2 * (w - 2.0)) + on1 * (1.0 - b2 * (w + 2.0)) +
             back2 * (1.0 + b4 * (w - 4.0)) + on2 * (1.0 - b4 * (w + 4.0));
    r.by_time = b * b *
                (2.0 * ((1.0 + w) * (2.0 + w) * on1 - u * (1.0 + u) * back1) +
                 4.0 * ((2.0 + w) * (4.0 + w) * on2 - (1.0 + u) * (3.0 + u) * back2));
  }
  return r;
}

/// sin(πw)·G, and what ∂g/∂w and ∂g/∂τ have in its place, each divided by π·p.
template <bool kSlopes, class T, class M>
[[gnu::always_inline]] inline Series<T> long_series(M left, const T& w, const T& u, const T& p) {
  const auto [s, c] = half_angle(select(left, w, u));
  const T sine = 2.0 * s * c, cosine_of_less = 1.0 - 2.0 * s * s;
  const T x = select(left, cosine_of_less, -cosine_of_less);
  const T p2 = p * p, p4 = p2 * p2, p3 = p * p2, p8 = p4 * p4, p15 = p8 * p4 * p3;
  const T y = 2.0 * x, y2 = y * y;
  const T u1 = p3 * y, u2 = p8 * (y2 - 1.0), u3 = p15 * y * (y2 - 2.0);
  Series<T> r;
  r.sum = sine * (1.0 + 2.0 * u1 + 3.0 * u2 + 4.0 * u3);
  if constexpr (kSlopes) {
    const T t2 = 0.5 * y2 - 1.0;
    r.by_w =
        kPi * (x + 4.0 * p3 * t2 + 9.0 * p8 * x * (y2 - 3.0) + 16.0 * p15 * (2.0 * t2 * t2 - 1.0));
    r.by_time = (-0.5 * kPi * kPi) * sine * (1.0 + 8.0 * u1 + 27.0 * u2 + 64.0 * u3);
  }
  return r;
}

template <class T>
struct Point {
  T v, a, z, t0, sv;
};

/// One trial before its series: what they are taken at, and where the rest of the density goes,
/// ln f = ½·ln(sum²·scale) + rest.
template <class T>
struct Passage {
  using Mask = decltype(at_most(T{}, 0));
  T w, u, drift, time, precision, path, per_area, tau, b;  // precision = 1/(TV), path = aw + νT
  T near, far;                                             // the exponents of the series
  T scale, rest;
  Mask lower, never, is_short, left;
};
template <class T>
[[gnu::always_inline]] inline Passage<T> passage(const T& rt, const T& resp, const Point<T>& at) {
  Passage<T> r;
  r.lower = at_most(resp, 0);
  r.w = select(r.lower, at.z, 1.0 - at.z);
  r.u = select(r.lower, 1.0 - at.z, at.z);
  r.drift = select(r.lower, at.v, -at.v);
  const T since = rt - at.t0;
  r.never = at_most(since, 0);
  r.time = select(at_most(since, kShortest), T(kShortest), since);

  const T spread = 1.0 + at.sv * at.sv * r.time;  // V
  const T area = at.a * at.a, whole = r.time * spread;
  const T inverse = 1.0 / (whole * area);  // one division for both
  r.precision = inverse * area;
  r.per_area = inverse * whole;
  const T rate = spread * r.precision;  // 1/T
  r.path = at.a * r.w + r.drift * r.time;
  r.tau = r.time * r.per_area;
  r.b = area * rate;
  r.is_short = at_most(r.tau, kSwitch);
  r.left = at_most(r.w, 0.5);

  const T decay = (-0.5 * kPi * kPi) * r.tau, step = -2.0 * r.b;
  r.near = select(r.is_short, r.u * step, decay);
  r.far = r.w * step;
  const T factor = select(r.is_short, at.a * rate, kPi * r.per_area);
  r.scale = factor * factor * r.precision * select(r.is_short, T(0.5 / kPi), r.time);
  r.rest = select(r.is_short, T(0.0), 0.5 * r.w * (r.w * r.b) + decay) -
           0.5 * r.path * (r.path * r.precision);
  r.rest = select(r.never, T(-__builtin_inf()), r.rest);
  return r;
}

/// The log density of one response time each and its slopes in (v, a, z, t0, sv); −∞ and zeros if
/// rt ≤ t0.
template <class T>
[[gnu::always_inline]] inline void first_passage(
    const T& rt, const T& resp, const Point<T>& at, T* value, T* slope) {
  const Passage<T> p = passage(rt, resp, at);
  const Exponential<T> near = exponential(p.near), far = exponential(p.far);
  const Series<T> early = short_series<true>(p.left, p.w, p.u, p.b, near, far);
  const Series<T> late = long_series<true>(p.left, p.w, p.u, near.value);
  const T sum = select(p.is_short, early.sum, late.sum);
  *value = 0.5 * log(sum * sum * p.scale) + p.rest;

  const T inverse = 1.0 / sum, wb = p.w * p.b;
  const T by_w =
      select(p.is_short, early.by_w, late.by_w) * inverse + select(p.is_short, T(0.0), wb);
  const T by_tau = select(p.is_short, early.by_time, late.by_time) * inverse -
                   select(p.is_short, 1.5 * p.b, 0.5 * wb * wb);
  const T pull = p.path * p.precision, at_end = pull * p.time;  // X/(TV), X/V
  const T dw = by_w - pull * at.a;
  const T variance = at.sv * at.sv;
  slope[0] = select(p.lower, -at_end, at_end);
  slope[1] = -(2.0 + 2.0 * p.tau * by_tau) * (at.a * p.per_area) - pull * p.w;
  slope[2] = select(p.lower, dw, -dw);
  slope[3] = 0.5 * variance * (p.time * p.precision) + pull * p.drift -
             0.5 * pull * pull * (1.0 + 2.0 * variance * p.time) - by_tau * p.per_area;
  slope[4] = at.sv * p.time * p.time * (pull * pull - p.precision);
  for (int i = 0; i < 5; ++i) slope[i] = select(p.never, T(0.0), slope[i]);
}

}  // namespace insula::numerics::INSULA_ISA
