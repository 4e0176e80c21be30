// SPDX-License-Identifier: Apache-2.0
// Predictions agree with an independent solver, sensitivities with finite differences, and neither
// depends on threads.
#include "framework/simulation/response.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/trajectory.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/attention_model.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula::simulation {
namespace {

using test::worst_derivative;

TEST(Sensitivities, EqualCentralDifferencesForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* region : {"neuronal", "two_state", "rate"})
    for (const char* observation : {"bold", "bold_linear", "rate", "calcium", "pupil"}) {
      const System system = compile(test::chain_of_three(region, observation, kinds));
      EXPECT_LT(worst_derivative(system,
                                 timeline(system, test::block_run(system, 2.0, 60)),
                                 test::drawn_theta(system, 11)),
                1e-6)
          << region << " seen by " << observation;
    }
}

TEST(Sensitivities, EqualCentralDifferencesForTheAttentionModels) {
  const Catalogue kinds = catalogue();
  for (const std::string& name : insula::test::kAttentionModels) {
    architecture::Architecture model = insula::test::attention_model(name, kinds);
    model.observations[0].name = "seen";
    const System system = compile(model);
    // Every connection, modulation, gate and input at 0.15 s⁻¹, so that all of them matter.
    Eigen::VectorXd theta = system.prior_mean();
    for (Eigen::Index i = 0; i < theta.size(); ++i)
      if (system.parameter_names()[static_cast<std::size_t>(i)].find(" -> ") != std::string::npos)
        theta[i] = 0.15;
    EXPECT_LT(worst_derivative(system, timeline(system, test::block_run(system, 3.22, 80)), theta),
              1e-6)
        << name;
  }
}

TEST(Sensitivities, OfTiedParametersAddUp) {
  const Catalogue kinds = catalogue();
  const std::string text = R"(insula: architecture/1
name: two
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {u: {drives: [A, B]}}
observations: {seen: {kind: bold, regions: [A, B]}}
)";
  const System own = compile(architecture::parse(text, "own.yaml", kinds));
  const System tied = compile(architecture::parse(
      text + "parameters: {seen.transit: {shared: true}}\n", "tied.yaml", kinds));
  ASSERT_EQ(own.free.size(), tied.free.size() + 1);
  const Timeline line = timeline(own, test::block_run(own, 2.0, 60));
  Eigen::VectorXd theta = test::drawn_theta(own, 5);
  test::set(own, theta, "seen.transit.B", 0.1);
  test::set(own, theta, "seen.transit.A", 0.1);
  Eigen::VectorXd shared(tied.free.size());
  const auto names = own.parameter_names();
  Eigen::Index second = 0, next = 0;
  for (Eigen::Index i = 0; i < theta.size(); ++i) {
    if (names[static_cast<std::size_t>(i)] == "seen.transit.B")
      second = i;
    else
      shared[next++] = theta[i];
  }
  const Response apart = respond(own, line, theta, true),
                 together = respond(tied, line, shared, true);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(apart.value[c], together.value[c]);
    for (Eigen::Index s = 0; s < 60; ++s)
      EXPECT_CLOSE(together.jacobian[c](s, second - 1),
                   apart.jacobian[c](s, second - 1) + apart.jacobian[c](s, second),
                   Tolerance::rounding(64, apart.jacobian[c].cwiseAbs().maxCoeff()));
  }
}

// A region's haemodynamics see only that region.
TEST(Sensitivities, OfAnotherRegionsTransitAreExactlyZero) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  const Response r = respond(system,
                             timeline(system, test::block_run(system, 2.0, 60)),
                             test::drawn_theta(system, 6),
                             true);
  const auto names = system.parameter_names();
  for (std::size_t p = 0; p < names.size(); ++p)
    if (names[p] == "seen.transit.B") {
      EXPECT_EQ(r.jacobian[0].col(static_cast<Eigen::Index>(p)).cwiseAbs().maxCoeff(), 0);
      EXPECT_GT(r.jacobian[1].col(static_cast<Eigen::Index>(p)).cwiseAbs().maxCoeff(), 0);
      EXPECT_EQ(r.jacobian[2].col(static_cast<Eigen::Index>(p)).cwiseAbs().maxCoeff(), 0);
    }
}

