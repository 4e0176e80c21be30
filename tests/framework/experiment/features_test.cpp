// SPDX-License-Identifier: Apache-2.0
// Features that drive regions: what columns are made of, what of them is fitted on training parts
// alone, and what a learned scale is worth.
#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/picture_experiment.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::kColumns;
using test::kDuration;
using test::kEvery;
using test::kFourBlocks;
using test::kLasts;
using test::kPictures;
using test::load_pictures;
using test::pictures;
using test::random_features;
using test::table_of;
using test::write_band;
using test::write_pictures;

// What a column is in every picture of the first run, in their order.
VectorXd column_of(const dataset::Subject& subject, const std::string& name) {
  const dataset::StepSignal* signal = subject.runs[0].input(name);
  VectorXd values(kPictures);
  for (Index i = 0; i < values.size(); ++i)
    values[i] = signal == nullptr ? NAN : signal->at(static_cast<double>(i) * kEvery + 1);
  return values;
}

MatrixXd columns_of(const dataset::Subject& subject, const std::vector<std::string>& names) {
  MatrixXd all(kPictures, static_cast<Index>(names.size()));
  for (std::size_t c = 0; c < names.size(); ++c)
    all.col(static_cast<Index>(c)) = column_of(subject, names[c]);
  return all;
}

std::vector<std::string> names_of(const char* begin, int count) {
  std::vector<std::string> names;
  for (int c = 1; c <= count; ++c) names.push_back(begin + std::to_string(c) + "]");
  return names;
}

TEST(FeatureColumns, HaveMeanZeroAndVarianceOneTogetherOverTrainingRows) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, "columns: 6");
  const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
  const MatrixXd all = columns_of(with_features(e, 0, {&folds[1]}), names_of("clip[", kColumns));
  std::vector<Index> training;
  for (Index i = 0; i < kPictures; ++i)
    if (evaluation::part_of(folds[1], 0, static_cast<double>(i) * kEvery, e.gap) ==
        evaluation::Part::train)
      training.push_back(i);
  ASSERT_EQ(training.size(), 29u);  // ten are tested; one begins in the gap behind them
  const MatrixXd seen = all(training, Eigen::all);
  const auto rounding = Tolerance::rounding(256, 1);
  for (Index c = 0; c < kColumns; ++c) {
    EXPECT_CLOSE(seen.col(c).mean(), 0, rounding);
    EXPECT_CLOSE(seen.col(c).squaredNorm() / 29, 1.0 / kColumns, rounding);
    EXPECT_GT(std::abs(all.col(c).mean()), 1e-3);  // so that the test can tell
  }
}

TEST(FeatureColumns, AreZeroBetweenEvents) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, "columns: 6");
  const dataset::Subject subject = with_features(e, 0, {nullptr});
  for (const std::string& name : names_of("clip[", kColumns))
    for (int i = 0; i < kPictures; ++i)
      EXPECT_EQ(subject.runs[0].input(name)->at(i * kEvery + kLasts + 0.5), 0) << name;
}

// By a singular value decomposition of the z-scores, columns more than rows and fewer.
TEST(FeatureComponents, AreThoseOfASingularValueDecomposition) {
  for (const Index columns : {6, 60}) {
    const dataset::Folder folder;
    const MatrixXd x = random_features(2, kPictures, columns);
    write_pictures(folder, x);
    write_band(folder, "embedded", "reduce: {pca: 4}");
    const Experiment e = load_pictures(folder, "hypotheses: [embedded.yaml]\n" + kFourBlocks);
    const MatrixXd mine = columns_of(with_features(e, 0, {nullptr}), names_of("clip[pc", 4));
    MatrixXd z = x.rowwise() - x.colwise().mean();
    for (Index c = 0; c < columns; ++c) z.col(c) /= z.col(c).norm();
    z *= std::sqrt(static_cast<double>(kPictures) / static_cast<double>(columns));
    const Eigen::JacobiSVD<MatrixXd> svd(z, Eigen::ComputeThinU);
    for (Index c = 0; c < 4; ++c) {
      const VectorXd theirs = svd.matrixU().col(c) * svd.singularValues()[c];
      const double sign = mine.col(c).dot(theirs) < 0 ? -1 : 1;
      EXPECT_CLOSE(VectorXd(mine.col(c)),
                   VectorXd(sign * theirs),
                   Tolerance::because(1e-10, "squares of singular values that are not far apart"));
    }
  }
}

TEST(FeatureComponents, OfSubjectsFittedTogetherAreTheSame) {
  const dataset::Folder folder;
  const Experiment e =
      pictures(folder, "reduce: {pca: 3}", "baselines: []\ninference: {subjects: pooled}\n", 2);
  const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
  const std::vector<const evaluation::Fold*> second{&folds[1], &folds[1]};
  const MatrixXd one = columns_of(with_features(e, 0, second), names_of("clip[pc", 3)),
                 other = columns_of(with_features(e, 1, second), names_of("clip[pc", 3));
  EXPECT_CLOSE(one, MatrixXd(other.colwise().reverse()), Tolerance::rounding(16));
}

