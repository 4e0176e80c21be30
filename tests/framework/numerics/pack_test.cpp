// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "tests/framework/numerics/vector_functions.h"

namespace insula {
namespace {

using Limits = std::numeric_limits<double>;

class AnyPack : public testing::TestWithParam<Isa> {
 protected:
  std::vector<double> all(test::OfMany function, std::vector<double> x) const {
    x.resize((x.size() + 7) / 8 * 8, 1.0);
    std::vector<double> out(x.size());
    function(x.size(), x.data(), out.data());
    return out;
  }
  double one(test::OfMany function, double x) const { return all(function, {x})[0]; }

  // Errors are counted in units in the last place of the exact value.
  template <class Exact>
  void expect_within(int ulps, test::OfMany function, const std::vector<double>& x, Exact exact) {
    const std::vector<double> out = all(function, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const long double truth = exact(static_cast<long double>(x[i]));
      const double size = std::abs(static_cast<double>(truth));
      const long double ulp =
          static_cast<long double>(std::nextafter(size, Limits::infinity()) - size);
      ASSERT_LE(std::abs(out[i] - truth), ulps * ulp) << "at " << x[i] << ", got " << out[i];
    }
  }
  static std::vector<double> uniform(double low, double high, int n = 20000) {
    Stream stream(1, "pack_test");
    std::vector<double> x{low, high};
    while (static_cast<int>(x.size()) < n) x.push_back(low + (high - low) * stream.uniform());
    return x;
  }
  test::VectorFunctions f = test::vector_functions(GetParam());
};

TEST_P(AnyPack, HasTheWidthOfItsRegisters) {
  EXPECT_EQ(f.width, GetParam() == Isa::avx512 ? 8u : GetParam() == Isa::avx2 ? 4u : 2u);
}

TEST_P(AnyPack, ExponentialIsWithinTwoUnitsInTheLastPlace) {
  const auto exact = [](long double x) { return std::exp(x); };
  expect_within(2, f.exp, uniform(-708, 709), exact);
  expect_within(2, f.exp, uniform(-1, 1), exact);
  expect_within(2, f.exp, uniform(-1e-8, 1e-8), exact);
  EXPECT_EQ(one(f.exp, 0), 1);
}

TEST_P(AnyPack, ExponentialStaysNormalBeyondItsRange) {
  for (const double x : {-709.0, -1e6, -Limits::infinity()})
    EXPECT_EQ(one(f.exp, x), one(f.exp, -708)) << x;
  for (const double x : {710.0, 1e6, Limits::infinity()})
    EXPECT_EQ(one(f.exp, x), one(f.exp, 709)) << x;
  EXPECT_TRUE(std::isnormal(one(f.exp, -708)) && std::isnormal(one(f.exp, 709)));
}

TEST_P(AnyPack, LogarithmIsWithinTwoUnitsInTheLastPlace) {
  const auto exact = [](long double x) { return std::log(x); };
  expect_within(2, f.log, uniform(1e-3, 10), exact);
  expect_within(2, f.log, uniform(1 - 1e-6, 1 + 1e-6), exact);  // where it nearly vanishes
  expect_within(2, f.log, uniform(0.70, 0.72), exact);          // where the exponent steps
  expect_within(2, f.log, {Limits::min(), Limits::max(), 1e-300, 1e300, 0.5, 2}, exact);
  EXPECT_EQ(one(f.log, 1), 0);
}

TEST_P(AnyPack, LogarithmOfWhatIsNotPositiveIsNotANumber) {
  for (const double x : {0.0, -0.0, -1.0, -1e300, -Limits::infinity()})
    EXPECT_TRUE(std::isnan(one(f.log, x))) << x;
}

TEST_P(AnyPack, HyperbolicTangentIsWithinThreeUnitsInTheLastPlace) {
  const auto exact = [](long double x) { return std::tanh(x); };
  expect_within(3, f.tanh, uniform(-20, 20), exact);
  expect_within(3, f.tanh, uniform(-0.5, 0.5), exact);
  expect_within(3, f.tanh, uniform(-1e-6, 1e-6), exact);
  expect_within(3, f.tanh, {1e-300, -1e-300, 1e-20}, exact);
  EXPECT_EQ(one(f.tanh, 0), 0);
  EXPECT_EQ(one(f.tanh, 1000), 1);
  EXPECT_EQ(one(f.tanh, -1000), -1);
}

TEST_P(AnyPack, LogarithmUndoesExponential) {
  std::vector<double> x = uniform(-300, 300, 1000);
  const std::vector<double> back = all(f.log, all(f.exp, x));
  // Two units of e^x are two of ε in x, beside those of the logarithm itself.
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(back[i], x[i], 2 * Limits::epsilon() * (1 + std::abs(x[i])));
}

TEST_P(AnyPack, MaximumTakesTheLargerAndKeepsWhatIsNotANumber) {
  EXPECT_EQ(one(f.max_of_half, 0.7), 0.7);
  EXPECT_EQ(one(f.max_of_half, 0.5), 0.5);
  EXPECT_EQ(one(f.max_of_half, -3), 0.5);
  EXPECT_TRUE(std::isnan(one(f.max_of_half, Limits::quiet_NaN())));
}

TEST_P(AnyPack, WhatIsNotANumberStaysSoInItsLaneAlone) {
  for (const test::OfMany function : {f.exp, f.log, f.tanh, f.half_log_over_two_pi}) {
    const std::vector<double> x{0.1, 0.2, Limits::quiet_NaN(), 0.4, 0.5, 0.6, 0.7, 0.8};
    const std::vector<double> out = all(function, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i == 2)
        EXPECT_TRUE(std::isnan(out[i]));
      else
        EXPECT_EQ(out[i], one(function, x[i]));
    }
  }
}

// Bounds of pack_tables.h: twice the polynomials' 1.3e-15 and, where e^x − 1 = −0.022 is a root
// less one, twice that root's rounding, 2^−54/0.022.
TEST_P(AnyPack, TabledExponentialKeepsItsDigits) {
  std::vector<double> x = uniform(-708, 0);
  for (const std::vector<double>& more : {uniform(-1, 0), uniform(-0.03, 0), uniform(-1e-9, 0)})
    x.insert(x.end(), more.begin(), more.end());
  const std::vector<double> value = all(f.exponential, x), less = all(f.exponential_minus_one, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = std::exp(static_cast<long double>(x[i]));
    const long double exact_less = std::expm1(static_cast<long double>(x[i]));
    ASSERT_LE(std::abs(value[i] - exact), (3e-15 - 4e-17 * x[i]) * exact) << x[i];
    ASSERT_LE(std::abs(less[i] - exact_less), -6e-15 * exact_less) << x[i];
  }
  EXPECT_EQ(one(f.exponential, 0), 1);
  EXPECT_EQ(one(f.exponential_minus_one, 0), 0);
  EXPECT_EQ(one(f.exponential, -Limits::infinity()), one(f.exponential, -708));
  EXPECT_TRUE(std::isnormal(one(f.exponential, -708)));
}

TEST_P(AnyPack, TabledLogarithmKeepsItsDigits) {
  std::vector<double> x{Limits::min(), Limits::max(), 1e-300, 1e300, 0.5, 1, 2};
  for (const std::vector<double>& more : {uniform(1e-3, 10), uniform(0.999, 1.001)})
    x.insert(x.end(), more.begin(), more.end());
  const std::vector<double> out = all(f.half_log_over_two_pi, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = std::log(static_cast<long double>(x[i]) / 6.283185307179586477L) / 2;
    ASSERT_LE(std::abs(out[i] - exact), 3e-15 + 3e-16 * std::abs(exact)) << x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Each,
                         AnyPack,
                         testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return to_text(tested.param); });

}  // namespace
}  // namespace insula
