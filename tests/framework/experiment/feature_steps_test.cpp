// SPDX-License-Identifier: Apache-2.0
// Steps that make columns of a band by sample: resampling, random directions, delays. A model that
// is sampled each second is driven by features that are known twenty times a second.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "framework/numerics/statistics.h"
#include "framework/schedule/store.h"
#include "framework/simulation/timeline.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kHeard = 160, kHeardEvery = 0.05;  // s
constexpr Index kHeardRows = 3200, kHeardColumns = 5;

// Slow enough to be seen at one row a second, and a hum at 0.9 Hz that would look like 0.1 Hz.
MatrixXd heard_series(std::uint64_t seed) {
  MatrixXd x(kHeardRows, kHeardColumns);
  Stream stream(seed, "series");
  for (Index c = 0; c < kHeardColumns; ++c) {
    double state = 0;
    for (Index r = 0; r < kHeardRows; ++r) {
      state = 0.98 * state + stream.normal();
      x(r, c) = static_cast<double>(c) + state +
                3 * std::sin(2 * std::numbers::pi * 0.9 * static_cast<double>(r) * kHeardEvery);
    }
  }
  return x;
}

void write_series(const dataset::Folder& folder, const MatrixXd& x) {
  std::ostringstream text, rate;
  text.precision(17);
  for (Index c = 0; c < x.cols(); ++c) text << (c == 0 ? "f" : "\tf") << c + 1;
  text << '\n';
  for (Index r = 0; r < x.rows(); ++r) {
    for (Index c = 0; c < x.cols(); ++c) text << (c == 0 ? "" : "\t") << x(r, c);
    text << '\n';
  }
  folder.write("sound.tsv", text.str());
  rate << "A\n";
  Stream stream(3, "rate");
  for (int s = 0; s < kHeard; ++s) rate << stream.normal() << '\n';
  folder.write("rate.tsv", rate.str());
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: sounds\nsubjects:\n  - id: s1\n    runs:\n      - id: "
               "run-1\n        duration: 160 s\n        features:\n          sound: {file: "
               "sound.tsv, rate: 20 Hz}\n        recordings:\n          activity: {modality: rate, "
               "file: rate.tsv, interval: 1 s, channels: {A: A}}\n");
}

