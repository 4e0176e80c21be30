// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/sign_flip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "tests/framework/evaluation/held_out.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

TEST(SignFlip, OfFewUnitsGoesThroughAllSigns) {
  // Of 2³ signs of 1, 2, 3 those with |sum| of 6 are two: all as they are, and all turned.
  const auto tests = sign_flip(Eigen::Vector3d(1, 2, 3), {});
  EXPECT_EQ(tests[0].p, 0.25);
  EXPECT_EQ(tests[0].mean, 2);
  EXPECT_CLOSE(tests[0].t, 2 / (1 / std::sqrt(3)), Tolerance::rounding(8));
}

TEST(SignFlip, OfOneColumnHasOnePForItselfAndItsFamily) {
  Stream random(1, "one column");
  MatrixXd x(30, 1);
  for (double& v : x.reshaped()) v = 0.3 + random.normal();
  const auto tests = sign_flip(x, {2000, 1, "one"});
  EXPECT_EQ(tests[0].p, tests[0].p_family);
  EXPECT_EQ(tests[0].p, tests[0].q);
  EXPECT_GT(tests[0].p, 0);
  EXPECT_EQ(tests[0].p, sign_flip(x, {2000, 1, "one"})[0].p);
}

// Whether any column is called different from 0 at 5 %, in `simulations` of nothing.
struct Rates {
  double alone = 0, family = 0, discoveries = 0;
};

Rates rates_of_nothing(double shared, int simulations) {
  Rates rates;
  for (int i = 0; i < simulations; ++i) {
    Stream random(static_cast<std::uint64_t>(i), "nothing");
    MatrixXd x(16, 8);
    for (Index u = 0; u < 16; ++u) {
      const double common = random.normal();
      for (Index c = 0; c < 8; ++c)
        x(u, c) = std::sqrt(shared) * common + std::sqrt(1 - shared) * random.normal();
    }
    bool alone = false, family = false, discovery = false;
    for (const SignFlipTest& test : sign_flip(x, {400, 1, "size"})) {
      alone = alone || test.p <= 0.05;
      family = family || test.p_family <= 0.05;
      discovery = discovery || test.q <= 0.05;
    }
    rates.alone += alone / double(simulations);
    rates.family += family / double(simulations);
    rates.discoveries += discovery / double(simulations);
  }
  return rates;
}

TEST(SignFlip, KeepsTheErrorOfTheFamilyAtFivePercent) {
  constexpr int kSimulations = 400;
  const double slack = 4 * std::sqrt(0.05 * 0.95 / kSimulations);  // four standard errors
  const Rates apart = rates_of_nothing(0, kSimulations),
              alike = rates_of_nothing(0.9, kSimulations);
  EXPECT_GT(apart.alone, 0.25);  // 1 − 0.95⁸ = 0.34
  EXPECT_LT(apart.family, 0.05 + slack);
  EXPECT_GT(apart.family, 0.05 - slack);
  EXPECT_LT(apart.discoveries, 0.05 + slack);
  // What columns share is respected: the correction does not cost what it need not.
  EXPECT_LT(alike.family, 0.05 + slack);
  EXPECT_GT(alike.family, 0.05 - slack);
}

TEST(SignFlip, FindsWhatIsThere) {
  Stream random(4, "there");
  MatrixXd x(20, 3);
  for (double& v : x.reshaped()) v = random.normal();
  x.col(1).array() += 2;
  const auto tests = sign_flip(x, {5000, 1, "there"});
  EXPECT_LT(tests[1].p_family, 0.001);
  EXPECT_GT(tests[0].p_family, 0.01);
  EXPECT_GE(tests[0].p_family, tests[0].p);
}

TEST(SignFlip, LeavesMissingUnitsOutOfTheirColumn) {
  MatrixXd x(4, 2);
  x << 1, 1, 2, 2, 3, 3, std::nan(""), 100;
  const auto tests = sign_flip(x, {});
  EXPECT_EQ(tests[0].mean, 2);
  EXPECT_EQ(tests[0].p, 0.25);
  EXPECT_TRUE(std::isnan(sign_flip(MatrixXd::Zero(5, 1), {})[0].p));
  EXPECT_THROW(sign_flip(x, {0, 1, ""}), InternalError);
}

// Benjamini & Hochberg 1995, section 4: fifteen p, of which the first four are discoveries at 5 %.
TEST(FalseDiscoveryRates, AreThoseOfThePaper) {
  const std::vector<double> p{0.0001,
                              0.0004,
                              0.0019,
                              0.0095,
                              0.0201,
                              0.0278,
                              0.0298,
                              0.0344,
                              0.0459,
                              0.3240,
                              0.4262,
                              0.5719,
                              0.6528,
                              0.7590,
                              1.000};
  const std::vector<double> q = false_discovery_rates(p);
  EXPECT_EQ(std::ranges::count_if(q, [](double x) { return x <= 0.05; }), 4);
  EXPECT_CLOSE(q[3], 0.0095 * 15 / 4, Tolerance::rounding(4));
  EXPECT_EQ(q[14], 1);
}

// The same folds with a prediction that is off by `error`.
std::vector<HeldOut> predicted_worse(std::vector<HeldOut> folds, double error) {
  for (HeldOut& fold : folds) fold.predicted *= 1 - error;
  return folds;
}

TEST(BlockGains, AddUpToTheDifferenceOfTheMetric) {
  const std::vector<HeldOut> model = simulate(4, 50, 2, 0.5, 1);
  const std::vector<HeldOut> other = predicted_worse(model, 0.5);
  for (const char* name : {"r2", "log_density"}) {
    const MatrixXd gains = block_gains(metric(name), {model}, {other}, 20);
    EXPECT_EQ(gains.rows(), 20);
    EXPECT_CLOSE(gains.mean(),
                 metric(name).score(model, all_samples(model)) -
                     metric(name).score(other, all_samples(other)),
                 Tolerance::rounding(200, 10));
  }
  EXPECT_THROW(block_gains(metric("r"), {model}, {other}, 20), InternalError);
}

// Two predictions, equally good and independent of each other, under autocorrelated noise: neither
// is better. Single samples pretend to be many more than they are.
double false_wins(double block_length, int simulations) {
  double wins = 0;
  for (int i = 0; i < simulations; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    std::vector<HeldOut> model = simulate(4, 100, 1, 0.9, seed);
    std::vector<HeldOut> other = model;
    const std::vector<HeldOut> mine = simulate(4, 100, 1, 0.9, 10000 + seed),
                               theirs = simulate(4, 100, 1, 0.9, 20000 + seed);
    for (std::size_t f = 0; f < model.size(); ++f) {
      model[f].predicted += mine[f].predicted;
      other[f].predicted += theirs[f].predicted;
    }
    const MatrixXd gains = block_gains(metric("r2"), {model}, {other}, block_length);
    wins += sign_flip(gains, {400, seed, "wins"})[0].p <= 0.05;
  }
  return wins / simulations;
}

TEST(BlockGains, InBlocksKeepTheirErrorOnAutocorrelatedDataAndSingleSamplesDoNot) {
  constexpr int kSimulations = 200;
  EXPECT_LT(false_wins(40, kSimulations), 0.05 + 4 * std::sqrt(0.05 * 0.95 / kSimulations));
  EXPECT_GT(false_wins(1, kSimulations), 0.3);
}

}  // namespace
}  // namespace insula::evaluation
