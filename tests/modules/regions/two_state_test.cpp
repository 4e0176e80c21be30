// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

class TwoState : public testing::Test {
 protected:
  Catalogue kinds = catalogue();
  const RegionKind& kind = *find_kind(kinds.regions, "two_state");
};

TEST_F(TwoState, SettlesWhereExcitationEqualsInhibition) {
  // 0 = 1/16 − E/2 − ι·I with I = E and ι = 1/8.
  const double expected = (1.0 / 16) / (1.0 / 2 + 1.0 / 8);
  const auto x = test::settle(kind.drift, {0, 0}, {0, 1, 0}, {0.125}, 60, 6000);
  const auto settled = Tolerance::because(1e-12, "exp(-39) is left after 60 s, and rounding");
  EXPECT_CLOSE(x[0], expected, settled);
  EXPECT_CLOSE(x[1], expected, settled);
}

TEST_F(TwoState, HasTheRatesOfItsPaper) {
  const test::Linearised at = test::linearise(kind.drift, {0, 0, 0, 0, std::log(2.0), 0.125});
  Eigen::MatrixXd jacobian(2, 2);
  jacobian << -0.5, -0.25, 1, -1;  // inhibition doubled by its modulation
  EXPECT_CLOSE(at.partial.leftCols(2), jacobian, Tolerance::rounding(4));
  EXPECT_EQ(at.partial(0, 2), 1);         // afferents reach the excitatory population
  EXPECT_EQ(at.partial(0, 3), 1.0 / 16);  // so do stimuli
  EXPECT_EQ(at.partial(1, 2), 0);         // and the inhibitory one hears neither
  EXPECT_EQ(at.partial(1, 3), 0);
}

TEST_F(TwoState, DecaysAsItsTwoModes) {
  // Modes λ = −¾ ± √(1/16 − ι): with ι = 1/32, −¾ ± √(1/32).
  const double root = std::sqrt(1.0 / 32), fast = -0.75 - root, slow = -0.75 + root;
  // From E = 1, I = 0: I = (e^{slow·t} − e^{fast·t})/(2·root), E = I + dI/dt.
  for (const double t : {0.5, 3.0}) {
    const auto x = test::settle(kind.drift, {1, 0}, {0, 0, 0}, {1.0 / 32}, t, 1000);
    const double a = std::exp(slow * t), b = std::exp(fast * t);
    const double i = (a - b) / (2 * root), rate = (slow * a - fast * b) / (2 * root);
    EXPECT_CLOSE(x[1], i, Tolerance::truncation(1, 0.003, 4));
    EXPECT_CLOSE(x[0], i + rate, Tolerance::truncation(1, 0.003, 4));
  }
}

TEST_F(TwoState, ShowsItsExcitatoryActivity) {
  EXPECT_EQ(test::evaluate(kind.activity, {0.4, 0.9, 0.125})[0], 0.4);
}

}  // namespace
}  // namespace insula
