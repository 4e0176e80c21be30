// SPDX-License-Identifier: Apache-2.0
// Features of trials without onsets: what a stimulus is drives a static region, by columns that are
// made of the training trials alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSentences = 60, kWords = 4, kColumns = 6;

// Sentence s is trials 4s … 4s + 3; columns differ in unit and offset.
MatrixXd random_features() {
  MatrixXd x(kSentences, kColumns);
  Stream stream(1, "static features");
  for (double& value : x.reshaped()) value = stream.normal();
  x.col(0).array() += 3;
  x.col(1) *= 100;
  return x;
}

// A measure that follows the first two columns, as a region under their sum would stand.
double signal_of(const MatrixXd& x, Index sentence) {
  return 1.5 * (x(sentence, 0) - 3) - 0.01 * x(sentence, 1);
}

void write(const dataset::Folder& folder, const MatrixXd& x) {
  std::ostringstream features, trials;
  features.precision(17);
  trials.precision(17);
  features << "sentence\tf1\tf2\tf3\tf4\tf5\tf6\n";
  trials << "subject\tsentence\ttheta\n";
  Stream noise(2, "noise");
  for (Index s = 0; s < kSentences; ++s) {
    features << 's' << s;
    for (Index c = 0; c < kColumns; ++c) features << '\t' << x(s, c);
    features << '\n';
    for (int w = 0; w < kWords; ++w)
      trials << "p1\ts" << s << '\t' << 20 + signal_of(random_features(), s) + 0.5 * noise.normal()
             << '\n';
  }
  folder.write("features.tsv", features.str());
  folder.write("trials.tsv", trials.str());
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: sentences\nsubjects:\n  file: trials.tsv\n  by: subject\n"
               "  trials:\n    columns: [theta]\n    factors: {sentence: sentence}\n"
               "features:\n  model: {file: features.tsv, columns: [f1, f2, f3, f4, f5, f6], names: "
               "sentence, at: trials, key: sentence}\n");
  folder.write("read.yaml", R"(insula: architecture/1
name: read
regions: {A: {kind: neuronal}}
features: {model: {drives: [A], columns: 6, prior: {scale: learned}}}
observations: {measure: {kind: continuous, value: theta, mean: [A]}}
)");
}

Experiment load_sentences(const dataset::Folder& folder, const std::string& lines = "") {
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: sentences\ndataset: dataset.yaml\nhypotheses: "
               "[read.yaml]\nbaselines: [constant, trial_glm]\nvalidation: {split: stimulus_types, "
               "types: sentence, folds: 5}\ncomparison: {bootstrap: 100}\n" +
                   lines);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

MatrixXd columns_of(const dataset::Subject& subject) {
  MatrixXd all(kSentences * kWords, kColumns);
  for (Index c = 0; c < kColumns; ++c) {
    const auto& value =
        subject.runs[0].trials[0].column("model[" + std::to_string(c + 1) + "]")->value;
    all.col(c) = Eigen::Map<const VectorXd>(value.data(), all.rows());
  }
  return all;
}

std::vector<Index> trained_on(const evaluation::Fold& fold) {
  std::vector<Index> rows;
  for (Index t = 0; t < kSentences * kWords; ++t)
    if (evaluation::part_of(fold, 0, static_cast<double>(t) + 0.5, 0) == evaluation::Part::train)
      rows.push_back(t);
  return rows;
}

TEST(StaticFeatures, AreColumnsOfTrialsStandardisedOverTrainingTrials) {
  const dataset::Folder folder;
  write(folder, random_features());
  const Experiment e = load_sentences(folder);
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[1];
  const MatrixXd all = columns_of(with_features(e, 0, {&fold}));
  const std::vector<Index> training = trained_on(fold);
  ASSERT_EQ(training.size(), 192U);
  const MatrixXd seen = all(training, Eigen::all);
  const MatrixXd x = random_features();
  for (Index c = 0; c < kColumns; ++c) {
    EXPECT_CLOSE(seen.col(c).mean(), 0, Tolerance::rounding(256, 1));
    EXPECT_CLOSE(seen.col(c).squaredNorm() / 192, 1.0 / kColumns, Tolerance::rounding(256, 1));
    // Every trial of a sentence has its sentence's row.
    for (Index t = 0; t < all.rows(); ++t) EXPECT_EQ(all(t, c), all(t / kWords * kWords, c));
    const double ratio = (all(4, c) - all(0, c)) / (x(1, c) - x(0, c));
    EXPECT_CLOSE((all(40, c) - all(0, c)) / (x(10, c) - x(0, c)),
                 ratio,
                 Tolerance::because(1e-10 * std::abs(ratio), "differences of standardised values"));
  }
}

