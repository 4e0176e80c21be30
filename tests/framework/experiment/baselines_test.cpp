// SPDX-License-Identifier: Apache-2.0
// Which baselines run on which recordings, and what is scored of them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Names = std::vector<std::string>;

const std::map<std::string, std::string> kRecorded{
    {"bold", "{interval: 2 s, noise: {snr: 3}}"},
    {"pupil", "{interval: 500 ms, noise: {snr: 3}}"},
    {"spikes", "{interval: 500 ms}"},
};

// A region that is driven by a stimulus and shows in `recordings`, "bold, pupil".
Experiment recorded(const Names& recordings, const std::string& lines) {
  const dataset::Folder folder;
  std::string observations, recorded;
  for (const std::string& name : recordings) {
    observations += "  " + name + ": {kind: " + name + ", regions: [A]}\n";
    recorded += "  " + name + ": " + kRecorded.at(name) + "\n";
  }
  folder.write("plain.yaml",
               "insula: architecture/1\nname: plain\nregions: {A: {kind: neuronal}}\n"
               "inputs: {stimulus: {drives: [A]}}\nobservations:\n" +
                   observations);
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: recorded\narchitecture: plain.yaml\nseed: 4\n"
               "duration: 240 s\ninputs:\n  stimulus: {every: 30 s, on: 12 s, start: 5 s}\n"
               "recordings:\n" +
                   recorded + "parameters:\n  stimulus -> A.strength: 1 1/s\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: recorded\ndataset: recipe.yaml\n"
               "hypotheses: [plain.yaml]\ninference: {max_iterations: 4, pareto_draws: 0}\n"
               "validation: {split: blocks, folds: 2, gap: 10 s}\n"
               "comparison: {bootstrap: 100}\n" +
                   lines);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

TEST(Baselines, RunWhereTheyExplainSomething) {
  EXPECT_EQ(recorded({"pupil"}, "").baselines,
            (Names{"kernel_glm", "low_level", "mean", "ridge", "time_only", "var", "linear_dcm"}));
  EXPECT_EQ(recorded({"spikes"}, "").baselines,
            (Names{"low_level", "mean", "poisson_glm", "ridge", "time_only", "linear_dcm"}));
  EXPECT_EQ(recorded({"bold", "pupil", "spikes"}, "").baselines,
            (Names{"hrf_glm",
                   "kernel_glm",
                   "low_level",
                   "mean",
                   "poisson_glm",
                   "ridge",
                   "time_only",
                   "var",
                   "linear_dcm"}));
}

TEST(Baselines, ThatTakeLongRunWhereTheyAreNamed) {
  EXPECT_EQ(recorded({"bold"}, "baselines: [pls, kernel_ridge]\n").baselines,
            (Names{"pls", "kernel_ridge"}));
}

// Else a baseline that is not linear, and better, would hide that a linear one is better, too.
TEST(Baselines, ThatAreNotLinearAreOpponentsBesideTheBestLinearOne) {
  const report::Results results =
      run(recorded({"bold"}, "baselines: [mean, ridge, kernel_ridge]\n"), test::portable_kinds());
  std::vector<std::string> opponents;
  for (const report::Verdict& v : results.verdicts)
    if (v.channel == "mean") opponents.push_back(v.other);
  EXPECT_EQ(opponents, (Names{"ridge", "kernel_ridge"}));
  ASSERT_FALSE(results.tests.empty());
  for (const report::TestRow& row : results.tests) EXPECT_EQ(row.other, "ridge");
}

TEST(Baselines, AskedForInVainAreAMistake) {
  for (const auto& [name, explained] :
       {std::pair("poisson_glm", "it explains counts"), std::pair("hrf_glm", "it explains BOLD")}) {
    try {
      recorded({"pupil"}, "baselines: [mean, " + std::string(name) + "]\n");
      FAIL() << name << " was accepted";
    } catch (const InputError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("'" + std::string(name) + "' explains nothing"), std::string::npos);
      EXPECT_NE(text.find(explained), std::string::npos) << text;
    }
  }
}

