// SPDX-License-Identifier: Apache-2.0
// A number and its slopes in P parameters: forward mode for what is computed once a trial, where
// the packs of numerics/dual.h would have one lane in use.
//
// Source: Griewank & Walther 2008, Evaluating Derivatives, ch. 3.
#pragma once

#include <array>
#include <cmath>

namespace insula::learners::detail {

template <int P>
struct Tangent {
  double value = 0;
  std::array<double, P> slope{};

  Tangent() = default;
  Tangent(double constant) : value(constant) {}

  /// The number of value f(value) whose derivative at value is `by`: the chain rule.
  Tangent chain(double f, double by) const {
    Tangent r(f);
    for (int p = 0; p < P; ++p) r.slope[p] = by * slope[p];
    return r;
  }

  friend Tangent operator+(const Tangent& a, const Tangent& b) {
    Tangent r(a.value + b.value);
    for (int p = 0; p < P; ++p) r.slope[p] = a.slope[p] + b.slope[p];
    return r;
  }
  friend Tangent operator-(const Tangent& a, const Tangent& b) {
    Tangent r(a.value - b.value);
    for (int p = 0; p < P; ++p) r.slope[p] = a.slope[p] - b.slope[p];
    return r;
  }
  friend Tangent operator*(const Tangent& a, const Tangent& b) {
    Tangent r(a.value * b.value);
    for (int p = 0; p < P; ++p) r.slope[p] = a.slope[p] * b.value + a.value * b.slope[p];
    return r;
  }
  friend Tangent operator/(const Tangent& a, const Tangent& b) {
    Tangent r(a.value / b.value);
    for (int p = 0; p < P; ++p) r.slope[p] = (a.slope[p] - r.value * b.slope[p]) / b.value;
    return r;
  }
};

inline double logistic(double x) { return 1 / (1 + std::exp(-x)); }

template <int P>
Tangent<P> exp(const Tangent<P>& x) {
  const double e = std::exp(x.value);
  return x.chain(e, e);
}
/// At 0, where |x| has no slope, it is 0.
template <int P>
Tangent<P> abs(const Tangent<P>& x) {
  return x.chain(std::abs(x.value), x.value > 0 ? 1 : x.value < 0 ? -1 : 0);
}
template <int P>
Tangent<P> logistic(const Tangent<P>& x) {
  const double s = logistic(x.value);
  return x.chain(s, s * (1 - s));
}

}  // namespace insula::learners::detail