TEST(StaticFeatures, CannotBeDelayedWhereThereIsNoTime) {
  const dataset::Folder folder;
  write(folder, random_features());
  folder.write("read.yaml", R"(insula: architecture/1
name: read
regions: {A: {kind: neuronal}}
features: {model: {drives: [A], columns: 6, delays: [0 s, 1 s]}}
observations: {measure: {kind: continuous, value: theta, mean: [A]}}
)");
  try {
    load_sentences(folder);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_EQ(error.mistakes().at(0).message,
              "'model' is a band of features that is resampled or delayed, but run 'p1/run-1' has "
              "no time axis");
  }
}

TEST(StaticFeatures, OfHeldOutSentencesChangeNoColumnOfTheOthersByABit) {
  const auto columns = [](double factor, std::size_t f) {
    const dataset::Folder folder;
    MatrixXd x = random_features();
    for (Index s = 0; s < kSentences; s += 5) x.row(s) *= factor;  // dealt to the first fold
    write(folder, x);
    const Experiment e = load_sentences(folder);
    const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[f];
    return MatrixXd(columns_of(with_features(e, 0, {&fold}))(
        trained_on(folds_of(e, e.dataset.subjects[0])[0]), Eigen::all));
  };
  EXPECT_EQ(columns(1, 0), columns(-30, 0));
  EXPECT_NE(columns(1, 1), columns(-30, 1));
}

TEST(StaticFeatures, PredictSentencesThatNoFitSaw) {
  const dataset::Folder folder;
  write(folder, random_features());
  const report::Results results = run(load_sentences(folder), test::portable_kinds());
  std::map<std::string, report::ComparisonRow> rows;
  for (const auto& row : results.comparison) rows[row.model] = row;
  // The signal's variance is 2.25 + 1, the noise's 0.25: r = 0.96 for who knows the weights.
  EXPECT_GT(rows.at("read").r, 0.94);
  EXPECT_GT(rows.at("trial_glm").r, 0.94);  // it has the same columns
  EXPECT_LT(rows.at("constant").r, 0.1);
  std::map<std::string, double> weight;
  for (const auto& p : results.parameters)
    if (p.model == "read") weight[p.parameter] = p.posterior_mean;
  const auto of = [&](int c) {
    return weight.at("model[" + std::to_string(c) + "] -> A.strength");
  };
  EXPECT_CLOSE(of(2) / of(1),
               -1 / 1.5,
               Tolerance::because(0.1, "240 trials with noise of 0.5 beside effects of 1 and 1.5"));
  for (int c = 3; c <= kColumns; ++c) EXPECT_LT(std::abs(of(c)), 0.1 * std::abs(of(1))) << c;
}

TEST(StaticFeatures, OfOtherStimuliTeachNothingAndLeaveHeldOutTrialsAlone) {
  const dataset::Folder folder;
  write(folder, random_features());
  const Experiment e = load_sentences(
      folder, "counterfactuals: [{corruption: feature_shuffle, strength: [0, 1]}]\n");
  ASSERT_EQ(e.counterfactuals.size(), 1U);
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[0];
  const dataset::Subject clean = with_features(e, 0, {&fold});
  const dataset::Subject spoilt =
      corrupted(e, clean, {&fold, 0}, Corruption{&e.counterfactuals[0], 1});
  const MatrixXd before = columns_of(clean), after = columns_of(spoilt);
  const std::vector<Index> training = trained_on(fold);
  Index moved = 0;
  for (Index t = 0; t < before.rows(); ++t) {
    const bool trains = std::ranges::find(training, t) != training.end();
    const bool is_same = before.row(t) == after.row(t);
    EXPECT_TRUE(trains || is_same) << t;
    moved += is_same ? 0 : 1;
    // A row stays whole: it is the row of some training trial.
    bool is_some_row = false;
    for (const Index other : training) is_some_row |= after.row(t) == before.row(other);
    EXPECT_TRUE(!trains || is_some_row) << t;
  }
  EXPECT_GT(moved, 150);
}

std::string mistake_of(const dataset::Folder& folder) {
  try {
    load_sentences(folder);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(StaticFeatures, OfWhichNothingIsKnownYetRaiseNoDoubt) {
  const dataset::Folder folder;
  write(folder, random_features());
  for (const Mistake& doubt : doubts(load_sentences(folder)))
    EXPECT_EQ(doubt.message.find("model["), std::string::npos) << doubt.message;
}

TEST(StaticFeatures, NeedARowForEachTrial) {
  const dataset::Folder folder;
  write(folder, random_features());
  folder.write("dataset.yaml", R"(insula: dataset/1
name: sentences
subjects:
  - id: p1
    runs:
      - id: r1
        trials: {file: trials.tsv, columns: {theta: theta}, factors: {sentence: sentence}}
        features:
          model: {file: features.tsv, columns: [f1, f2, f3, f4, f5, f6], rate: 1 Hz}
)");
  EXPECT_NE(mistake_of(folder).find("'model' is a band of features, which in run 'p1/r1' has a row "
                                    "a sample, but that run has no time axis"),
            std::string::npos)
      << mistake_of(folder);
}

}  // namespace
}  // namespace insula::experiment
