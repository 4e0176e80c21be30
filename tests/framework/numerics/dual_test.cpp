// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/dual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "tests/framework/numerics/vector_functions.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

constexpr int kConstant = 18;
constexpr std::size_t kDualPoints = 200;

class AnyDual : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    Stream stream(2, "dual_test");
    for (std::size_t i = 0; i < kDualPoints; ++i) {
      a.push_back(0.2 + 2 * stream.uniform());  // positive: some expressions take its logarithm
      b.push_back(0.2 + 2 * stream.uniform());
    }
  }
  std::vector<double> differentiate(int e) const {
    std::vector<double> out(3 * kDualPoints);
    f.differentiate(e, kDualPoints, a.data(), b.data(), out.data());
    return out;
  }
  std::vector<double> evaluate(int e,
                               const std::vector<double>& x,
                               const std::vector<double>& y) const {
    std::vector<double> out(kDualPoints);
    f.evaluate(e, kDualPoints, x.data(), y.data(), out.data());
    return out;
  }
  static std::vector<double> moved(std::vector<double> x, double by) {
    for (double& v : x) v += by;
    return x;
  }
  test::VectorFunctions f = test::vector_functions(GetParam());
  std::vector<double> a, b;
};

TEST_P(AnyDual, HasTheValueOfThePlainNumber) {
  for (int e = 0; e < f.expressions; ++e) {
    const std::vector<double> dual = differentiate(e), plain = evaluate(e, a, b);
    for (std::size_t i = 0; i < kDualPoints; ++i)
      EXPECT_CLOSE(dual[i], plain[i], Tolerance::rounding(10, 1)) << "expression " << e;
  }
}

TEST_P(AnyDual, HasTheDerivativesOfItsValue) {
  const double h = std::cbrt(std::numeric_limits<double>::epsilon());
  for (int e = 0; e < f.expressions; ++e) {
    const std::vector<double> dual = differentiate(e);
    const std::vector<double> a_up = evaluate(e, moved(a, h), b),
                              a_down = evaluate(e, moved(a, -h), b),
                              b_up = evaluate(e, a, moved(b, h)),
                              b_down = evaluate(e, a, moved(b, -h));
    for (std::size_t i = 0; i < kDualPoints; ++i) {
      // At the corner of max both slopes are right; no point is that near to it.
      if (e == 16 && std::abs(a[i] - 0.5) < 2 * h) continue;
      // h²/6 times third derivatives, which stay below 10000 here, and rounding over h.
      const auto tolerance =
          Tolerance::because(10000 * h * h / 6, "truncation of central differences");
      EXPECT_CLOSE(dual[kDualPoints + i], (a_up[i] - a_down[i]) / (2 * h), tolerance)
          << "expression " << e << " in a at " << a[i] << ", " << b[i];
      EXPECT_CLOSE(dual[2 * kDualPoints + i], (b_up[i] - b_down[i]) / (2 * h), tolerance)
          << "expression " << e << " in b at " << a[i] << ", " << b[i];
    }
  }
}

TEST_P(AnyDual, HasClosedFormDerivatives) {
  const std::vector<double> quotient = differentiate(3), exponential = differentiate(13),
                            logarithm = differentiate(14), tangent = differentiate(15);
  const auto exact = Tolerance::rounding(8);
  for (std::size_t i = 0; i < kDualPoints; ++i) {
    EXPECT_CLOSE(quotient[kDualPoints + i], 1 / b[i], exact);
    EXPECT_CLOSE(quotient[2 * kDualPoints + i], -a[i] / (b[i] * b[i]), exact);
    EXPECT_CLOSE(exponential[kDualPoints + i], std::exp(a[i]), exact);
    EXPECT_CLOSE(logarithm[kDualPoints + i], 1 / a[i], exact);
    // 1 − tanh² cancels: its error is that of 1.
    EXPECT_CLOSE(tangent[kDualPoints + i],
                 1 / (std::cosh(a[i]) * std::cosh(a[i])),
                 Tolerance::rounding(8, 1));
  }
}

TEST_P(AnyDual, OfAConstantHasNoSlope) {
  const std::vector<double> dual = differentiate(kConstant);
  for (std::size_t i = 0; i < kDualPoints; ++i) {
    EXPECT_EQ(dual[i], 2.5);
    EXPECT_EQ(dual[kDualPoints + i], 0);
    EXPECT_EQ(dual[2 * kDualPoints + i], 0);
  }
}

TEST_P(AnyDual, DependsOnWhatMovesIt) {
  for (int e = 0; e < f.expressions; ++e) {
    const std::vector<double> dual = differentiate(e);
    unsigned moved_by = 0;
    for (std::size_t i = 0; i < kDualPoints; ++i)
      moved_by |=
          (dual[kDualPoints + i] != 0 ? 1u : 0u) | (dual[2 * kDualPoints + i] != 0 ? 2u : 0u);
    EXPECT_EQ(f.depends(e), moved_by) << "expression " << e;
  }
}

INSTANTIATE_TEST_SUITE_P(Each,
                         AnyDual,
                         testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return to_text(tested.param); });

}  // namespace
}  // namespace insula
