// SPDX-License-Identifier: Apache-2.0
// Noise ceilings of held-out scores.
#include <gtest/gtest.h>

#include "framework/evaluation/noise_ceilings.h"
#include "tests/framework/evaluation/repeats.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

constexpr double kSignalPower = 2, kNoisePower = 3;
constexpr int kRepeats = 4, kSamples = 40;
const Tolerance kNearly = Tolerance::rounding(2000, 1);

HeldOut exact_fold(const Eigen::VectorXd& prediction = cosine(1, kSamples)) {
  return held_out_repeats(exact_repeats(kRepeats, kSamples, kSignalPower, kNoisePower), prediction);
}

double ceiling(std::string_view name, const std::vector<HeldOut>& folds) {
  return metric(name).ceiling(folds, all_samples(folds));
}

double score_of(std::string_view name, const std::vector<HeldOut>& folds) {
  return metric(name).score(folds, all_samples(folds));
}

TEST(CeilingOfR, IsTheRootOfTheShareOfSignal) {
  // The mean of a fold takes a degree of freedom of the noise with it.
  const double noise = kNoisePower * (1 - 1.0 / (kRepeats * kSamples));
  EXPECT_CLOSE(
      ceiling("r", {exact_fold()}), std::sqrt(1 - noise / (kSignalPower + kNoisePower)), kNearly);
}

TEST(CeilingOfR2, IsMeasuredAgainstTheTrainingMeanAsR2Is) {
  HeldOut fold = exact_fold();
  EXPECT_CLOSE(ceiling("r2", {fold}), kSignalPower / (kSignalPower + kNoisePower), kNearly);
  fold.training_mean = 0.7;
  const double all = (kSignalPower + kNoisePower) * (kSamples - 1) + 0.49 * kSamples;
  EXPECT_CLOSE(ceiling("r2", {fold}), 1 - kNoisePower * (kSamples - 1) / all, kNearly);
}

TEST(NormalisedR, IsCcNormOfTheMeanOfTheRepeats) {
  const Eigen::VectorXd prediction = 3 * cosine(1, kSamples) + 4 * cosine(15, kSamples);
  const std::vector<HeldOut> folds{exact_fold(prediction)};
  const double schoppe =
      cc_norm(prediction, exact_repeats(kRepeats, kSamples, kSignalPower, kNoisePower));
  const double r = normalised(metric("r"))->score(folds, all_samples(folds));
  // The same but for the degree of freedom of the fold's mean.
  const double noise = kNoisePower * (1 - 1.0 / (kRepeats * kSamples));
  EXPECT_CLOSE(
      r, schoppe * std::sqrt(kSignalPower / (kSignalPower + kNoisePower - noise)), kNearly);
  EXPECT_CLOSE(
      r,
      0.6,
      Tolerance::because(0.6 * kNoisePower / kSignalPower / (2 * kRepeats * kSamples) * 1.1,
                         "half that degree of freedom, and a tenth of it"));
  EXPECT_CLOSE(r * ceiling("r", folds), score_of("r", folds), kNearly);
}

// Stimuli come once to five times, and noise grows with the signal, as that of counts does.
struct Unequal {
  std::vector<HeldOut> folds;
  double noise = 0;  // Σ of the true variances
};

Unequal draw_unequal(Stream& random, bool with_once) {
  Unequal all;
  for (int f = 0; f < 3; ++f) {
    std::vector<double> y, signal;
    HeldOut fold;
    for (int k = 0; k < 30; ++k) {
      const double s = random.normal(), sd = 0.5 + std::abs(s);
      const int repeats = with_once && k % 6 == 0 ? 1 : 2 + k % 4;
      for (int i = 0; i < repeats; ++i) {
        // What came once has, as is assumed of it, the mean noise: E(0.5 + |s|)² = 1.25 + √(2/π).
        const double own = repeats > 1 ? sd : std::sqrt(1.25 + std::sqrt(2 / std::numbers::pi));
        y.push_back(s + own * random.normal());
        signal.push_back(s);
        fold.stimulus.push_back(repeats == 1 ? -1 : k);
        all.noise += own * own;
      }
    }
    const auto n = static_cast<Eigen::Index>(y.size());
    fold.observed = Eigen::Map<const Eigen::VectorXd>(y.data(), n);
    fold.predicted = Eigen::Map<const Eigen::VectorXd>(signal.data(), n);
    fold.time = Eigen::VectorXd::LinSpaced(n, 0, static_cast<double>(n - 1));
    fold.sd = Eigen::VectorXd::Ones(n);
    fold.run.assign(y.size(), 0);
    fold.training_mean = 0.3;
    all.folds.push_back(std::move(fold));
  }
  return all;
}

