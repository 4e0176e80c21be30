// SPDX-License-Identifier: Apache-2.0
// Subjects who differ in the hypothesis that is true of them, from their trials to the sentence.
#include "framework/evaluation/group_comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using test::Decider;

constexpr int kTrials = 60;

// The last `guessing` of `subjects` do not heed the signal.
Experiment heeding(const dataset::Folder& folder,
                   int subjects,
                   int guessing,
                   const std::string& lines = "") {
  std::vector<Decider> deciders(static_cast<std::size_t>(subjects), Decider{.stimulus = 1.2});
  for (int s = subjects - guessing; s < subjects; ++s)
    deciders[static_cast<std::size_t>(s)].stimulus = 0;
  test::write_decisions(folder, deciders, kTrials, 17);
  test::write_hypothesis(folder, "heeds", "kind: ddm, drift: [signal]");
  test::write_hypothesis(folder, "guesses", "kind: ddm, drift: []");
  return test::load_decisions(
      folder,
      "hypotheses: [heeds.yaml, guesses.yaml]\nbaselines: [constant]\nvalidation: {split: blocks, "
      "folds: 3}\ncomparison: {bootstrap: 100}\n" +
          (lines.empty() ? "inference: {pareto_draws: 0}\n" : lines));
}

report::ComparisonRow row_of(const report::Results& results, const std::string& model) {
  for (const report::ComparisonRow& row : results.comparison)
    if (row.model == model) return row;
  return {};
}

TEST(GroupComparison, FindsTheHypothesisOfMostSubjectsAndSaysSo) {
  const dataset::Folder folder;
  const report::Results results = run(heeding(folder, 14, 1), test::portable_kinds());
  const report::ComparisonRow row = row_of(results, "heeds");
  EXPECT_GT(row.expected_frequency, 0.7);
  EXPECT_GT(row.protected_exceedance, 0.95);
  EXPECT_GT(row.cv_expected_frequency, 0.7);
  EXPECT_LE(row.protected_exceedance, row.exceedance);
  const report::ComparisonRow constant = row_of(results, "constant");
  EXPECT_TRUE(std::isnan(constant.expected_frequency)) << "baselines are no hypotheses";
  int sentences = 0;
  for (const report::Verdict& v : results.verdicts) {
    if (v.metric != "protected_exceedance") continue;
    ++sentences;
    EXPECT_EQ(v.sentence.rfind("heeds is the most frequent hypothesis among 14 subjects by log "
                               "evidence: protected exceedance probability ",
                               0),
              0u)
        << v.sentence;
  }
  EXPECT_EQ(sentences, 1);
}

TEST(GroupComparison, OfHalvesDecidesNothingThoughTheSumOfEvidenceDoes) {
  const dataset::Folder folder;
  const report::Results results = run(heeding(folder, 6, 3), test::portable_kinds());
  const report::ComparisonRow heeds = row_of(results, "heeds"),
                              guesses = row_of(results, "guesses");
  EXPECT_GT(heeds.posterior_probability, 0.99);
  EXPECT_LT(heeds.protected_exceedance, 0.9);
  EXPECT_CLOSE(heeds.expected_frequency + guesses.expected_frequency, 1, Tolerance::rounding(4));
  EXPECT_CLOSE(heeds.exceedance + guesses.exceedance, 1, Tolerance::because(1e-12, "two betas"));
  bool told = false;
  for (const report::Verdict& v : results.verdicts)
    told = told || v.sentence.rfind("No hypothesis is shown to be the most frequent", 0) == 0;
  EXPECT_TRUE(told);
}

// The table from what the results say of each fit and of each subject's held-out trials.
TEST(GroupComparison, RestsOnTheEvidencesAndDensitiesInTheResults) {
  const dataset::Folder folder;
  const Experiment e = heeding(folder, 4, 2);
  const report::Results results = run(e, test::portable_kinds());
  Eigen::MatrixXd evidence(4, 2), density(4, 2);
  for (Eigen::Index k = 0; k < 2; ++k) {
    Eigen::Index s = 0;
    for (const report::FitSummary& fit : results.models[static_cast<std::size_t>(k)].fits)
      if (fit.fold == "full") evidence(s++, k) = fit.free_energy;
    ASSERT_EQ(s, 4);
    s = 0;
    for (const report::ScoreRow& row : results.scores)
      if (row.model == results.models[static_cast<std::size_t>(k)].name && row.fold == "all" &&
          row.metric == "log_density" && row.channel != "mean" && std::isfinite(row.value))
        density(s++, k) = row.value * kTrials;
    ASSERT_EQ(s, 4);
  }
  const auto by_evidence = evaluation::random_effects(evidence),
             by_density = evaluation::random_effects(density);
  const report::ComparisonRow row = row_of(results, "heeds");
  EXPECT_EQ(row.expected_frequency, by_evidence.expected_frequency[0]);
  EXPECT_EQ(row.exceedance, by_evidence.exceedance[0]);
  EXPECT_EQ(row.protected_exceedance, by_evidence.protected_exceedance[0]);
  const Tolerance sums = Tolerance::because(1e-9, "a mean times its count");
  EXPECT_CLOSE(row.cv_expected_frequency, by_density.expected_frequency[0], sums);
  EXPECT_CLOSE(row.cv_protected_exceedance, by_density.protected_exceedance[0], sums);
  ASSERT_EQ(results.group_comparison.size(), 2u);
  EXPECT_EQ(results.group_comparison[0].subjects, 4);
  EXPECT_EQ(results.group_comparison[0].omnibus_risk, by_evidence.omnibus_risk);
}

