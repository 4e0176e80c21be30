// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "tests/framework/evaluation/held_out.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

HeldOut held_out(std::vector<double> observed, std::vector<double> predicted) {
  HeldOut fold;
  const auto n = static_cast<Eigen::Index>(observed.size());
  fold.observed = Eigen::Map<const Eigen::VectorXd>(observed.data(), n);
  fold.predicted = Eigen::Map<const Eigen::VectorXd>(predicted.data(), n);
  fold.time = Eigen::VectorXd::LinSpaced(n, 0, static_cast<double>(n - 1));
  fold.sd = Eigen::VectorXd::Ones(n);
  fold.run.assign(observed.size(), 0);
  return fold;
}

double value(std::string_view name, const std::vector<HeldOut>& folds) {
  return metric(name).score(folds, all_samples(folds));
}

TEST(Metrics, AreThree) {
  ASSERT_EQ(metrics().size(), 3u);
  EXPECT_EQ(metrics()[0].name, "r");
  EXPECT_EQ(metrics()[1].name, "r2");
  EXPECT_EQ(metrics()[2].name, "log_density");
}

TEST(R, IsPearsonsCorrelationInOneFold) {
  // Deviations (−1, 0, 1) and (−2, 1, 1): 3 / √(2 · 6).
  EXPECT_CLOSE(
      value("r", {held_out({1, 2, 3}, {4, 7, 7})}), 3 / std::sqrt(12.0), Tolerance::rounding(4));
}

TEST(R, IsZeroForAConstantPredictionAndNotANumberForAConstantObservation) {
  EXPECT_EQ(value("r", {held_out({1, 2, 4}, {0.1, 0.1, 0.1})}), 0);
  EXPECT_TRUE(std::isnan(value("r", {held_out({0.1, 0.1, 0.1}, {1, 2, 4})})));
  EXPECT_TRUE(std::isnan(value("r", {held_out({1, 2}, {1, 2})})));
}

TEST(R, IsZeroForTheTrainingMeanAlthoughItDiffersBetweenFolds) {
  // Held-out data above the rest leave a training mean below it: pooled, that would be r = −1.
  EXPECT_EQ(
      value("r", {held_out({1, 1.5, 1.2}, {-1, -1, -1}), held_out({-1, -1.5, -1.2}, {1, 1, 1})}),
      0);
}

TEST(R, IgnoresShiftAndScaleOfThePrediction) {
  auto folds = simulate(3, 40, 1, 0.5, 1);
  const double r = value("r", folds);
  for (HeldOut& fold : folds) fold.predicted = 3 * fold.predicted.array() - 7;
  EXPECT_CLOSE(value("r", folds), r, Tolerance::rounding(100));
}

TEST(R2, IsMeasuredAgainstTheTrainingMean) {
  HeldOut fold = held_out({1, 3}, {1, 2});
  fold.training_mean = 0;
  EXPECT_CLOSE(value("r2", {fold}), 1 - 1.0 / 10, Tolerance::rounding(2));
  fold.training_mean = 2;
  EXPECT_CLOSE(value("r2", {fold}), 1 - 1.0 / 2, Tolerance::rounding(2));
}

TEST(R2, IsZeroForTheTrainingMeanAndOneForTheTruth) {
  auto folds = simulate(3, 20, 1, 0.5, 2);
  for (HeldOut& fold : folds) {
    fold.training_mean = 0.3;
    fold.predicted.setConstant(0.3);
  }
  EXPECT_EQ(value("r2", folds), 0);
  for (HeldOut& fold : folds) fold.predicted = fold.observed;
  EXPECT_EQ(value("r2", folds), 1);
}

TEST(LogDensity, IsTheMeanOfGaussianLogDensities) {
  HeldOut fold = held_out({0, 2}, {0, 0});
  fold.sd << 1, 2;
  const double base = -0.5 * std::log(2 * std::numbers::pi);
  EXPECT_CLOSE(
      value("log_density", {fold}), base + (0 - std::log(2.0) - 0.5) / 2, Tolerance::rounding(4));
}

TEST(Metrics, DoNotDependOnTheOrderOfFoldsOrSamples) {
  auto folds = simulate(4, 30, 1, 0.7, 3);
  for (std::size_t f = 0; f < 4; ++f) folds[f].training_mean = 0.1 * static_cast<double>(f);
  for (const Metric& one : metrics()) {
    const double before = one.score(folds, all_samples(folds));
    auto samples = all_samples(folds);
    std::reverse(samples.begin(), samples.end());
    EXPECT_CLOSE(one.score(folds, samples), before, Tolerance::rounding(200, 1));
    std::vector<HeldOut> turned(folds.rbegin(), folds.rend());
    EXPECT_CLOSE(one.score(turned, all_samples(turned)), before, Tolerance::rounding(200, 1));
  }
}

TEST(Metrics, OfNoSampleAreNotANumber) {
  const std::vector<HeldOut> none;
  for (const Metric& one : metrics()) EXPECT_TRUE(std::isnan(one.score(none, {})));
}

}  // namespace
}  // namespace insula::evaluation