TEST(ScoreCeilings, AreWhatTheTrueSignalScoresOnAverage) {
  for (const bool with_once : {false, true}) {
    Stream random(11, with_once ? "once" : "all");
    Spread r2, r;
    for (int i = 0; i < 500; ++i) {
      const std::vector<HeldOut> folds = draw_unequal(random, with_once).folds;
      r2.add(score_of("r2", folds) - ceiling("r2", folds));
      r.add(std::pow(score_of("r", folds), 2) - std::pow(ceiling("r", folds), 2));
    }
    EXPECT_CLOSE(r2.mean(), 0, Tolerance::sampling(r2.sd(), r2.count));
    // The ratio of two sums over 300 samples is biased by about 1/300 of its spread.
    EXPECT_CLOSE(r.mean(),
                 0,
                 Tolerance::because(5 * r.sd() / std::sqrt(500.0) + 0.003,
                                    "five standard errors, and the bias of a ratio"));
    EXPECT_LT(5 * r2.sd() / std::sqrt(500.0), 0.02);  // the bounds are worth something
  }
}

TEST(ScoreCeilings, DoNotReadPredictions) {
  Stream random(12, "any");
  std::vector<HeldOut> folds = draw_unequal(random, true).folds;
  const double r = ceiling("r", folds), r2 = ceiling("r2", folds);
  for (HeldOut& fold : folds) {
    fold.predicted.setConstant(std::numeric_limits<double>::quiet_NaN());
    fold.sd.setZero();
  }
  EXPECT_EQ(ceiling("r", folds), r);
  EXPECT_EQ(ceiling("r2", folds), r2);
}

TEST(ScoreCeilings, OfSamplesOfAFoldDoNotReadTheOtherFolds) {
  Stream random(13, "any");
  std::vector<HeldOut> folds = draw_unequal(random, false).folds;
  std::vector<std::pair<int, int>> of_first;
  for (int i = 0; i < folds[0].observed.size(); ++i) of_first.emplace_back(0, i);
  const double r = ceiling_of_r(folds, of_first), r2 = ceiling_of_r2(folds, of_first);
  for (std::size_t f = 1; f < folds.size(); ++f) {
    folds[f].observed.setConstant(1e6);
    folds[f].stimulus.assign(folds[f].stimulus.size(), 0);
  }
  EXPECT_EQ(ceiling_of_r(folds, of_first), r);
  EXPECT_EQ(ceiling_of_r2(folds, of_first), r2);
  EXPECT_EQ(ceiling("r", {folds[0]}), r);
}

TEST(ScoreCeilings, CountRepeatsWithinAFoldOnly) {
  // The second fold shows the same stimuli elsewhere in time, where the channel has drifted.
  HeldOut first = exact_fold(), second = exact_fold();
  second.observed.array() += 100;
  const double noise = kNoisePower * (1 - 1.0 / (kRepeats * kSamples));
  EXPECT_CLOSE(ceiling("r", {first, second}),
               std::sqrt(1 - noise / (kSignalPower + kNoisePower)),
               Tolerance::rounding(2000, 100));
}

TEST(ScoreCeilings, DoNotChangeIfEverySampleIsDrawnTwice) {
  Stream random(14, "any");
  const std::vector<HeldOut> folds = draw_unequal(random, true).folds;
  auto twice = all_samples(folds);
  const auto once = twice;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_CLOSE(ceiling_of_r(folds, twice), ceiling_of_r(folds, once), Tolerance::rounding(200));
  EXPECT_CLOSE(ceiling_of_r2(folds, twice), ceiling_of_r2(folds, once), Tolerance::rounding(200));
}

