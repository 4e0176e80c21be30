// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

class Neuronal : public testing::Test {
 protected:
  double rate(double z, double afferent, double stimulus, double self, double decay = 0.5) {
    return test::evaluate(kind.drift, {z, afferent, stimulus, self, decay})[0];
  }
  double after(double seconds, double z, double stimulus, double self) {
    return test::settle(kind.drift, {z}, {0, stimulus, self}, {0.5}, seconds, 2000)[0];
  }
  Catalogue kinds = catalogue();
  const RegionKind& kind = *find_kind(kinds.regions, "neuronal");
};

// Runge-Kutta's error: step⁴ times the fifth derivative, below 1, times the duration of 10 s.
const auto kIntegrated = Tolerance::truncation(10, 0.005, 4);

TEST_F(Neuronal, RelaxesExponentiallyAtHalfPerSecond) {
  for (const double t : {0.5, 2.0, 10.0})
    EXPECT_CLOSE(after(t, 1, 0, 0), std::exp(-t / 2), kIntegrated);
}

TEST_F(Neuronal, SettlesAtASixteenthOfItsStimulusOverItsDecay) {
  EXPECT_CLOSE(after(10, 0, 1, 0), 0.125 * (1 - std::exp(-5)), kIntegrated);
  EXPECT_EQ(rate(0.125, 0, 1, 0), 0);
}

TEST_F(Neuronal, DecaysFasterByTheExponentialOfItsSelfModulation) {
  EXPECT_CLOSE(rate(1, 0, 0, std::log(2.0)), -1, Tolerance::rounding(4));
  EXPECT_CLOSE(rate(1, 0, 0, -std::log(2.0)), -0.25, Tolerance::rounding(4));
  EXPECT_CLOSE(rate(2, 0, 0, 0, 0.7), -1.4, Tolerance::rounding(2));
}

TEST_F(Neuronal, AddsWhatArrivesAsItIs) {
  EXPECT_EQ(rate(0, 0.3, 0, 0), 0.3);
  EXPECT_EQ(rate(0, 0.25, 1, 5), 0.3125);
}

TEST_F(Neuronal, ShowsItsStateAsItsActivity) {
  EXPECT_EQ(test::evaluate(kind.activity, {0.37, 0.5})[0], 0.37);
}

}  // namespace
}  // namespace insula
