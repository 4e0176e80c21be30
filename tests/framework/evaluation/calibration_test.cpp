// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "framework/evaluation/binomial.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

std::vector<double> uniform(int n, Stream& random) {
  std::vector<double> ranks;
  for (int i = 0; i < n; ++i) ranks.push_back(random.uniform());
  return ranks;
}

TEST(Binomial, TailsOfThreeCoinsAreEighths) {
  EXPECT_CLOSE(binomial_distribution(0, 3, 0.5), 0.125, Tolerance::rounding(10));
  EXPECT_CLOSE(binomial_distribution(1, 3, 0.5), 0.5, Tolerance::rounding(10));
  EXPECT_CLOSE(binomial_distribution(2, 3, 0.5), 0.875, Tolerance::rounding(10));
  EXPECT_EQ(binomial_distribution(3, 3, 0.5), 1);
}

// Of no success in n trials the upper bound solves (1 − p)ⁿ = 0.025, of n in n the lower pⁿ =
// 0.025.
TEST(Binomial, ClopperAndPearsonsIntervalHasItsClosedFormAtTheEnds) {
  const ShareInterval none = share_interval(0, 20), all = share_interval(20, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_CLOSE(none.high, 1 - std::pow(0.025, 1.0 / 20), Tolerance::because(1e-12, "bisection"));
  EXPECT_CLOSE(all.low, std::pow(0.025, 1.0 / 20), Tolerance::because(1e-12, "bisection"));
  EXPECT_EQ(all.high, 1);
}

TEST(RankHistogram, CountsEveryRankOnce) {
  const RankHistogram h = rank_histogram({0.1, 0.2, 0.3, 0.9}, 2);
  EXPECT_EQ(h.bins[0].count, 3);
  EXPECT_EQ(h.bins[1].count, 1);
  EXPECT_EQ(h.bins[0].below, 3);
  EXPECT_EQ(h.bins[1].below, 4);
}

// With one end, at the half, n ranks are n coins: 2 · P(X ≤ 1) of five is 12/32.
TEST(RankHistogram, OfTwoBinsIsTheSignTest) {
  const RankHistogram h = rank_histogram({0.1, 0.6, 0.7, 0.8, 0.9}, 2);
  EXPECT_CLOSE(h.p_value, 12.0 / 32, Tolerance::rounding(100));
}

// The recursion against drawing: uniform ranks stay within the bands as often as it says.
TEST(RankHistogram, HoldsUniformRanksNineteenTimesOfTwenty) {
  Stream random(1, "ranks");
  for (const int n : {20, 60}) {
    int in_bands = 0, within = 0, in_one = 0;
    constexpr int kDraws = 1000;
    for (int i = 0; i < kDraws; ++i) {
      const RankHistogram h = rank_histogram(uniform(n, random), bins_for(n));
      bool is_in = true;
      for (const RankHistogram::Bin& bin : h.bins)
        is_in &= bin.below_low <= bin.below && bin.below <= bin.below_high;
      EXPECT_EQ(is_in, h.is_within()) << "bands and probability are one statement";
      in_bands += is_in ? 1 : 0;
      within += h.is_within() ? 1 : 0;
      in_one += h.bins[0].band_low <= h.bins[0].count && h.bins[0].count <= h.bins[0].band_high;
    }
    // At least 0.95, and as counts are whole not far above; four standard errors of 1000 draws are
    // 0.028.
    EXPECT_GT(in_bands, 0.92 * kDraws) << n;
    EXPECT_LT(in_bands, 0.99 * kDraws) << n;
    EXPECT_GT(in_one, 0.92 * kDraws) << n;
  }
}

// y = θ + noise, prior and noise standard normal: the posterior is N(y/2, 1/2).
std::vector<Recovered> of_one_datum(int n, double sd_factor, double shift, Stream& random) {
  std::vector<Recovered> cases;
  for (int i = 0; i < n; ++i) {
    const double truth = random.normal(), datum = truth + random.normal();
    cases.push_back({truth, 0.5 * datum + shift, std::sqrt(0.5) * sd_factor});
  }
  return cases;
}

RankHistogram histogram_of(const std::vector<Recovered>& cases) {
  std::vector<double> ranks;
  for (const Recovered& one : cases) ranks.push_back(posterior_rank(one));
  return rank_histogram(ranks, bins_for(static_cast<int>(ranks.size())));
}

TEST(PosteriorRanks, AreUniformWherePosteriorsAreExactAndNotWhereTheyAreWrong) {
  Stream random(2, "one datum");
  EXPECT_GT(histogram_of(of_one_datum(200, 1, 0, random)).p_value, 0.01);
  EXPECT_FALSE(histogram_of(of_one_datum(200, 0.5, 0, random)).is_within()) << "sd halved";
  EXPECT_FALSE(histogram_of(of_one_datum(200, 2, 0, random)).is_within()) << "sd doubled";
  EXPECT_FALSE(histogram_of(of_one_datum(200, 1, 0.4, random)).is_within()) << "biased";
}

TEST(RecoveryStatistics, AgreeWithTheClosedFormOfOneDatum) {
  Stream random(3, "statistics");
  const RecoveryStatistics s = recovery_statistics(of_one_datum(4000, 1, 0.1, random));
  // r between θ and (θ + ε)/2 is 1/√2, the error's sd too; four standard errors of 4000 cases are
  // below 0.05.
  EXPECT_NEAR(s.r, std::sqrt(0.5), 0.05);
  EXPECT_NEAR(s.error_sd, std::sqrt(0.5), 0.05);
  EXPECT_CLOSE(s.posterior_sd, std::sqrt(0.5), Tolerance::rounding(100));
  EXPECT_NEAR(s.bias, 0.1, 0.05);
  EXPECT_GT(s.bias_low, 0);
  EXPECT_NEAR(s.coverage, 0.95, 0.014);
  EXPECT_LT(s.coverage_low, s.coverage);
  EXPECT_GT(s.coverage_high, s.coverage);
}

}  // namespace
}  // namespace insula::evaluation
