// SPDX-License-Identifier: Apache-2.0
// What a subject's learner makes of its trials.
#include "framework/simulation/learner_data.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using architecture::Learner;
using Eigen::Index;
using Eigen::MatrixXd;
using simulation::cues_of;
using simulation::learner_rows;
using simulation::learner_signals;
using simulation::LearnerRows;
using simulation::outcomes_of;

// Two subjects of 24 trials whose hypothesis has these learners beside a diffusion without terms.
Experiment with_learners(const dataset::Folder& folder, const std::string& learners) {
  test::write_decisions(folder, {{}, {.drift = -0.2}}, 24, 29);
  test::write_hypothesis(folder, "learns", "kind: ddm", "learners:\n" + learners);
  return test::load_decisions(folder,
                              "hypotheses: [learns.yaml]\nbaselines: []\nvalidation: none\n");
}

const Learner& learner_of(const Experiment& e) {
  return e.hypotheses[0].architecture.learners.at(0);
}

TEST(LearnerData, HasTheRowsOfTrials) {
  const dataset::Folder folder;
  Experiment e =
      with_learners(folder, "  value: {kind: rescorla_wagner, outcome: noise, cue: difficulty}\n");
  dataset::Subject& subject = e.dataset.subjects[0];
  dataset::Trials& trials = subject.runs[0].trials[0];
  trials.reasons = {"too fast"};
  trials.exclusion[3] = trials.exclusion[10] = 0;
  const TrialRows scored =
      trial_rows(subject, e.hypotheses[0].architecture, e.hypotheses[0].architecture.trials[0]);
  const LearnerRows rows = learner_rows(subject, learner_of(e));
  ASSERT_EQ(rows.size(), scored.size());
  EXPECT_EQ(rows.size(), 22u);
  EXPECT_EQ(rows.first, (std::vector<std::size_t>{0, 22}));
  EXPECT_EQ(rows.outcome[3], trials.column("noise")->value[4]);
  EXPECT_EQ(rows.cue[3], trials.factor("difficulty")->value[4]);
}

TEST(LearnerData, EveryRunStartsAnew) {
  const dataset::Folder folder;
  Experiment e =
      with_learners(folder, "  value: {kind: pearce_hall, outcome: noise, cue: difficulty}\n");
  dataset::Subject& subject = e.dataset.subjects[0];
  subject.runs.push_back(e.dataset.subjects[1].runs[0]);
  const std::vector<double> at{0.5, 0.3, 0.125, 0.75};
  const LearnerRows rows = learner_rows(subject, learner_of(e));
  EXPECT_EQ(rows.first, (std::vector<std::size_t>{0, 24, 48}));
  const LearnerSignals both = learner_signals(learner_of(e), rows, at, true);
  const LearnerRows second = learner_rows(e.dataset.subjects[1], learner_of(e));
  const LearnerSignals alone = learner_signals(learner_of(e), second, at, true);
  EXPECT_EQ(both.value(0, 0), 0.125);
  EXPECT_EQ(both.value(24, 0), 0.125);
  EXPECT_EQ(MatrixXd(both.value.bottomRows(24)), alone.value);
  ASSERT_EQ(both.slope.size(), 3u);
  for (std::size_t s = 0; s < 3; ++s)
    EXPECT_EQ(MatrixXd(both.slope[s].bottomRows(24)), alone.slope[s]);
  EXPECT_TRUE(learner_signals(learner_of(e), rows, at, false).slope.empty());
  EXPECT_EQ(learner_signals(learner_of(e), rows, at, false).value, both.value);
}

TEST(LearnerData, MovesWithItsParametersAsItsSlopesSay) {
  const dataset::Folder folder;
  const Experiment e =
      with_learners(folder, "  belief: {kind: hgf, outcome: difficulty.hard, cue: signal}\n");
  const LearnerRows rows = learner_rows(e.dataset.subjects[1], learner_of(e));
  const std::vector<double> at{-2, 0.3, 0.4};
  const LearnerSignals signals = learner_signals(learner_of(e), rows, at, true);
  for (std::size_t p = 0; p < at.size(); ++p) {
    constexpr double h = 1e-5;
    std::vector<double> up = at, down = at;
    up[p] += h, down[p] -= h;
    const MatrixXd difference = (learner_signals(learner_of(e), rows, up, false).value -
                                 learner_signals(learner_of(e), rows, down, false).value) /
                                (2 * h);
    for (std::size_t s = 0; s < signals.slope.size(); ++s)
      EXPECT_CLOSE(signals.slope[s].col(static_cast<Index>(p)),
                   difference.col(static_cast<Index>(s)),
                   Tolerance::because(1e-6, "central differences with a step of 1e-5"));
  }
}

// A cue is whatever tells trials apart: whole numbers, here -1 and 1, or levels.
TEST(LearnerData, TakesLevelsAndWholeNumbersAsCuesAndLevelsAsOutcomes) {
  const dataset::Folder folder;
  Experiment e =
      with_learners(folder, "  belief: {kind: hgf, outcome: difficulty.hard, cue: signal}\n");
  dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  trials.factors[0].value[2] = dataset::kMissing;
  const LearnerRows rows = learner_rows(e.dataset.subjects[0], learner_of(e));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows.cue[i], trials.column("signal")->value[i] > 0 ? 1 : 0);
    if (i == 2) {
      EXPECT_TRUE(std::isnan(rows.outcome[i]));
    } else {
      EXPECT_EQ(rows.outcome[i], trials.factor("difficulty")->value[i] == 1 ? 1 : 0);
    }
  }
  EXPECT_FALSE(outcomes_of(trials, "difficulty").has_value());
  EXPECT_FALSE(outcomes_of(trials, "difficulty.none").has_value());
  EXPECT_FALSE(outcomes_of(trials, "nothing").has_value());
  EXPECT_FALSE(cues_of(trials, "noise").has_value());
  EXPECT_FALSE(cues_of(trials, "nothing").has_value());
}

TEST(LearnerData, ThatNothingDependsOnStaysAtItsPrior) {
  const dataset::Folder folder;
  const std::string learners =
      "  belief: {kind: hgf, outcome: difficulty.hard}\n"
      "  value: {kind: rescorla_wagner, outcome: signal}\n";
  const Experiment e = with_learners(folder, learners);
  const report::Results results = run(e, test::portable_kinds());
  int found = 0;
  for (const report::ParameterRow& p : results.parameters) {
    if (p.parameter != "belief.log_volatility" && p.parameter != "value.learning_rate") continue;
    ++found;
    const bool is_volatility = p.parameter == "belief.log_volatility";
    EXPECT_CLOSE(p.posterior_mean, is_volatility ? -3 : 0, Tolerance::because(1e-9, "no data"));
    EXPECT_CLOSE(p.posterior_sd, is_volatility ? 4 : 1.5, Tolerance::because(1e-9, "no data"));
  }
  EXPECT_EQ(found, 4) << "two of each subject";
  // Evidence is an average over the prior: what data do not know of changes nothing.
  test::write_hypothesis(folder, "plain", "kind: ddm");
  const Experiment plain =
      test::load_decisions(folder, "hypotheses: [plain.yaml]\nbaselines: []\nvalidation: none\n");
  const report::Results without = run(plain, test::portable_kinds());
  EXPECT_CLOSE(results.comparison[0].log_evidence,
               without.comparison[0].log_evidence,
               Tolerance::because(1e-4, "what an ascent promises"));
}

}  // namespace
}  // namespace insula::experiment
