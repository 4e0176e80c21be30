// SPDX-License-Identifier: Apache-2.0
// Many parameter vectors in the lanes of one integration: each is predicted as well as by itself,
// whatever its neighbours do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/structure.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"

namespace insula::simulation {
namespace {

using Eigen::VectorXd;

// Draws that can be run. 19: two full blocks, and three in the last.
std::vector<VectorXd> many_thetas(const System& system,
                                  const Timeline& line,
                                  std::size_t count = 19) {
  std::vector<VectorXd> thetas;
  for (std::uint64_t seed = 0; thetas.size() < count; ++seed) {
    VectorXd theta = test::drawn_theta(system, seed);
    if (respond(system, line, theta, false).outcome.finished()) thetas.push_back(std::move(theta));
  }
  return thetas;
}

// Largest difference of two series, as a share of the second one's range.
double share(const VectorXd& a, const VectorXd& b) {
  return (a - b).cwiseAbs().maxCoeff() / (b.maxCoeff() - b.minCoeff());
}

double worst_against_a_tight_tolerance(const System& system,
                                       const Timeline& line,
                                       const std::vector<VectorXd>& thetas) {
  const std::vector<Response> together = respond_together(system, line, thetas);
  double worst = 0;
  for (std::size_t i = 0; i < thetas.size(); ++i) {
    EXPECT_TRUE(together[i].outcome.finished()) << to_text(together[i].outcome);
    const std::vector<double> natural = system.natural(thetas[i]);
    const Trajectory fine = integrate(system, line, natural, false, nullptr, 1e-10);
    for (std::size_t c = 0; c < system.channels.size(); ++c) {
      const auto samples = static_cast<std::size_t>(line.channel_samples[c]);
      const VectorXd exact = test::observed(system, natural, fine, c, samples);
      worst = std::max(worst, share(together[i].value[c], exact));
    }
  }
  return worst;
}

double worst_against_one_by_one(const System& system,
                                const Timeline& line,
                                const std::vector<VectorXd>& thetas) {
  const std::vector<Response> together = respond_together(system, line, thetas);
  double worst = 0;
  for (std::size_t i = 0; i < thetas.size(); ++i) {
    const Response alone = respond(system, line, thetas[i], false);
    EXPECT_TRUE(alone.outcome.finished());
    EXPECT_EQ(together[i].outcome.kind, alone.outcome.kind);
    EXPECT_EQ(together[i].outcome.run, alone.outcome.run);
    EXPECT_TRUE(together[i].jacobian.empty());
    for (std::size_t c = 0; c < alone.value.size(); ++c)
      worst = std::max(worst, share(together[i].value[c], alone.value[c]));
  }
  return worst;
}

TEST(ManyThetas, ArePredictedWithinATenThousandthOfTheRangeForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* region : {"neuronal", "two_state", "rate"})
    for (const char* observation : {"bold", "bold_linear", "rate", "calcium"})
      for (const double interval : {3.22, 2.0, 0.3}) {
        const System system = compile(test::chain_of_three(region, observation, kinds));
        const dataset::Run run =
            test::block_run(system, interval, static_cast<int>(std::lround(300 / interval)));
        const Timeline line = timeline(system, run);
        const double worst =
            worst_against_a_tight_tolerance(system, line, many_thetas(system, line));
        EXPECT_LT(worst, 1e-4) << region << " seen by " << observation << " every " << interval;
      }
}

TEST(ManyThetas, ArePredictedAsOneByOneForEveryObservation) {
  const Catalogue kinds = catalogue();
  for (const char* observation : {"bold",
                                  "bold_linear",
                                  "calcium",
                                  "field",
                                  "heart_period",
                                  "pupil",
                                  "pupil_gamma",
                                  "rate",
                                  "respiration",
                                  "skin_conductance",
                                  "spikes"}) {
    const System system = compile(test::chain_of_three("neuronal", observation, kinds));
    const Timeline line = timeline(system, test::block_run(system, 0.4, 300));
    // Each is within 1e-4 of the exact solution.
    EXPECT_LT(worst_against_one_by_one(system, line, many_thetas(system, line)), 2e-4)
        << observation;
  }
}

TEST(ManyThetas, HaveTheirOwnStimuliWhereFeaturesDrive) {
  const Catalogue kinds = catalogue();
  const System system = compile(architecture::parse(R"(insula: architecture/1
name: driven
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections:
  A -> B: {kind: modulated_gated, by: [u1, B]}
  B -> A: {kind: linear}
inputs: {u1: {drives: [A]}}
features: {clip: {drives: [A, B], columns: 40, prior: {scale: 0.1}}}
observations: {seen: {kind: bold, regions: [A, B]}}
)",
                                                    "driven.yaml",
                                                    kinds));
  ASSERT_EQ(system.structure->pulsed.size(), 80U);
  const Timeline line = timeline(system, test::block_run(system, 2.0, 60));
  std::vector<VectorXd> thetas = many_thetas(system, line);
  const auto names = system.parameter_names();
  for (VectorXd& theta : thetas)
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i].starts_with("clip")) theta[static_cast<Eigen::Index>(i)] *= 0.3;
  EXPECT_LT(worst_against_a_tight_tolerance(system, line, thetas), 1e-4);
}

