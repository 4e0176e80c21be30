// SPDX-License-Identifier: Apache-2.0
// Sets of a dataset that lie apart: nothing fitted knows them, and they are scored by themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/run.h"
#include "framework/numerics/statistics.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kDayTrials = 40, kNightTrials = 15, kTrialSeconds = 4;  // trials, s each
constexpr int kSetPictures = 10;                                      // the last two are strange

bool is_strange(int picture) { return picture >= kSetPictures - 2; }
// At night nothing strange is shown.
int picture_of(int trial, bool is_day) {
  return (3 * trial) % (is_day ? kSetPictures : kSetPictures - 2);
}

// What lies apart is `more` than it is.
std::string recorded_samples(int trials, bool is_day, double more) {
  Stream random(1, is_day ? "day" : "night");
  std::string text = "A\n";
  double x = 0;
  for (int t = 0; t < trials * kTrialSeconds; ++t) {
    const int picture = picture_of(t / kTrialSeconds, is_day);
    const bool is_apart = !is_day || is_strange(picture);
    text += std::to_string(x + 0.1 * random.normal() + (is_apart ? more : 0)) + "\n";
    x += 0.8 * (0.2 * (picture - 4.5) / 3 - x);
  }
  return text;
}

std::string presented_trials(int trials, bool is_day) {
  std::string text = "onset\tpicture\n";
  for (int i = 0; i < trials; ++i)
    text +=
        std::to_string(i * kTrialSeconds) + "\tp" + std::to_string(picture_of(i, is_day)) + "\n";
  return text;
}

struct Told {
  double samples = 0;   // added to samples that lie apart
  double features = 0;  // and to features of strange pictures
  std::string sets = "sets:\n  strange: {where: {stimulus: [p8, p9]}}\n  night: {runs: [night]}\n";
  std::string comparison = "";  // more of it
};

Experiment of_sets(const Told& told) {
  const dataset::Folder folder;
  folder.write("day.tsv", recorded_samples(kDayTrials, true, told.samples));
  folder.write("night.tsv", recorded_samples(kNightTrials, false, told.samples));
  folder.write("day_trials.tsv", presented_trials(kDayTrials, true));
  folder.write("night_trials.tsv", presented_trials(kNightTrials, false));
  std::string clip = "picture\tf1\tf2\n";
  for (int p = 0; p < kSetPictures; ++p) {
    const double f = p - 4.5 + (is_strange(p) ? told.features : 0);
    clip +=
        "p" + std::to_string(p) + "\t" + std::to_string(f) + "\t" + std::to_string(p % 3) + "\n";
  }
  folder.write("clip.tsv", clip);
  std::string manifest =
      "insula: dataset/1\nname: sets\n" + told.sets + "subjects:\n- id: s01\n  runs:\n";
  for (const char* run : {"day", "night"})
    manifest += std::string("  - id: ") + run + "\n    duration: " +
                std::to_string((run[0] == 'd' ? kDayTrials : kNightTrials) * kTrialSeconds) +
                " s\n    recordings: {rate: {modality: rate, interval: 1 s, file: " + run +
                ".tsv}}\n    trials: {file: " + run +
                "_trials.tsv, onset: onset, duration: 4 s, stimulus: picture}\n"
                "    features: {clip: {file: clip.tsv, names: picture, at: trials}}\n";
  folder.write("dataset.yaml", manifest);
  folder.write("seen.yaml", R"(insula: architecture/1
name: seen
regions: {A: {kind: rate}}
features: {clip: {drives: [A], columns: 2}}
observations: {rate: {kind: rate, regions: [A]}}
)");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: sets\ndataset: dataset.yaml\nhypotheses: [seen.yaml]\n"
               "baselines: [mean, ridge, banded_ridge]\ninference: {pareto_draws: 0}\n"
               "validation: {split: blocks, folds: 3, gap: 2 s}\n"
               "comparison: {bootstrap: 100, block: 8 s" +
                   told.comparison + "}\nseed: 5\n");
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

// Everything that was fitted, and every score of what is in folds.
std::string all_fitted(const report::Results& results) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits) {
      text << m.name << ' ' << f.fold << ' ' << f.iterations << ' ' << f.free_energy;
      for (const auto& [what, value] : f.tuned) text << ' ' << what << ' ' << value;
      text << '\n';
    }
  for (const report::ParameterRow& p : results.parameters)
    text << p.parameter << ' ' << p.posterior_mean << ' ' << p.posterior_sd << '\n';
  for (const report::ScoreRow& row : results.scores)
    if (!row.fold.starts_with("set "))
      text << row.model << ' ' << row.fold << ' ' << row.metric << ' ' << row.value << '\n';
  return text.str();
}

const report::Results& clean() {
  static const report::Results results = run(of_sets({}), test::portable_kinds());
  return results;
}

