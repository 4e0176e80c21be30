// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"

namespace insula {
namespace {

TEST(FieldObservation, IsActivityTimesItsGain) {
  const Catalogue kinds = catalogue();
  const ObservationKind& kind = *find_kind(kinds.observations, "field");
  EXPECT_EQ(kind.drift.states, 0);
  EXPECT_EQ(test::evaluate(kind.observe, {0.5, 1})[0], 0.5);
  EXPECT_EQ(test::evaluate(kind.observe, {0.5, 3})[0], 1.5);
  EXPECT_EQ(test::evaluate(kind.observe, {-2, 0.25})[0], -0.5);
}

}  // namespace
}  // namespace insula
