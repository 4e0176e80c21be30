// SPDX-License-Identifier: Apache-2.0
// What an experiment says of changed networks is what the architectures that one would write for
// them predict at the same parameters, over draws from the posterior.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using report::InterventionCourse;
using report::InterventionRow;
using report::Results;
using test::portable_kinds;

constexpr const char* kQuick =
    "validation: none\nbaselines: []\ninference: {pareto_draws: 0}\nseed: 4\n";

// A row of one subject or of all, over all runs.
const InterventionRow& row_of(const Results& results,
                              const std::string& intervention,
                              const std::string& observation,
                              const std::string& channel,
                              const std::string& quantity,
                              const std::string& subject = "s01") {
  for (const InterventionRow& row : results.interventions)
    if (row.intervention == intervention && row.observation == observation &&
        row.channel == channel && row.quantity == quantity && row.subject == subject &&
        row.run == "all")
      return row;
  throw std::out_of_range(intervention + "/" + observation + "/" + channel + "/" + quantity);
}

const InterventionCourse& course_of(const Results& results,
                                    const std::string& intervention,
                                    const std::string& recording) {
  for (const InterventionCourse& course : results.intervention_courses)
    if (course.intervention == intervention && course.recording == recording) return course;
  throw std::out_of_range(intervention + "/" + recording);
}

// Bold, a pupil and decisions of one subject, on which a few things are done.
class OnJointData : public testing::Test {
 protected:
  static const Results& results() {
    static const Results all = [] {
      const Experiment e = experiment();
      return run(e, portable_kinds());
    }();
    return all;
  }
  static const test::JointStudy& study() {
    static const test::JointStudy one;
    return one;
  }
  static Experiment experiment() {
    study().write("one", kDecision);
    study().folder.write("apart.yaml",
                         "insula: architecture/1\nname: apart\nextends: one.yaml\n"
                         "remove: [SPC -> V5]\n");
    return study().load(std::string("hypotheses: [one.yaml, apart.yaml]\n") + kQuick +
                        "interventions:\n"
                        "  - {cut: SPC -> V5}\n"
                        "  - {lesion: SPC}\n"
                        "  - {lesion: V5, name: blind}\n"
                        "  - {scale: SPC -> V5, by: 1}\n"
                        "  - {clamp: SPC, at: 0.2}\n");
  }
  static constexpr const char* kDecision = "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}";
};

TEST_F(OnJointData, EveryModalityIsToldOf) {
  for (const char* quantity : kQuantities) {
    row_of(results(), "lesion SPC", "bold", "V5", quantity);
    row_of(results(), "lesion SPC", "pupil", "diameter", quantity);
    row_of(results(), "lesion SPC", "decision", "choice", quantity);
    row_of(results(), "lesion SPC", "decision", "response time", quantity);
  }
  EXPECT_EQ(row_of(results(), "blind", "decision", "response time", "mean_change").unit, "s");
  EXPECT_EQ(row_of(results(), "blind", "bold", "V5", "mean_change").unit, "%");
  EXPECT_EQ(row_of(results(), "blind", "bold", "V5", "response_left").unit, "1");
  EXPECT_EQ(row_of(results(), "blind", "pupil", "diameter", "mean_intact").modality, "pupil");
  EXPECT_EQ(row_of(results(), "blind", "bold", "V5", "mean_intact").draws, kInterventionDraws);
}

TEST_F(OnJointData, WhatChangesNothingIsToldAsNothing) {
  for (const InterventionRow& row : results().interventions) {
    if (row.intervention != "scale SPC -> V5 by 1" || row.quantity == "mean_intact" ||
        row.model == "apart")
      continue;
    const double expected = row.quantity == "response_left" ? 1 : 0;
    EXPECT_EQ(row.value, expected) << row.channel << " " << row.quantity;
    EXPECT_EQ(row.low, expected);
    EXPECT_EQ(row.high, expected);
  }
}