TEST(Sets, ChangeNothingThatIsFittedWhateverIsRecordedInThem) {
  const report::Results spoilt = run(of_sets({1e4, 0}), test::portable_kinds());
  EXPECT_EQ(all_fitted(clean()), all_fitted(spoilt));
  // The test can fail: without the sets the same samples train.
  const std::string none;
  EXPECT_NE(all_fitted(run(of_sets({0, 0, none}), test::portable_kinds())),
            all_fitted(run(of_sets({1e4, 0, none}), test::portable_kinds())));
}

// What the pictures that train are as inputs does not depend on those that do not.
TEST(Sets, TakeNoPartInStandardisingFeatures) {
  const auto input_of = [](double more) {
    const Experiment e = of_sets({0, more});
    const dataset::Subject subject = with_features(e, 0, {nullptr});
    return std::ranges::find(subject.runs[0].inputs, "clip[1]", &dataset::StepSignal::name)[0];
  };
  const dataset::StepSignal plain = input_of(0), other = input_of(100);
  for (int trial = 0; trial < kDayTrials; ++trial) {
    const double middle = (trial + 0.5) * kTrialSeconds;
    if (is_strange(picture_of(trial, true))) {
      EXPECT_GT(std::abs(other.at(middle) - plain.at(middle)), 1);
    } else {
      EXPECT_EQ(other.at(middle), plain.at(middle));
    }
  }
}

TEST(Sets, AreScoredByTheFitToAllTheOthers) {
  const Experiment e = of_sets({});
  for (const char* model : {"seen", "ridge"})
    for (const char* set : {"strange", "night"}) {
      std::vector<double> observed, predicted;
      for (const report::PredictionBlock& block : clean().predictions) {
        if (block.model != model) continue;
        const std::size_t r = block.run == "night";
        const dataset::Run& run = e.recorded[0].runs[r];
        for (Eigen::Index i = 0; i < block.time.rows(); ++i) {
          const int picture = picture_of(static_cast<int>(i) / kTrialSeconds, r == 0);
          const bool is_of_it = r == 1 ? std::string(set) == "night"
                                       : std::string(set) == "strange" && is_strange(picture);
          if (!is_of_it) continue;
          EXPECT_TRUE(std::isnan(block.observed(i, 0)));
          observed.push_back(run.recordings[0].samples(i, 0));
          predicted.push_back(block.fitted(i, 0));
        }
      }
      const auto n = static_cast<Eigen::Index>(observed.size());
      const double r = numerics::correlation(Eigen::Map<Eigen::VectorXd>(observed.data(), n),
                                             Eigen::Map<Eigen::VectorXd>(predicted.data(), n));
      int rows = 0;
      for (const report::ScoreRow& row : clean().scores)
        if (row.model == model && row.fold == "set " + std::string(set) && row.metric == "r") {
          EXPECT_CLOSE(row.value, r, Tolerance::rounding(200));
          EXPECT_LT(row.low, row.value);
          ++rows;
        }
      EXPECT_EQ(rows, 1) << model << " " << set;
    }
}

TEST(Sets, AreInNoFold) {
  for (const report::PredictionBlock& block : clean().predictions)
    if (block.run == "night") {
      EXPECT_TRUE((block.fold.array() == -1).all());
    }
  EXPECT_EQ(clean().folds.size(), 3U);
}

TEST(Sets, HaveNoStimuliToCompareInFolds) {
  Told told;
  told.comparison = ", rdm: {to: 4 s, distance: euclidean}";
  EXPECT_NO_THROW(of_sets(told));
  told.sets = "sets: {most: {where: {stimulus: [p2, p3, p4, p5, p6, p7, p8, p9]}}}\n";
  try {
    of_sets(told);
    FAIL() << "two pictures are left";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("no fold holds out 3 stimuli together; at most "),
              std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("beside those of sets"), std::string::npos);
  }
}

// Nor do they scale the band that the others are compared by, however far the window reaches.
TEST(Sets, ChangeNoDissimilarityOfTheOthers) {
  const auto rdms = [](double samples, double features) {
    const report::Results results =
        run(of_sets({samples, features, Told().sets, ", rdm: {to: 7 s, distance: euclidean}"}),
            test::portable_kinds());
    std::vector<double> values;
    for (const report::RdmRow& row : results.rdm)
      if (row.kind == "band")
        values.insert(values.end(), {row.value, row.low, row.upper_ceiling, row.stimuli});
    EXPECT_FALSE(values.empty());
    return values;
  };
  EXPECT_EQ(rdms(0, 0), rdms(0, 100));
}

TEST(Sets, HaveSentencesAndTablesOfTheirOwn) {
  bool is_told = false;
  for (const report::Verdict& v : clean().verdicts)
    is_told |= v.channel == "set night" && v.model == "seen";
  EXPECT_TRUE(is_told);
  const auto files = test::files_of(clean());
  EXPECT_NE(files.at("report.html").find("<h2>Sets apart</h2>"), std::string::npos);
  EXPECT_NE(files.at("scores.tsv").find("\tset strange\t"), std::string::npos);
}

}  // namespace
}  // namespace insula::experiment
