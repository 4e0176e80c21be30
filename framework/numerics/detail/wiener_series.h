// SPDX-License-Identifier: Apache-2.0
// The log density of first passage and its five slopes, without branches, for any scalar T:
// Pack for trials side by side, Dual<1> for second derivatives.
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

#include "framework/numerics/detail/pack_select.h"
#include "framework/numerics/detail/pack_tables.h"

namespace insula::numerics::INSULA_ISA {

inline constexpr double kPi = 3.141592653589793;
inline constexpr double kLateScale = 7.8748049728612095;  // π·√(2π)
inline constexpr double kSwitch = 0.3;
inline constexpr double kShortest = 1e-60;  // s; keeps every power that is needed a normal number

template <int N>
[[gnu::always_inline]] inline Exponential<Dual<N>> exponential(const Dual<N>& x) {
  const auto [value, minus_one] = exponential(x.v);
  return {x.chain(value, value), x.chain(minus_one, value)};
}

// π·√(2π)·sin(πw) and 2·cos(πw). Both are entire functions of w·u = ¼ − (½ − w)², and few terms
// give them without loss where the density vanishes: sin(πw) = wu·R(wu), 2·cos(πw) = (½ − w)·P(wu),
// with R and P polynomials through the values at Chebyshev's points of [0, ¼]. Errors 1e-14 of the
// sine and, of the cosine, 2e-13, which counts for at most 4p³ = 0.05.
template <class T>
struct Angle {
  T sine, twice_cosine;
};
[[gnu::always_inline]] inline Angle<Pack> angle(Pack w, Pack u) {
  const Pack x = w * u;
  Pack r(kLateScale * 9.989933970276662e-05), p(0.0008949841661086007);
  for (const double k : {0.0017525775150294843,
                         0.023046380119681725,
                         0.2048249093586877,
                         1.1154725278986124,
                         3.1415926535777725,
                         3.1415926535898238})
    r = r * x + kLateScale * k;
  for (const double k : {0.013385534692056226,
                         0.14671862331955846,
                         1.0431646028173134,
                         4.260791205681543,
                         7.999999999877125,
                         4.0000000000003135})
    p = p * x + k;
  return {x * r, (0.5 - w) * p};
}
template <int N>
[[gnu::always_inline]] inline Angle<Dual<N>> angle(const Dual<N>& w, const Dual<N>& u) {
  const auto [sine, twice_cosine] = angle(w.v, u.v);
  return {w.chain(sine, 0.5 * kPi * kLateScale * twice_cosine),
          w.chain(twice_cosine, (-2.0 * kPi / kLateScale) * sine)};
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
  const T &back1 = near.value, &e = far.value, both = back1 * e;
  const T next = w + 2.0, half2 = back1 * both, half_on2 = both * both * e;
  const T back2 = half2 * half2, on2 = select(left, half_on2 * half_on2, T(0.0));
  // w − 2 + (w + 2)·far², the factor of back1 in k = ±1, with no loss as w → 0
  const T pair = (w + w) + next * (far.minus_one * (2.0 + far.minus_one));
  Series<T> r;
  r.sum = select(left, w + back1 * pair, near.minus_one * pair + (next * (e * e) - (u + u))) +
          (w - 4.0) * back2 + (w + 4.0) * on2;
  if constexpr (kSlopes) {
    const T on1 = both * e, b2 = 2.0 * b, b4 = 4.0 * b;
    r.by_w = 1.0 + back1 * (1.0 + b2 * (w - 2.0)) + on1 * (1.0 - b2 * (w + 2.0)) +
             back2 * (1.0 + b4 * (w - 4.0)) + on2 * (1.0 - b4 * (w + 4.0));
    r.by_time = b * b *
                (2.0 * ((1.0 + w) * (2.0 + w) * on1 - u * (1.0 + u) * back1) +
                 4.0 * ((2.0 + w) * (4.0 + w) * on2 - (1.0 + u) * (3.0 + u) * back2));
  }
  return r;
}

/// g, ∂g/∂w and ∂g/∂τ, each divided by p and times √(2π).
template <bool kSlopes, class T>
[[gnu::always_inline]] inline Series<T> long_series(const T& w, const T& u, const T& p) {
  const auto [sine, y] = angle(w, u);
  const T p2 = p * p, p3 = p2 * p, p5 = p3 * p2, p7 = p5 * p2;
  const T two_y = y + y, d = y * two_y - 4.0;  // 2·(y² − 2)
  Series<T> r;
  r.sum = sine * (1.0 + p3 * (two_y + p5 * ((1.5 * d + 3.0) + p7 * (two_y * d))));
  if constexpr (kSlopes) {
    const T t2 = 0.25 * d, p8 = p5 * p3, p15 = p8 * p7, y2 = y * y;
    r.by_w = (0.5 * kPi * kLateScale) *
             (y + 8.0 * p3 * t2 + 9.0 * p8 * y * (y2 - 3.0) + 32.0 * p15 * (2.0 * t2 * t2 - 1.0));
    r.by_time = (-0.5 * kPi * kPi) * sine *
                (1.0 + 8.0 * p3 * y + 27.0 * p8 * (y2 - 1.0) + 64.0 * p15 * y * (y2 - 2.0));
  }
  return r;
}

template <class T>
struct Point {
  T v, a, z, t0, sv;
};

/// One trial before its series: what they are taken at, and where the rest of the density goes,
/// ln f = ½·ln(sum²·scale/2π) + ½·rest.
template <class T>
struct Passage {
  T w, u, drift, time, precision, path, per_area, tau, b;  // precision = 1/(TV), path = aw + νT
  T near, far;                                             // the exponents of the series
  T scale, rest;
};
template <class T>
[[gnu::always_inline]] inline Passage<T> passage(const T& rt, const T& resp, const Point<T>& at) {
  Passage<T> r;
  const auto lower = at_most(resp, 0);
  const T other = 1.0 - at.z;
  r.w = select(lower, at.z, other);
  r.u = select(lower, other, at.z);
  r.drift = select(lower, at.v, -at.v);
  const T since = rt - at.t0;
  r.time = max(since, kShortest);

  const T spread = 1.0 + at.sv * at.sv * r.time;  // V
  const T area = at.a * at.a, whole = r.time * spread;
  const T inverse = 1.0 / (whole * area);  // one division for both
  r.precision = inverse * area;
  r.per_area = inverse * whole;
  const T rate = spread * r.precision;  // 1/T
  r.path = at.a * r.w + r.drift * r.time;
  r.tau = r.time * r.per_area;
  r.b = area * rate;

  const auto is_short = at_most(r.tau, kSwitch);
  const T step = -2.0 * r.b;
  r.far = r.w * step;
  r.near = select(is_short, r.u * step, (-0.5 * kPi * kPi) * r.tau);
  const T factor = select(is_short, at.a * rate, r.per_area);
  r.scale = factor * factor * select(is_short, r.precision, r.precision * r.time);
  r.rest =
      select(is_short, T(0.0), 2.0 * r.near - 0.5 * r.w * r.far) - r.path * (r.path * r.precision);
  r.rest = select(at_most(since, 0), T(-__builtin_inf()), r.rest);
  return r;
}

/// The log density, and −∞ if rt ≤ t0.
[[gnu::always_inline]] inline Pack log_density(const Passage<Pack>& p,
                                               const Exponential<Pack>& near,
                                               const Exponential<Pack>& far) {
  const Series<Pack> early = short_series<false>(at_most(p.w, 0.5), p.w, p.u, p.b, near, far);
  const Series<Pack> late = long_series<false>(p.w, p.u, near.value);
  const Pack sum = select(at_most(p.tau, kSwitch), early.sum, late.sum);
  return half_log_over_two_pi(sum * sum * p.scale) + 0.5 * p.rest;
}

/// Its slopes in (v, a, z, t0, sv), zeros if rt ≤ t0.
template <class T>
[[gnu::always_inline]] inline void slopes_of(const Passage<T>& p,
                                             const Exponential<T>& near,
                                             const Exponential<T>& far,
                                             const T& resp,
                                             const T& since,
                                             const Point<T>& at,
                                             T* slope) {
  const auto lower = at_most(resp, 0), never = at_most(since, 0);
  const auto left = at_most(p.w, 0.5), is_short = at_most(p.tau, kSwitch);
  const Series<T> early = short_series<true>(left, p.w, p.u, p.b, near, far);
  const Series<T> late = long_series<true>(p.w, p.u, near.value);
  const T inverse = 1.0 / select(is_short, early.sum, late.sum), wb = p.w * p.b;
  const T by_w = select(is_short, early.by_w, late.by_w) * inverse + select(is_short, T(0.0), wb);
  const T by_tau = select(is_short, early.by_time, late.by_time) * inverse -
                   select(is_short, 1.5 * p.b, 0.5 * wb * wb);
  const T pull = p.path * p.precision, at_end = pull * p.time;  // X/(TV), X/V
  const T dw = by_w - pull * at.a;
  const T variance = at.sv * at.sv;
  slope[0] = select(lower, -at_end, at_end);
  slope[1] = -(2.0 + 2.0 * p.tau * by_tau) * (at.a * p.per_area) - pull * p.w;
  slope[2] = select(lower, dw, -dw);
  slope[3] = 0.5 * variance * (p.time * p.precision) + pull * p.drift -
             0.5 * pull * pull * (1.0 + 2.0 * variance * p.time) - by_tau * p.per_area;
  slope[4] = at.sv * p.time * p.time * (pull * pull - p.precision);
  for (int i = 0; i < 5; ++i) slope[i] = select(never, T(0.0), slope[i]);
}

}  // namespace insula::numerics::INSULA_ISA
