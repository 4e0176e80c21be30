// SPDX-License-Identifier: Apache-2.0
// Models trained on spoilt data and judged on clean ones.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using test::portable_kinds;

// The small experiment, whose data "modulated" made by context.
Experiment with(const std::vector<Counterfactual>& counterfactuals) {
  Experiment e = test::small_experiment(portable_kinds());
  e.baselines = {"mean", "ridge"};
  e.counterfactuals = counterfactuals;
  return e;
}

Counterfactual of(const std::string& kind,
                  std::vector<double> strength,
                  const std::string& condition = "") {
  Counterfactual c;
  c.kind = find_kind(portable_kinds().corruptions, kind);
  c.strength = std::move(strength);
  c.condition = condition;
  return c;
}

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

void expect_same_bits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  ASSERT_EQ(a.size(), b.size());
  for (Eigen::Index i = 0; i < a.size(); ++i)
    EXPECT_EQ(bits(a.reshaped()[i]), bits(b.reshaped()[i]));
}

std::vector<Counterfactual> all_kinds(const std::string& condition) {
  std::vector<Counterfactual> list;
  for (const CorruptionKind& kind : portable_kinds().corruptions)
    list.push_back(of(std::string(kind.name), {0.9}, condition));
  return list;
}

// The test against the worst fault there is: nothing that a fold holds out, and nothing in the gap
// beside it, may change.
TEST(Counterfactuals, ChangeNothingThatIsHeldOut) {
  const test::JointStudy study;
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e =
      study.load("hypotheses: [one.yaml]\nvalidation: {split: blocks, folds: 3}\nbaselines: []\n");
  const dataset::Subject& clean = e.dataset.subjects[0];
  int changed = 0;
  for (const Counterfactual& c : all_kinds("attention"))
    for (const evaluation::Fold& fold : folds_of(e, clean)) {
      const Part part{&fold, e.gap};
      const dataset::Subject spoilt = corrupted(e, clean, part, {&c, 0.9});
      const dataset::Run &a = clean.runs[0], &b = spoilt.runs[0];
      for (std::size_t r = 0; r < a.recordings.size(); ++r)
        for (Eigen::Index k = 0; k < a.recordings[r].samples.cols(); ++k)
          for (Eigen::Index i = 0; i < a.recordings[r].samples.rows(); ++i) {
            const bool is_same =
                bits(a.recordings[r].samples(i, k)) == bits(b.recordings[r].samples(i, k));
            const bool trains = part.trains(a.recordings[r].name, 0, a.recordings[r].time(i, k));
            ASSERT_TRUE(is_same || trains) << name_of(c) << ", sample " << i;
            changed += is_same ? 0 : 1;
          }
      for (std::size_t s = 0; s < a.inputs.size(); ++s)
        for (double t = 0; t < a.duration; t += 0.25) {
          const bool is_same = a.inputs[s].at(t) == b.inputs[s].at(t);
          const bool trains = evaluation::part_of(fold, 0, t, e.gap) == evaluation::Part::train;
          ASSERT_TRUE(is_same || trains) << name_of(c) << ", " << a.inputs[s].name << " at " << t;
          changed += is_same ? 0 : 1;
        }
      for (std::size_t t = 0; t < a.trials.size(); ++t) {
        ASSERT_EQ(a.trials[t].response, b.trials[t].response) << "answers are never touched";
        for (std::size_t k = 0; k < a.trials[t].columns.size(); ++k)
          for (std::size_t i = 0; i < a.trials[t].size(); ++i) {
            const bool is_same =
                bits(a.trials[t].columns[k].value[i]) == bits(b.trials[t].columns[k].value[i]);
            const bool trains = evaluation::part_of(fold, 0, a.trials[t].onset[i], e.gap) ==
                                evaluation::Part::train;
            ASSERT_TRUE(is_same || trains) << name_of(c) << ", trial " << i;
            changed += is_same ? 0 : 1;
          }
      }
    }
  EXPECT_GT(changed, 1000) << "but the training part does change";
}