std::map<std::string, report::ComparisonRow> comparison_of(const report::Results& results) {
  std::map<std::string, report::ComparisonRow> rows;
  for (const auto& row : results.comparison) rows[row.model] = row;
  return rows;
}

// The same columns as inputs of the dataset, by hand.
TEST(FeaturesInAFit, OfAGivenScaleAreAsManyInputs) {
  const dataset::Folder folder;
  const std::string lines = "baselines: [ridge]\nvalidation: none\n";
  write_pictures(folder, random_features(1, kPictures, kColumns));
  write_band(folder, "embedded", "columns: 6, prior: {scale: 1}");
  const Experiment band = load_pictures(folder, "hypotheses: [embedded.yaml]\n" + lines);
  Experiment inputs = band;
  inputs.dataset.subjects[0] = with_features(band, 0, {nullptr});
  std::string names;
  int number = 0;
  for (dataset::StepSignal& signal : inputs.dataset.subjects[0].runs[0].inputs) {
    signal.name = "input" + std::to_string(++number);
    names += (number == 1 ? "" : ", ") + signal.name + ": {drives: [A]}";
  }
  ASSERT_EQ(number, kColumns);
  inputs.hypotheses[0].architecture = architecture::parse(
      "insula: architecture/1\nname: embedded\nregions: {A: {kind: "
      "neuronal}}\ninputs: {" +
          names + "}\nobservations:\n  activity: {kind: rate, regions: [A]}\n",
      "inputs.yaml",
      test::portable_kinds());
  const report::Results a = run(band, test::portable_kinds()),
                        b = run(inputs, test::portable_kinds());
  // Derivatives of a band are put together from those of its region's stimulus: in other sums.
  const auto rounding = Tolerance::because(1e-8, "sums in another order, to where a fit converges");
  EXPECT_CLOSE(comparison_of(a).at("embedded").log_evidence,
               comparison_of(b).at("embedded").log_evidence,
               rounding);
  ASSERT_EQ(a.parameters.size(), b.parameters.size());
  for (std::size_t i = 0; i < a.parameters.size(); ++i)
    EXPECT_CLOSE(a.parameters[i].posterior_mean, b.parameters[i].posterior_mean, rounding);
}

// Runs follow one another in stimuli and in samples.
TEST(FeaturesInAFit, HaveDerivativesByTheStimuliOfAllRuns) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, "columns: 6");
  dataset::Subject subject = with_features(e, 0, {nullptr});
  dataset::Run second = subject.runs[0];
  second.id = "run-2";
  for (dataset::StepSignal& signal : second.inputs)
    for (double& value : signal.value) value = 0.3 - 0.5 * value;
  subject.runs.push_back(second);
  const auto fit = assemble(e.hypotheses[0].architecture, subject, {}, {});
  const inference::Problem& problem = fit->problem;
  ASSERT_EQ(problem.drives.size(), 1U);
  EXPECT_FALSE(
      problem.evaluate_undriven);  // pictures change when samples are taken: no time is saved
  VectorXd theta = problem.prior_mean;
  for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.1 * std::sin(static_cast<double>(i));
  const inference::Evaluation columns = problem.evaluate(theta, true);
  const inference::Evaluation drives = problem.evaluate_by_drives(theta, inference::Accuracy::full);
  ASSERT_TRUE(drives.outcome.finished());
  const inference::DriveGroup& group = problem.drives[0];
  MatrixXd weights = MatrixXd::Zero(columns.jacobian[0].rows(), group.design.cols());
  for (const numerics::ImpulseBlock& block : *drives.impulses)
    weights.middleRows(block.sample[0], block.effect[0].rows()) +=
        block.effect[0] * group.design.middleRows(block.first, block.count);
  const MatrixXd expected = columns.jacobian[0](Eigen::all, group.parameter);
  EXPECT_GT(expected.bottomRows(expected.rows() / 2).norm(), 0);
  EXPECT_CLOSE(weights,
               expected,
               Tolerance::because(1e-9 * expected.cwiseAbs().maxCoeff(), "nine digits of effects"));
  EXPECT_EQ(drives.prediction[0], columns.prediction[0]);
  EXPECT_EQ(drives.jacobian[0].cols() + expected.cols(), columns.jacobian[0].cols());
  // Steps may err 30 times as much as 2e-5 of an excursion.
  const VectorXd rough =
      problem.evaluate_by_drives(theta, inference::Accuracy::rough).prediction[0];
  EXPECT_NE(rough, drives.prediction[0]);
  EXPECT_LT((rough - drives.prediction[0]).norm(), 1e-3 * drives.prediction[0].norm());
}

