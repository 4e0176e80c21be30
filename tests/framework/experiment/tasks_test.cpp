// SPDX-License-Identifier: Apache-2.0
// Fits that are kept and found again.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/framework/experiment/small_trials.h"

namespace insula::experiment {
namespace {

using dataset::Folder;
using test::portable_kinds;
using Bytes = std::map<std::string, std::string>;

struct Ran {
  Bytes files;
  std::size_t taken = 0, total = 0;
};

Ran ran(const Experiment& e, schedule::Store* store, const std::string& program = "1") {
  Ran ran;
  RunOptions options;
  options.store = store;
  options.program = program;
  options.progress = [&](const Progress& p) {
    ran.taken = p.taken;
    ran.total = p.total;
  };
  ran.files = test::files_of(run(e, portable_kinds(), options));
  return ran;
}

// What the store gives back makes the same files as what it was given, and as none makes.
void expect_same_files_from_a_store(const Experiment& e) {
  const Folder folder;
  const Bytes without = ran(e, nullptr).files;
  schedule::Store store(folder.path(""));
  const Ran first = ran(e, &store);
  const Ran second = ran(e, &store);
  EXPECT_EQ(first.taken, 0u);
  EXPECT_EQ(second.taken, second.total);
  ASSERT_GE(without.size(), 6u);
  for (const auto& [name, bytes] : without) {
    EXPECT_TRUE(first.files.at(name) == bytes) << name << " differs when fits are kept";
    EXPECT_TRUE(second.files.at(name) == bytes) << name << " differs when fits are found";
  }
}

TEST(Tasks, OfRecordingsGiveTheSameFilesFromAStore) {
  expect_same_files_from_a_store(test::small_experiment(portable_kinds()));
}

TEST(Tasks, OfJointDataGiveTheSameFilesFromAStore) {
  const test::JointStudy study;
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  expect_same_files_from_a_store(
      study.load("hypotheses: [one.yaml]\nablation: one\ninference: {pareto_draws: 100}\n"
                 "validation: {split: blocks, folds: 2}\ncomparison: {bootstrap: 100}\n"));
}

std::string decisions(const std::string& subjects) {
  return "hypotheses: [flat.yaml, steep.yaml]\nvalidation: {split: blocks, folds: 2}\n"
         "inference: {subjects: " +
         subjects + ", pareto_draws: 100}\ncomparison: {bootstrap: 100}\nseed: 4\n";
}

void write_deciders(const Folder& folder) {
  test::write_decisions(folder, {{}, {.drift = 0.5}, {.threshold = 1.4}}, 60, 1);
  test::write_hypothesis(folder, "flat", "kind: ddm");
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal]");
}

TEST(Tasks, OfSubjectsTogetherGiveTheSameFilesFromAStore) {
  const Folder folder;
  write_deciders(folder);
  for (const char* subjects : {"separate", "pooled", "hierarchical"})
    expect_same_files_from_a_store(test::load_decisions(folder, decisions(subjects)));
}

TEST(Tasks, AreDoneAgainOnlyWhereSomethingTheyDependOnChanged) {
  const Folder folder, kept;
  write_deciders(folder);
  schedule::Store store(kept.path(""));
  const std::string baselines = "baselines: [ddm_regression]\n";
  const Ran all = ran(test::load_decisions(folder, decisions("separate") + baselines), &store);
  const std::size_t of_a_model = all.total / 3;

  // Another name, more draws of the bootstrap, a baseline less: nothing that a fit depends on.
  Experiment e = test::load_decisions(folder, decisions("separate") + "baselines: []\n");
  e.name = "another";
  e.bootstrap_draws = 200;
  EXPECT_EQ(ran(e, &store).taken, 2 * of_a_model);

  // One hypothesis: its own fits, and those of the baseline that has the regressors of all.
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal, noise]");
  EXPECT_EQ(ran(test::load_decisions(folder, decisions("separate") + baselines), &store).taken,
            of_a_model);
  // As it was: all are there still.
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal]");
  e = test::load_decisions(folder, decisions("separate") + baselines);
  EXPECT_EQ(ran(e, &store).taken, all.total);

  // Program, seed, settings, folds, data: everything.
  EXPECT_EQ(ran(e, &store, "2").taken, 0u);
  const auto taken_after = [&](auto&& change) {
    Experiment changed = test::load_decisions(folder, decisions("separate") + baselines);
    change(changed);
    return ran(changed, &store).taken;
  };
  EXPECT_EQ(taken_after([](Experiment& x) { x.seed = 5; }), 0u);
  EXPECT_EQ(taken_after([](Experiment& x) { x.starts = 2; }), 0u);
  EXPECT_EQ(taken_after([](Experiment& x) { x.folds = 3; }), 0u);
  EXPECT_EQ(taken_after([](Experiment& x) { x.gap = 2; }), 0u);
  test::write_decisions(folder, {{}, {.drift = 0.5}, {.threshold = 1.4}}, 60, 2);
  EXPECT_EQ(ran(test::load_decisions(folder, decisions("separate") + baselines), &store).taken, 0u);
}

