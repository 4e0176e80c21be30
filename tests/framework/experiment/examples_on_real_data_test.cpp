// SPDX-License-Identifier: Apache-2.0
// Examples whose data are prepared by a script: each as a user has it, made smaller.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "framework/experiment/run.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;

// The example's documents and data in a folder of its own; skips where one of them is missing.
class Examples : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr)
      GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
    if (std::system("python3 -c '' >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "there is no python3 to prepare the data with";
  }
  Experiment prepared(const std::string& example, const Catalogue& kinds) {
    const fs::path from = fs::path(INSULA_ROOT) / "examples" / example;
    for (const fs::directory_entry& entry : fs::directory_iterator(from))
      if (entry.path().extension() == ".yaml")
        fs::copy_file(entry.path(), folder.path(entry.path().filename().string()));
    const std::string command =
        "python3 '" + (from / "prepare.py").string() + "' '" + folder.path("") + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return load(folder.path("experiment.yaml"), kinds);
  }
  dataset::Folder folder;
};

report::ScoreRow pooled_r(const report::Results& results,
                          const std::string& model,
                          const std::string& channel) {
  for (const report::ScoreRow& r : results.scores)
    if (r.model == model && r.channel == channel && r.fold == "all" && r.metric == "r") return r;
  ADD_FAILURE() << "no score of " << model << " on " << channel;
  return {};
}

const report::ParameterRow& parameter(const report::Results& results, const std::string& name) {
  for (const report::ParameterRow& row : results.parameters)
    if (row.parameter == name) return row;
  throw std::out_of_range("no parameter " + name);
}

// source  README of the dataset: a1 is driven almost only by the contralateral side, b1 by both.
TEST_F(Examples, TwoEarsAreHeardAsTheCourseSaysAndBelowTheCeiling) {
  const Catalogue kinds = catalogue();
  Experiment e = prepared("two-ears", kinds);
  std::erase_if(e.hypotheses, [](const Hypothesis& h) { return h.name != "sum"; });
  e.dataset.subjects[0].runs.resize(10);
  e.baselines = {"ridge"};
  e.folds = 3;
  e.bootstrap_draws = 200;
  const report::Results results = run(e, kinds);
  EXPECT_GT(parameter(results, "contra -> a1.strength").low,
            parameter(results, "ipsi -> a1.strength").high);
  EXPECT_GT(parameter(results, "contra -> b1.strength").estimate, 0);
  EXPECT_GT(parameter(results, "ipsi -> b1.strength").estimate, 0);
  for (const char* cell : {"a1", "b1"}) {
    const report::ScoreRow r = pooled_r(results, "sum", cell);
    EXPECT_GT(r.normalised, 0.4) << cell;
    EXPECT_LT(r.value, r.ceiling) << cell;
    EXPECT_EQ(r.ceiling_kind, "repeats");
  }
}

TEST_F(Examples, ContrastsHaveCeilingsOfScoresAndOfDissimilarities) {
  const Catalogue kinds = catalogue();
  Experiment e = prepared("contrasts", kinds);
  std::erase_if(e.hypotheses, [](const Hypothesis& h) { return h.name != "one"; });
  e.dataset.subjects = {e.dataset.subjects[2]};  // where contrasts are decoded best
  e.baselines = {"mean", "ridge"};
  e.folds = 2;
  e.bootstrap_draws = 100;
  const report::Results results = run(e, kinds);
  const report::ScoreRow r = pooled_r(results, "one", "mean");
  EXPECT_GT(r.low, 0);
  EXPECT_LT(r.value, r.ceiling);
  ASSERT_FALSE(results.rdm.empty());
  for (const report::RdmRow& row : results.rdm) {
    EXPECT_EQ(row.ceiling_kind, "repeats");
    EXPECT_LE(row.lower_ceiling, row.upper_ceiling);
    EXPECT_GT(row.stimuli, 8);  // of 16 pairs of contrasts, some of which are rare
    if (row.model == "mean") {
      EXPECT_EQ(row.value, 0);
    }
  }
}

}  // namespace
}  // namespace insula::experiment