// Steps of the runs that weights are drawn for are coarse, but as fine as Problem::pull_back asks.
TEST(FeaturesInAFit, ArePulledOnByWeightsOfSamplesToAThousandth) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, "columns: 6");
  const auto fit = assemble(e.hypotheses[0].architecture, with_features(e, 0, {nullptr}), {}, {});
  VectorXd theta = fit->problem.prior_mean;
  std::vector<Index> all;
  for (Index i = 0; i < theta.size(); ++i) {
    theta[i] += 0.1 * std::sin(static_cast<double>(i));
    all.push_back(i);
  }
  const MatrixXd jacobian = fit->problem.evaluate(theta, true).jacobian[0];
  Stream random(3, "weights");
  std::vector<VectorXd> weights{VectorXd(jacobian.rows())};
  for (double& value : weights[0]) value = random.normal();
  const auto pulled = fit->problem.pull_back(theta, all, weights);
  ASSERT_TRUE(pulled);
  for (const Index i : all)
    EXPECT_NEAR((*pulled)(i, 0),
                jacobian.col(i).dot(weights[0]),
                1e-3 * jacobian.col(i).norm() * weights[0].norm());
}

TEST(FeaturesInAFit, HaveNoDrivesWhereNothingIsShown) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, "columns: 6");
  dataset::Subject subject = with_features(e, 0, {nullptr});
  for (dataset::StepSignal& signal : subject.runs[0].inputs)
    if (signal.name.starts_with("clip[")) std::ranges::fill(signal.value, 0.0);
  const auto fit = assemble(e.hypotheses[0].architecture, subject, {}, {});
  EXPECT_TRUE(fit->problem.drives.empty());
  EXPECT_FALSE(fit->problem.evaluate_by_drives);
}

TEST(FeaturesInAFit, FindWhichColumnsDrive) {
  const dataset::Folder folder;
  const report::Results results =
      run(pictures(folder, "columns: 6", "baselines: [ridge, mean]\n"), test::portable_kinds());
  std::map<std::string, report::ParameterRow> found;
  for (const auto& p : results.parameters)
    if (p.model == "embedded") found[p.parameter] = p;
  // Activity has no unit, so weights have their ratios: 0.3 to −0.2 of z-scores, and nothing.
  const auto weight = [&](int c) {
    return found.at("clip[" + std::to_string(c) + "] -> A.strength").posterior_mean;
  };
  EXPECT_GT(weight(1), 0);
  EXPECT_CLOSE(weight(2) / weight(1),
               -2.0 / 3,
               Tolerance::because(0.1, "noise is 0.05 where responses are about 0.4"));
  for (int c = 3; c <= kColumns; ++c) EXPECT_LT(std::abs(weight(c)), 0.1 * weight(1)) << c;
  const report::ParameterRow& scale = found.at("clip -> A.scale");
  EXPECT_GT(scale.estimate, 0);
  EXPECT_LT(scale.low, scale.estimate);
  EXPECT_GT(scale.high, scale.estimate);
  const auto rows = comparison_of(results);
  EXPECT_GT(rows.at("embedded").r, 0.95);
  EXPECT_GT(rows.at("ridge").r, 0.5);  // it has the same columns
}

class FeatureLeakage : public testing::TestWithParam<const char*> {};

// Held-out stimuli do drive: that is how they are predicted. But nothing that columns are made by
// may know them.
TEST_P(FeatureLeakage, FeaturesOfHeldOutRowsChangeNoColumnOfTheOthersByABit) {
  const auto columns = [&](double factor, std::size_t fold) {
    const dataset::Folder folder;
    MatrixXd x = random_features(1, kPictures, kColumns);
    write_pictures(folder, x);
    x.topRows(10) *= factor;  // the first block shows pictures 0 to 9
    folder.write("clip.tsv", table_of(x));
    write_band(folder, "embedded", GetParam());
    const Experiment e = load_pictures(folder, "hypotheses: [embedded.yaml]\n" + kFourBlocks);
    const std::vector<evaluation::Fold> folds = folds_of(e, e.dataset.subjects[0]);
    return columns_of(with_features(e, 0, {&folds[fold]}),
                      architecture::columns_of(e.hypotheses[0].architecture.inputs[0]));
  };
  EXPECT_EQ(columns(1, 0).bottomRows(30), columns(-30, 0).bottomRows(30));
  EXPECT_NE(columns(1, 0).topRows(10), columns(-30, 0).topRows(10));
  EXPECT_NE(columns(1, 1).bottomRows(30), columns(-30, 1).bottomRows(30));
}

TEST_P(FeatureLeakage, HeldOutSamplesChangeNoFittedNumberByABit) {
  const dataset::Folder folder;
  const Experiment clean = pictures(folder, GetParam());
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

TEST_P(FeatureLeakage, SameBytesAtAnyNumberOfThreads) {
  const dataset::Folder folder;
  const Experiment e = pictures(folder, GetParam());
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    const report::Results r = run(e, test::portable_kinds());
    std::ostringstream text;
    text.precision(17);
    for (const auto& p : r.parameters) text << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    for (const auto& s : r.scores) text << s.value << ' ' << s.low << ' ' << s.high << '\n';
    texts.push_back(text.str());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

INSTANTIATE_TEST_SUITE_P(Bands,
                         FeatureLeakage,
                         testing::Values("columns: 6",
                                         "reduce: {pca: 3}",
                                         "reduce: {random: 4}",
                                         "reduce: {random: 5, pca: 3}",
                                         "reduce: {pca: 2}, delays: [0 s, 500 ms]"));

}  // namespace
}  // namespace insula::experiment
