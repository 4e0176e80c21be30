// SPDX-License-Identifier: Apache-2.0
// Static regions under what learners learn: equilibria, and how they move with the learners.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/equilibrium.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// What is expected modulates a projection and drives C; errors drive B and C.
System taught_system(const std::string& region,
                     const LearnerKind& learner,
                     const Catalogue& kinds) {
  const auto error = std::ranges::find_if(learner.signals,
                                          [](const SignalSpec& s) { return !s.precedes_outcome; });
  const std::string kind = "{kind: " + region + "}";
  std::string text = "insula: architecture/1\nname: taught\nregions: {A: " + kind + ", B: " + kind +
                     ", C: " + kind + R"(}
projections:
  A -> B: {kind: modulated_gated, by: [belief, C]}
  B -> C: {kind: modulated, by: [u]}
inputs:
  u: {drives: [A]}
  error: {signal: value.)" +
                     std::string(error->name) + R"(, drives: [B, C]}
  belief: {signal: value.)" +
                     std::string(learner.signals.front().name) + R"(, drives: [C]}
observations: {seen: {kind: rate, regions: [A, B, C]}}
learners: {value: {kind: )" +
                     std::string(learner.name) + ", outcome: reward, cue: picture}}\n";
  for (const FieldSpec& field : learner.parameters)
    if (field.name == "initial") text += "parameters: {value.initial: {prior: \"normal(0, 1)\"}}\n";
  return compile(architecture::parse(text, "taught.yaml", kinds));
}

// Two runs of 14 and 17 trials; some have no outcome; two pictures.
LearnerRows taught_rows() {
  LearnerRows rows;
  rows.first = {0, 14, 31};
  Stream random(8, "taught");
  for (int i = 0; i < 31; ++i) {
    rows.outcome.push_back(i % 7 == 4 ? kNaN : random.uniform() < 0.6 ? 1 : 0);
    rows.cue.push_back(random.uniform() < 0.5 ? 1 : 0);
  }
  return rows;
}

MatrixXd known_inputs(const System& system, Index trials) {
  MatrixXd known = MatrixXd::Zero(std::ssize(system.inputs), trials);
  for (Index t = 0; t < trials; ++t) known(0, t) = 0.25 * static_cast<double>(t % 4);
  return known;
}

VectorXd taught_theta(const System& system) {
  VectorXd theta = test::drawn_theta(system, 21);
  const std::vector<std::string> names = system.parameter_names();
  for (Index i = 0; i < theta.size(); ++i) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    if (name.starts_with("error ->")) theta[i] = i % 2 == 0 ? 0.8 : -0.6;
    if (name.starts_with("belief ->")) theta[i] = 0.7;
    if (name.find("modulation.belief") != std::string::npos) theta[i] = 0.4;
    // Where the first outcome is what is expected, the associability of `pearce_hall` has a kink.
    if (name == "value.initial") theta[i] = 0.15;
  }
  return theta;
}

Equilibrium taught_equilibrium(const System& system, const VectorXd& theta, bool with_slopes) {
  const LearnerRows rows = taught_rows();
  const MatrixXd known = known_inputs(system, static_cast<Index>(rows.size()));
  return equilibrium(system,
                     with_signals(system, known, {rows}, system.natural(theta), with_slopes),
                     theta,
                     with_slopes);
}

// As in equilibrium_slopes_test.cpp: the largest difference from central differences of fourth
// order, as a share of the largest slope of the parameter or a hundredth of the largest of all.
TEST(LearnedEquilibrium, HasSlopesInEveryParameterThatEqualCentralDifferences) {
  const Catalogue kinds = catalogue();
  double worst = 0;
  for (const LearnerKind& learner : kinds.learners)
    for (const char* region : {"neuronal", "two_state", "rate"}) {
      const System system = taught_system(region, learner, kinds);
      const VectorXd theta = taught_theta(system);
      const Equilibrium at = taught_equilibrium(system, theta, true);
      ASSERT_TRUE(at.outcome.finished()) << learner.name << " " << region << to_text(at.outcome);
      double largest = 0;
      for (const MatrixXd& s : at.slope) largest = std::max(largest, s.cwiseAbs().maxCoeff());
      for (Index p = 0; p < theta.size(); ++p) {
        const double h = 1e-3 * std::max(std::abs(theta[p]), 1.0);
        const auto activity = [&](double steps) {
          VectorXd moved = theta;
          moved[p] += steps * h;
          return taught_equilibrium(system, moved, false).activity;
        };
        const MatrixXd difference =
            (8 * (activity(1) - activity(-1)) - (activity(2) - activity(-2))) / (12 * h);
        double mine = 0;
        for (std::size_t r = 0; r < 3; ++r) {
          const VectorXd slope = at.slope[r].col(p);
          mine = std::max(mine, slope.cwiseAbs().maxCoeff());
          const double scale = std::max(slope.cwiseAbs().maxCoeff(), 1e-2 * largest);
          const double error =
              (difference.col(static_cast<Index>(r)) - slope).cwiseAbs().maxCoeff() / scale;
          EXPECT_LT(error, 1e-6) << learner.name << " " << region << ": "
                                 << system.parameter_names()[static_cast<std::size_t>(p)];
          worst = std::max(worst, error);
        }
        if (std::ranges::count(system.learning_parameters(), p) > 0) {
          EXPECT_GT(mine, 1e-4 * largest) << learner.name << " " << region;
        }
      }
    }
  std::printf("largest error of a slope: %.1e\n", worst);
}

