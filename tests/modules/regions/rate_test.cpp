// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

// (4/s)·(σ(s(a − h)) − σ(−sh)) by the hyperbolic tangent: σ(x) = (1 + tanh(x/2))/2.
double response(double a, double slope, double threshold) {
  return 2 / slope * (std::tanh(slope * (a - threshold) / 2) - std::tanh(-slope * threshold / 2));
}

class RateRegion : public testing::Test {
 protected:
  double rate(double x, double input, double tau, double slope, double threshold) {
    return test::evaluate(kind.drift, {x, input, 0, tau, slope, threshold})[0];
  }
  Catalogue kinds = catalogue();
  const RegionKind& kind = *find_kind(kinds.regions, "rate");
};

TEST_F(RateRegion, SettlesAtTheSigmoidOfItsInput) {
  for (const double input : {-3.0, -0.2, 0.0, 0.5, 4.0})
    for (const double slope : {0.5, 1.0, 3.0})
      for (const double threshold : {-0.5, 0.0, 1.0}) {
        // 30 time constants: exp(−30) of the way is left.
        const double x =
            test::settle(kind.drift, {0}, {input, 0}, {0.1, slope, threshold}, 3, 300)[0];
        const double expected = response(input, slope, threshold);
        EXPECT_CLOSE(x, expected, Tolerance::because(1e-12, "exp(-30) is left, and rounding"));
        EXPECT_CLOSE(rate(expected, input, 0.1, slope, threshold),
                     0,
                     Tolerance::because(1e-13, "rounding of numbers of order 10, over 0.1 s"));
      }
}

TEST_F(RateRegion, ApproachesWithItsTimeConstant) {
  for (const double t : {0.1, 0.3}) {
    const double x = test::settle(kind.drift, {0}, {1, 0}, {0.2, 1, 0}, t, 1000)[0];
    // Step⁴ · fifth derivative (1/τ⁵ = 3125) · time / 120.
    EXPECT_CLOSE(
        x, response(1, 1, 0) * (1 - std::exp(-t / 0.2)), Tolerance::truncation(10, 3e-4, 4));
  }
}

TEST_F(RateRegion, HasUnitGainAtRest) {
  const test::Linearised at = test::linearise(kind.drift, {0, 0, 0, 1, 2, 0});
  EXPECT_CLOSE(at.partial(0, 1), 1, Tolerance::rounding(4));   // afferent
  EXPECT_CLOSE(at.partial(0, 2), 1, Tolerance::rounding(4));   // stimulus
  EXPECT_CLOSE(at.partial(0, 0), -1, Tolerance::rounding(4));  // its own state, over 1 s
}

TEST_F(RateRegion, SaturatesAtTwoOverItsSlope) {
  EXPECT_CLOSE(rate(0, 1000, 1, 4, 0), 0.5, Tolerance::rounding(4));
  EXPECT_CLOSE(rate(0, -1000, 1, 4, 0), -0.5, Tolerance::rounding(4));
}

TEST_F(RateRegion, TakesAfferentsAndStimuliAlike) {
  const double both = test::evaluate(kind.drift, {0.1, 0.3, 0.4, 0.1, 1, 0.2})[0];
  EXPECT_CLOSE(both, rate(0.1, 0.7, 0.1, 1, 0.2), Tolerance::rounding(20, 10));
}

}  // namespace
}  // namespace insula