TEST(ManyThetas, ShowProbesAndTheirIntegrals) {
  const Catalogue kinds = catalogue();
  const System system = compile(architecture::parse(R"(insula: architecture/1
name: probed
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: gated, by: [B]}}
inputs: {u: {drives: [A]}}
observations:
  seen: {kind: rate, regions: [A, B]}
  answer: {kind: choice, evidence: [A, B], window: {from: 0 s, to: 1 s}}
)",
                                                    "probed.yaml",
                                                    kinds));
  std::vector<double> times;
  for (int i = 0; i < 100; ++i) times.push_back(1.7 * i);
  const Timeline line = timeline(system, test::block_run(system, 0.5, 400), {times, times});
  EXPECT_LT(worst_against_a_tight_tolerance(system, line, many_thetas(system, line)), 1e-4);
}

TEST(ManyThetas, ThatCannotBeRunLeaveTheirNeighboursAsTheyAre) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 150));
  std::vector<VectorXd> thetas = many_thetas(system, line);
  // As in Integration.SaysWhichRegionDivergedAndWhen.
  test::set(system, thetas[3], "B -> C.strength", 3);
  test::set(system, thetas[3], "A -> B.gating.C", 300);
  const std::vector<Response> together = respond_together(system, line, thetas);
  for (std::size_t i = 0; i < thetas.size(); ++i) {
    const Response alone = respond(system, line, thetas[i], false);
    EXPECT_EQ(together[i].outcome.kind, i == 3 ? Outcome::Kind::diverged : Outcome::Kind::finished);
    EXPECT_EQ(together[i].outcome.where, alone.outcome.where);
    EXPECT_EQ(together[i].outcome.time, alone.outcome.time);
    ASSERT_EQ(together[i].value.size(), alone.value.size());
    for (std::size_t c = 0; c < alone.value.size(); ++c) {
      const bool is_in_its_block = i < kLanes;  // then run by itself
      EXPECT_EQ(together[i].value[c] == alone.value[c], is_in_its_block) << i;
      EXPECT_LT(share(together[i].value[c], alone.value[c]), 2e-4) << i;
    }
  }
}

// One of them is ten times as fast as its neighbours.
TEST(ManyThetas, AreNoWorseForAFasterNeighbour) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("rate", "rate", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 150));
  std::vector<VectorXd> thetas = many_thetas(system, line, 8);
  test::set(system, thetas[5], "B.time_constant", std::log(0.1));
  EXPECT_LT(worst_against_a_tight_tolerance(system, line, thetas), 1e-4);
}

TEST(ManyThetas, AreTheSameBytesAtAnyThreadCount) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("two_state", "bold", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 100));
  const std::vector<VectorXd> thetas = many_thetas(system, line);
  std::vector<std::vector<Response>> all;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    all.push_back(respond_together(system, line, thetas));
  }
  set_threads(0);
  for (const auto& responses : all)
    for (std::size_t i = 0; i < thetas.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(responses[i].value[c], all[0][i].value[c]);
}

TEST(ManyThetas, AgreeBetweenInstructionSets) {
  for (const Isa isa : available_isas()) {
    const Catalogue kinds = catalogue(isa);
    const System system = compile(test::chain_of_three("two_state", "bold", kinds), isa);
    const Timeline line = timeline(system, test::block_run(system, 2.0, 100));
    EXPECT_LT(worst_against_a_tight_tolerance(system, line, many_thetas(system, line)), 1e-4)
        << to_text(isa);
  }
}

TEST(ManyThetas, MayBeNone) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  EXPECT_TRUE(
      respond_together(system, timeline(system, test::constant_run(system, 20)), {}).empty());
}

}  // namespace
}  // namespace insula::simulation
