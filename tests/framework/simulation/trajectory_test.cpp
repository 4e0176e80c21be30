// SPDX-License-Identifier: Apache-2.0
// The integrator is accurate, says where it fails, and its steps depend on the model alone.
#include "framework/simulation/detail/trajectory.h"

#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

constexpr const char* kKinds[] = {"neuronal", "two_state", "rate"};
constexpr const char* kObservations[] = {"bold", "bold_linear"};

// Predicted series at the default and at a tolerance of 1e-10, as a share of the series' range.
double worst_share(const System& system, const dataset::Run& run, const Eigen::VectorXd& theta) {
  const Timeline line = timeline(system, run);
  const std::vector<double> natural = system.natural(theta);
  const Trajectory coarse = integrate(system, line, natural, false);
  const Trajectory fine = integrate(system, line, natural, false, nullptr, 1e-10);
  EXPECT_TRUE(coarse.outcome.finished()) << to_text(coarse.outcome);
  EXPECT_TRUE(fine.outcome.finished()) << to_text(fine.outcome);
  double worst = 0;
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    const auto samples = static_cast<std::size_t>(line.channel_samples[c]);
    const Eigen::VectorXd a = test::observed(system, natural, coarse, c, samples);
    const Eigen::VectorXd b = test::observed(system, natural, fine, c, samples);
    worst = std::max(worst, (a - b).cwiseAbs().maxCoeff() / (b.maxCoeff() - b.minCoeff()));
  }
  return worst;
}

TEST(Integration, KeepsPredictionsWithinATenThousandthOfTheirRangeForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* region : kKinds)
    for (const char* observation : kObservations)
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const System system = compile(test::chain_of_three(region, observation, kinds));
        // 1e-4 of the range is what the framework promises.
        EXPECT_LT(
            worst_share(system, test::block_run(system, 2.0, 150), test::drawn_theta(system, seed)),
            1e-4)
            << region << " seen by " << observation << ", draw " << seed;
      }
}

TEST(Integration, KeepsItsPromiseAtSlowAndFastSampling) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  for (const double interval : {0.5, 3.22, 10.0})
    EXPECT_LT(
        worst_share(system, test::block_run(system, interval, 60), test::drawn_theta(system, 3)),
        1e-4)
        << "interval " << interval << " s";
}

// Between its stops the integrator's interpolant shows the samples.
TEST(Integration, KeepsItsPromiseWithinStepsForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* region : kKinds)
    for (const char* observation : {"bold", "rate", "calcium"})
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const System system = compile(test::chain_of_three(region, observation, kinds));
        const dataset::Run run = test::block_run(system, 0.07, 1500);
        EXPECT_EQ(timeline(system, run).samples.size(), 1U);  // at 0 s
        EXPECT_LT(worst_share(system, run, test::drawn_theta(system, seed)), 1e-4)
            << region << " seen by " << observation << ", draw " << seed;
      }
}

TEST(Interpolation, MeetsBothEndsOfAStepAndIsExactToOrderFour) {
  const auto start = interpolation(0), end = interpolation(1);
  for (std::size_t s = 0; s <= kStages; ++s) {
    EXPECT_EQ(start[s], 0) << s;
    EXPECT_CLOSE(end[s], s < kStages ? kDormandPrince[kStages][s] : 0, Tolerance::rounding(4, 1));
  }
  // Quadrature: x' = t^k gives θ^{k+1}/(k + 1) for k up to 3.
  constexpr double kNodes[kStages + 1] = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
  for (const double fraction : {0.1, 0.37, 0.5, 0.93}) {
    const auto weight = interpolation(fraction);
    for (int k = 0; k <= 3; ++k) {
      double sum = 0;
      for (std::size_t s = 0; s <= kStages; ++s) sum += weight[s] * std::pow(kNodes[s], k);
      EXPECT_CLOSE(sum, std::pow(fraction, k + 1) / (k + 1), Tolerance::rounding(64, 1))
          << fraction << " " << k;
    }
  }
}

TEST(Integration, SaysWhichRegionDivergedAndWhen) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  Eigen::VectorXd theta = test::drawn_theta(system, 1);
  // While A is active, B excites C and C opens A's way to B: growth at √(900 z_A) ≈ 10 s⁻¹.
  test::set(system, theta, "B -> C.strength", 3);
  test::set(system, theta, "A -> B.gating.C", 300);
  const Trajectory t = integrate(
      system, timeline(system, test::block_run(system, 2.0, 150)), system.natural(theta), false);
  EXPECT_EQ(t.outcome.kind, Outcome::Kind::diverged);
  EXPECT_FALSE(t.outcome.where.empty());
  // A's first block lasts from 10 to 27 s.
  EXPECT_GT(t.outcome.time, 10);
  EXPECT_LT(t.outcome.time, 27);
}

TEST(Integration, SaysThatDynamicsAreTooFastToFollow) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("rate", "rate", kinds));
  Eigen::VectorXd theta = test::drawn_theta(system, 1);
  test::set(system, theta, "B.time_constant", std::log(1e-6 / 0.1));  // a microsecond
  const Trajectory t = integrate(
      system, timeline(system, test::block_run(system, 2.0, 20)), system.natural(theta), false);
  EXPECT_EQ(t.outcome.kind, Outcome::Kind::stiff);
  EXPECT_EQ(t.outcome.where, "B");
}

TEST(Integration, TakesTheSameStepsAgainWhenAsked) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 100));
  const std::vector<double> natural = system.natural(test::drawn_theta(system, 2));
  const Trajectory once = integrate(system, line, natural, false);
  const Trajectory again = integrate(system, line, natural, false, &once.steps);
  EXPECT_EQ(once.channel_at_sample, again.channel_at_sample);
  EXPECT_EQ(once.steps_until, again.steps_until);
}

TEST(Integration, NeverStepsAcrossABreakPoint) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 100));
  const Trajectory t = integrate(system, line, system.natural(test::drawn_theta(system, 2)), false);
  std::vector<double> crossed(static_cast<std::size_t>(line.segments()), 0.0);
  for (const Step& s : t.steps) crossed[static_cast<std::size_t>(s.segment)] += s.size;
  for (std::size_t k = 0; k < crossed.size(); ++k)
    EXPECT_CLOSE(
        crossed[k], line.time[k + 1] - line.time[k], Tolerance::rounding(16, line.time[k + 1]));
}

// A region at rest constant ½ s⁻¹ under a constant stimulus C·u = 1: z → (1/16)/(1/2).
TEST(Integration, SettlesWhereTheEquationSettles) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  Eigen::VectorXd theta = system.prior_mean();
  test::set(system, theta, "u -> A.strength", 1);
  const Timeline line = timeline(system, test::constant_run(system, 400));
  const Trajectory t = integrate(system, line, system.natural(theta), false);
  ASSERT_TRUE(t.outcome.finished());
  EXPECT_CLOSE(t.region_at_sample[0][lane_slot(199, 1, 0)],
               0.125,
               Tolerance::because(1e-6, "the step control allows 2e-5 of the scale a step"));
}

}  // namespace
}  // namespace insula::simulation