// Pictures of 2 s every 4 s: their rows change places, and between them nothing is shown as before.
TEST(Counterfactuals, ShuffleFeaturesAmongStimuliAndNotIntoTheGaps) {
  const Experiment e = with({});
  dataset::Subject subject = e.dataset.subjects[0];
  dataset::Run& run = subject.runs[0];
  run.features.emplace_back();
  run.features.back().name = "clip";
  for (const double sign : {1.0, -1.0}) {
    dataset::StepSignal column{sign > 0 ? "clip[1]" : "clip[2]", "1", {}, {}};
    for (int i = 0; i < 100; ++i) {
      column.onset.insert(column.onset.end(), {4.0 * i, 4.0 * i + 2});
      column.value.insert(column.value.end(), {sign * (i + 1), 0});
    }
    run.inputs.push_back(column);
  }
  for (const char* kind : {"feature_shuffle", "feature_noise"}) {
    const Counterfactual c = of(kind, {1});
    const dataset::Subject spoilt = corrupted(e, subject, {}, {&c, 1});
    const dataset::StepSignal &one = *spoilt.runs[0].input("clip[1]"),
                              &two = *spoilt.runs[0].input("clip[2]");
    double sum = 0;
    int moved = 0;
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(one.at(4.0 * i + 3), 0) << kind;
      sum += one.at(4.0 * i + 1);
      moved += one.at(4.0 * i + 1) != i + 1;
      if (c.kind->name == "feature_shuffle") {
        EXPECT_EQ(one.at(4.0 * i + 1), -two.at(4.0 * i + 1));
      }
    }
    EXPECT_GT(moved, 90) << kind;
    if (c.kind->name == "feature_shuffle") {
      EXPECT_EQ(sum, 5050) << "every row is somewhere";
    }
  }
}

TEST(Counterfactuals, OfStrengthZeroAreTheDataToTheLastBit) {
  const Experiment e = with({});
  const dataset::Subject& clean = e.dataset.subjects[0];
  for (const Counterfactual& c : all_kinds("context")) {
    const dataset::Subject same = corrupted(e, clean, {}, {&c, 0});
    expect_same_bits(same.runs[0].recordings[0].samples, clean.runs[0].recordings[0].samples);
    for (std::size_t i = 0; i < clean.runs[0].inputs.size(); ++i)
      EXPECT_EQ(same.runs[0].inputs[i].value, clean.runs[0].inputs[i].value);
  }
}

std::map<std::string, report::ScoreRow> scores(const report::Results& r,
                                               const std::string& corruption,
                                               double strength) {
  std::map<std::string, report::ScoreRow> rows;
  for (const report::ScoreRow& row : r.scores)
    if (row.corruption == corruption && row.strength == strength && row.fold == "all" &&
        row.channel == "mean" && row.metric == "r")
      rows[row.model] = row;
  return rows;
}

TEST(Counterfactuals, LeaveTheCleanResultsAsTheyAre) {
  const auto without = test::files_of(run(with({}), portable_kinds()));
  const report::Results stressed = run(with({of("gain_drift", {0, 1})}), portable_kinds());
  report::Results clean = stressed;
  std::erase_if(clean.scores, [](const auto& row) { return row.corruption != "none"; });
  clean.stress.clear();
  const auto files = test::files_of(clean);
  for (const auto& [name, bytes] : without) EXPECT_TRUE(files.at(name) == bytes) << name;
  EXPECT_EQ(scores(stressed, "gain_drift", 0).size(), 0u) << "0 is the clean result";
  EXPECT_EQ(scores(stressed, "gain_drift", 1).size(), 4u);
}

// Trained on phases at random, nobody predicts anything.
TEST(Counterfactuals, AtTheirStrongestBringEveryModelDown) {
  const report::Results r = run(with({of("phase_randomise", {1})}), portable_kinds());
  const auto clean = scores(r, "none", 0), spoilt = scores(r, "phase_randomise", 1);
  for (const char* model : {"plain", "modulated", "ridge"}) {
    EXPECT_GT(clean.at(model).value, 0.5) << model;
    EXPECT_LT(spoilt.at(model).value, 0.35) << model;
  }
}

// A nuisance in B that goes with the context is taken for the context's effect: the modulation
// moves, and by more the larger the nuisance is.
TEST(Counterfactuals, TellWhereAConfoundWent) {
  const report::Results r = run(with({of("confound", {0.5, 2}, "context")}), portable_kinds());
  const std::string name = "confound of context";
  std::map<double, double> shift;
  for (const report::StressRow& row : r.stress)
    if (row.quantity == "parameter_shift" && row.model == "modulated" &&
        row.name == "A -> B.modulation.context")
      shift[row.strength] = std::abs(row.value);
  ASSERT_EQ(shift.size(), 2u);
  EXPECT_GT(shift.at(2), 1) << "posterior standard deviations";
  for (const report::StressRow& row : r.stress) {
    EXPECT_EQ(row.corruption, name);
    if (row.quantity == "area" && row.model == "modulated" && row.name == "r") {
      const double strong = scores(r, name, 2).at("modulated").value,
                   weak = scores(r, name, 0.5).at("modulated").value,
                   clean = scores(r, "none", 0).at("modulated").value;
      // Trapezoids over 0 … 0.5 … 2.
      EXPECT_NEAR(row.value, (0.25 * (clean + weak) + 0.75 * (weak + strong)) / 2, 1e-12);
      EXPECT_LT(row.low, row.value);
      EXPECT_GT(row.high, row.value);
    }
    if (row.quantity == "kendall_tau") {
      EXPECT_EQ(std::abs(row.value), 1) << "of two hypotheses";
    }
  }
}

