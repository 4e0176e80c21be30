// SPDX-License-Identifier: Apache-2.0
// Dual numbers: a value and its derivatives in N directions at once, each a Pack of lanes.
//
// With ε² = 0, f(x + ẋε) = f(x) + f′(x)·ẋ·ε, so running an equation on dual numbers runs the chain
// rule beside it, exactly. A kind's equations are written once for any scalar T and instantiated
// with Pack for values, with Dual<N> for Jacobians and with Dependence for their structure.
//
// source  Griewank & Walther 2008, Evaluating Derivatives, ch. 3; the layout was measured against
//         Eigen-based duals (a plain array compiles five times faster)
#pragma once

#include "framework/numerics/pack.h"

namespace insula::INSULA_ISA {

template <int N>
struct Dual {
  Pack v;
  Pack d[N];

  Dual() = default;
  Dual(double x) : v(x) {  // a constant
    for (Pack& slope : d) slope = Pack(0.0);
  }

  /// The number with value f(v) and derivative slope·d: the chain rule.
  [[gnu::always_inline]] Dual chain(Pack value, Pack slope) const {
    Dual r;
    r.v = value;
    for (int i = 0; i < N; ++i) r.d[i] = slope * d[i];
    return r;
  }

  [[gnu::always_inline]] friend Dual operator+(const Dual& a, const Dual& b) {
    Dual r;
    r.v = a.v + b.v;
    for (int i = 0; i < N; ++i) r.d[i] = a.d[i] + b.d[i];
    return r;
  }
  [[gnu::always_inline]] friend Dual operator-(const Dual& a, const Dual& b) {
    Dual r;
    r.v = a.v - b.v;
    for (int i = 0; i < N; ++i) r.d[i] = a.d[i] - b.d[i];
    return r;
  }
  [[gnu::always_inline]] friend Dual operator*(const Dual& a, const Dual& b) {
    Dual r;
    r.v = a.v * b.v;
    for (int i = 0; i < N; ++i) r.d[i] = a.d[i] * b.v + a.v * b.d[i];
    return r;
  }
  [[gnu::always_inline]] friend Dual operator/(const Dual& a, const Dual& b) {
    Dual r;
    r.v = a.v / b.v;
    const Pack inverse = Pack(1.0) / b.v;
    for (int i = 0; i < N; ++i) r.d[i] = (a.d[i] - r.v * b.d[i]) * inverse;
    return r;
  }
  [[gnu::always_inline]] friend Dual operator-(const Dual& a) { return a.chain(-a.v, Pack(-1.0)); }

  // With a constant the derivative parts need no products with zero.
  [[gnu::always_inline]] friend Dual operator+(Dual a, double b) { return a.v = a.v + Pack(b), a; }
  [[gnu::always_inline]] friend Dual operator+(double a, Dual b) { return b.v = Pack(a) + b.v, b; }
  [[gnu::always_inline]] friend Dual operator-(Dual a, double b) { return a.v = a.v - Pack(b), a; }
  [[gnu::always_inline]] friend Dual operator-(double a, const Dual& b) {
    return b.chain(Pack(a) - b.v, Pack(-1.0));
  }
  [[gnu::always_inline]] friend Dual operator*(const Dual& a, double b) {
    return a.chain(a.v * Pack(b), Pack(b));
  }
  [[gnu::always_inline]] friend Dual operator*(double a, const Dual& b) {
    return b.chain(Pack(a) * b.v, Pack(a));
  }
  [[gnu::always_inline]] friend Dual operator/(const Dual& a, double b) {
    return a.chain(a.v / Pack(b), Pack(1 / b));
  }
  [[gnu::always_inline]] friend Dual operator/(double a, const Dual& b) {
    const Pack quotient = Pack(a) / b.v;
    return b.chain(quotient, -quotient / b.v);
  }
};

template <int N>
[[gnu::always_inline]] inline Dual<N> exp(const Dual<N>& x) {
  const Pack e = exp(x.v);
  return x.chain(e, e);
}
template <int N>
[[gnu::always_inline]] inline Dual<N> log(const Dual<N>& x) {
  return x.chain(log(x.v), Pack(1.0) / x.v);
}
template <int N>
[[gnu::always_inline]] inline Dual<N> tanh(const Dual<N>& x) {
  const Pack t = tanh(x.v);
  return x.chain(t, Pack(1.0) - t * t);
}
template <int N>
[[gnu::always_inline]] inline Dual<N> max(const Dual<N>& x, double floor) {
  const Pack low(floor), one(1.0), zero(0.0);
  return x.chain(max(x.v, floor), Pack(x.v.v < low.v ? zero.v : one.v));
}

/// A scalar that records which arguments a result depends on: bit a for argument a. Running an
/// equation on it gives the structure of its Jacobian, valid at every point.
struct Dependence {
  std::uint64_t on = 0;
  Dependence() = default;
  Dependence(double) {}
  explicit Dependence(std::uint64_t mask) : on(mask) {}
  friend Dependence operator+(Dependence a, Dependence b) { return Dependence(a.on | b.on); }
  friend Dependence operator-(Dependence a, Dependence b) { return Dependence(a.on | b.on); }
  friend Dependence operator*(Dependence a, Dependence b) { return Dependence(a.on | b.on); }
  friend Dependence operator/(Dependence a, Dependence b) { return Dependence(a.on | b.on); }
  friend Dependence operator-(Dependence a) { return a; }
};
inline Dependence exp(Dependence x) { return x; }
inline Dependence log(Dependence x) { return x; }
inline Dependence tanh(Dependence x) { return x; }
inline Dependence max(Dependence x, double) { return x; }

}  // namespace insula::INSULA_ISA
