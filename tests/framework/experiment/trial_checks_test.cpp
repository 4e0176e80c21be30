// SPDX-License-Identifier: Apache-2.0
// Do checks of trials accept the model that made them, and refuse one that did not?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using report::CheckRow;
using test::Decider;
using Rows = std::vector<CheckRow>;

// Decisions that follow the signal, by an account that knows it and one that takes noise for it.
report::Results two_accounts(const std::string& lines,
                             const std::function<void(Experiment&)>& change = {}) {
  const dataset::Folder folder;
  test::write_decisions(folder, {Decider{}, {.drift = -0.2, .threshold = 2}}, 120, 3);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal]");
  test::write_hypothesis(folder, "noise", "kind: ddm, drift: [noise]");
  Experiment e = test::load_decisions(
      folder, "hypotheses: [signal.yaml, noise.yaml]\ncomparison: {bootstrap: 100}\n" + lines);
  if (change) change(e);
  return run(e, test::portable_kinds());
}

const std::string kFolds = "validation: {split: blocks, folds: 2}\n";

const report::Results& usual() {
  static const report::Results results = two_accounts(kFolds);
  return results;
}

Rows some(const report::Results& results,
          const std::string& model,
          const std::string& check,
          const std::string& term = "",
          const std::string& response = "") {
  Rows rows;
  for (const CheckRow& row : results.checks)
    if (row.model == model && row.check == check && row.term == term &&
        (response.empty() || row.response == response))
      rows.push_back(row);
  return rows;
}

bool is_in_band(const CheckRow& row) {
  return row.predicted_low <= row.observed && row.observed <= row.predicted_high;
}

TEST(TrialChecks, AModelWithoutTheTermMissesThePsychometricSlope) {
  const report::Results& results = usual();
  const Rows right = some(results, "signal", "psychometric", "signal"),
             wrong = some(results, "noise", "psychometric", "signal");
  ASSERT_EQ(right.size(), 2u);  // a signal to the left and one to the right
  ASSERT_EQ(wrong.size(), 2u);
  EXPECT_EQ(right[0].low, -1);
  EXPECT_EQ(right[1].high, 1);
  const double slope = right[1].observed - right[0].observed;
  EXPECT_GT(slope, 0.5);
  for (const CheckRow& row : right) EXPECT_TRUE(is_in_band(row)) << row.low;
  for (const CheckRow& row : wrong) EXPECT_FALSE(is_in_band(row)) << row.low;
  EXPECT_NEAR(right[1].predicted - right[0].predicted, slope, 0.15);
  EXPECT_NEAR(wrong[1].predicted - wrong[0].predicted, 0, 0.1);
}

TEST(TrialChecks, EveryModelIsHeldAgainstTheSameTrialsInTheSameBins) {
  const report::Results& results = usual();
  const Rows mine = some(results, "signal", "psychometric", "noise");
  ASSERT_EQ(mine.size(), 8u);  // a normal column of 240 trials of both subjects
  for (const CheckRow& row : mine) EXPECT_EQ(row.n, 30);
  for (const char* model : {"noise", "constant", "logistic", "ddm_regression"}) {
    const Rows theirs = some(results, model, "psychometric", "noise");
    ASSERT_EQ(theirs.size(), mine.size()) << model;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      EXPECT_EQ(theirs[i].low, mine[i].low);
      EXPECT_EQ(theirs[i].observed, mine[i].observed);
      EXPECT_EQ(theirs[i].observed_high, mine[i].observed_high);
    }
  }
  // A regression of choices says nothing of their times.
  EXPECT_TRUE(some(results, "logistic", "distribution").empty());
  EXPECT_TRUE(some(results, "logistic", "chronometric", "noise").empty());
  EXPECT_FALSE(some(results, "constant", "distribution").empty());
}

