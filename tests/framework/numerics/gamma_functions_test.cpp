// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/gamma_functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "framework/numerics/statistics.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

TEST(LogGamma, IsThatOfHalvesAndOfSmallNumbers) {
  EXPECT_CLOSE(log_gamma(0.5), 0.5 * std::log(std::numbers::pi), Tolerance::rounding(4));
  EXPECT_CLOSE(log_gamma(5), std::log(24), Tolerance::rounding(4));
  EXPECT_CLOSE(log_gamma(1e-9), -std::log(1e-9), Tolerance::printed_digits(9));
}

TEST(Digamma, KnowsItsClosedForms) {
  constexpr double kEuler = std::numbers::egamma;
  EXPECT_CLOSE(digamma(1), -kEuler, Tolerance::rounding(16, 2));
  EXPECT_CLOSE(digamma(0.5), -kEuler - 2 * std::numbers::ln2, Tolerance::rounding(16, 2));
  EXPECT_CLOSE(digamma(4), -kEuler + 1 + 0.5 + 1.0 / 3, Tolerance::rounding(16, 2));
  for (const double x : {0.1, 0.7, 3.3, 9.99, 25.0, 1e4})
    EXPECT_CLOSE(digamma(x + 1), digamma(x) + 1 / x, Tolerance::rounding(16, 11));
}

TEST(GammaDistribution, IsThatOfErlangForWholeShapes) {
  for (const int shape : {1, 2, 7, 40})
    for (const double x : {0.01, 0.5, 3.0, 8.0, 39.0, 60.0}) {
      // P = 1 − e^−x Σ_{j<shape} x^j / j!, and where that cancels the rest of the series.
      double term = std::exp(-x), below = 0;
      for (int j = 0; j < shape; ++j) term *= x / (j + 1);
      for (int j = shape; j < shape + 400; ++j) below += term, term *= x / (j + 1);
      EXPECT_CLOSE(log_gamma_distribution(shape, x), std::log(below), Tolerance::rounding(200, 1));
    }
}

TEST(GammaDistribution, ThatUnderflowsKeepsItsLogarithm) {
  // P ≈ x^a e^−x / Γ(a + 1) for x far below a.
  const double lowest = log_gamma_distribution(300, 1e-3);
  EXPECT_LT(lowest, -2000);
  const double leading = 300 * std::log(1e-3) - 1e-3 - log_gamma(301);
  EXPECT_CLOSE(lowest - leading, 1e-3 / 301, Tolerance::because(1e-9, "second term, and rounding"));
  EXPECT_EQ(log_gamma_distribution(2, 0), -HUGE_VAL);
}

TEST(BetaDistribution, HasTheClosedFormsOfSmallShapes) {
  for (const double x : {0.0, 0.03, 0.4, 0.5, 0.97, 1.0}) {
    EXPECT_CLOSE(beta_distribution(x, 1, 1), x, Tolerance::rounding(8));
    EXPECT_CLOSE(beta_distribution(x, 3.5, 1), std::pow(x, 3.5), Tolerance::rounding(16));
    EXPECT_CLOSE(
        beta_distribution(x, 1, 2.5), 1 - std::pow(1 - x, 2.5), Tolerance::rounding(16, 1));
    EXPECT_CLOSE(beta_distribution(x, 2, 2), x * x * (3 - 2 * x), Tolerance::rounding(16));
  }
}

TEST(BetaDistribution, GivesThatOfStudentsT) {
  // F(t) = 1 − ½ I_{ν/(ν+t²)}(ν/2, ½), t > 0. source  Abramowitz & Stegun 1964, 26.7.1
  for (const int degrees : {1, 4, 31})
    for (const double t : {0.3, 2.0, 5.0}) {
      const double x = degrees / (degrees + t * t);
      EXPECT_CLOSE(1 - 0.5 * beta_distribution(x, 0.5 * degrees, 0.5),
                   student_distribution(t, degrees),
                   Tolerance::rounding(64));
    }
}

}  // namespace
}  // namespace insula::numerics
