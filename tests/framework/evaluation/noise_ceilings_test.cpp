// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/noise_ceilings.h"

#include <gtest/gtest.h>

#include <limits>

#include "framework/base/error.h"
#include "framework/numerics/statistics.h"
#include "tests/framework/evaluation/repeats.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

// Sums of 40 cosines, each known to a rounding of its size.
const Tolerance kExact = Tolerance::rounding(1000, 1);
constexpr double kSignal = 2, kNoise = 3;

double correlation(const Eigen::MatrixXd& y, std::vector<int> a, std::vector<int> b) {
  Eigen::VectorXd left = Eigen::VectorXd::Zero(y.cols()), right = left;
  for (const int i : a) left += y.row(i).transpose();
  for (const int i : b) right += y.row(i).transpose();
  return numerics::correlation(left, right);
}

TEST(SignalPower, IsExactWhereNoiseIsUncorrelated) {
  const Power p = power(exact_repeats(4, 40, kSignal, kNoise));
  EXPECT_CLOSE(p.signal, kSignal, kExact);
  EXPECT_CLOSE(p.noise, kNoise, kExact);
  EXPECT_CLOSE(p.total, kSignal + kNoise, kExact);
  EXPECT_CLOSE(p.reliability(), kSignal / (kSignal + kNoise), kExact);
  EXPECT_CLOSE(p.reliability(4), kSignal / (kSignal + kNoise / 4), kExact);
}

TEST(SignalPower, HasNoBiasAndIsNegativeAboutHalfTheTimeWithoutSignal) {
  Stream random(3, "power");
  Spread with, without;
  int negative = 0;
  for (int i = 0; i < 400; ++i) {
    with.add(power(drawn_repeats(5, 60, 2, 1, random)).signal);
    const Eigen::MatrixXd noise = drawn_repeats(5, 60, 2, 0, random);
    without.add(power(noise).signal);
    negative += power(noise).signal < 0;
    EXPECT_EQ(std::isnan(cc_max(noise)), power(noise).signal < 0);
  }
  EXPECT_CLOSE(with.mean(), 1, Tolerance::sampling(with.sd(), with.count));
  EXPECT_CLOSE(without.mean(), 0, Tolerance::sampling(without.sd(), without.count));
  EXPECT_CLOSE(negative / 400.0, 0.5, Tolerance::sampling(0.5, 400));
}

TEST(SplitHalf, IsExactWhereNoiseIsUncorrelatedForAllSplitsDrawnSplitsAndOddNumbers) {
  for (const int n : {2, 4, 5, 7, 12}) {
    const int half = n / 2;
    for (const int splits : {1, 1000}) {  // drawn; all of them
      Stream random(1, "halves");
      const SplitHalf s = split_half(exact_repeats(n, 40, kSignal, kNoise), splits, random);
      EXPECT_CLOSE(s.correlation, kSignal / (kSignal + kNoise / half), kExact) << n;
      EXPECT_CLOSE(s.of_one, kSignal / (kSignal + kNoise), kExact) << n;
      EXPECT_CLOSE(s.of_all, kSignal / (kSignal + kNoise / n), kExact) << n;
    }
  }
}

TEST(SplitHalf, TakesEveryHalvingOnce) {
  Stream random(4, "data");
  const Eigen::MatrixXd y = drawn_repeats(5, 30, 1, 1, random);
  const double of_four = std::tanh((std::atanh(correlation(y, {0, 1}, {2, 3})) +
                                    std::atanh(correlation(y, {0, 2}, {1, 3})) +
                                    std::atanh(correlation(y, {0, 3}, {1, 2}))) /
                                   3);
  EXPECT_CLOSE(split_half(y.topRows(4), 3, random).correlation, of_four, Tolerance::rounding(100));
  double sum = 0;
  for (int out = 0; out < 5; ++out) {
    std::vector<int> in;
    for (int i = 0; i < 5; ++i)
      if (i != out) in.push_back(i);
    for (int with = 1; with < 4; ++with) {
      std::vector<int> others;
      for (int i = 1; i < 4; ++i)
        if (i != with) others.push_back(in[i]);
      sum += std::atanh(correlation(y, {in[0], in[with]}, others));
    }
  }
  EXPECT_CLOSE(
      split_half(y, 15, random).correlation, std::tanh(sum / 15), Tolerance::rounding(100));
}

