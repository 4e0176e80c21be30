// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

constexpr double kSource = 0.6, kContexts = 0.25, kGates = -0.4, kStrength = 0.3;

class Projections : public testing::Test {
 protected:
  double transmit(const char* kind, std::vector<double> parameters, double source = kSource) {
    return test::evaluate(find_kind(kinds.projections, kind)->transmit,
                          test::joined({source, kContexts, kGates}, parameters))[0];
  }
  Catalogue kinds = catalogue();
};

const auto kExact = Tolerance::rounding(4, 1);

TEST_F(Projections, LinearIsStrengthTimesActivity) {
  EXPECT_CLOSE(transmit("linear", {kStrength}), kStrength * kSource, kExact);
}

TEST_F(Projections, ModulatedAddsItsContexts) {
  EXPECT_CLOSE(transmit("modulated", {kStrength}), (kStrength + kContexts) * kSource, kExact);
}

TEST_F(Projections, GatedAddsItsRegions) {
  EXPECT_CLOSE(transmit("gated", {kStrength}), (kStrength + kGates) * kSource, kExact);
}

TEST_F(Projections, ModulatedGatedAddsBoth) {
  EXPECT_CLOSE(
      transmit("modulated_gated", {kStrength}), (kStrength + kContexts + kGates) * kSource, kExact);
}

TEST_F(Projections, ExcitatoryAddsBothInsideItsExponential) {
  EXPECT_CLOSE(transmit("excitatory", {kStrength}),
               kStrength * std::exp(kContexts + kGates) * kSource,
               kExact);
}

TEST_F(Projections, SaturatingIsLinearInWeakSourcesAndBoundedInStrongOnes) {
  EXPECT_CLOSE(
      transmit("saturating", {kStrength, 2}), kStrength * std::tanh(2 * kSource) / 2, kExact);
  // tanh(x)/x = 1 − x²/3: for s·z = 1e-6 the difference is below rounding.
  EXPECT_CLOSE(
      transmit("saturating", {kStrength, 2}, 5e-7), kStrength * 5e-7, Tolerance::rounding(2000));
  EXPECT_CLOSE(transmit("saturating", {kStrength, 2}, 1e6), kStrength / 2, kExact);
  EXPECT_CLOSE(transmit("saturating", {kStrength, 2}, -0.7),
               -transmit("saturating", {kStrength, 2}, 0.7),
               kExact);
}

TEST_F(Projections, AllAreSilentWhenTheirSourceIs) {
  for (const ProjectionKind& kind : kinds.projections) {
    const std::vector<double> parameters = test::values(kind.parameters);
    EXPECT_EQ(test::evaluate(kind.transmit, test::joined({0, kContexts, kGates}, parameters))[0], 0)
        << kind.name;
  }
}

}  // namespace
}  // namespace insula
