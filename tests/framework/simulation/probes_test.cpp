// SPDX-License-Identifier: Apache-2.0
// Probes show a region's activity, and its integral, at moments of their own.
#include <gtest/gtest.h>

#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

constexpr const char* kModel = R"(insula: architecture/1
name: probed
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: gated, by: [B]}}
inputs: {u: {drives: [A]}}
observations:
  seen: {kind: rate, regions: [A, B]}
  answer: {kind: choice, evidence: [A, B], window: {WINDOW}}
)";

System probed(const std::string& window, const Catalogue& kinds) {
  std::string text = kModel;
  text.replace(text.find("WINDOW"), 6, window);
  return compile(architecture::parse(text, "probed.yaml", kinds));
}

// As the recording is sampled: every 0.5 s, of A now and of B 0.15 s later.
std::vector<double> times_of(const dataset::Recording& recording, Eigen::Index channel) {
  std::vector<double> times;
  for (Eigen::Index s = 0; s < recording.samples.rows(); ++s)
    times.push_back(recording.time(s, channel));
  return times;
}

Eigen::VectorXd theta_of(const System& system) {
  Eigen::VectorXd theta = system.prior_mean();
  test::set(system, theta, "u -> A.strength", 4);
  test::set(system, theta, "A -> B.strength", 0.3);
  test::set(system, theta, "A -> B.gating.B", 0.5);
  return theta;
}

TEST(Probes, ShowTheActivityThatARecordingOfItShows) {
  const Catalogue kinds = catalogue();
  const System system = probed("at: 0 s", kinds);
  ASSERT_EQ(system.probes.size(), 2U);
  ASSERT_EQ(system.observed(), 2U);
  const dataset::Run run = test::block_run(system, 0.5, 120);
  const Timeline line =
      timeline(system, run, {times_of(run.recordings[0], 0), times_of(run.recordings[0], 1)});
  const Response r = respond(system, line, theta_of(system), true);
  ASSERT_TRUE(r.outcome.finished());
  for (std::size_t c = 0; c < 2; ++c) {
    // The gain of `rate` is 1 here, and one parameter that no probe has.
    EXPECT_EQ(r.value[c], r.value[c + 2]);
    EXPECT_EQ(r.jacobian[c].leftCols(system.dynamic_parameters()),
              r.jacobian[c + 2].leftCols(system.dynamic_parameters()));
    EXPECT_GT(r.value[c].cwiseAbs().maxCoeff(), 0.01);
  }
}

TEST(Probes, ShowTheIntegralToTheAccuracyOfTheActivity) {
  const Catalogue kinds = catalogue();
  const System system = probed("from: 0 s, to: 1 s", kinds);
  const dataset::Run run = test::block_run(system, 0.01, 6000);
  const Timeline line =
      timeline(system, run, {times_of(run.recordings[0], 0), times_of(run.recordings[0], 1)});
  const Response r = respond(system, line, theta_of(system), false);
  for (std::size_t c = 0; c < 2; ++c) {
    double sum = 0;
    for (Eigen::Index s = 1; s < r.value[c].size(); ++s) {
      sum += 0.005 * (r.value[c][s - 1] + r.value[c][s]);
      EXPECT_CLOSE(r.value[c + 2][s] - r.value[c + 2][0],
                   sum,
                   Tolerance::because(2e-4, "60 s of trapezia of 10 ms, h²/12 of slopes of 1 a s"))
          << s;
    }
  }
}

TEST(Probes, LeaveTheRestOfTheSystemAsItIs) {
  const Catalogue kinds = catalogue();
  const System with = probed("from: 0 s, to: 1 s", kinds);
  const dataset::Run run = test::block_run(with, 0.5, 120);
  const Response unsampled = respond(with, timeline(with, run), theta_of(with), false);
  EXPECT_EQ(unsampled.value[2].size(), 0);
  const Response sampled =
      respond(with, timeline(with, run, {{3.2, 1.0}, {40.0}}), theta_of(with), false);
  ASSERT_EQ(sampled.value[2].size(), 2);
  ASSERT_EQ(sampled.value[3].size(), 1);
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_CLOSE(
        sampled.value[c],
        unsampled.value[c],
        Tolerance::because(1e-4, "other break points, other steps: the promised accuracy"));
}

TEST(Probes, HaveNoScaleOfTheirOwn) {
  // An integral over an hour is in the thousands; it must neither diverge nor loosen the steps.
  const Catalogue kinds = catalogue();
  const System system = probed("from: 0 s, to: 1 s", kinds);
  Eigen::VectorXd theta = system.prior_mean();
  test::set(system, theta, "u -> A.strength", 8);
  dataset::Run run = test::constant_run(system, 3600);
  run.recordings[0].name = "seen";
  const Response r = respond(system, timeline(system, run, {{3598, 3599}, {}}), theta, false);
  ASSERT_TRUE(r.outcome.finished()) << to_text(r.outcome);
  // Lasting activity is (8/16) / (1/2) = 1.
  EXPECT_GT(r.value[2][1], 3590);
  EXPECT_CLOSE(r.value[2][1] - r.value[2][0], 1, Tolerance::because(1e-4, "promised accuracy"));
}

TEST(DynamicParameters, AreThoseThatMoveRegions) {
  const Catalogue kinds = catalogue();
  const System system = probed("at: 0 s", kinds);
  const auto names = system.parameter_names();
  const auto count = static_cast<std::size_t>(system.dynamic_parameters());
  ASSERT_LT(count, names.size());
  EXPECT_EQ(names[count - 1], "u -> A.strength");
  EXPECT_EQ(names[count], "seen.gain.A");
}

}  // namespace
}  // namespace insula::simulation
