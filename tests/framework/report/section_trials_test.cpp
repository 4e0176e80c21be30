// SPDX-License-Identifier: Apache-2.0
// What the report says of trials.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/report/detail/files.h"
#include "framework/report/detail/json_fields.h"
#include "framework/report/detail/page_files.h"
#include "framework/report/detail/sections.h"
#include "framework/report/html.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string page_of_trials(const Results& results) {
  const TemporaryFolder folder;
  write(results, folder.path());
  write_html(folder.path());
  return read_file(folder / "report.html");
}

TEST(TrialFigures, HaveAPlaceEachForEveryObservation) {
  Results results = example_results();
  const std::size_t rows = results.checks.size();
  for (std::size_t i = 0; i < rows; ++i) {
    results.checks.push_back(results.checks[i]);
    results.checks.back().observation = "memory";
  }
  const std::string html = trial_figures(results).code();
  const std::size_t decision = html.find("<h3>decision</h3>"),
                    memory = html.find("<h3>memory</h3>");
  ASSERT_NE(decision, std::string::npos);
  ASSERT_NE(memory, std::string::npos);
  EXPECT_TRUE(has(html.substr(decision, memory - decision), "data-figure=\"trials-0\""));
  EXPECT_TRUE(has(html.substr(memory), "data-figure=\"trials-1\""));
}

TEST(TrialFigures, SayWhetherTrialsWereSeen) {
  Results results = example_results();
  const std::string unseen = "Every trial is predicted by the fit of the fold that did not see it.";
  EXPECT_TRUE(has(trial_figures(results).code(), unseen));
  for (CheckRow& row : results.checks)
    if (row.model == "forward") row.trials = "fitted";
  const std::string mixed = trial_figures(results).code();
  EXPECT_TRUE(has(mixed, unseen));
  EXPECT_TRUE(has(mixed, "But for forward, of which not every fold was fitted"));
  for (CheckRow& row : results.checks) row.trials = "fitted";
  const std::string seen = trial_figures(results).code();
  EXPECT_FALSE(has(seen, unseen));
  EXPECT_TRUE(has(seen, "The fit to all data predicts the trials that it was fitted to."));
}

TEST(TrialFigures, HaveTheirCurvesInATableWithoutScripts) {
  Results results = example_results();
  results.checks.resize(1);
  CheckRow& row = results.checks[0];
  row.observed = 0.25, row.observed_low = 0.125, row.observed_high = 0.5;
  row.predicted = 0.75, row.predicted_low = 0.7, row.predicted_high = 0.8;
  const std::string html = trial_figures(results).code();
  for (const char* cell :
       {"share of right", "coherence", "−1.2 to −0.8", "0.25 [0.125, 0.5]", "0.75 [0.7, 0.8]"}) {
    EXPECT_TRUE(has(html, cell)) << cell << " in " << html;
  }
}

TEST(TrialFigures, AreShownOnlyWhereThereAreTrials) {
  Results results = example_results();
  EXPECT_FALSE(has(page_of_trials(results), "<section id=\"trials\" hidden>"));
  results.checks.clear();
  EXPECT_TRUE(has(page_of_trials(results), "<section id=\"trials\" hidden>"));
}

// Rows of one curve are one entry; every number of the table is in it.
TEST(TrialFigures, AreDrawnFromTheRowsOfTheTable) {
  const Results results = example_results();
  std::size_t left_out = 0;
  const Json json = Json::parse(figure_data(results, left_out));
  ASSERT_EQ(json["checks"].size(), 9u);  // three hypotheses: a curve and two responses each
  std::size_t at = 0;
  for (const Json& curve : json["checks"]) {
    for (std::size_t i = 0; i < curve["position"].size(); ++i, ++at) {
      const CheckRow& row = results.checks[at];
      EXPECT_EQ(curve["model"], row.model);
      EXPECT_EQ(curve["check"], row.check);
      EXPECT_EQ(curve["response"], row.response);
      // Figures have five significant digits.
      EXPECT_NEAR(curve["observed"][i].get<double>(), row.observed, 1e-4 * std::abs(row.observed));
      EXPECT_NEAR(curve["predicted_high"][i].get<double>(),
                  row.predicted_high,
                  1e-4 * std::abs(row.predicted_high));
    }
  }
  EXPECT_EQ(at, results.checks.size());
}

TEST(Methods, NameTheSourceOfEachBaseline) {
  Results results = example_results();
  for (ModelSummary& model : results.models)
    if (model.kind == "baseline") model.source = "Source of <" + model.name + "> 1970";
  const std::string text = methods(results).code();
  for (const ModelSummary& model : results.models)
    EXPECT_EQ(has(text, "Source of &lt;" + model.name + "&gt; 1970"), model.kind == "baseline")
        << model.name;
}

TEST(Series, OfTrialsWithoutATimeAxisAreNotDrawnOverSeconds) {
  Results results = example_results();
  std::size_t left_out = 0;
  EXPECT_EQ(Json::parse(figure_data(results, left_out))["time_unit"], "s");
  EXPECT_TRUE(has(methods(results).code(), "nor the samples within 20 s of it"));
  results.time_unit = "trials";
  results.gap = 0;
  EXPECT_EQ(Json::parse(figure_data(results, left_out))["time_unit"], "trials");
  EXPECT_FALSE(has(methods(results).code(), " s of it"));
  EXPECT_TRUE(has(methods(results).code(), "In each fold a part of the trials is held out"));
  const TemporaryFolder folder;
  write(results, folder.path());
  EXPECT_EQ(read(folder.path()).time_unit, "trials");
  // The script writes the axis by that unit, not by a word of its own.
  EXPECT_TRUE(has(std::string(kScripts), "R.data.time_unit === \"s\" ? \"time (s)\""));
}

}  // namespace
}  // namespace insula::report
