// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/gamma_functions.h"

#include <cmath>
#include <limits>

#include "framework/numerics/log_factorial.h"

namespace insula::numerics {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = 1e-300;   // keeps a denominator from being 0
constexpr int kMostTerms = 10000;  // √shape of them are needed: for shapes up to 1e7

// ln(x^a e^−x / Γ(a)).
double log_kernel(double a, double x) { return a * std::log(x) - x - log_gamma(a); }

// A continued fraction b0 + a1/(b1 + a2/(b2 + …)), its terms one after another.
// source  Lentz 1976, Appl. Opt. 15:668, as modified by Thompson & Barnett 1986
class ContinuedFraction {
 public:
  explicit ContinuedFraction(double b0) : value_(b0 == 0 ? kTiny : b0), c_(value_) {}
  /// Whether the value still moves.
  bool add(double a, double b) {
    d_ = kept_from_zero(b + a * d_);
    c_ = kept_from_zero(b + a / c_);
    d_ = 1 / d_;
    const double factor = c_ * d_;
    value_ *= factor;
    return std::abs(factor - 1) > kEpsilon;
  }
  double value() const { return value_; }

 private:
  static double kept_from_zero(double x) { return std::abs(x) < kTiny ? kTiny : x; }
  double value_, c_, d_ = 0;
};

// I_x(a, b) for x below the mean.
double beta_by_fraction(double x, double a, double b) {
  ContinuedFraction fraction(1);
  for (int m = 0; m < kMostTerms; ++m) {
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    const double next = m + 1;
    const double even = next * (b - next) * x / ((a + 2 * next - 1) * (a + 2 * next));
    fraction.add(odd, 1);
    if (!fraction.add(even, 1)) break;
  }
  const double log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                           b * std::log1p(-x) - std::log(a);
  return std::exp(log_front) / fraction.value();
}

}  // namespace

double log_gamma(double x) { return log_factorial(x) - std::log(x); }

double digamma(double x) {
  double below = 0;
  for (; x < 10; x += 1) below -= 1 / x;
  const double y = 1 / (x * x);
  // B₂ₙ / 2n for n = 1 … 7
  const double tail =
      y * (1.0 / 12 -
           y * (1.0 / 120 -
                y * (1.0 / 252 -
                     y * (1.0 / 240 - y * (1.0 / 132 - y * (691.0 / 32760 - y * (1.0 / 12)))))));
  return below + std::log(x) - 0.5 / x - tail;
}

double log_gamma_distribution(double shape, double x) {
  if (x <= 0) return -std::numeric_limits<double>::infinity();
  if (x < shape + 1) {
    double term = 1, sum = 1;
    for (int n = 1; n < kMostTerms && term > kEpsilon * sum; ++n) sum += term *= x / (shape + n);
    return log_kernel(shape, x) - std::log(shape) + std::log(sum);
  }
  ContinuedFraction fraction(x + 1 - shape);
  for (int n = 1; n < kMostTerms && fraction.add(-n * (n - shape), x + 2 * n + 1 - shape); ++n) {
  }
  return std::log1p(-std::exp(log_kernel(shape, x)) / fraction.value());
}

double beta_distribution(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return x < (a + 1) / (a + b + 2) ? beta_by_fraction(x, a, b) : 1 - beta_by_fraction(1 - x, b, a);
}

}  // namespace insula::numerics