TEST(GroupComparison, IsOnlyOfSeveralSubjectsThatAreFittedOneByOne) {
  for (const char* sharing : {"pooled", "hierarchical"}) {
    const dataset::Folder folder;
    const Experiment e = heeding(
        folder, 2, 0, "inference: {pareto_draws: 0, subjects: " + std::string(sharing) + "}\n");
    const report::Results results = run(e, test::portable_kinds());
    EXPECT_TRUE(results.group_comparison.empty()) << sharing;
    EXPECT_TRUE(std::isnan(row_of(results, "heeds").exceedance)) << sharing;
  }
  const dataset::Folder folder;
  EXPECT_TRUE(run(heeding(folder, 1, 0), test::portable_kinds()).group_comparison.empty());
}

// Three hypotheses, of which two say the same.
Experiment three_hypotheses(const dataset::Folder& folder,
                            int subjects,
                            const std::string& sharing) {
  test::write_decisions(folder,
                        std::vector<Decider>(static_cast<std::size_t>(subjects), {.stimulus = 1.2}),
                        kTrials,
                        17);
  test::write_hypothesis(folder, "heeds", "kind: ddm, drift: [signal]");
  test::write_hypothesis(folder, "guesses", "kind: ddm, drift: []");
  test::write_hypothesis(folder, "guesses_too", "kind: ddm, drift: []");
  return test::load_decisions(
      folder,
      "hypotheses: [heeds.yaml, guesses.yaml, guesses_too.yaml]\nbaselines: [constant]\n"
      "validation: none\ninference: {pareto_draws: 0, subjects: " +
          sharing +
          "}\n"
          "comparison: {bootstrap: 100, families: {signal: {with: [heeds], without: "
          "[\"guesses*\"]}, each: {a: [heeds], b: [guesses], c: [guesses_too]}}}\n");
}

std::map<std::string, report::GroupRow> families(const report::Results& results,
                                                 const std::string& quantity) {
  std::map<std::string, report::GroupRow> rows;
  for (const report::GroupRow& row : results.group)
    if (row.quantity == quantity) rows[row.division + " " + row.name] = row;
  return rows;
}

TEST(Families, OfHypothesesHaveFrequenciesAmongSubjects) {
  const dataset::Folder folder;
  const report::Results results =
      run(three_hypotheses(folder, 8, "separate"), test::portable_kinds());
  const auto rows = families(results, "family_frequency");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_GT(rows.at("signal with").value, 0.7);
  EXPECT_GT(rows.at("signal with").probability, 0.95);
  EXPECT_CLOSE(
      rows.at("signal with").value + rows.at("signal without").value, 1, Tolerance::rounding(8));
  EXPECT_EQ(rows.at("signal with").effect, "log_evidence");
}

TEST(Families, OfOneSubjectOrOfOneFitHaveProbabilities) {
  for (const auto& [subjects, sharing] : {std::pair(1, "separate"), std::pair(2, "pooled")}) {
    const dataset::Folder folder;
    const report::Results results =
        run(three_hypotheses(folder, subjects, sharing), test::portable_kinds());
    const auto rows = families(results, "family_probability");
    ASSERT_EQ(rows.size(), 5U) << sharing;
    for (const auto& [name, model] : {std::pair("each a", "heeds"), std::pair("each b", "guesses")})
      EXPECT_CLOSE(rows.at(name).probability,
                   row_of(results, model).posterior_probability,
                   Tolerance::rounding(1e4, 1));
    // Two that say the same are together as likely as one of them would be: families, not models,
    // are equally likely beforehand.
    const double odds = rows.at("each a").probability / rows.at("each b").probability;
    EXPECT_CLOSE(rows.at("signal with").probability / rows.at("signal without").probability,
                 odds,
                 Tolerance::rounding(1e6));
  }
}

TEST(GroupComparison, StandsInTheReportWithTheSameBytesAtAnyNumberOfThreads) {
  const dataset::Folder folder;
  const Experiment e = heeding(folder, 3, 1);
  set_threads(1);
  const auto one = test::files_of(run(e, test::portable_kinds()));
  set_threads(3);
  const auto three = test::files_of(run(e, test::portable_kinds()));
  set_threads(0);
  for (const auto& [name, bytes] : one) EXPECT_TRUE(three.at(name) == bytes) << name;
  EXPECT_NE(one.at("report.html").find("Random effects over 3 subjects"), std::string::npos);
  EXPECT_NE(one.at("summary.json").find("\"omnibus_risk\""), std::string::npos);
  EXPECT_NE(one.at("comparison.tsv").find("cv_protected_exceedance"), std::string::npos);
}

}  // namespace
}  // namespace insula::experiment