TEST(Sensitivities, StayFiniteWhereTheTrajectoryIsAtRest) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  // Without inputs' strengths nothing moves, but the derivative in them does.
  const Response r = respond(
      system, timeline(system, test::block_run(system, 3.22, 300)), system.prior_mean(), true);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(r.value[c].cwiseAbs().maxCoeff(), 0);
    EXPECT_TRUE(r.jacobian[c].allFinite());
  }
  EXPECT_GT(r.jacobian[0].cwiseAbs().maxCoeff(), 0.1);
}

TEST(Responses, AreTheSameBytesAtAnyThreadCount) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("two_state", "bold", kinds));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 100));
  const Eigen::VectorXd theta = test::drawn_theta(system, 7);
  std::vector<Response> responses;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    responses.push_back(respond(system, line, theta, true));
  }
  set_threads(0);
  for (std::size_t c = 0; c < 3; ++c)
    for (const Response& r : responses) {
      EXPECT_EQ(r.value[c], responses[0].value[c]);
      EXPECT_EQ(r.jacobian[c], responses[0].jacobian[c]);
    }
}

TEST(Responses, AgreeBetweenInstructionSets) {
  const std::vector<Isa> sets = available_isas();
  const Catalogue plain = catalogue(Isa::portable), best = catalogue(sets.back());
  const System a = compile(test::chain_of_three("rate", "bold", plain), Isa::portable);
  const System b = compile(test::chain_of_three("rate", "bold", best), sets.back());
  const Eigen::VectorXd theta = test::drawn_theta(a, 8);
  const Response x = respond(a, timeline(a, test::block_run(a, 2.0, 60)), theta, true);
  const Response y = respond(b, timeline(b, test::block_run(b, 2.0, 60)), theta, true);
  for (std::size_t c = 0; c < 3; ++c)
    for (Eigen::Index s = 0; s < 60; ++s)
      EXPECT_CLOSE(x.value[c][s],
                   y.value[c][s],
                   Tolerance::because(1e-8 * x.value[c].cwiseAbs().maxCoeff(),
                                      "roundings, amplified by steps near the limit of damping"));
}

// The state equation solved by an independent program to about 1e-9, at SPM's moments of sampling.
TEST(Responses, MatchAnIndependentSolverOnTheRealRun) {
  if (std::getenv("INSULA_DATA") == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
  const dataset::Dataset data =
      dataset::load(std::string(INSULA_ROOT) + "/datasets/attention-to-motion/dataset.yaml");
  dataset::Run run = data.subjects[0].runs[0];
  run.recordings[0].start -= 3.22 / 16;
  const Catalogue kinds = catalogue();
  for (const std::string model : {"forward", "gated"})
    for (const std::string vector : {"posterior", "prior_driven"}) {
      const System system = compile(insula::test::attention_model(model, kinds));
      const std::string file = "spm/predictions/" + model + "_" + vector;
      const Eigen::VectorXd theta = insula::test::theta_from_spm(
          system.architecture, insula::test::read_named(file + "_parameters.tsv"));
      const Response r = respond(system, timeline(system, run), theta, false);
      const Eigen::MatrixXd reference = insula::test::read_tsv(file + "_bold_ode.tsv").rows;
      constexpr Eigen::Index kEvery = 6;  // scans kept in the reference
      for (Eigen::Index c = 0; c < 3; ++c) {
        const double range = reference.col(c).maxCoeff() - reference.col(c).minCoeff();
        for (Eigen::Index s = 0; s < reference.rows(); ++s)
          EXPECT_CLOSE(r.value[static_cast<std::size_t>(c)][s * kEvery],
                       reference(s, c),
                       Tolerance::because(1e-4 * range, "what the integrator promises"))
              << model << " " << vector << " scan " << s * kEvery;
      }
    }
}

}  // namespace
}  // namespace insula::simulation