TEST(SplitHalf, DrawsTheSameSplitsFromTheSameStream) {
  Stream data(5, "data");
  const Eigen::MatrixXd y = drawn_repeats(10, 30, 3, 1, data);
  Stream a(1, "halves"), b(1, "halves"), c(2, "halves");
  const double first = split_half(y, 20, a).of_all;
  EXPECT_EQ(split_half(y, 20, b).of_all, first);
  EXPECT_NE(split_half(y, 20, c).of_all, first);
}

TEST(LeaveOneOut, IsExactWhereNoiseIsUncorrelated) {
  for (const int n : {2, 3, 8}) {
    const LeaveOneOut l = leave_one_out(exact_repeats(n, 40, kSignal, kNoise));
    const double one = kSignal + kNoise;
    EXPECT_CLOSE(l.lower, kSignal / std::sqrt(one * (kSignal + kNoise / (n - 1))), kExact);
    EXPECT_CLOSE(l.upper, std::sqrt((kSignal + kNoise / n) / one), kExact);
    EXPECT_CLOSE(l.of_one, kSignal / one, kExact);
    EXPECT_LE(l.lower, std::sqrt(l.of_one) + 1e-12);
    EXPECT_GE(l.upper, std::sqrt(l.of_one) - 1e-12);
  }
}

TEST(NoiseCeilings, FindTheReliabilityThatDataWereDrawnWith) {
  Stream random(2, "drawn");
  Spread halves, left_out, of_power;
  for (int i = 0; i < 200; ++i) {
    const Eigen::MatrixXd y = drawn_repeats(6, 400, 2, 1, random);
    halves.add(split_half(y, 10, random).of_one);
    left_out.add(leave_one_out(y).of_one);
    of_power.add(power(y).reliability());
  }
  // The bias of a correlation, ρ·(1 − ρ²)/(2·400) < 0.0005, is a twentieth of the bound.
  for (const Spread& s : {halves, left_out, of_power})
    EXPECT_CLOSE(s.mean(), 1.0 / 3, Tolerance::sampling(s.sd(), s.count));
}

TEST(CcMax, IsHsusFormulaOfTheCorrelationOfHalves) {
  Stream random(1, "halves");
  const Eigen::MatrixXd y = exact_repeats(6, 40, kSignal, kNoise);
  const SplitHalf s = split_half(y, 1000, random);
  // source  Hsu et al. 2004: CC_max = √(2 / (1 + √(1 / CC_half²)))
  const double hsu = std::sqrt(2 / (1 + std::sqrt(1 / (s.correlation * s.correlation))));
  EXPECT_CLOSE(cc_max(y), hsu, kExact);
  EXPECT_CLOSE(cc_max(y), std::sqrt(s.of_all), kExact);
}

TEST(CcNorm, IsTheCorrelationWithTheSignalWhateverTheNoise) {
  const Eigen::VectorXd prediction = 3 * cosine(1, 40) + 4 * cosine(15, 40);
  for (const double noise : {0.1, 3.0, 50.0}) {
    const Eigen::MatrixXd y = exact_repeats(5, 40, kSignal, noise);
    EXPECT_CLOSE(cc_norm(prediction, y), 0.6, Tolerance::rounding(1e4, 1)) << noise;
    EXPECT_CLOSE(cc_norm(cosine(1, 40), y), 1, Tolerance::rounding(1e4, 1)) << noise;
  }
}

TEST(SpearmanBrown, TwiceIsOnceWithBothFactors) {
  EXPECT_CLOSE(spearman_brown(0.5, 2), 2.0 / 3, Tolerance::rounding(4));
  EXPECT_CLOSE(
      spearman_brown(spearman_brown(0.3, 4), 0.5), spearman_brown(0.3, 2), Tolerance::rounding(8));
  EXPECT_EQ(spearman_brown(0.3, 1), 0.3);
}