// The model that made the data: whatever was observed lies in the band of its draws 95 times of
// 100.
TEST(TrialChecks, DataOfTheModelLieInItsBandsAsOftenAsTheySay) {
  int inside = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const dataset::Folder folder;
    test::write_decisions(folder, {Decider{}}, 400, seed);
    test::write_hypothesis(folder,
                           "truth",
                           "kind: ddm, drift: [signal, noise], lapse: []",
                           "parameters:\n  decision.lapse: {fixed: 0.0001}\n");
    const report::Results results =
        run(test::load_decisions(folder, "hypotheses: [truth.yaml]\nbaselines: []\n" + kFolds),
            test::portable_kinds());
    for (const CheckRow& row : results.checks)
      if (row.check == "psychometric" || row.check == "chronometric") {
        all += 1;
        inside += is_in_band(row) ? 1 : 0;
      }
  }
  RecordProperty("inside", inside);
  RecordProperty("all", all);
  // Psychometric and two chronometric curves of 2 and 8 bins.
  EXPECT_GE(all, 250);
  // 95 % with three standard errors of so many independent points; shares are discrete, so bands
  // hold a little more.
  const double share = static_cast<double>(inside) / all;
  EXPECT_GT(share, 0.95 - 3 * std::sqrt(0.95 * 0.05 / all));
  EXPECT_LT(share, 0.995);
}

TEST(TrialChecks, DistributionsOfBothResponsesHaveTheAreaOne) {
  const report::Results& results = usual();
  for (const char* model : {"signal", "constant"}) {
    double observed = 0, predicted = 0, curve = 0, n = 0;
    for (const CheckRow& row : some(results, model, "distribution")) {
      observed += row.observed * (row.high - row.low);
      predicted += row.predicted * (row.high - row.low);
      n += row.n;
      EXPECT_LE(row.observed_low, row.observed);
      EXPECT_LE(row.predicted_low, row.predicted_high);
    }
    for (const CheckRow& row : some(results, model, "density"))
      curve += row.predicted * (row.high - row.low);
    EXPECT_EQ(n, 240) << model;
    EXPECT_CLOSE(observed, 1, Tolerance::rounding(100));
    EXPECT_CLOSE(curve, predicted, Tolerance::rounding(1000));
    // Beyond the slowest of 240 trials lie a few in 240, and half of 5 % guesses up to 5 s.
    EXPECT_LE(predicted, 1.005);
    EXPECT_GT(predicted, 0.95);
  }
}

TEST(TrialChecks, OneResponseSlowerThanTheOtherIsSeen) {
  // Answers to the left come a second later. A diffusion that starts halfway has, for one drift,
  // the same times for both responses (Ratcliff 1978), so it must miss one of them or both.
  const auto delay = [](Experiment& e) {
    for (dataset::Subject& subject : e.dataset.subjects) {
      dataset::Trials& trials = subject.runs[0].trials[0];
      for (std::size_t i = 0; i < trials.size(); ++i)
        if (trials.response[i] == 0) trials.response_time[i] += 1;
    }
  };
  const auto missed = [](const report::Results& results) {
    const Rows medians = some(results, "signal", "chronometric", "signal");
    return std::ranges::count_if(medians, [](const CheckRow& row) { return !is_in_band(row); });
  };
  // Of the medians of two responses at two signals.
  EXPECT_LE(missed(usual()), 1);
  EXPECT_GE(missed(two_accounts("validation: none\nbaselines: []\n", delay)), 2);
}

TEST(TrialChecks, TellHeldOutFromSeenTrials) {
  ASSERT_FALSE(usual().checks.empty());
  for (const CheckRow& row : usual().checks) EXPECT_EQ(row.trials, "held_out");
  const report::Results seen = two_accounts("validation: none\nbaselines: []\n");
  ASSERT_FALSE(seen.checks.empty());
  for (const CheckRow& row : seen.checks) EXPECT_EQ(row.trials, "fitted");
}