// The lesioned region's own channels show nothing, and so change by all that they showed.
TEST_F(OnJointData, ALesionLeavesNothingOfWhatTheRegionShows) {
  for (const auto& [recording, channel] :
       {std::pair<std::string, std::string>{"bold", "SPC"}, {"pupil", "diameter"}}) {
    const auto& left = row_of(results(), "lesion SPC", recording, channel, "response_left");
    EXPECT_CLOSE(left.value, 0, Tolerance::rounding(16, 1));
    EXPECT_CLOSE(left.high, 0, Tolerance::rounding(16, 1));
    const auto& before = row_of(results(), "lesion SPC", recording, channel, "mean_intact");
    const auto& change = row_of(results(), "lesion SPC", recording, channel, "mean_change");
    EXPECT_CLOSE(change.value, -before.value, Tolerance::rounding(16, 1));
    EXPECT_CLOSE(change.low, -before.high, Tolerance::rounding(16, 1));
    const InterventionCourse& course = course_of(results(), "lesion SPC", recording);
    const auto column = std::ranges::find(course.channels, channel) - course.channels.begin();
    EXPECT_EQ(course.changed.col(column).cwiseAbs().maxCoeff(), 0);
    EXPECT_EQ(course.changed_sd.col(column).cwiseAbs().maxCoeff(), 0);
  }
  // Decisions that rest on V5 alone are all alike without it: their evidence is the intercept.
  const InterventionCourse& decisions = course_of(results(), "blind", "decision");
  for (Index c = 0; c < 2; ++c) {
    const VectorXd after = decisions.changed.col(c);
    EXPECT_CLOSE(after.maxCoeff(), after.minCoeff(), Tolerance::rounding(16, 1));
  }
}

// The cut hypothesis' file at the intact one's posterior mean.
TEST_F(OnJointData, CoursesAreThoseOfTheFileThatLacksTheProjection) {
  const Experiment e = experiment();
  const architecture::Architecture& file = e.hypotheses[1].architecture;
  const auto problem = assemble(file, e.dataset.subjects[0], {}, {});
  const report::Posterior& posterior = results().posteriors[0];
  ASSERT_EQ(posterior.model, "one");
  VectorXd theta(std::ssize(problem->system.free));
  for (Index i = 0; i < theta.size(); ++i) {
    const auto at = std::ranges::find(
        posterior.parameters, problem->system.parameter_names()[static_cast<std::size_t>(i)]);
    theta[i] = posterior.mean[at - posterior.parameters.begin()];
  }
  const inference::Evaluation should = problem->problem.evaluate(theta, false);
  ASSERT_TRUE(should.outcome.finished());
  const InterventionCourse& bold = course_of(results(), "cut SPC -> V5", "bold");
  ASSERT_EQ(bold.model, "one");
  for (Index c = 0; c < 2; ++c)
    EXPECT_EQ(bold.changed.col(c),
              should.prediction[static_cast<std::size_t>(c)] /
                  problem->scaling[static_cast<std::size_t>(c)].factor);
  const TrialProblem& trials = *problem->trials[0];
  const MatrixXd natural = trials.natural(should.predictors[0].value);
  const InterventionCourse& decision = course_of(results(), "cut SPC -> V5", "decision");
  for (Index i = 0; i < natural.rows(); ++i) {
    const std::vector<double> one(natural.row(i).begin(), natural.row(i).end());
    const TrialDatum mean = trials.observation->kind->mean(one);
    EXPECT_EQ(decision.changed(i, 0), mean.choice) << i;
    EXPECT_EQ(decision.changed(i, 1), mean.time) << i;
  }
}

// What a fit says of its own trials is where an intervention starts.
TEST_F(OnJointData, CoursesAsFittedAreThoseOfTheFit) {
  const InterventionCourse& course = course_of(results(), "lesion SPC", "decision");
  for (const report::PredictionBlock& block : results().predictions)
    if (block.model == "one" && block.recording == "decision") {
      EXPECT_EQ(course.channels, block.channels);
      EXPECT_EQ(course.time, block.time);
      EXPECT_EQ(course.intact, block.fitted);
    }
}

