// SPDX-License-Identifier: Apache-2.0
// No bare tolerance: how far two numbers may differ is said together with why.
//
//     EXPECT_CLOSE(area, kPi * r * r, Tolerance::rounding(4));
//
// A failure prints both numbers, the bound and its reason. Matrices are compared entry by entry.
#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

namespace insula {

/// A bound on |actual − expected| that knows its reason. It can only be made by saying why.
class Tolerance {
 public:
  /// `n` roundings: n·ε of the larger of |expected| and `scale`, the size of the numbers whose sum
  /// or difference `expected` is.
  static Tolerance rounding(double n, double scale = 0) {
    return {
        Kind::relative, n * std::numeric_limits<double>::epsilon(), scale, text(n) + " roundings"};
  }
  /// A method of order `order` at step `step`: constant·step^order, absolute.
  static Tolerance truncation(double constant, double step, double order) {
    return {Kind::absolute,
            constant * std::pow(step, order),
            0,
            "truncation error " + text(constant) + "*" + text(step) + "^" + text(order)};
  }
  /// The expected number was printed with `k` significant digits: half a unit of the last one.
  static Tolerance printed_digits(int k) {
    return {Kind::significant,
            static_cast<double>(k),
            0,
            "printed with " + text(k) + " significant digits"};
  }
  /// The expected number was printed with `k` digits after the point.
  static Tolerance printed_decimals(int k) {
    return {Kind::absolute, 0.5 * std::pow(10.0, -k), 0, "printed with " + text(k) + " decimals"};
  }
  /// The mean of `n` draws with standard deviation `sd`: five standard errors, two-sided (one false
  /// alarm in about 1.7 million).
  static Tolerance sampling(double sd, double n) {
    return {Kind::absolute,
            5 * sd / std::sqrt(n),
            0,
            "five standard errors of " + text(n) + " draws with sd " + text(sd)};
  }
  /// An absolute bound for a reason of its own.
  static Tolerance because(double value, std::string reason) {
    return {Kind::absolute, value, 0, std::move(reason)};
  }

  /// The largest |actual − expected| that passes.
  double bound(double expected) const {
    switch (kind_) {
      case Kind::absolute: return value_;
      case Kind::relative: return value_ * std::max(std::abs(expected), scale_);
      case Kind::significant: break;
    }
    if (expected == 0) return 0;
    // Binary rounding of the decimal number itself comes on top of half a digit.
    const double last_digit =
        std::pow(10.0, std::floor(std::log10(std::abs(expected))) + 1 - value_);
    return 0.5 * last_digit + std::numeric_limits<double>::epsilon() * std::abs(expected);
  }
  const std::string& reason() const { return reason_; }
  bool allows(double actual, double expected) const {
    const double difference = std::abs(actual - expected);
    return actual == expected || (std::isfinite(difference) && difference <= bound(expected));
  }

 private:
  enum class Kind { absolute, relative, significant };
  Tolerance(Kind kind, double value, double scale, std::string reason)
      : kind_(kind), value_(value), scale_(scale), reason_(std::move(reason)) {}

  static std::string text(double x) {
    std::ostringstream out;
    out << x;
    return out.str();
  }

  Kind kind_;
  double value_;
  double scale_;
  std::string reason_;
};

/// What EXPECT_CLOSE checks for numbers. A NaN is close to nothing.
inline testing::AssertionResult expect_close(const char* actual_text,
                                             const char* expected_text,
                                             const char* /*tolerance_text*/,
                                             double actual,
                                             double expected,
                                             const Tolerance& tolerance) {
  if (tolerance.allows(actual, expected)) return testing::AssertionSuccess();
  std::ostringstream out;
  out.precision(17);
  out << actual_text << " is " << actual << ",\nexpected " << expected_text << " = " << expected
      << ";\nthey differ by " << std::abs(actual - expected) << ", allowed is "
      << tolerance.bound(expected) << " (" << tolerance.reason() << ")";
  return testing::AssertionFailure() << out.str();
}

/// What EXPECT_CLOSE checks for matrices and vectors: the same shape and every entry close. The
/// first entry that is not is printed.
template <class A, class B>
testing::AssertionResult expect_close(const char* actual_text,
                                      const char* expected_text,
                                      const char* tolerance_text,
                                      const Eigen::DenseBase<A>& actual,
                                      const Eigen::DenseBase<B>& expected,
                                      const Tolerance& tolerance) {
  if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) {
    return testing::AssertionFailure()
           << actual_text << " is " << actual.rows() << " x " << actual.cols() << ", "
           << expected_text << " is " << expected.rows() << " x " << expected.cols();
  }
  const typename A::PlainObject a = actual;
  const typename B::PlainObject b = expected;
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      const auto result =
          expect_close(actual_text, expected_text, tolerance_text, a(i, j), b(i, j), tolerance);
      if (!result)
        return testing::AssertionFailure()
               << "entry (" << i << ", " << j << "): " << result.message();
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace insula

/// `actual` lies within `tolerance` (an insula::Tolerance) of `expected`.
#define EXPECT_CLOSE(actual, expected, tolerance) \
  EXPECT_PRED_FORMAT3(::insula::expect_close, actual, expected, tolerance)
#define ASSERT_CLOSE(actual, expected, tolerance) \
  ASSERT_PRED_FORMAT3(::insula::expect_close, actual, expected, tolerance)
