// SPDX-License-Identifier: Apache-2.0
// The two-level filter against what it approximates: the posterior of a drifting tendency.
#include <cmath>

#include "tests/modules/learners/all_learners.h"
#include "tests/support/tolerance.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

struct Update {
  double mean, variance;
};

// One trial of the filter from the belief (mean, variance) without any volatility to speak of.
Update filtered(double mean, double variance, double outcome) {
  const LearnerKind& kind = learner_kind("hgf");
  const LearnerSignals signals = run(kind, {{outcome}, {}}, {-80, mean, variance});
  return {mean + signal(kind, signals, "weighted_error")[0],
          signal(kind, signals, "learning_rate")[0]};
}

// ln p(u, x) up to a constant: the outcome is Bernoulli with probability s(x), x normal.
double log_joint(double x, double mean, double variance, double outcome) {
  return (outcome > 0.5 ? 1 : -1) * x / 2 - std::log(2 * std::cosh(x / 2)) -
         (x - mean) * (x - mean) / (2 * variance);
}

// Moments by the trapezoidal rule over 24 sds, exact to rounding for so smooth a function.
Update exact(double mean, double variance, double outcome) {
  constexpr int kSteps = 4000;
  const double sd = std::sqrt(variance), peak = log_joint(mean, mean, variance, outcome);
  double mass = 0, first = 0, second = 0;
  for (int k = 0; k <= kSteps; ++k) {
    const double d = sd * (24.0 * k / kSteps - 12);
    const double p = std::exp(log_joint(mean + d, mean, variance, outcome) - peak);
    mass += p, first += p * d, second += p * d * d;
  }
  return {mean + first / mass, second / mass - first / mass * first / mass};
}

// The variational energy of x2 is ln p(u, x2), as x1 is the outcome itself; the update is one step
// of Newton from the prediction, with the curvature there as its precision.
TEST(Hgf, StepsOnceByNewtonFromItsPrediction) {
  for (const double mean : {-2.0, -0.3, 0.0, 1.5})
    for (const double variance : {0.1, 1.0, 3.0})
      for (const double outcome : {0.0, 1.0}) {
        constexpr double h = 1e-3;
        const auto f = [&](double d) { return log_joint(mean + d, mean, variance, outcome); };
        const double slope = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
        const double curvature =
            (16 * (f(h) + f(-h)) - (f(2 * h) + f(-2 * h)) - 30 * f(0)) / (12 * h * h);
        const Update found = filtered(mean, variance, outcome);
        const auto close = Tolerance::because(1e-8, "differences with a step of 1e-3, order four");
        EXPECT_CLOSE(found.mean, mean - slope / curvature, close);
        EXPECT_CLOSE(found.variance, -1 / curvature, close);
      }
}

// By Laplace's method the exact mean lies ½·σ̂²·f‴ beyond the filter's, f = ln s(x) or ln s(−x), and
// nothing else of that order; its third derivative is −s(1 − s)(1 − 2s) for either outcome.
TEST(Hgf, ErrsInTheMeanBySecondOrderOfTheVarianceAndNoMore) {
  for (const double mean : {-1.0, 0.5, 2.0})
    for (const double outcome : {0.0, 1.0}) {
      const double s = logistic(mean), third = -s * (1 - s) * (1 - 2 * s);
      double last = 0;
      for (const double variance : {0.04, 0.02, 0.01}) {
        const double left = exact(mean, variance, outcome).mean -
                            filtered(mean, variance, outcome).mean -
                            0.5 * variance * variance * third;
        if (last != 0) {
          EXPECT_GT(std::abs(last / left), 6) << "order three: eightfold";
        }
        EXPECT_LT(std::abs(left), variance * variance * variance);
        last = left;
      }
      const Update e = exact(mean, 0.01, outcome), f = filtered(mean, 0.01, outcome);
      EXPECT_CLOSE(
          f.variance, e.variance, Tolerance::because(1e-6, "of order three in a variance of 0.01"));
    }
}

TEST(Hgf, MirrorsOutcomesInItsTendency) {
  const LearnerKind& kind = learner_kind("hgf");
  Stream random(1, "mirror");
  Trials trials = random_trials(kind, random, 80, 2), mirrored = trials;
  for (double& u : mirrored.outcome) u = 1 - u;
  const LearnerSignals a = run(kind, trials, {-2, 0.7, 0.5});
  const LearnerSignals b = run(kind, mirrored, {-2, -0.7, 0.5});
  const auto close = Tolerance::rounding(2000, 1);
  EXPECT_CLOSE(VectorXd(1 - signal(kind, b, "value").array()), signal(kind, a, "value"), close);
  EXPECT_CLOSE(signal(kind, b, "uncertainty"), signal(kind, a, "uncertainty"), close);
  EXPECT_CLOSE(
      VectorXd(-signal(kind, b, "weighted_error")), signal(kind, a, "weighted_error"), close);
}

// Outcomes that alternate hold the tendency near 0, where σ = 1/(1/(σ + e^ω) + ¼) has the solution
// σ = ½·(√(e^2ω + 16·e^ω) − e^ω).
TEST(Hgf, SettlesAtTheUncertaintyOfItsVolatility) {
  const LearnerKind& kind = learner_kind("hgf");
  for (const double omega : {-8.0, -6.0}) {
    std::vector<double> outcome;
    for (int i = 0; i < 4000; ++i) outcome.push_back(i % 2);
    const VectorXd rate = signal(kind, run(kind, {outcome, {}}, {omega, 0, 0.1}), "learning_rate");
    const double e = std::exp(omega), settled = 0.5 * (std::sqrt(e * e + 16 * e) - e);
    EXPECT_CLOSE(rate[3999],
                 settled,
                 Tolerance::because(settled * settled * settled,
                                    "the tendency swings by about σ/2, and s(1 − s) by σ²/64"));
  }
}

TEST(Hgf, ForgetsFasterTheMoreVolatileItThinksTheWorld) {
  const LearnerKind& kind = learner_kind("hgf");
  std::vector<double> outcome(60, 1);
  for (std::size_t i = 40; i < 60; ++i) outcome[i] = 0;
  double last = 2;
  for (const double omega : {-7.0, -4.0, -1.0}) {
    const VectorXd value = signal(kind, run(kind, {outcome, {}}, {omega, 0, 0.1}), "value");
    EXPECT_LT(value[45] / value[40], last);
    last = value[45] / value[40];
  }
}

}  // namespace
}  // namespace insula::test
