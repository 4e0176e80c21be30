// SPDX-License-Identifier: Apache-2.0
// No number made of a fit that went wrong stands in a table without saying so.
#include <gtest/gtest.h>

#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment {
namespace {

using test::portable_kinds;

Experiment with_a_confound() {
  Experiment e = test::small_experiment(portable_kinds());
  e.baselines = {"mean", "ridge"};
  e.pareto_draws = 0;
  Counterfactual confound;
  confound.kind = find_kind(portable_kinds().corruptions, "confound");
  confound.strength = {1};
  confound.condition = "context";
  e.counterfactuals = {confound};
  return e;
}

bool is_baseline(const std::string& model) { return model == "mean" || model == "ridge"; }

TEST(Doubts, MarkEveryRowOfEveryTableThatIsMadeOfAFitThatDidNotConverge) {
  Experiment e = with_a_confound();
  e.max_iterations = 2;  // too few
  simulation::Intervention lesion;
  lesion.name = "lesion B";
  lesion.kind = simulation::Intervention::Kind::lesion;
  lesion.targets = {"B"};
  e.interventions = {lesion};
  const report::Results r = run(e, portable_kinds());
  ASSERT_FALSE(r.scores.empty() || r.comparison.empty() || r.parameters.empty());
  ASSERT_FALSE(r.tests.empty() || r.stress.empty());
  for (const report::ScoreRow& row : r.scores) {
    const std::string expected = is_baseline(row.model) ? ""
                                 : row.fold == "all"    ? "iteration limit: 3 of 3 fits"
                                                        : "iteration limit";
    EXPECT_EQ(row.doubts, expected) << row.model << " " << row.fold << " " << row.corruption;
  }
  for (const report::ComparisonRow& row : r.comparison)
    EXPECT_EQ(row.doubts, is_baseline(row.model) ? "" : "iteration limit: 4 of 4 fits");
  for (const report::ParameterRow& row : r.parameters)
    EXPECT_EQ(row.doubts.find("iteration limit"), 0u) << row.parameter;
  ASSERT_FALSE(r.interventions.empty());
  for (const report::InterventionRow& row : r.interventions)
    EXPECT_EQ(row.doubts, "iteration limit") << row.model;
  for (const report::TestRow& row : r.tests) EXPECT_NE(row.doubts, "") << row.model;
  for (const report::StressRow& row : r.stress) {
    if (row.quantity == "kendall_tau") continue;  // of all hypotheses
    EXPECT_EQ(row.doubts.empty(), is_baseline(row.model)) << row.quantity << " " << row.model;
  }
}

TEST(Doubts, AreSilentWhereEveryFitConvergedAndNameWhatIsNotIdentified) {
  const report::Results r = run(with_a_confound(), portable_kinds());
  for (const report::ScoreRow& row : r.scores) EXPECT_EQ(row.doubts, "") << row.model;
  for (const report::ComparisonRow& row : r.comparison) EXPECT_EQ(row.doubts, "") << row.model;
  for (const report::StressRow& row : r.stress) EXPECT_EQ(row.doubts, "") << row.model;
  bool is_any = false, are_all = true;
  for (const report::ParameterRow& row : r.parameters) {
    EXPECT_EQ(row.doubts, row.shrinkage > 0.9 ? "not identified" : "") << row.parameter;
    is_any = is_any || !row.doubts.empty();
    are_all = are_all && !row.doubts.empty();
  }
  EXPECT_TRUE(is_any);
  EXPECT_FALSE(are_all);
}

}  // namespace
}  // namespace insula::experiment