Experiment sounds(const dataset::Folder& folder,
                  const std::string& band,
                  const MatrixXd& x,
                  const std::string& lines = "baselines: [mean]\n") {
  write_series(folder, x);
  folder.write("heard.yaml",
               "insula: architecture/1\nname: heard\nregions: {A: {kind: neuronal}}\nfeatures:\n  "
               "sound: {drives: [A], " +
                   band + "}\nobservations:\n  activity: {kind: rate, regions: [A]}\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: sounds\ndataset: dataset.yaml\nhypotheses: "
               "[heard.yaml]\nvalidation: {split: blocks, folds: 4, gap: 4 s}\ncomparison: "
               "{bootstrap: 100}\n" +
                   lines);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

// Columns at a quarter of each second.
MatrixXd columns_at_seconds(const Experiment& e, const dataset::Subject& subject) {
  const std::vector<std::string> names =
      architecture::columns_of(e.hypotheses[0].architecture.inputs[0]);
  MatrixXd all(static_cast<Index>(kHeard), static_cast<Index>(names.size()));
  for (std::size_t c = 0; c < names.size(); ++c)
    for (Index s = 0; s < all.rows(); ++s)
      all(s, static_cast<Index>(c)) =
          subject.runs[0].input(names[c])->at(static_cast<double>(s) + 0.25);
  return all;
}

// Where no sound is heard the model is the one without the band, and its integrator stops as
// seldom.
TEST(SampledFeatures, AreNoneWhereAFitBegins) {
  const dataset::Folder folder;
  dataset::Subject subject =
      with_features(sounds(folder, "columns: 5", heard_series(1)), 0, {nullptr});
  subject.runs[0].inputs.push_back({"click", "1", {10, 20, 30, 50}, {1, 0, 0.5, 0}});
  const std::string deaf =
      "insula: architecture/1\nname: clicks\nregions: {A: {kind: neuronal}}\ninputs: {click: "
      "{drives: [A]}}\nobservations: {activity: {kind: rate, regions: [A]}}\n";
  const auto parsed = [](const std::string& text) {
    return architecture::parse(text, "clicks.yaml", test::portable_kinds());
  };
  const auto hears = parsed(deaf + "features: {sound: {drives: [A], columns: 5}}\n"),
             only_clicks = parsed(deaf);
  const auto fit = assemble(hears, subject, {}, {}), plain = assemble(only_clicks, subject, {}, {});
  ASSERT_TRUE(fit->problem.evaluate_undriven);
  EXPECT_EQ(fit->undriven[0].segments(), plain->timelines[0].segments());
  VectorXd theta = fit->problem.prior_mean.array() + 0.1, few = plain->problem.prior_mean;
  std::vector<Index> place;  // of the parameters of `few` among the others
  std::vector<std::string> others;
  for (const std::string& name : fit->problem.parameter)
    if (!name.starts_with("sound[")) others.push_back(name);
  for (Index i = 0; i < few.size(); ++i) {
    const std::string& name = plain->problem.parameter[static_cast<std::size_t>(i)];
    const auto whole = std::ranges::find(fit->problem.parameter, name);
    ASSERT_NE(whole, fit->problem.parameter.end()) << name;
    few[i] = theta[whole - fit->problem.parameter.begin()];
    place.push_back(std::ranges::find(others, name) - others.begin());
  }
  const inference::Evaluation here =
      evaluate_by_drives(*fit, fit->undriven, theta, inference::Accuracy::full);
  const inference::Evaluation there = plain->problem.evaluate(few, true);
  ASSERT_TRUE(here.outcome.finished());
  EXPECT_FALSE(here.impulses);
  EXPECT_GT(there.prediction[0].norm(), 0);
  ASSERT_EQ(here.jacobian[0].cols(), few.size());
  const auto rounding = Tolerance::rounding(1e4, 1);
  EXPECT_CLOSE(here.prediction[0], there.prediction[0], rounding);
  EXPECT_CLOSE(MatrixXd(here.jacobian[0](Eigen::all, place)), there.jacobian[0], rounding);
  // Fits begin there by rough steps.
  EXPECT_EQ(fit->problem.evaluate_undriven(theta).prediction,
            evaluate_by_drives(*fit, fit->undriven, theta, inference::Accuracy::rough).prediction);
}

TEST(ResampledFeatures, ChangeAsOftenAsTheyAreAskedTo) {
  const dataset::Folder folder;
  const auto break_points = [&](const std::string& band) {
    const Experiment e = sounds(folder, band, heard_series(1));
    const dataset::Subject subject = with_features(e, 0, {nullptr});
    return simulation::timeline(simulation::compile(e.hypotheses[0].architecture), subject.runs[0])
        .time.size();
  };
  EXPECT_GT(break_points("columns: 5"), 3000u);
  EXPECT_LE(break_points("columns: 5, resample: 1 s"), 161u);
  EXPECT_LE(break_points("columns: 5, resample: 2 s"), 161u);  // samples are taken each second
}

double correlation_of(const VectorXd& a, const VectorXd& b) {
  const VectorXd x = a.array() - a.mean(), y = b.array() - b.mean();
  return x.dot(y) / (x.norm() * y.norm());
}

// A row a second of a hum at 0.9 Hz would be a wave of 0.1 Hz.
TEST(ResampledFeatures, DoNotTakeFastForSlow) {
  const dataset::Folder folder;
  const auto tone = [](double frequency, double time) {
    return std::sin(2 * std::numbers::pi * frequency * time);
  };
  MatrixXd x(kHeardRows, 1);
  VectorXd slow(160), every_second(160);
  for (Index r = 0; r < kHeardRows; ++r) {
    const double time = (static_cast<double>(r) + 0.5) * kHeardEvery;
    x(r, 0) = tone(0.07, time) + tone(0.9, time);
  }
  for (Index s = 0; s < 160; ++s) {
    slow[s] = tone(0.07, static_cast<double>(s) + 0.5);
    every_second[s] = x(20 * s + 10, 0);
  }
  const Experiment e = sounds(folder, "columns: 1, resample: 1 s", x);
  const VectorXd mine = columns_at_seconds(e, with_features(e, 0, {nullptr})).col(0);
  EXPECT_GT(correlation_of(mine.segment(5, 150), slow.segment(5, 150)), 0.999);
  EXPECT_LT(correlation_of(every_second, slow), 0.8);  // so that the test can tell
}

TEST(ResampledFeatures, AreStandardisedOverTrainingRowsWhoseKernelsSeeNoOther) {
  const dataset::Folder folder;
  const Experiment e = sounds(folder, "columns: 5, resample: 1 s", heard_series(1));
  const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
  const architecture::Band& used = *e.hypotheses[0].architecture.inputs[0].band;
  const dataset::Run& run = e.dataset.subjects[0].runs[0];
  const auto rows = training_rows(used, run.features[0], run, 0, &folds[1], e.gap);
  // The second block is 40 … 80 s, training ends 4 s before it and begins 4 s behind it, and a row
  // is made of what is up to 3 s from its middle.
  std::vector<std::size_t> expected;
  for (std::size_t s = 0; s < 160; ++s)
    if (static_cast<double>(s) + 3.5 <= 36 || static_cast<double>(s) - 2.5 >= 84)
      expected.push_back(s);
  EXPECT_EQ(rows, expected);
  const MatrixXd all = columns_at_seconds(e, with_features(e, 0, {&folds[1]}));
  const MatrixXd seen = all(std::vector<Index>(rows.begin(), rows.end()), Eigen::all);
  for (Index c = 0; c < kHeardColumns; ++c) {
    EXPECT_CLOSE(seen.col(c).mean(), 0, Tolerance::rounding(1000, 1));
    EXPECT_CLOSE(seen.col(c).squaredNorm() / static_cast<double>(rows.size()),
                 1.0 / kHeardColumns,
                 Tolerance::rounding(1000, 1));
  }
}

TEST(ResampledFeatures, WithoutVarianceAreZero) {
  const dataset::Folder folder;
  MatrixXd x = heard_series(1);
  for (Index c = 1; c < kHeardColumns; ++c) x.col(c) = x.col(0);
  const Experiment e = sounds(folder, "reduce: {pca: 2}, resample: 1 s", x);
  const MatrixXd all = columns_at_seconds(e, with_features(e, 0, {nullptr}));
  EXPECT_FALSE(all.col(0).isZero());
  EXPECT_TRUE(all.col(1).isZero(0));
}

// The band has 159.5 s: 22 steps of 7 s and one of 5.5.
TEST(ResampledFeatures, EndWithTheirBand) {
  const dataset::Folder folder;
  const Experiment e = sounds(folder, "columns: 5, resample: 7 s", heard_series(1).topRows(3190));
  const dataset::Subject subject = with_features(e, 0, {nullptr});
  const dataset::StepSignal& signal = *subject.runs[0].input("sound[1]");
  EXPECT_NE(signal.at(159.4), 0);
  EXPECT_EQ(signal.at(159.6), 0);
}

TEST(DelayedFeatures, AreWhatWasThereBefore) {
  const dataset::Folder folder;
  const Experiment e =
      sounds(folder, "columns: 5, delays: [0 s, 3 s], resample: 1 s", heard_series(1));
  const MatrixXd all = columns_at_seconds(e, with_features(e, 0, {nullptr}));
  ASSERT_EQ(all.cols(), 2 * kHeardColumns);
  EXPECT_EQ(all.rightCols(kHeardColumns).bottomRows(157), all.leftCols(kHeardColumns).topRows(157));
  EXPECT_TRUE(all.rightCols(kHeardColumns).topRows(3).isZero(0));
}

// An affine change of each column is undone when it is standardised, so that directions that
// depended on the numbers would show.
TEST(ProjectedFeatures, HaveDirectionsThatDoNotDependOnTheData) {
  const dataset::Folder folder;
  const MatrixXd x = heard_series(1);
  MatrixXd other = x;
  for (Index c = 0; c < kHeardColumns; ++c)
    other.col(c) = (x.col(c).array() * (2 + static_cast<double>(c))).matrix();
  const auto columns = [&](const MatrixXd& features, const std::string& lines = "") {
    const Experiment e =
        sounds(folder, "reduce: {random: 4}, resample: 1 s", features, "baselines: []\n" + lines);
    return columns_at_seconds(e, with_features(e, 0, {nullptr}));
  };
  EXPECT_CLOSE(columns(x), columns(other), Tolerance::rounding(1000, 1));
  EXPECT_NE(columns(x), columns(x, "seed: 7\n"));
}

bool is_same(const regression::Reduction& a, const regression::Reduction& b) {
  return a.centre == b.centre && a.scale == b.scale && a.weights == b.weights &&
         a.explained_share == b.explained_share;
}

// What SQL says of a store, a number.
int told_by(const dataset::Folder& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  int told = -1;
  EXPECT_EQ(sqlite3_open(folder.path("tasks.sqlite").c_str(), &database), SQLITE_OK);
  const auto take = [](void* to, int, char** values, char**) {
    *static_cast<int*>(to) = std::stoi(values[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), take, &told, nullptr), SQLITE_OK) << sql;
  sqlite3_close(database);
  return told;
}

// Fitted with a store and without one; how many reductions the store then has.
int kept_after(const Experiment& e,
               const evaluation::Fold* fold,
               const dataset::Folder& kept,
               const std::string& program = "1") {
  schedule::Store store(kept.path(""));
  const auto mine = fitted_reductions(e, 0, {fold}, {&store, program});
  EXPECT_TRUE(is_same(mine.at(0), fitted_reductions(e, 0, {fold}).at(0)));
  return told_by(kept, "SELECT COUNT(*) FROM task");
}

TEST(KeptReductions, AreFoundWhereNothingChangedAndOnlyThere) {
  const dataset::Folder folder, kept;
  const std::string band = "reduce: {random: 4, pca: 2}, resample: 1 s";
  MatrixXd x = heard_series(1);
  const Experiment e = sounds(folder, band, x);
  const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
  EXPECT_EQ(kept_after(e, nullptr, kept), 1);
  EXPECT_EQ(kept_after(e, nullptr, kept), 1);
  EXPECT_EQ(kept_after(e, &folds[0], kept), 2);  // other rows
  EXPECT_EQ(kept_after(e, nullptr, kept, "2"), 3);
  EXPECT_EQ(kept_after(sounds(folder, band, x, "seed: 9\n"), nullptr, kept), 4);
  EXPECT_EQ(
      kept_after(sounds(folder, "reduce: {random: 4, pca: 3}, resample: 1 s", x), nullptr, kept),
      5);
  EXPECT_EQ(
      kept_after(sounds(folder, "reduce: {random: 3, pca: 2}, resample: 1 s", x), nullptr, kept),
      6);
  EXPECT_EQ(
      kept_after(sounds(folder, "reduce: {random: 4, pca: 2}, resample: 2 s", x), nullptr, kept),
      7);
  EXPECT_EQ(kept_after(sounds(folder, "reduce: {random: 4, pca: 2}", x), nullptr, kept), 8);
  x(1000, 2) += 1e-6;
  EXPECT_EQ(kept_after(sounds(folder, band, x), nullptr, kept), 9);
  // Nothing is kept of what is found as fast as it is read.
  EXPECT_EQ(kept_after(sounds(folder, "reduce: {random: 4}, resample: 1 s", x), nullptr, kept), 9);
}

// So that the other tests can tell: what stands in the store is taken.
TEST(KeptReductions, AreNotFittedAgain) {
  const dataset::Folder folder, kept;
  const Experiment e = sounds(folder, "reduce: {pca: 2}, resample: 1 s", heard_series(1));
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[0];
  schedule::Store store(kept.path(""));
  const auto whole = fitted_reductions(e, 0, {nullptr}, {&store, "1"});
  const auto part = fitted_reductions(e, 0, {&fold}, {&store, "1"});
  ASSERT_FALSE(is_same(whole[0], part[0]));
  told_by(kept,
          "UPDATE task SET result = (SELECT result FROM task ORDER BY rowid LIMIT 1); SELECT 0");
  EXPECT_TRUE(is_same(fitted_reductions(e, 0, {&fold}, {&store, "1"})[0], whole[0]));
}

TEST(KeptReductions, AreFittedAgainWhereTheirBytesAreDamaged) {
  const dataset::Folder folder, kept;
  const Experiment e = sounds(folder, "reduce: {pca: 2}, resample: 1 s", heard_series(1));
  EXPECT_EQ(kept_after(e, nullptr, kept), 1);
  for (const char* damage : {"substr(result, 1, 150)",
                             "substr(result, 1, length(result) - 1)",
                             "substr(result, 1, 64)",
                             "x''",
                             "CAST(substr(result, 1, 100) || x'07' || substr(result, 102) AS BLOB)",
                             "CAST(result || x'00' AS BLOB)"}) {
    told_by(kept, std::string("UPDATE task SET result = ") + damage + "; SELECT 0");
    EXPECT_EQ(kept_after(e, nullptr, kept), 1) << damage;  // the same as without a store
  }
}

class SampledFeatureLeakage : public testing::TestWithParam<const char*> {};

// The first block is 0 … 40 s. A column at a training time may know features of held-out time,
// where a kernel or a delay reaches so far: features are known there. What standardises, projects
// and reduces may not.
TEST_P(SampledFeatureLeakage, HeldOutRowsChangeNothingThatIsFitted) {
  const dataset::Folder folder;
  const auto columns = [&](double factor, std::size_t fold) {
    MatrixXd x = heard_series(1);
    x.topRows(800) *= factor;
    const Experiment e = sounds(folder, GetParam(), x);
    const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
    return columns_at_seconds(e, with_features(e, 0, {&folds[fold]}));
  };
  // 3.5 s of the kernel and a delay of 2 s behind the block no column knows it.
  EXPECT_EQ(columns(1, 0).bottomRows(114), columns(-30, 0).bottomRows(114));
  EXPECT_NE(columns(1, 0).topRows(40), columns(-30, 0).topRows(40));
  EXPECT_NE(columns(1, 1).bottomRows(114), columns(-30, 1).bottomRows(114));
}

TEST_P(SampledFeatureLeakage, HeldOutSamplesChangeNoFittedNumberByABit) {
  const dataset::Folder folder;
  const Experiment clean = sounds(folder, GetParam(), heard_series(1), "baselines: [ridge]\n");
  Experiment spoilt = clean;
  spoilt.dataset.subjects[0].runs[0].recordings[0].samples.topRows(40).array() += 1e3;
  const auto fitted = [](const Experiment& e, const std::string& fold) {
    std::ostringstream text;
    text.precision(17);
    const report::Results results = run(e, test::portable_kinds());
    for (const report::ModelSummary& m : results.models)
      for (const report::FitSummary& f : m.fits)
        if (f.fold == fold)
          text << m.name << ' ' << f.free_energy << ' ' << f.accuracy << ' ' << f.gradient_norm
               << '\n';
    return text.str();
  };
  EXPECT_EQ(fitted(clean, "1"), fitted(spoilt, "1"));
  EXPECT_NE(fitted(clean, "2"), fitted(spoilt, "2"));
}

INSTANTIATE_TEST_SUITE_P(Steps,
                         SampledFeatureLeakage,
                         testing::Values("columns: 5, resample: 1 s",
                                         "columns: 5, resample: 1 s, delays: [0 s, 2 s]",
                                         "reduce: {random: 3}, resample: 1 s",
                                         "reduce: {random: 4, pca: 2}, resample: 1 s",
                                         "reduce: {pca: 2}, resample: 1 s, delays: [2 s]"));

}  // namespace
}  // namespace insula::experiment
