// SPDX-License-Identifier: Apache-2.0
// Leaving one type of stimulus out: which time it holds, and that nothing of it trains.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "framework/base/nan.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"

namespace insula::experiment {
namespace {

using evaluation::Fold;
using evaluation::part_of;

constexpr int kFace = 0, kScene = 1, kSound = 2;

// Trials of these types at these times; the third is excluded. No trial shows a sound.
Experiment shown(double duration, std::vector<double> onset, std::vector<int> type) {
  dataset::Trials trials;
  trials.name = "trials";
  trials.exclusion.assign(type.size(), dataset::kInUse);
  trials.exclusion[2] = 0;
  trials.reasons = {"too early"};
  if (!onset.empty()) onset[2] = kNaN;
  trials.onset = std::move(onset);
  trials.factors = {{"category", {"face", "scene", "sound"}, std::move(type), {}}};
  Experiment e;
  e.split = Split::stimulus_types;
  e.types = "category";
  e.folds = 0;
  dataset::Run run;
  run.duration = duration;
  run.trials = {std::move(trials)};
  e.dataset.subjects.resize(1);
  e.dataset.subjects[0].runs = {run, run};
  return e;
}

TEST(StimulusTypes, AreTheLevelsThatSomeTrialInUseHas) {
  const Experiment e = shown(50, {1, 5, 7, 11, 20}, {kScene, kFace, kSound, kScene, kFace});
  EXPECT_EQ(stimulus_types(e.dataset, "category"), (std::vector<int>{kFace, kScene}));
}

dataset::Recording recorded_every(double interval, Eigen::Index samples, double start = 0) {
  dataset::Recording recording;
  recording.name = "bold";
  recording.interval = interval;
  recording.start = start;
  recording.samples.resize(samples, 1);
  return recording;
}

TEST(HeldOutTogether, AreSamplesOfOneTypeOfStimulus) {
  Experiment e = shown(50, {1, 5, 7, 11, 20}, {kScene, kFace, kSound, kScene, kFace});
  dataset::Subject& subject = e.dataset.subjects[0];
  for (dataset::Run& run : subject.runs) run.recordings = {recorded_every(3, 8)};
  // At 0, 3, 6, … s; the excluded trial at 7 s belongs to the one before it.
  const std::vector<int> expected{-1, kScene, kFace, kFace, kScene, kScene, kScene, kFace};
  EXPECT_EQ(held_out_together(e, subject, "bold"), (std::vector<std::vector<int>>(2, expected)));
}

TEST(HeldOutTogether, AreSamplesAtTheSameTimeOfRunsThatRepeatAStimulus) {
  Experiment e;
  dataset::Subject subject;
  subject.runs.resize(4);
  const char* stimuli[] = {"film", "", "film", "song"};
  for (std::size_t r = 0; r < 4; ++r) {
    subject.runs[r].id = std::to_string(r);
    subject.runs[r].stimulus = stimuli[r];
    subject.runs[r].recordings = {recorded_every(2, 3, r == 2 ? 2 : 0)};
  }
  const std::vector<std::vector<int>> expected{{0, 1, 2}, {-1, -1, -1}, {1, 2, 3}, {-1, -1, -1}};
  EXPECT_EQ(held_out_together(e, subject, "bold"), expected);
  subject.runs[2].stimulus = "dance";
  EXPECT_TRUE(held_out_together(e, subject, "bold").empty());
}

TEST(StimulusTypes, HoldTheTimeFromEachOnsetToTheNext) {
  const Experiment e = shown(50, {1, 5, 7, 11, 20}, {kScene, kFace, kSound, kScene, kFace});
  const std::vector<Fold> folds = folds_of(e, e.dataset.subjects[0]);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].name, "face");
  EXPECT_EQ(folds[1].name, "scene");
  // The excluded trial at 7 s belongs to the one before it.
  const std::map<double, evaluation::Part> faces{{0.5, evaluation::Part::train},
                                                 {1, evaluation::Part::train},
                                                 {5, evaluation::Part::test},
                                                 {7, evaluation::Part::test},
                                                 {10.9, evaluation::Part::test},
                                                 {11, evaluation::Part::train},
                                                 {20, evaluation::Part::test},
                                                 {49.9, evaluation::Part::test}};
  for (const std::size_t run : {0U, 1U})
    for (const auto& [time, part] : faces) EXPECT_EQ(part_of(folds[0], run, time, 0), part) << time;
}