// It decides which of two exact ways a linear baseline goes, and nothing of a hypothesis.
TEST(Tasks, OfBaselinesAloneDependOnTheBoundOfMemory) {
  const Folder kept;
  schedule::Store store(kept.path(""));
  Experiment e = test::small_experiment(portable_kinds());
  const Ran all = ran(e, &store);
  e.memory.bytes /= 2;
  const Ran bounded = ran(e, &store);
  std::size_t linear = 0;
  for (const std::string& name : e.baselines)
    if (find_built(name) == nullptr) ++linear;
  ASSERT_GT(linear, 0u);
  const std::size_t models = e.hypotheses.size() + e.baselines.size();
  EXPECT_EQ(bounded.total - bounded.taken, linear * all.total / models);
  EXPECT_TRUE(bounded.files.at("scores.tsv") == all.files.at("scores.tsv"));
}

TEST(Tasks, WithDamagedResultsAreDoneAgain) {
  const Folder kept;
  const Experiment e = test::small_experiment(portable_kinds());
  Bytes files;
  {
    schedule::Store store(kept.path(""));
    files = ran(e, &store).files;
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(kept.path("tasks.sqlite").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database,
                         "UPDATE task SET result = substr(result, 1, 100) WHERE name LIKE 'plain%'",
                         nullptr,
                         nullptr,
                         nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  schedule::Store store(kept.path(""));
  const Ran again = ran(e, &store);
  EXPECT_EQ(again.total - again.taken, 4u) << "all data and three folds of one hypothesis";
  EXPECT_TRUE(again.files == files);
  EXPECT_EQ(ran(e, &store).taken, again.total) << "mended";
}

TEST(Tasks, OfShardsMakeTheWhole) {
  const Folder kept;
  const Experiment e = test::small_experiment(portable_kinds());
  const Bytes whole = ran(e, nullptr).files;
  schedule::Store store(kept.path(""));
  RunOptions options;
  options.store = &store;
  options.program = "1";
  std::size_t before = ran(e, nullptr).total;
  for (std::size_t i = 0; i < 3; ++i) {
    options.shard = {i, 3};
    const std::size_t missing = run_shard(e, portable_kinds(), options);
    EXPECT_LT(missing, before);
    before = missing;
  }
  EXPECT_EQ(before, 0u);
  const Ran joined = ran(e, &store);
  EXPECT_EQ(joined.taken, joined.total);
  EXPECT_TRUE(joined.files == whole);
}

TEST(Tasks, ThatAreStoppedLoseNothing) {
  const Folder kept;
  const Experiment e = test::small_experiment(portable_kinds());
  schedule::Store store(kept.path(""));
  RunOptions options;
  options.store = &store;
  options.program = "1";
  std::size_t done = 0;
  options.progress = [&](const Progress& p) { done = p.done; };
  options.stop = [&] { return done >= 3; };
  const report::Results stopped = run(e, portable_kinds(), options);
  EXPECT_FALSE(stopped.not_computed.empty());
  const Ran rest = ran(e, &store);
  EXPECT_GE(rest.taken, 3u);
  EXPECT_LT(rest.taken, rest.total);
  EXPECT_TRUE(rest.files == ran(e, nullptr).files);
}

// Wherever the stop comes, in a fit or between rounds of draws, no half of a posterior is kept.
void expect_same_files_wherever_it_stops(const Experiment& e) {
  set_threads(1);  // so that whether to stop is asked in one order
  RunOptions options;
  options.program = "1";
  int questions = 0;
  options.stop = [&] { return ++questions < 0; };
  const report::Results undisturbed = run(e, portable_kinds(), options);
  const Bytes whole = test::files_of(undisturbed);
  bool are_rounds = false;
  for (const report::ModelSummary& model : undisturbed.models)
    for (const report::FitSummary& fit : model.fits) are_rounds |= fit.draws > 500;
  EXPECT_TRUE(are_rounds) << "whether to stop is asked between rounds of 500";
  for (int last = 1; last < questions; ++last) {
    const Folder kept;
    schedule::Store store(kept.path(""));
    options.store = &store;
    int again = 0;
    options.stop = [&] { return ++again > last; };
    run(e, portable_kinds(), options);
    EXPECT_TRUE(ran(e, &store).files == whole) << last << " of " << questions;
  }
  set_threads(0);
}

TEST(Tasks, OfSampledPosteriorsThatAreStoppedAnywhereEndWithTheSameFiles) {
  const Folder folder;
  test::write_decisions(folder, {{}, {.drift = 0.5}}, 6, 1);
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal]");
  for (const std::string subjects : {"separate", "pooled"})
    expect_same_files_wherever_it_stops(
        test::load_decisions(folder,
                             "hypotheses: [steep.yaml]\nbaselines: []\nvalidation: none\n"
                             "inference: {posterior: importance, subjects: " +
                                 subjects + "}\nseed: 4\n"));
}

}  // namespace
}  // namespace insula::experiment