TEST(ScoreCeilings, NeedMostSamplesOfEachFoldAgain) {
  HeldOut fold = exact_fold();
  EXPECT_EQ(why_no_ceiling(metric("r"), {{fold}}), "");
  for (int i = 0; i < kRepeats * kSamples / 2; ++i) fold.stimulus[i] = -1;
  EXPECT_FALSE(std::isnan(ceiling("r", {fold})));
  for (int i = 0; i < kRepeats * kSamples * 3 / 4; ++i) fold.stimulus[i] = -1;
  const std::string once =
      "most of the held-out samples of a fold show a stimulus that does not come again in it";
  for (const char* name : {"r", "r2"}) {
    EXPECT_TRUE(std::isnan(ceiling(name, {exact_fold(), fold})));
    EXPECT_EQ(why_no_ceiling(metric(name), {{fold}}), once);
  }
  fold.stimulus.clear();
  EXPECT_TRUE(std::isnan(ceiling("r", {fold})));
  EXPECT_EQ(why_no_ceiling(metric("r"), {{fold}}), once);
  EXPECT_EQ(metric("log_density").ceiling, nullptr);
  EXPECT_EQ(normalised(metric("log_density")), nullptr);
}

TEST(ScoreCeilings, AreNotANumberWhereRepeatsShareNothing) {
  HeldOut fold = exact_fold();
  for (int i = 0; i < fold.observed.size(); ++i) fold.observed[i] = i / kSamples;
  EXPECT_TRUE(std::isnan(ceiling("r", {fold})));
  EXPECT_EQ(why_no_ceiling(metric("r"), {{fold}}),
            "repeats of a stimulus differ as much as different stimuli do");
}

TEST(NormalisedScores, OfTheTrueSignalHaveIntervalsAroundOne) {
  const Metric& over_ceiling = *normalised(metric("r"));
  int covered = 0, above = 0;
  constexpr int kSimulations = 200;
  for (int i = 0; i < kSimulations; ++i) {
    Stream random(500 + i, "coverage");
    const Eigen::VectorXd signal = ar1_series(120, 0.6, random);
    Eigen::MatrixXd y(6, 120);
    for (int k = 0; k < 6; ++k) y.row(k) = (signal + 1.4 * ar1_series(120, 0, random)).transpose();
    const std::vector<HeldOut> folds{held_out_repeats(y, signal)};
    const Interval95 s = score(over_ceiling, folds, {8, 300, 1, "coverage"});
    covered += s.low <= 1 && 1 <= s.high;
    above += s.value > 1;
  }
  // Three standard errors of 200 simulations are 4.6 %, and blocks lose up to 3 % as above.
  EXPECT_GT(covered, 0.875 * kSimulations);
  EXPECT_CLOSE(above / 200.0, 0.5, Tolerance::sampling(0.5, 200));
}

TEST(MedianScore, IsNotMovedByOneChannel) {
  std::vector<std::vector<HeldOut>> channels;
  for (const double share : {0.6, 0.8, 1.0}) {
    const Eigen::VectorXd prediction =
        share * cosine(1, kSamples) + std::sqrt(1 - share * share) * cosine(15, kSamples);
    channels.push_back({exact_fold(prediction)});
  }
  const Metric& over_ceiling = *normalised(metric("r"));
  const Interval95 median = median_score(over_ceiling, channels, {8, 200, 1, "median"});
  EXPECT_EQ(median.value, score(over_ceiling, channels[1], {8, 200, 1, "median"}).value);
  EXPECT_LE(median.low, median.value);
  EXPECT_GE(median.high, median.value);
  channels[2][0].stimulus.clear();  // no ceiling: the median of the two others
  const double two = median_score(over_ceiling, channels, {8, 200, 1, "median"}).value;
  EXPECT_LT(two, median.value);
}

}  // namespace
}  // namespace insula::evaluation