TEST(TrialChecks, LeaveOutTrialsWithoutAnAnswer) {
  const auto lose = [](Experiment& e) {
    dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
    for (std::size_t i = 0; i < 10; ++i) trials.response[i] = dataset::kMissing;
  };
  double n = 0;
  for (const CheckRow& row : some(two_accounts("validation: none\nbaselines: []\n", lose),
                                  "signal",
                                  "psychometric",
                                  "signal"))
    n += row.n;
  EXPECT_EQ(n, 230);
}

TEST(TrialChecks, OfAValueAreInItsOwnUnits) {
  const dataset::Folder folder;
  test::write_decisions(folder, {Decider{}}, 200, 5);
  test::write_hypothesis(folder, "value", "kind: continuous, value: noise, mean: [signal]");
  Experiment e = test::load_decisions(
      folder, "hypotheses: [value.yaml]\nbaselines: []\nvalidation: {split: blocks, folds: 4}\n");
  dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  for (dataset::TrialColumn& column : trials.columns) {
    if (column.name != "noise") continue;
    column.unit = "mV";
    for (std::size_t i = 0; i < trials.size(); ++i)
      column.value[i] = 100 + 15 * trials.column("signal")->value[i] + 5 * column.value[i];
  }
  const report::Results results = run(e, test::portable_kinds());
  const Rows means = some(results, "value", "mean", "signal");
  ASSERT_EQ(means.size(), 2u);
  for (const CheckRow& row : means) {
    EXPECT_EQ(row.unit, "mV");
    const double truth = 100 + 15 * row.position;
    // Means of about a hundred values with sd 5.
    EXPECT_CLOSE(row.observed, truth, Tolerance::sampling(5, 80));
    EXPECT_CLOSE(row.predicted, row.observed, Tolerance::sampling(5, 80));
    EXPECT_TRUE(is_in_band(row));
    EXPECT_LT(row.observed_low, row.observed);
    EXPECT_NEAR(row.observed_high - row.observed_low, 4 * 5 / std::sqrt(row.n), 0.5);
    // Of new data and unknown means: wider than the observed mean's own interval, not twice.
    EXPECT_GT(row.predicted_high - row.predicted_low, row.observed_high - row.observed_low);
    EXPECT_LT(row.predicted_high - row.predicted_low, 2 * (row.observed_high - row.observed_low));
  }
  EXPECT_EQ(results.checks.size(), 2u);
}

TEST(TrialChecks, OfPooledSubjectsShareTheirParameters) {
  // One draw of the parameters moves all subjects together, so that bands are no narrower than
  // those of one subject with all trials.
  const auto width = [](const report::Results& results) {
    double sum = 0;
    for (const CheckRow& row : some(results, "signal", "psychometric", "noise"))
      sum += row.predicted_high - row.predicted_low;
    return sum;
  };
  const report::Results pooled =
      two_accounts("validation: none\nbaselines: []\ninference: {subjects: pooled}\n");
  const report::Results one = two_accounts("validation: none\nbaselines: []\n", [](Experiment& e) {
    e.dataset.subjects[0].runs.push_back(e.dataset.subjects[1].runs[0]);
    e.dataset.subjects.resize(1);
  });
  EXPECT_CLOSE(width(pooled), width(one), Tolerance::because(0.1 * width(one), "200 draws"));
}

std::string table_of_checks(const report::Results& results) {
  const dataset::Folder folder;
  report::write(results, folder.path("out"));
  return dataset::read_bytes(folder.path("out/checks.tsv"));
}

TEST(TrialChecks, SameBytesAtOneAndFourThreads) {
  for (const char* subjects : {"separate", "pooled", "hierarchical"}) {
    std::vector<std::string> tables;
    for (const int threads : {1, 4}) {
      set_threads(threads);
      tables.push_back(
          table_of_checks(two_accounts(kFolds + "inference: {subjects: " + subjects + "}\n")));
    }
    set_threads(0);
    EXPECT_GT(tables[0].size(), 1000u);
    EXPECT_TRUE(tables[0] == tables[1]) << subjects;
  }
}

}  // namespace
}  // namespace insula::experiment
