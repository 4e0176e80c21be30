// SPDX-License-Identifier: Apache-2.0
// The section on what each modality buys, and that no other section shows the fits behind it.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/files.h"
#include "framework/report/detail/sections.h"
#include "framework/report/html.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

void add_row(const std::string& fitted_to,
             const std::string& added,
             const std::string& scored,
             const std::string& channel,
             const std::string& metric,
             double value,
             Results& results,
             double width = NAN) {
  AblationRow row;
  row.hypothesis = "gated";
  const std::string after = added.empty() ? fitted_to : fitted_to + " + " + added;
  row.model = after == "bold + pupil" ? "gated" : "gated on " + after;
  row.fitted_to = fitted_to;
  row.added = added;
  row.scored = scored;
  row.channel = channel;
  row.metric = metric;
  row.value = value;
  row.low = value - width;
  row.high = value + width;
  results.ablation.push_back(row);
}

// BOLD of three channels and a pupil: the pupil sharpens the gate from 0.25 to 0.18.
Results with_ablation() {
  Results results = example_results();
  const auto widths = [&](const std::string& fit, double gate, double input) {
    add_row(fit, "", "V1 -> V5.gating.SPC", "", "posterior_sd", gate, results);
    add_row(fit, "", "photic -> V1.strength", "", "posterior_sd", input, results);
  };
  widths("bold", 0.25, 0.1);
  add_row("bold", "", "bold", "V1", "r", 0.5, results, 0.1);
  add_row("bold", "", "bold", "V5", "r", 0.7, results, 0.1);
  add_row("bold", "", "bold", "mean", "r", 0.6, results, 0.1);
  add_row("bold", "", "bold", "mean", "log_density", -1.25, results, 0.1);
  add_row("bold", "", "pupil", "diameter", "r", 0.21, results, 0.1);
  widths("pupil", 0.9, 0.11);
  add_row("pupil", "", "bold", "mean", "r", 0.33, results, 0.1);
  add_row("pupil", "", "pupil", "diameter", "r", 0.4, results, 0.1);
  widths("bold + pupil", 0.18, 0.0999);
  add_row("bold + pupil", "", "bold", "mean", "r", 0.61, results, 0.1);
  add_row("bold + pupil", "", "pupil", "diameter", "r", 0.45, results, 0.1);
  add_row("bold", "pupil", "bold", "V1", "r", 0.02, results, 0.01);
  add_row("bold", "pupil", "bold", "mean", "r", 0.01, results, 0.02);
  add_row("bold", "pupil", "pupil", "diameter", "r", 0.24, results, 0.1);
  ModelSummary fit;
  fit.name = "gated on pupil";
  fit.kind = "ablation";
  fit.fits.push_back({});
  fit.fits.back().subject = "s01";
  fit.fits.back().fold = "2";
  fit.fits.back().status = "iteration limit";
  fit.fits.back().reason = "not converged after 128 steps";
  results.models.push_back(fit);
  ScoreRow score = results.scores.back();
  score.model = fit.name;
  score.kind = fit.kind;
  results.scores.push_back(score);
  ParameterRow parameter = results.parameters.back();
  parameter.model = fit.name;
  results.parameters.push_back(parameter);
  return results;
}

bool ablation_holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

std::string ablation_report_of(const Results& results) {
  const TemporaryFolder folder;
  write(results, folder.path());
  write_html(folder.path());
  return read_file(folder / "report.html");
}

TEST(AblationSection, SaysWhatIsSharpenedAndWhatIsPredictedBetter) {
  const std::string page = ablation(with_ablation()).code();
  EXPECT_TRUE(ablation_holds(
      page,
      "Adding pupil to bold sharpens V1 -&gt; V5.gating.SPC from sd 0.25 to 0.18 and "
      "changes held-out r of bold by 0.010 (95 % interval −0.010 to 0.030)."))
      << page;
}

TEST(AblationSection, SaysSoWhereNothingIsSharpened) {
  Results results = with_ablation();
  for (AblationRow& row : results.ablation)
    if (row.metric == "posterior_sd") row.value = 0.2;
  EXPECT_TRUE(
      ablation_holds(ablation(results).code(),
                     "Adding pupil to bold sharpens no neural parameter by more than 5 % and "));
}

TEST(AblationSection, HasWidthsRelativeToTheWholeFitAndScoresByWhatWasFitted) {
  const std::string page = ablation(with_ablation()).code();
  EXPECT_TRUE(ablation_holds(page, "Posterior standard deviations of gated, fitted to"));
  EXPECT_TRUE(ablation_holds(page, "× 1.39"));  // 0.25 / 0.18
  EXPECT_TRUE(ablation_holds(page, "× 5.00"));
  EXPECT_TRUE(ablation_holds(page, "× 1.00"));  // 0.1 / 0.0999
  // Two parameters on two subsets, and never the whole fit against itself.
  EXPECT_EQ(count_of(page, "× "), 4U);
  EXPECT_TRUE(ablation_holds(page, "<em>0.330</em>"));  // BOLD, of a fit to the pupil
  EXPECT_FALSE(ablation_holds(page, "<em>0.610</em>"));
  EXPECT_TRUE(ablation_holds(page, "−1.250"));
}

TEST(AblationSection, WarnsOfFitsThatDidNotConverge) {
  const std::string page = ablation(with_ablation()).code();
  EXPECT_TRUE(ablation_holds(page, "In doubt: 1 of 1 fit to subsets."));
  EXPECT_TRUE(ablation_holds(
      page, "gated on pupil, s01, fold 2: iteration limit (not converged after 128 steps)"));
}

TEST(AblationSection, StaysTheOnlyOneThatShowsItsFits) {
  const Results results = with_ablation(), others = without_ablation(results);
  const Results plain = example_results();
  EXPECT_EQ(others.models.size(), plain.models.size());
  EXPECT_EQ(to_tsv(others.scores), to_tsv(plain.scores));
  EXPECT_EQ(to_tsv(others.parameters), to_tsv(plain.parameters));
}

TEST(AblationSection, IsHiddenWithoutAnAblation) {
  EXPECT_TRUE(ablation(example_results()).empty());
  EXPECT_TRUE(
      ablation_holds(ablation_report_of(example_results()), "<section id=\"ablation\" hidden>"));
  EXPECT_FALSE(
      ablation_holds(ablation_report_of(with_ablation()), "<section id=\"ablation\" hidden>"));
}

TEST(AblationSection, EscapesNames) {
  Results results = with_ablation();
  for (AblationRow& row : results.ablation) {
    row.scored += "<script>";
    row.fitted_to += "<b>";
  }
  const std::string page = ablation(results).code();
  EXPECT_FALSE(ablation_holds(page, "<script>"));
  EXPECT_FALSE(ablation_holds(page, "<b>"));
}

TEST(AblationTable, ReadsBackAndGoesWithTheFolder) {
  const TemporaryFolder folder;
  const Results results = with_ablation();
  write(results, folder.path());
  EXPECT_EQ(to_tsv(read(folder.path()).ablation), to_tsv(results.ablation));
  write_file(folder / "ablation.tsv", to_tsv(std::vector<AblationRow>{}));
  EXPECT_THROW(read(folder.path()), InputError);
  write(example_results(), folder.path());  // an earlier run's table does not stay behind
  EXPECT_FALSE(std::filesystem::exists(folder / "ablation.tsv"));
  EXPECT_TRUE(read(folder.path()).ablation.empty());
}

}  // namespace
}  // namespace insula::report
