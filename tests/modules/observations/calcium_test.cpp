// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

class Calcium : public testing::Test {
 protected:
  Catalogue kinds = catalogue();
  const ObservationKind& kind = *find_kind(kinds.observations, "calcium");
  std::vector<double> parameters = test::values(kind.parameters);
  double rise = parameters[1], decay = parameters[2];
};

TEST_F(Calcium, AnswersASpikeWithTheDifferenceOfTwoExponentials) {
  // A spike of area 1 lifts the first state by 1/τ_r.
  std::vector<double> x{1 / rise, 0};
  const double step = 0.01;
  for (double t = step; t < 1; t += step) {
    x = test::settle(kind.drift, x, {0}, parameters, step, 100);
    EXPECT_CLOSE(x[1],
                 (std::exp(-t / decay) - std::exp(-t / rise)) / (decay - rise),
                 Tolerance::because(1e-6, "fourth order at steps of 0.1 ms, time constant 16 ms"))
        << t;
  }
}

// Chen et al. 2013, Nature 499:295, table 1: GCaMP6f peaks 45 ms after a spike; half-decay 142 ms.
TEST_F(Calcium, HasTheTimesOfGcamp6f) {
  const double peak = std::log(decay / rise) * decay * rise / (decay - rise);
  EXPECT_CLOSE(peak, 0.045, Tolerance::because(0.004, "the table's standard error"));
  EXPECT_CLOSE(decay * std::log(2), 0.142, Tolerance::because(0.011, "the table's standard error"));
}

TEST_F(Calcium, SettlesAtItsGainTimesLastingActivity) {
  const std::vector<double> x = test::settle(kind.drift, {0, 0}, {0.3}, parameters, 5, 4000);
  EXPECT_CLOSE(test::evaluate(kind.observe, test::joined(x, {0.3}, parameters))[0],
               0.3 * parameters[0],
               Tolerance::because(1e-9, "24 time constants"));
}

}  // namespace
}  // namespace insula