TEST(Baselines, PredictTheRecordingsThatTheyExplainAndNoOther) {
  const Experiment e = recorded({"bold", "pupil", "spikes"},
                                "baselines: [hrf_glm, kernel_glm, poisson_glm, ridge]\n");
  const report::Results results = run(e, test::portable_kinds());
  std::map<std::string, std::set<std::string>> scored;
  for (const report::ScoreRow& row : results.scores)
    if (row.channel != "mean" && row.metric == "r" && std::isfinite(row.value))
      scored[row.model].insert(row.modality);
  using Set = std::set<std::string>;
  EXPECT_EQ(scored["hrf_glm"], Set{"bold"});
  EXPECT_EQ(scored["kernel_glm"], Set{"pupil"});
  EXPECT_EQ(scored["poisson_glm"], Set{"spikes"});
  EXPECT_EQ(scored["ridge"], (Set{"bold", "pupil", "spikes"}));
  for (const report::ComparisonRow& row : results.comparison) {
    const bool explains_all = row.model == "plain" || row.model == "ridge";
    EXPECT_EQ(std::isfinite(row.log_density), explains_all)
        << row.model << ": a mean over other recordings is not comparable";
  }
  // The opponent on a recording is the baseline that predicts it best.
  std::set<std::string> judged;
  for (const report::Verdict& v : results.verdicts) {
    double best = -HUGE_VAL;
    std::string name;
    for (const report::ObservationRow& row : results.observations)
      if (row.observation == v.modality && row.kind == "baseline" && row.value > best) {
        best = row.value;
        name = row.model;
      }
    EXPECT_EQ(v.other, name) << v.sentence;
    judged.insert(v.modality);
  }
  EXPECT_EQ(judged, (Set{"bold", "pupil", "spikes"}));
}

TEST(Baselines, OfCountsAreScoredByThePoissonDensity) {
  const Experiment e = recorded({"spikes"}, "baselines: [poisson_glm]\n");
  const report::Results results = run(e, test::portable_kinds());
  double sum = 0, count = 0;
  for (const report::PredictionBlock& block : results.predictions) {
    if (block.model != "poisson_glm") continue;
    for (Eigen::Index s = 0; s < block.fold.size(); ++s) {
      const double y = block.observed(s, 0), mean = block.held_out(s, 0);
      if (block.fold[s] < 0 || !std::isfinite(mean)) continue;
      EXPECT_CLOSE(block.held_out_sd(s, 0), std::sqrt(mean), Tolerance::rounding(2));
      sum += y * std::log(mean) - mean - std::lgamma(y + 1);
      count += 1;
    }
  }
  ASSERT_GT(count, 200);
  bool is_found = false;
  for (const report::ScoreRow& row : results.scores) {
    if (row.model != "poisson_glm" || row.metric != "log_density" || row.fold != "all" ||
        row.channel == "mean")
      continue;
    is_found = true;
    EXPECT_CLOSE(row.value, sum / count, Tolerance::rounding(1000));
  }
  EXPECT_TRUE(is_found);
}

TEST(Baselines, SeeTheKernelOfTheFirstHypothesis) {
  const Experiment e = recorded({"bold", "pupil", "spikes"}, "baselines: []\n");
  const BaselineRecording pupil = recording_of(e, "pupil"), spikes = recording_of(e, "spikes");
  EXPECT_EQ(pupil.modality, "pupil");
  ASSERT_NE(pupil.kernel.at, nullptr);
  EXPECT_EQ(pupil.kernel.end, 5);
  EXPECT_FALSE(pupil.counts);
  EXPECT_TRUE(spikes.counts);
  EXPECT_EQ(spikes.memory, 2);
  EXPECT_EQ(recording_of(e, "bold").kernel.at, nullptr);
  EXPECT_THROW(recording_of(e, "skin"), InternalError);
  const BaselineProblem problem =
      assemble_baseline(e, targets(e), "pupil", e.dataset.subjects[0], Part{});
  EXPECT_EQ(problem.recording.kernel.at, pupil.kernel.at);
  EXPECT_EQ(problem.runs[0].data.rows(), 480);
}

TEST(Baselines, TakeTheFirstOfTwoKindsThatShowOneRecording) {
  Experiment e = recorded({"pupil"}, "baselines: []\n");
  const Catalogue& kinds = test::portable_kinds();
  e.hypotheses.push_back(e.hypotheses.front());
  e.hypotheses.back().architecture.observations[0].kind =
      find_kind(kinds.observations, "pupil_gamma");
  EXPECT_EQ(recording_of(e, "pupil").kernel.end, 5);
  std::swap(e.hypotheses[0], e.hypotheses[1]);
  EXPECT_EQ(recording_of(e, "pupil").kernel.end, 8);
}

}  // namespace
}  // namespace insula::experiment