TEST_F(OnJointData, NumbersAreThoseOfTheCourses) {
  const InterventionCourse& bold = course_of(results(), "clamp SPC at 0.2", "bold");
  const VectorXd before = bold.intact.col(0), change = bold.changed.col(0) - before;
  const VectorXd varies = before.array() - before.mean();
  // The median over draws is near what the posterior mean gives, far nearer than the interval's
  // end.
  const auto expect_near = [&](const char* quantity, double at_mean) {
    const auto& row = row_of(results(), "clamp SPC at 0.2", "bold", "V5", quantity);
    EXPECT_LT(std::abs(row.value - at_mean), 0.25 * (row.high - row.low)) << quantity;
    EXPECT_LT(row.low, row.value);
    EXPECT_GT(row.high, row.value);
  };
  expect_near("mean_intact", before.mean());
  expect_near("mean_change", change.mean());
  expect_near("size_of_change", std::sqrt(change.squaredNorm() / varies.squaredNorm()));
  expect_near("response_left", 1 + varies.dot(change) / varies.squaredNorm());
}

TEST_F(OnJointData, AHypothesisThatLacksWhatIsNamedSaysSo) {
  int rows = 0;
  for (const InterventionRow& row : results().interventions)
    if (row.model == "apart" && row.intervention == "cut SPC -> V5") {
      ++rows;
      EXPECT_EQ(row.note, "apart has no projection 'SPC -> V5'");
      EXPECT_TRUE(std::isnan(row.value));
    }
  EXPECT_EQ(rows, 1);
  const auto said = [&](const std::string& model, const std::string& intervention) {
    for (const report::InterventionSentence& one : results().intervention_sentences)
      if (one.model == model && one.intervention == intervention) return one.sentence;
    return std::string();
  };
  EXPECT_EQ(said("apart", "cut SPC -> V5"),
            "apart says nothing of 'cut SPC -> V5': it has no projection 'SPC -> V5'.");
  EXPECT_EQ(said("one", "scale SPC -> V5 by 1"),
            "By one, 'scale SPC -> V5 by 1' leaves V5 (bold) 100 % [100, 100] of its response, SPC "
            "(bold) 100 % [100, 100], diameter (pupil) 100 % [100, 100] and changes P(choice) "
            "(decision) by 0 [0, 0] on average, response time (decision) by 0 s [0, 0].");
  EXPECT_EQ(results().intervention_sentences.size(), 10u);
}

Results of_subjects(const std::string& sharing) {
  const test::JointStudy study(3);
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e = study.load(
      "hypotheses: [one.yaml]\nvalidation: none\nbaselines: []\n"
      "inference: {pareto_draws: 0, subjects: " +
      sharing +
      "}\n"
      "interventions: [{cut: SPC -> V5}]\n");
  return run(e, portable_kinds());
}

// All have one design, so that subjects who share θ share what is predicted.
TEST(Interventions, OnSubjectsWhoShareParametersAreOfOneMind) {
  const Results results = of_subjects("pooled");
  for (const char* quantity : {"mean_change", "response_left"}) {
    const auto of = [&](const std::string& subject) {
      return row_of(results, "cut SPC -> V5", "bold", "V5", quantity, subject);
    };
    for (const char* other : {"s02", "s03"}) {
      EXPECT_EQ(of(other).low, of("s01").low);
      EXPECT_EQ(of(other).high, of("s01").high);
    }
    EXPECT_CLOSE(of("all").low, of("s01").low, Tolerance::rounding(8, 1));
    EXPECT_CLOSE(of("all").high, of("s01").high, Tolerance::rounding(8, 1));
  }
}

// The mean of three independent subjects is known √3 times as well as each, within what 400 draws
// say of a 95 % interval's width and how unlike the subjects' are.
TEST(Interventions, OnSubjectsOfTheirOwnAreAveragedAsIndependent) {
  for (const char* sharing : {"separate", "hierarchical"}) {
    const Results results = of_subjects(sharing);
    double mean = 0, square = 0;
    const auto of = [&](const std::string& subject) {
      return row_of(results, "cut SPC -> V5", "bold", "V5", "mean_change", subject);
    };
    for (const char* subject : {"s01", "s02", "s03"}) {
      mean += of(subject).value / 3;
      square += std::pow((of(subject).high - of(subject).low) / 3, 2);
    }
    const auto& all = of("all");
    EXPECT_LT(std::abs(all.value - mean), 0.2 * (all.high - all.low)) << sharing;
    EXPECT_NEAR((all.high - all.low) / std::sqrt(square), 1, 0.25) << sharing;
    EXPECT_EQ(results.intervention_sentences.size(), 1u);
    EXPECT_NE(results.intervention_sentences[0].sentence.find("(means over 3 subjects)"),
              std::string::npos);
  }
}

