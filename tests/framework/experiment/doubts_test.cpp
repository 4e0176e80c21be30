// SPDX-License-Identifier: Apache-2.0
// No number made of a fit that went wrong stands in a table without saying so.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/run.h"
#include "framework/report/doubts.h"
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

// Two minutes at an SNR of 1: the posterior given all data is normal enough, that of a fold is not.
Experiment with_little_data() {
  Experiment e = test::small_experiment(portable_kinds(), 120, 1);
  e.baselines = {"mean"};
  e.pareto_draws = 1000;
  return e;
}

const report::FitSummary& fit_of(const report::Results& r,
                                 const std::string& model,
                                 const std::string& fold) {
  for (const report::ModelSummary& candidate : r.models)
    for (const report::FitSummary& fit : candidate.fits)
      if (candidate.name == model && fit.fold == fold) return fit;
  throw std::out_of_range(model + " " + fold);
}

TEST(Doubts, AreTakenOfTheFoldsFitsWhosePosteriorsAreNotNormal) {
  const report::Results r = run(with_little_data(), portable_kinds());
  ASSERT_LE(fit_of(r, "plain", "full").pareto_k, 0.7);
  ASSERT_LE(fit_of(r, "plain", "1").pareto_k, 0.7);
  ASSERT_LE(fit_of(r, "plain", "2").pareto_k, 0.7);
  ASSERT_GT(fit_of(r, "plain", "3").pareto_k, 0.7);
  const std::string k = report::doubts_of(fit_of(r, "plain", "3"));
  ASSERT_TRUE(k.starts_with("k̂ ")) << k;
  int rows = 0;
  for (const report::ScoreRow& row : r.scores) {
    if (row.model != "plain") continue;
    const std::string expected = row.fold == "3" ? k : row.fold == "all" ? k + ", 1 of 3 fits" : "";
    EXPECT_EQ(row.doubts, expected) << row.fold;
    ++rows;
  }
  EXPECT_GT(rows, 0);
  for (const report::ComparisonRow& row : r.comparison) {
    if (row.model != "plain") continue;
    EXPECT_EQ(row.doubts, k + ", 1 of 4 fits");
  }
  for (const report::ParameterRow& row : r.parameters) {
    if (row.model != "plain") continue;
    EXPECT_EQ(row.doubts.find("k̂"), std::string::npos) << row.parameter;
  }
  const std::string page = test::files_of(r).at("report.html");
  EXPECT_NE(page.find("title=\"" + k + ", 1 of 4 fits\">†"), std::string::npos);
  EXPECT_NE(page.find("plain, s01, fold 3: " + k), std::string::npos);
}

// … also where the fit to all data is sampled, and where subjects share one.
TEST(Doubts, OfFoldsAreTakenWhateverIsDoneWithAllData) {
  Experiment sampled = with_little_data(), shared = with_little_data(), group = with_little_data();
  sampled.importance = true;
  for (Experiment* e : {&shared, &group}) {
    e->dataset.subjects.push_back(e->dataset.subjects[0]);
    e->dataset.subjects.back().id = "s02";
  }
  shared.subjects = Subjects::pooled;
  group.subjects = Subjects::hierarchical;
  for (const Experiment& e : {sampled, shared, group}) {
    const report::Results r = run(e, portable_kinds());
    int folds = 0;
    for (const report::ModelSummary& model : r.models)
      for (const report::FitSummary& fit : model.fits) {
        if (model.kind != "hypothesis" || fit.fold == "full") continue;
        EXPECT_TRUE(std::isfinite(fit.pareto_k)) << model.name << " " << fit.fold;
        EXPECT_TRUE(std::isnan(fit.draws));
        ++folds;
      }
    EXPECT_EQ(folds, 2 * 3 * static_cast<int>(e.dataset.subjects.size()));
  }
}

}  // namespace
}  // namespace insula::experiment