// Where the nuisance goes against the context, a model that learned it is worse than where it is
// gone.
TEST(Counterfactuals, JudgeAConfoundWhereItIsTurnedAround) {
  const report::Results r = run(with({of("confound", {0.5, 2}, "context")}), portable_kinds());
  const std::string gone = "confound of context", turned = gone + ", turned around";
  for (const double strength : {0.5, 2.0})
    for (const char* model : {"modulated", "ridge"})
      EXPECT_LT(scores(r, turned, strength).at(model).value,
                scores(r, gone, strength).at(model).value)
          << model << " at " << strength;
  EXPECT_LT(scores(r, turned, 2).at("ridge").value, scores(r, turned, 0.5).at("ridge").value);
  EXPECT_EQ(scores(r, turned, 0).size(), 0u) << "0 is the clean result";
  for (const report::StressRow& row : r.stress) EXPECT_NE(row.corruption, turned);
}

TEST(Counterfactuals, TurnedAroundIsTheSameNuisanceWithTheOtherSign) {
  const Experiment e = with({});
  const dataset::Subject& clean = e.dataset.subjects[0];
  Counterfactual c = of("confound", {1}, "context");
  c.correlation = 1;  // no noise beside the condition
  const Eigen::MatrixXd& y = clean.runs[0].recordings[0].samples;
  const Eigen::MatrixXd with_it =
      corrupted(e, clean, {}, {&c, 1}).runs[0].recordings[0].samples - y;
  const Eigen::MatrixXd against =
      turned_around(e, clean, {&c, 1}).runs[0].recordings[0].samples - y;
  EXPECT_GT(with_it.norm(), 1);
  EXPECT_CLOSE(against, Eigen::MatrixXd(-with_it), Tolerance::rounding(8, y.cwiseAbs().maxCoeff()));
}

// Decisions without a time axis: with the stimuli of other trials nothing is learned of the
// stimulus, and the clean held-out trials are predicted no better than without it.
TEST(Counterfactuals, MislabelTrialsThatHaveNoOnsets) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}, {.drift = 0.5}}, 200, 1);
  test::write_hypothesis(folder, "flat", "kind: ddm");
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal]");
  const Experiment e = test::load_decisions(
      folder,
      "hypotheses: [flat.yaml, steep.yaml]\nbaselines: []\nvalidation: {split: blocks, folds: 2}\n"
      "inference: {pareto_draws: 0}\ncomparison: {bootstrap: 100}\nseed: 4\n"
      "counterfactuals: [{corruption: label_shuffle, with: signal, strength: [1]}]\n");
  const report::Results r = run(e, portable_kinds());
  std::map<std::string, double> density;  // model and corruption
  for (const report::ScoreRow& row : r.scores)
    if (row.metric == "log_density" && row.fold == "all" && row.subject == e.dataset.subjects[0].id)
      density[row.model + " " + row.corruption] = row.value;
  EXPECT_GT(density.at("steep none"), density.at("flat none") + 0.1) << "nats a trial";
  EXPECT_LT(density.at("steep label_shuffle of signal"), density.at("flat none") + 0.02);
  EXPECT_EQ(density.at("flat label_shuffle of signal"), density.at("flat none"))
      << "it does not look at the label";
}

TEST(Counterfactuals, GiveTheSameBytesAtAnyNumberOfThreadsAndFromAStore) {
  const Experiment e = with({of("label_shuffle", {1}), of("motion_spikes", {2})});
  set_threads(1);
  const auto one = test::files_of(run(e, portable_kinds()));
  set_threads(3);
  EXPECT_TRUE(test::files_of(run(e, portable_kinds())) == one);
  set_threads(0);
  const dataset::Folder folder;
  schedule::Store store(folder.path(""));
  RunOptions options;
  options.store = &store;
  options.program = "1";
  Progress last;
  options.progress = [&](const Progress& p) { last = p; };
  EXPECT_TRUE(test::files_of(run(e, portable_kinds(), options)) == one);
  EXPECT_EQ(last.taken, 0u);
  EXPECT_EQ(last.total, 3u * 4 * 4) << "clean and two conditions, four models, all data and folds";
  EXPECT_TRUE(test::files_of(run(e, portable_kinds(), options)) == one);
  EXPECT_EQ(last.taken, last.total);
  EXPECT_NE(one.at("report.html").find("Where motion_spikes went at strength 2"),
            std::string::npos);
  EXPECT_NE(
      one.at("counterfactuals.tsv").find("label_shuffle\tn/a\tplain\thypothesis\tall\tarea\tr"),
      std::string::npos);
  // Without one of them the others are found.
  Experiment less = e;
  less.counterfactuals.pop_back();
  run(less, portable_kinds(), options);
  EXPECT_EQ(last.taken, 2u * 4 * 4);
}

}  // namespace
}  // namespace insula::experiment