// One region: x* = C s / (16 σ), σ = ½ e^θ. Where every outcome is 1 and 0 is expected at first,
// the error of trial t = 0, 1, … is s = (1 − α)^t, so ds/dα = −t (1 − α)^(t − 1).
TEST(LearnedEquilibrium, OfOneRegionHasAClosedForm) {
  const Catalogue kinds = catalogue();
  const System system = compile(architecture::parse(R"(insula: architecture/1
name: one
regions: {A: {kind: neuronal}}
inputs: {error: {signal: value.prediction_error, drives: [A]}}
observations: {seen: {kind: rate, regions: [A]}}
learners: {value: {kind: rescorla_wagner, outcome: reward}}
)",
                                                    "one.yaml",
                                                    kinds));
  VectorXd theta = system.prior_mean();
  test::set(system, theta, "error -> A.strength", 2);
  test::set(system, theta, "A.self_inhibition", 0.3);
  test::set(system, theta, "value.learning_rate", -0.8);
  LearnerRows rows;
  rows.first = {0, 12};
  rows.outcome.assign(12, 1);
  rows.cue.assign(12, 0);
  const TrialInputs inputs =
      with_signals(system, MatrixXd::Zero(1, 12), {rows}, system.natural(theta), true);
  const Equilibrium e = equilibrium(system, inputs, theta, true);
  ASSERT_TRUE(e.outcome.finished());
  const std::vector<std::string> names = system.parameter_names();
  const double rate = 1 / (1 + std::exp(0.8)), per_signal = 2 / (16 * 0.5 * std::exp(0.3));
  for (Index t = 0; t < 12; ++t) {
    const double n = static_cast<double>(t), s = std::pow(1 - rate, n);
    const double in_rate = -n * std::pow(1 - rate, n - 1) * rate * (1 - rate);
    EXPECT_CLOSE(e.activity(t, 0), per_signal * s, Tolerance::rounding(64));
    for (Index p = 0; p < theta.size(); ++p) {
      const std::string& name = names[static_cast<std::size_t>(p)];
      const double slope = name == "error -> A.strength"   ? per_signal * s / 2
                           : name == "A.self_inhibition"   ? -per_signal * s
                           : name == "value.learning_rate" ? per_signal * in_rate
                                                           : 0;
      EXPECT_CLOSE(e.slope[0](t, p), slope, Tolerance::rounding(64)) << name << " " << t;
    }
  }
}

TEST(LearnedEquilibrium, IsThatOfKnownInputsOfTheSameHeight) {
  const Catalogue kinds = catalogue();
  for (const LearnerKind& learner : kinds.learners) {
    const System system = taught_system("rate", learner, kinds);
    const VectorXd theta = taught_theta(system);
    const LearnerRows rows = taught_rows();
    const TrialInputs inputs = with_signals(system,
                                            known_inputs(system, static_cast<Index>(rows.size())),
                                            {rows},
                                            system.natural(theta),
                                            true);
    const Equilibrium learned = equilibrium(system, inputs, theta, true),
                      given = equilibrium(system, inputs.value, theta, true);
    ASSERT_TRUE(learned.outcome.finished());
    EXPECT_EQ(learned.activity, given.activity);
    const std::vector<Index> learning = system.learning_parameters();
    for (std::size_t r = 0; r < 3; ++r)
      for (Index p = 0; p < theta.size(); ++p) {
        if (std::ranges::count(learning, p) == 0)
          EXPECT_EQ(learned.slope[r].col(p), given.slope[r].col(p));
        else
          EXPECT_EQ(given.slope[r].col(p).cwiseAbs().maxCoeff(), 0);
      }
  }
}

TEST(LearnedEquilibrium, IsTheSameBytesAtAnyNumberOfThreads) {
  const Catalogue kinds = catalogue();
  const System system = taught_system("neuronal", *find_kind(kinds.learners, "hgf"), kinds);
  const VectorXd theta = taught_theta(system);
  std::vector<Equilibrium> all;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    all.push_back(taught_equilibrium(system, theta, true));
  }
  set_threads(0);
  for (std::size_t k = 1; k < all.size(); ++k) {
    EXPECT_EQ(all[0].activity, all[k].activity);
    for (std::size_t r = 0; r < 3; ++r) EXPECT_EQ(all[0].slope[r], all[k].slope[r]);
  }
}

TEST(LearnedEquilibrium, LeavesInputsOfOthersAndRefusesOtherTrials) {
  const Catalogue kinds = catalogue();
  const System system = taught_system("rate", *find_kind(kinds.learners, "rescorla_wagner"), kinds);
  const VectorXd theta = taught_theta(system);
  const std::vector<double> natural = system.natural(theta);
  const MatrixXd known = known_inputs(system, 31);
  // A learner without rows moves nothing.
  const TrialInputs untaught = with_signals(system, known, {LearnerRows{}}, natural, true);
  EXPECT_EQ(untaught.value, known);
  EXPECT_EQ(untaught.slope.cwiseAbs().maxCoeff(), 0);
  const TrialInputs taught = with_signals(system, known, {taught_rows()}, natural, true);
  EXPECT_EQ(taught.value.row(0), known.row(0));
  EXPECT_NE(taught.value.row(1), known.row(1));
  EXPECT_EQ(taught.slope.rows(), 2 * system.learned[0].parameters);
  EXPECT_THROW(with_signals(system, known_inputs(system, 30), {taught_rows()}, natural, true),
               InternalError);
  EXPECT_THROW(equilibrium(system, TrialInputs{known, MatrixXd::Zero(1, 31)}, theta, true),
               InternalError);
}

}  // namespace
}  // namespace insula::simulation
