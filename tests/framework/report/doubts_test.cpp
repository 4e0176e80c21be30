// SPDX-License-Identifier: Apache-2.0
#include "framework/report/doubts.h"

#include <gtest/gtest.h>

namespace insula::report {
namespace {

FitSummary fit(const std::string& status, double pareto_k = kUnknown) {
  FitSummary one;
  one.status = status;
  one.pareto_k = pareto_k;
  return one;
}

TEST(Doubts, AreNoneAboutAFitThatConvergedToANormalPosterior) {
  EXPECT_EQ(doubts_of(fit("converged", 0.69)), "");
  EXPECT_EQ(doubts_of(fit("converged")), "");
  EXPECT_EQ(doubts_of(fit("fitted")), "");
}

TEST(Doubts, NameWhatIsWrongWithAFit) {
  EXPECT_EQ(doubts_of(fit("iteration limit", 0.3)), "iteration limit");
  EXPECT_EQ(doubts_of(fit("converged", 0.834)), "k̂ 0.83");
  EXPECT_EQ(doubts_of(fit("stalled", 1.2)), "stalled, k̂ 1.20");
}

TEST(Doubts, SayThatAPosteriorIsTheNormalOneThoughSamplingWasAskedFor) {
  FitSummary sampled = fit("converged", 0.5), not_sampled = sampled;
  sampled.draws = not_sampled.draws = 6000;
  sampled.log_evidence = -12;
  EXPECT_EQ(doubts_of(sampled), "");
  EXPECT_EQ(doubts_of(not_sampled), "posterior not sampled");
  EXPECT_EQ(doubts_of({&sampled, &not_sampled}), "posterior not sampled: 1 of 2 fits");
}

TEST(Doubts, OfSeveralFitsSayHowManyAndHowBadAtWorst) {
  const FitSummary good = fit("converged"), limit = fit("iteration limit"),
                   wide = fit("converged", 0.8), wider = fit("converged", 0.91);
  EXPECT_EQ(doubts_of({&good, &good}), "");
  EXPECT_EQ(doubts_of({&good, &limit, &limit}), "iteration limit: 2 of 3 fits");
  EXPECT_EQ(doubts_of({&good, &wide}), "k̂ 0.80, 1 of 2 fits");
  EXPECT_EQ(doubts_of({&limit, &wide, &wider}),
            "iteration limit: 1 of 3 fits; k̂ 0.91 at worst, 2 of 3 fits");
  EXPECT_EQ(doubts_of({&limit}), "iteration limit");
  EXPECT_EQ(doubts_of(std::vector<const FitSummary*>{}), "");
}

}  // namespace
}  // namespace insula::report