// Static regions: what a trial's input settles at.
TEST(Interventions, OnStaticRegionsChangeDecisions) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}}, 200, 5);
  folder.write("one.yaml", R"(insula: architecture/1
name: one
regions: {eye: {kind: rate}, mind: {kind: rate}}
projections: {eye -> mind: {kind: linear}}
inputs: {signal: {drives: [eye]}}
observations:
  decision: {kind: ddm, drift: [mind]}
parameters:
  eye -> mind.strength: {prior: normal(1 1/s, 0.2 1/s)}
  signal -> eye.strength: {prior: normal(1, 0.2)}
)");
  const Experiment e =
      test::load_decisions(folder,
                           std::string("hypotheses: [one.yaml]\n") + kQuick +
                               "interventions: [{cut: eye -> mind}, {scale: mind, by: 0.5}]\n");
  const Results results = run(e, portable_kinds());
  const auto& cut = row_of(results, "cut eye -> mind", "decision", "choice", "response_left", "s1");
  EXPECT_CLOSE(cut.value, 0, Tolerance::rounding(64, 1));
  const auto& half =
      row_of(results, "scale mind by 0.5", "decision", "choice", "response_left", "s1");
  EXPECT_GT(half.low, 0.3);
  EXPECT_LT(half.high, 0.9);
}

// Two regions that excite each other, more so by `factor`: activity dies away where the product of
// strengths is below ¼ 1/s², and runs away beyond.
Results excited(double factor) {
  const dataset::Folder folder;
  folder.write("loop.yaml", R"(insula: architecture/1
name: loop
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}, B -> A: {kind: linear}}
inputs: {u: {drives: [A]}}
observations: {seen: {kind: rate, regions: [A, B]}}
parameters:
  A -> B.strength: {prior: normal(0.4 1/s, 0.05 1/s)}
  B -> A.strength: {prior: normal(0.4 1/s, 0.05 1/s)}
  u -> A.strength: {prior: normal(1 1/s, 0.1 1/s)}
)");
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: toy\narchitecture: loop.yaml\nseed: 1\n"
               "duration: 100 s\ninputs: {u: {every: 20 s, on: 10 s}}\n"
               "recordings: {seen: {interval: 1 s, noise: {snr: 1}}}\n");
  folder.write("experiment.yaml",
               std::string("insula: experiment/1\nname: toy\ndataset: recipe.yaml\n"
                           "hypotheses: [loop.yaml]\n") +
                   kQuick + "interventions: [{scale: B, by: " + std::to_string(factor) +
                   ", name: more}]\n");
  return run(load(folder.path("experiment.yaml"), portable_kinds()), portable_kinds());
}

TEST(Interventions, ThatNoRunSurvivesSayWhy) {
  const Results results = excited(20);
  ASSERT_EQ(results.interventions.size(), 1u);
  const std::string& note = results.interventions[0].note;
  EXPECT_EQ(note.find("the changed network cannot be run at the posterior mean: it diverged in "),
            0u)
      << note;
  ASSERT_EQ(results.not_computed.size(), 1u);
  EXPECT_EQ(results.not_computed[0].first, "more of loop, subject s01");
  EXPECT_EQ(results.intervention_sentences[0].sentence,
            "loop says nothing of 'more': " + note + ".");
}

TEST(Interventions, ThatSomeDrawsDoNotSurviveHaveNoInterval) {
  const Results results = excited(2);
  const InterventionRow& row = row_of(results, "more", "seen", "B", "mean_change");
  EXPECT_EQ(row.draws, kInterventionDraws);
  EXPECT_GT(row.failed, 0.05 * kInterventionDraws);
  EXPECT_LT(row.failed, 0.95 * kInterventionDraws);
  EXPECT_TRUE(std::isfinite(row.value));
  EXPECT_TRUE(std::isnan(row.low) && std::isnan(row.high));
  EXPECT_EQ(row.note.find("the changed network cannot be run at " +
                          std::to_string(static_cast<int>(row.failed)) +
                          " of 400 draws: it diverged in "),
            0u)
      << row.note;
}

}  // namespace
}  // namespace insula::experiment
