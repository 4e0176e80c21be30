// SPDX-License-Identifier: Apache-2.0
#include "framework/base/outcome.h"

#include <gtest/gtest.h>

namespace insula {
namespace {

TEST(OutcomeText, SaysWhatHappenedWhereAndWhen) {
  EXPECT_EQ(to_text(Outcome{}), "finished");
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::diverged, "V5", 12.4, ""}), "diverged in V5 at 12.4 s");
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::stiff, "bold of V5", 0.25, ""}),
            "needs too small a step in bold of V5 at 0.25 s");
}

TEST(OutcomeText, NamesTheRunWhenItIsKnown) {
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::diverged, "V5", 12.4, "run-1"}),
            "diverged in V5 at 12.4 s of run-1");
}

TEST(OutcomeText, OfAnImpossibleDatumNamesItAndNoTime) {
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::impossible, "datum 3 of 20", 0, ""}),
            "gives no density to datum 3 of 20");
}

TEST(OutcomeText, OfARegionThatDoesNotSettleNamesTheTrialAndNoTime) {
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::unsettled, "V5 on trial 3", 0, ""}),
            "reaches no stable equilibrium in V5 on trial 3");
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::diverged, "V5 on trial 3", 40, "run-1"}),
            "diverged in V5 on trial 3 at 40 s of run-1");
  EXPECT_EQ(to_text(Outcome{Outcome::Kind::unsettled, "V5 on trial 3", 0, "run-1"}),
            "reaches no stable equilibrium in V5 on trial 3 of run-1");
}

TEST(Outcome, IsFinishedUnlessItSaysOtherwise) {
  EXPECT_TRUE(Outcome{}.finished());
  EXPECT_FALSE((Outcome{Outcome::Kind::diverged, "", 0, ""}.finished()));
  EXPECT_FALSE((Outcome{Outcome::Kind::stiff, "", 0, ""}.finished()));
  EXPECT_FALSE((Outcome{Outcome::Kind::impossible, "", 0, ""}.finished()));
  EXPECT_FALSE((Outcome{Outcome::Kind::unsettled, "", 0, ""}.finished()));
}

}  // namespace
}  // namespace insula