TEST(NoiseVariance, IsWhatIsLeftWithinStimuli) {
  Eigen::VectorXd y(7);
  y << 1, 3, 10, 20, 12, 5, 14;
  // Stimulus 0: deviations ±1. Stimulus 1: 10, 12, 14. Together 2 + 8 over 1 + 2.
  EXPECT_CLOSE(noise_variance(y, {0, 0, 1, -1, 1, 2, 1}), 10.0 / 3, Tolerance::rounding(8));
  EXPECT_TRUE(std::isnan(noise_variance(y, {0, 1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(std::isnan(noise_variance({}, {})));
}

TEST(NoiseVariance, HasNoBiasInUnequalNumbersOfRepeats) {
  Stream random(6, "unequal");
  Spread found;
  for (int i = 0; i < 400; ++i) {
    Eigen::VectorXd y(60);
    std::vector<int> stimulus;
    for (int k = 0; k < 20; ++k) {
      const double signal = 5 * random.normal();
      for (int r = 0; r < 1 + k % 5; ++r) {
        y[static_cast<Eigen::Index>(stimulus.size())] = signal + 1.5 * random.normal();
        stimulus.push_back(k);
      }
    }
    found.add(noise_variance(y, stimulus));
  }
  EXPECT_CLOSE(found.mean(), 2.25, Tolerance::sampling(found.sd(), found.count));
}

TEST(SimulatedCeiling, HasTheMeanAndSpreadOfASampleCorrelation) {
  Stream random(7, "simulated");
  const double rho = std::sqrt(kSignal / (kSignal + kNoise));
  const int n = 100, draws = 20000;
  const SimulatedCeiling s = simulated_ceiling(kSignal, kNoise, n, draws, random);
  // source  Hotelling 1953, J. R. Stat. Soc. B 15:193: E r = ρ·(1 − (1 − ρ²)/(2ν) − …), ν = n − 1
  const double expected = rho * (1 - (1 - rho * rho) / (2.0 * (n - 1)));
  EXPECT_CLOSE(s.mean, expected, Tolerance::sampling((1 - rho * rho) / std::sqrt(n), draws));
  // Fisher's z is normal with sd 1/√(n − 3), and biased by ρ/(2(n − 1)).
  const double z = std::atanh(rho) + rho / (2.0 * (n - 1)), half = 1.959964 / std::sqrt(n - 3.0);
  const Tolerance tail = Tolerance::because(0.01, "five standard errors of a 2.5 % quantile");
  EXPECT_CLOSE(s.low, std::tanh(z - half), tail);
  EXPECT_CLOSE(s.high, std::tanh(z + half), tail);
}

TEST(NoiseCeilings, RefuseTooFewRepeatsOrSamplesAndUnknownNumbers) {
  Stream random(1, "none");
  Eigen::MatrixXd holes = exact_repeats(3, 40, 1, 1);
  holes(1, 7) = std::numeric_limits<double>::quiet_NaN();
  for (const Eigen::MatrixXd& y : {Eigen::MatrixXd(exact_repeats(1, 40, 1, 1)),
                                   Eigen::MatrixXd(exact_repeats(3, 40, 1, 1).leftCols(2)),
                                   holes}) {
    EXPECT_THROW(power(y), InternalError);
    EXPECT_THROW(cc_max(y), InternalError);
    EXPECT_THROW(split_half(y, 10, random), InternalError);
    EXPECT_THROW(leave_one_out(y), InternalError);
  }
  EXPECT_THROW(split_half(exact_repeats(3, 40, 1, 1), 0, random), InternalError);
  EXPECT_THROW(simulated_ceiling(0, 1, 10, 10, random), InternalError);
  EXPECT_THROW(noise_variance(Eigen::VectorXd::Zero(2), {0}), InternalError);
}

TEST(NoiseCeilings, OfASilentChannelAreNotANumber) {
  Stream random(1, "none");
  const Eigen::MatrixXd silent = Eigen::MatrixXd::Constant(4, 20, 0.1);
  EXPECT_TRUE(std::isnan(power(silent).reliability()));
  EXPECT_TRUE(std::isnan(cc_max(silent)));
  EXPECT_TRUE(std::isnan(split_half(silent, 10, random).of_all));
  EXPECT_TRUE(std::isnan(leave_one_out(silent).of_one));
}

}  // namespace
}  // namespace insula::evaluation