TEST(StimulusTypes, HoldEveryMomentAfterTheFirstOnsetOnce) {
  const Experiment e = shown(30, {2, 3, 4, 9, 10}, {kScene, kFace, kFace, kFace, kScene});
  const std::vector<Fold> folds = folds_of(e, e.dataset.subjects[0]);
  for (double t = 0; t < 30; t += 0.25) {
    int tested = 0;
    for (const Fold& fold : folds)
      tested += part_of(fold, 0, t, 0) == evaluation::Part::test ? 1 : 0;
    EXPECT_EQ(tested, t < 2 ? 0 : 1) << t;
  }
}

TEST(StimulusTypes, OfOneFoldAreHeldOutTogether) {
  Experiment e = shown(0, {}, {0, 1, 2, 0, 2, 1, 0});
  e.folds = 2;  // faces and sounds; scenes
  const std::vector<Fold> folds = folds_of(e, e.dataset.subjects[0]);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].name, "1");
  const std::vector<int> in_use{0, 1, 0, 2, 1, 0};  // the third is excluded
  for (std::size_t i = 0; i < in_use.size(); ++i)
    for (const int fold : {0, 1})
      EXPECT_EQ(part_of(folds[static_cast<std::size_t>(fold)], 0, static_cast<double>(i) + 0.5, 0),
                in_use[i] % 2 == fold ? evaluation::Part::test : evaluation::Part::train)
          << i;
}

TEST(StimulusTypes, HoldTrialsWhereThereIsNoTime) {
  const Experiment e = shown(0, {}, {kScene, kFace, kSound, kScene, kFace});
  const std::vector<Fold> folds = folds_of(e, e.dataset.subjects[0]);
  // Places of trials in use: scene, face, scene, face.
  for (const int trial : {0, 1, 2, 3}) {
    const bool is_face = trial % 2 == 1;
    EXPECT_EQ(part_of(folds[0], 0, trial + 0.5, 0),
              is_face ? evaluation::Part::test : evaluation::Part::train)
        << trial;
    EXPECT_EQ(part_of(folds[1], 0, trial + 0.5, 0),
              is_face ? evaluation::Part::train : evaluation::Part::test)
        << trial;
  }
}

Experiment without_a_difficulty(const dataset::Folder& folder, const std::string& lines = "") {
  test::write_decisions(folder, {{}, {.drift = -0.2, .threshold = 2}}, 120, 3);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal]");
  return test::load_decisions(folder,
                              "hypotheses: [signal.yaml]\nvalidation: {split: stimulus_types, "
                              "types: difficulty}\ncomparison: {bootstrap: 100}\n" +
                                  lines);
}

std::string fitted_without(const report::Results& results, const std::string& type) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      if (f.fold == type)
        text << m.name << f.status << f.free_energy << ' ' << f.accuracy << ' ' << f.gradient_norm
             << '\n';
  return text.str();
}

class TypeLeakage : public testing::TestWithParam<const char*> {};

TEST_P(TypeLeakage, AnswersToTheTypeLeftOutChangeNoFittedNumberByABit) {
  const dataset::Folder folder;
  const Experiment clean =
      without_a_difficulty(folder, std::string("inference: {subjects: ") + GetParam() + "}\n");
  Experiment spoilt = clean;
  for (dataset::Subject& subject : spoilt.dataset.subjects) {
    dataset::Trials& trials = subject.runs[0].trials[0];
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials.factor("difficulty")->value[i] != 2) continue;  // odd
      trials.response[i] = 1 - trials.response[i];
      trials.response_time[i] += 2;
    }
  }
  const report::Results a = run(clean, test::portable_kinds()),
                        b = run(spoilt, test::portable_kinds());
  EXPECT_EQ(a.folds, (std::vector<std::string>{"easy", "hard", "odd"}));
  EXPECT_FALSE(fitted_without(a, "odd").empty());
  EXPECT_EQ(fitted_without(a, "odd"), fitted_without(b, "odd"));
  EXPECT_NE(fitted_without(a, "easy"), fitted_without(b, "easy"));  // so that the test can tell
}

INSTANTIATE_TEST_SUITE_P(Subjects,
                         TypeLeakage,
                         testing::Values("separate", "pooled", "hierarchical"));

}  // namespace
}  // namespace insula::experiment
