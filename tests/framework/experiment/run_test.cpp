// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment {
namespace {

TEST(Run, GivesTheSameBytesAtOneTwoAndFiveThreads) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  std::vector<std::map<std::string, std::string>> folders;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    folders.push_back(test::files_of(run(e, kinds)));
  }
  set_threads(0);
  ASSERT_GE(folders[0].size(), 6u);
  for (const auto& folder : folders)
    for (const auto& [name, bytes] : folders[0])
      EXPECT_TRUE(folder.at(name) == bytes) << name << " differs";
}

TEST(Run, PrefersTheHypothesisThatMadeTheData) {
  const Catalogue kinds = catalogue();
  const report::Results r = run(test::small_experiment(kinds), kinds);
  std::map<std::string, report::ComparisonRow> rows;
  for (const auto& row : r.comparison) rows[row.model] = row;
  EXPECT_EQ(rows.at("modulated").delta, 0);
  EXPECT_LT(rows.at("plain").delta, -3);
  EXPECT_GT(rows.at("modulated").posterior_probability, 0.95);
  EXPECT_GT(rows.at("modulated").r, rows.at("plain").r);
  EXPECT_GT(rows.at("modulated").r, rows.at("mean").r);
}

TEST(Run, ScoresEveryModelOnTheSameSamples) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  const report::Results r = run(e, kinds);
  EXPECT_TRUE(r.not_computed.empty());
  // Every sample is held out once, by the same fold for every model, with the same observation.
  for (const report::PredictionBlock& b : r.predictions) {
    EXPECT_EQ(b.fold, r.predictions[0].fold);
    EXPECT_EQ(b.observed, r.predictions[0].observed);
    EXPECT_TRUE(b.held_out.allFinite()) << b.model;
    EXPECT_TRUE((b.held_out_sd.array() > 0).all()) << b.model;
    EXPECT_GE(b.fold.minCoeff(), 0);
  }
  std::set<std::string> scored;
  for (const auto& row : r.scores) scored.insert(row.model);
  EXPECT_EQ(scored.size(), e.hypotheses.size() + e.baselines.size());
}

TEST(Run, WritesAVerdictForEveryHypothesisAndForTheEvidence) {
  const Catalogue kinds = catalogue();
  const report::Results r = run(test::small_experiment(kinds), kinds);
  std::set<std::string> against_baseline;
  bool evidence = false;
  for (const report::Verdict& v : r.verdicts) {
    EXPECT_FALSE(v.sentence.empty());
    EXPECT_EQ(v.sentence.back(), '.');
    if (v.metric == "r") against_baseline.insert(v.model);
    evidence = evidence || v.metric == "log_evidence";
  }
  EXPECT_EQ(against_baseline, (std::set<std::string>{"plain", "modulated"}));
  EXPECT_TRUE(evidence);
}

TEST(Run, ThatIsStoppedKeepsWhatHasEndedAndNamesTheRest) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  set_threads(1);
  std::size_t done = 0;
  RunOptions options;
  options.progress = [&](const Progress& p) { done = p.done; };
  options.stop = [&] { return done >= 5; };
  const report::Results r = run(e, kinds, options);
  set_threads(0);
  std::size_t fits = 0;
  for (const auto& m : r.models) fits += m.fits.size();
  EXPECT_EQ(fits, done);
  EXPECT_EQ(fits + r.not_computed.size(), (e.hypotheses.size() + e.baselines.size()) * 4);
  EXPECT_NO_THROW(test::files_of(r));
}

}  // namespace
}  // namespace insula::experiment
