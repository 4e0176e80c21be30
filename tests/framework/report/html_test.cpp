// SPDX-License-Identifier: Apache-2.0
#include "framework/report/html.h"

#include <gtest/gtest.h>

#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/files.h"
#include "framework/report/detail/json_fields.h"
#include "framework/report/detail/sections.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

std::string report_of(const Results& results) {
  const TemporaryFolder folder;
  write(results, folder.path());
  write_html(folder.path());
  return read_file(folder / "report.html");
}

/// The page without the plotting library and our scripts, which hold tags in strings.
std::string without_scripts(std::string page) {
  for (std::size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script")) {
    page.erase(at, page.find("</script>", at) + 9 - at);
  }
  return page;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A name that tries to leave text, attribute, script, JSON and template at once.
const std::string kHostile =
    "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"{{title}}&amp;<!--";

Results hostile_results() {
  Results results = example_results();
  results.experiment = results.description = results.dataset_name = kHostile;
  results.verdicts[0].sentence = kHostile;
  results.findings = {{kHostile, kHostile}};
  results.not_computed = {{kHostile, kHostile}};
  results.settings = {{kHostile, kHostile}};
  results.input_files = {{kHostile, kHostile}};
  results.models[0].description = kHostile;
  results.models[0].graph.regions[0].name = kHostile;
  results.models[0].graph.edges[0].source = kHostile;
  results.models[0].graph.edges[0].modulated_by = {kHostile};
  results.models[0].fits[0].reason = kHostile;
  results.models[0].fits[0].weak_directions = {kHostile};
  results.models[3].fits[0].tuned = {{kHostile, kHostile}};
  const std::string old = results.models[2].name;
  results.models[2].name = kHostile;
  for (ScoreRow& row : results.scores) {
    if (row.model == old) row.model = kHostile;
    if (row.channel == "V1") row.channel = kHostile;
  }
  for (ComparisonRow& row : results.comparison) {
    if (row.model == old) row.model = kHostile;
  }
  for (ParameterRow& row : results.parameters) {
    if (row.model == old) row.model = kHostile;
    if (row.parameter == "bold.decay") row.parameter = row.unit = kHostile;
  }
  for (CheckRow& row : results.checks) {
    if (row.model == old) row.model = kHostile;
    row.observation = row.response = row.unit = kHostile;
    if (!row.term.empty()) row.term = kHostile;
  }
  for (PredictionBlock& block : results.predictions) {
    if (block.model == old) block.model = kHostile;
    block.channels[0] = block.unit = kHostile;
  }
  return results;
}

TEST(Report, NeedsNothingButItself) {
  const std::string page = report_of(example_results());
  EXPECT_TRUE(holds(page, "default-src 'none'"));  // the browser is told to load nothing
  const std::string markup = without_scripts(page);
  for (const char* loading : {"src=", "<link", "@import", "url(", "<iframe", "<object"}) {
    EXPECT_FALSE(holds(markup, loading)) << loading;
  }
  EXPECT_FALSE(holds(markup, "href=\"http"));
  EXPECT_LT(page.size(), 1'000'000u);
}

TEST(Report, ComesFromTheFolderAloneAndIsTheSameEveryTime) {
  const TemporaryFolder folder;
  write(example_results(), folder.path());
  write_html(folder.path());
  const std::string first = read_file(folder / "report.html");
  write_html(folder.path());
  EXPECT_EQ(read_file(folder / "report.html"), first);
  EXPECT_THROW(write_html(folder / "nowhere"), InputError);
}

TEST(Report, OfAStoppedRunSaysSoBeforeItsVerdict) {
  Results results = example_results();
  EXPECT_FALSE(holds(report_of(results), "This run was stopped"));
  results.is_stopped = true;
  const std::string page = without_scripts(report_of(results));
  EXPECT_LT(page.find("This run was stopped"), page.find("<section id=\"verdict\">"));
}

TEST(Report, TellsItsStoryInOrder) {
  const std::string page = without_scripts(report_of(example_results()));
  std::size_t last = 0;
  for (const char* section : {"verdict",
                              "comparison",
                              "scores",
                              "architectures",
                              "predictions",
                              "trials",
                              "evidence",
                              "parameters",
                              "ablation",
                              "fits",
                              "stress",
                              "interventions",
                              "recovery",
                              "data",
                              "missing",
                              "methods",
                              "provenance"}) {
    const std::size_t at = page.find("<section id=\"" + std::string(section) + "\"");
    ASSERT_NE(at, std::string::npos) << section;
    EXPECT_GT(at, last) << section;
    last = at;
  }
}

TEST(Report, HasSentencesTablesAndDrawingsWithoutScripts) {
  const std::string page = without_scripts(report_of(example_results()));
  EXPECT_TRUE(holds(page, "<li>gated predicts held-out BOLD better than banded_ridge.</li>"));
  EXPECT_TRUE(holds(page, "−1598.2"));
  EXPECT_TRUE(holds(page, "aria-label=\"Architecture of gated\""));
  EXPECT_TRUE(holds(page, "good (k̂ = 0.43)"));
  EXPECT_TRUE(holds(page, "no stimulus is repeated"));
  EXPECT_TRUE(holds(page, "18446744073709551615"));
  EXPECT_TRUE(holds(page, "within 20 s of it"));
}

TEST(Report, ShowsWhatShareOfItsCeilingAScoreIsWithoutClippingIt) {
  Results results = example_results();
  EXPECT_TRUE(holds(without_scripts(report_of(results)), " of 0.90</span>"));
  ComparisonRow& row = results.comparison.front();
  EXPECT_FALSE(holds(without_scripts(report_of(results)), "1.25 of 0.40"));
  row.r_ceiling = 0.4, row.r_normalised = 1.25;
  EXPECT_TRUE(holds(without_scripts(report_of(results)), "; 1.25 of 0.40</span>"));
}

TEST(Report, SaysFirstOfAllThatAFitDidNotConverge) {
  Results results = example_results();
  const std::string warning = "1 of 18 fits did not converge";
  EXPECT_TRUE(holds(report_of(results), warning));
  for (ModelSummary& model : results.models) {
    for (FitSummary& fit : model.fits) fit.status = "converged";
  }
  EXPECT_FALSE(holds(report_of(results), "did not converge;"));
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// Tables mark the model with a dagger whose title says why; figures get the same words.
TEST(Report, MarksAModelWhoseFitsAreInDoubtInEveryTableAndFigure) {
  Results results = example_results();
  for (ModelSummary& model : results.models)
    for (FitSummary& one : model.fits) {
      one.status = "converged";
      one.pareto_k = 0.3;
    }
  const std::string clean = report_of(results);
  EXPECT_EQ(occurrences(clean, "<sup class=\"doubts\""), 0u);
  ModelSummary& model = results.models.front();
  const std::size_t named = occurrences(clean, "aria-hidden=\"true\"></span> " + model.name);
  ASSERT_GT(named, 2u);
  model.fits.front().pareto_k = 0.83;
  const std::string page = report_of(results);
  const std::string words = "k̂ 0.83, 1 of " + std::to_string(model.fits.size()) + " fits";
  EXPECT_EQ(occurrences(page, "<sup class=\"doubts\" title=\"" + words + "\">†</sup>"), named);
  EXPECT_EQ(occurrences(page, "\"doubts\":\"k"), 1u);
  EXPECT_EQ(occurrences(page, "is not normal (k̂ above 0.7); read the numbers"), 1u);
}

TEST(Report, SaysWhoseParametersAreDrawnIfThereAreSeveralSubjects) {
  Results results = example_results();
  EXPECT_FALSE(holds(report_of(results), "The drawings show the subject"));
  results.models[0].fits.push_back(results.models[0].fits[0]);
  results.models[0].fits.back().subject = "s02";
  EXPECT_TRUE(holds(report_of(results), "The drawings show the subject s01;"));
}

TEST(Report, ShowsStressOnlyWhereSomethingWasStressed) {
  Results results = example_results();
  EXPECT_TRUE(holds(report_of(results), "<section id=\"stress\" hidden>"));
  results.scores.back().corruption = "confound";
  EXPECT_FALSE(holds(report_of(results), "<section id=\"stress\" hidden>"));
}

TEST(Report, LetsNoNameBecomeMarkup) {
  const std::string harmless = report_of(example_results());
  const std::string page = report_of(hostile_results());
  const auto count = [](const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  for (const char* mark : {"<script", "</script>", "<!--", "<img"}) {
    EXPECT_EQ(occurrences(page, mark), count(harmless, mark)) << mark;
  }
  EXPECT_TRUE(holds(page, "&lt;/script&gt;&lt;script&gt;alert(1)"));
  EXPECT_FALSE(holds(without_scripts(page), "onerror='"));
  EXPECT_TRUE(holds(page, "{{title}}"));  // put in as it is, not replaced a second time
}

TEST(Report, CarriesNamesToItsScriptsUnchanged) {
  std::size_t left_out = 0;
  const std::string data = figure_data(hostile_results(), left_out);
  EXPECT_FALSE(holds(data, "<"));
  const Json json = Json::parse(data);
  EXPECT_EQ(json["models"][2]["name"], kHostile);
  EXPECT_TRUE(json["series"][0]["models"].contains(kHostile));
  EXPECT_EQ(left_out, 0u);
}

TEST(Report, LeavesOutSeriesThatWouldMakeThePageTooLargeAndSaysSo) {
  Results results = example_results();
  const std::vector<PredictionBlock> once = results.predictions;
  for (int run = 2; run <= 11; ++run) {
    for (PredictionBlock block : once) {
      block.run = "run-" + std::to_string(run);
      results.predictions.push_back(block);
    }
  }
  std::size_t left_out = 0;
  const Json json = Json::parse(figure_data(results, left_out));
  EXPECT_GT(left_out, 0u);
  EXPECT_EQ(json["series"].size() + left_out, 11u);
  EXPECT_TRUE(holds(report_of(results), std::to_string(left_out) + " recordings more are not on"));
}

TEST(Report, SurvivesResultsThatHoldAlmostNothing) {
  Results empty;
  empty.experiment = "empty";
  EXPECT_TRUE(holds(report_of(empty), "<h1>empty</h1>"));
}

TEST(ParetoWords, FollowThePublishedLimits) {
  EXPECT_EQ(pareto_words(kUnknown), "not checked");
  EXPECT_EQ(pareto_words(0.43), "good (k̂ = 0.43)");
  EXPECT_EQ(pareto_words(0.69), "acceptable (k̂ = 0.69)");
  EXPECT_EQ(pareto_words(0.7), "doubtful: intervals may be too narrow (k̂ = 0.70)");
  EXPECT_EQ(pareto_words(1.2), "no: do not rely on intervals or evidence (k̂ = 1.20)");
}

}  // namespace
}  // namespace insula::report
