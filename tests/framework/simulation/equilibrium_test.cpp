// SPDX-License-Identifier: Apache-2.0
// Regions settle where closed forms and long integration say, and say so where they do not settle.
#include "framework/simulation/equilibrium.h"

#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/at_points.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/attention_model.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

System system_of(const std::string& text, const Catalogue& kinds) {
  return compile(
      architecture::parse("insula: architecture/1\nname: toy\n" + text, "toy.yaml", kinds));
}

// A and B inhibit each other and are driven by u1 and u2; the stronger wins if they do so enough.
System rivals(const Catalogue& kinds) {
  return system_of(R"(regions: {A: {kind: rate}, B: {kind: rate}}
projections: {A -> B: {kind: linear}, B -> A: {kind: linear}}
inputs: {u1: {drives: [A]}, u2: {drives: [B]}}
)",
                   kinds);
}

VectorXd rivals_theta(const System& system) {
  VectorXd theta = system.prior_mean();
  test::set(system, theta, "A -> B.strength", -2);
  test::set(system, theta, "B -> A.strength", -2);
  test::set(system, theta, "u1 -> A.strength", 1);
  test::set(system, theta, "u2 -> B.strength", 1);
  return theta;
}

MatrixXd random_input(const System& system, Index trials, double largest) {
  Stream stream(5, "equilibrium_test");
  return MatrixXd::NullaryExpr(
      std::ssize(system.inputs), trials, [&] { return largest * stream.uniform(); });
}

// The regions' activity after `duration` from rest by the classical Runge-Kutta method, for kinds
// whose first state is their activity.
MatrixXd integrated(const System& system,
                    const MatrixXd& input,
                    const VectorXd& theta,
                    double duration,
                    double step) {
  const std::vector<double> natural = system.natural(theta);
  const MatrixXd u = input.transpose();
  const auto f = [&](const MatrixXd& x) { return drift_at(system, natural, x, u); };
  MatrixXd x = system.rest().transpose().replicate(u.rows(), 1);
  for (double t = 0; t < duration; t += step) {
    const MatrixXd k1 = f(x), k2 = f(x + step / 2 * k1), k3 = f(x + step / 2 * k2),
                   k4 = f(x + step * k3);
    x += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  MatrixXd z(u.rows(), std::ssize(system.regions));
  for (Index r = 0; r < z.cols(); ++r)
    z.col(r) = x.col(system.regions[static_cast<std::size_t>(r)].first_state);
  return z;
}

// Both roads end at the same fixed point, each to some roundings, amplified by the network.
Tolerance same_point(const MatrixXd& z) {
  return Tolerance::because(1e-11 * std::max(1.0, z.cwiseAbs().maxCoeff()),
                            "roundings of a fixed point, amplified by the network");
}

double value_of(const System& system, const VectorXd& theta, const std::string& name) {
  const std::vector<double> natural = system.natural(theta);
  for (std::size_t p = 0; p < natural.size(); ++p)
    if (system.architecture.parameters[p].name == name) return natural[p];
  throw std::out_of_range(name);
}

// 0 = A(u) x + C u / 16 with A_ij the strengths and A_ii = −σ_i exp(Σ B_ii u).
TEST(Equilibrium, OfALinearNetworkIsMinusTheInverseTimesTheInput) {
  const Catalogue kinds = catalogue();
  const System system = system_of(R"(regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections:
  A -> B: {kind: modulated, by: [u2]}
  B -> A: {kind: linear}
  B -> B: {kind: modulated, by: [u2]}
inputs: {u1: {drives: [A, B]}, u2: {drives: []}}
)",
                                  kinds);
  const VectorXd theta = test::drawn_theta(system, 3);
  const auto value = [&](const char* name) { return value_of(system, theta, name); };
  const MatrixXd input = random_input(system, 11, 2);  // not a multiple of the lanes
  const Equilibrium e = equilibrium(system, input, theta, false);
  ASSERT_TRUE(e.outcome.finished()) << to_text(e.outcome);
  ASSERT_EQ(e.activity.rows(), 11);
  EXPECT_TRUE(e.slope.empty());
  for (Index t = 0; t < input.cols(); ++t) {
    const double u1 = input(0, t), u2 = input(1, t);
    Eigen::Matrix2d a;
    a << -value("A.self_inhibition"), value("B -> A.strength"),
        value("A -> B.strength") + value("A -> B.modulation.u2") * u2,
        -value("B.self_inhibition") * std::exp(value("B -> B.modulation.u2") * u2);
    const Eigen::Vector2d c(value("u1 -> A.strength"), value("u1 -> B.strength"));
    const double determinant = a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0);
    Eigen::Matrix2d adjugate;
    adjugate << a(1, 1), -a(0, 1), -a(1, 0), a(0, 0);
    const Eigen::Vector2d x = -adjugate * c * u1 / 16 / determinant;
    EXPECT_CLOSE(e.activity.row(t).transpose(), x, Tolerance::rounding(64, 0.1)) << t;
  }
}

TEST(Equilibrium, IsWhereLongIntegrationFromRestEndsForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* kind : {"neuronal", "two_state", "rate"})
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const System system = compile(test::chain_of_three(kind, "rate", kinds));
      const VectorXd theta = test::drawn_theta(system, seed);
      const MatrixXd input = random_input(system, 20, 1);
      const Equilibrium e = equilibrium(system, input, theta, false);
      ASSERT_TRUE(e.outcome.finished()) << kind << ": " << to_text(e.outcome);
      const bool is_fast = std::string(kind) == "rate";
      const MatrixXd z = integrated(system, input, theta, is_fast ? 30 : 300, is_fast ? 0.02 : 0.2);
      EXPECT_CLOSE(e.activity, z, same_point(z)) << kind << ", draw " << seed;
    }
}

TEST(Equilibrium, IsWhereLongIntegrationEndsForTheGatedAttentionModel) {
  const Catalogue kinds = catalogue();
  const System system = compile(insula::test::attention_model("gated", kinds));
  VectorXd theta = system.prior_mean();
  for (Index i = 0; i < theta.size(); ++i)
    if (system.parameter_names()[static_cast<std::size_t>(i)].find(" -> ") != std::string::npos)
      theta[i] = 0.15;
  test::set(system, theta, "V1 -> V5.gating.SPC", 2);
  const MatrixXd input = random_input(system, 30, 1);
  const Equilibrium e = equilibrium(system, input, theta, false);
  ASSERT_TRUE(e.outcome.finished()) << to_text(e.outcome);
  const MatrixXd z = integrated(system, input, theta, 400, 0.2);
  EXPECT_CLOSE(e.activity, z, same_point(z));
}

// Two stable equilibria and a saddle between them: from rest the rival with more input wins, where
// Newton's method alone goes to the saddle.
TEST(Equilibrium, IsTheOneThatTheDynamicsReach) {
  const Catalogue kinds = catalogue();
  const System system = rivals(kinds);
  const VectorXd theta = rivals_theta(system);
  const MatrixXd input = random_input(system, 200, 0.8);
  const Equilibrium e = equilibrium(system, input, theta, false);
  ASSERT_TRUE(e.outcome.finished()) << to_text(e.outcome);
  const MatrixXd z = integrated(system, input, theta, 40, 0.01);
  EXPECT_CLOSE(e.activity, z, same_point(z));
  Index first_wins = 0;
  for (Index t = 0; t < input.cols(); ++t) {
    EXPECT_EQ(e.activity(t, 0) > e.activity(t, 1), input(0, t) > input(1, t)) << t;
    EXPECT_GT(std::abs(e.activity(t, 0) - e.activity(t, 1)), 1) << t;  // the saddle is at 0
    first_wins += input(0, t) > input(1, t);
  }
  EXPECT_GT(first_wins, 50);
  EXPECT_LT(first_wins, 150);
}

// Mutual excitation above a threshold: a quiet and a busy equilibrium; input decides which.
TEST(Equilibrium, StaysQuietBelowTheInputThatIgnites) {
  const Catalogue kinds = catalogue();
  const System system =
      system_of(R"(regions: {A: {kind: rate, threshold: 4}, B: {kind: rate, threshold: 4}}
projections: {A -> B: {kind: linear}, B -> A: {kind: linear}}
inputs: {u1: {drives: [A]}, u2: {drives: [B]}}
)",
                kinds);
  VectorXd theta = system.prior_mean();
  for (const char* name : {"A -> B.strength", "B -> A.strength"}) test::set(system, theta, name, 3);
  for (const char* name : {"u1 -> A.strength", "u2 -> B.strength"})
    test::set(system, theta, name, 1);
  const MatrixXd input = random_input(system, 200, 2.5);
  const Equilibrium e = equilibrium(system, input, theta, false);
  ASSERT_TRUE(e.outcome.finished()) << to_text(e.outcome);
  const MatrixXd z = integrated(system, input, theta, 60, 0.01);
  EXPECT_CLOSE(e.activity, z, same_point(z));
  const Index busy = (z.col(0).array() > 2).count();
  EXPECT_GT(busy, 20);
  EXPECT_LT(busy, 180);
}

TEST(Equilibrium, OfDynamicsTooFastToFollowIsFoundAllTheSame) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("rate", "rate", kinds));
  VectorXd theta = test::drawn_theta(system, 1);
  const MatrixXd input = random_input(system, 5, 1);
  const Equilibrium slow = equilibrium(system, input, theta, false);
  test::set(system, theta, "B.time_constant", std::log(1e-6 / 0.1));  // a microsecond
  const Equilibrium fast = equilibrium(system, input, theta, false);
  ASSERT_TRUE(fast.outcome.finished()) << to_text(fast.outcome);
  EXPECT_CLOSE(fast.activity, slow.activity, same_point(slow.activity));
}

// A and B excite each other faster than they decay: dz/dt = z/2 + 1/16, whose solution
// (exp(t/2) − 1)/8 passes 1000 at 2 ln 8001 s.
TEST(Equilibrium, OfAnUnstableNetworkIsAnOutcomeThatNamesTheTrialAndTheRegion) {
  const Catalogue kinds = catalogue();
  const System system = system_of(R"(regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}, B -> A: {kind: linear}}
inputs: {u: {drives: [A, B]}, brake: {drives: [A]}}
)",
                                  kinds);
  VectorXd theta = system.prior_mean();
  for (const char* name : {"A -> B.strength", "B -> A.strength"}) test::set(system, theta, name, 1);
  for (const char* name : {"u -> A.strength", "u -> B.strength", "brake -> A.strength"})
    test::set(system, theta, name, 1);
  MatrixXd input(2, 3);
  input << kNaN, 1, 1, 0, 0, 3;
  const Equilibrium e = equilibrium(system, input, theta, true);
  EXPECT_EQ(e.outcome.kind, Outcome::Kind::diverged);
  EXPECT_TRUE(e.outcome.where == "A on trial 2" || e.outcome.where == "B on trial 2")
      << e.outcome.where;
  EXPECT_CLOSE(e.outcome.time,
               2 * std::log(8001.0),
               Tolerance::because(2, "steps of about a second, with errors of 2 % allowed"));
  EXPECT_EQ(e.activity.size(), 0);
  EXPECT_TRUE(e.slope.empty());

  // At rest without input it stays at rest, where the slightest touch would move it.
  const Equilibrium touchy = equilibrium(system, MatrixXd::Zero(2, 1), theta, false);
  EXPECT_EQ(touchy.outcome.kind, Outcome::Kind::unsettled);
  EXPECT_TRUE(to_text(touchy.outcome).ends_with(" on trial 1")) << to_text(touchy.outcome);
}

TEST(Equilibrium, WithoutAWinnerAmongEqualsIsUnsettled) {
  const Catalogue kinds = catalogue();
  const System system = rivals(kinds);
  MatrixXd input(2, 4);
  input << 0.2, 0.1, 0.3, 0.3, 0.1, 0.2, 0.3, 0.3;
  const Equilibrium e = equilibrium(system, input, rivals_theta(system), false);
  EXPECT_EQ(e.outcome.kind, Outcome::Kind::unsettled);
  EXPECT_TRUE(e.outcome.where.ends_with(" on trial 3")) << e.outcome.where;
}

// A ring of three that inhibit each other goes round for ever once their gain passes 2 (Elowitz &
// Leibler 2000, Nature 403:335).
TEST(Equilibrium, OfARingThatOscillatesIsUnsettled) {
  const Catalogue kinds = catalogue();
  const System system = system_of(R"(regions: {A: {kind: rate}, B: {kind: rate}, C: {kind: rate}}
projections: {A -> B: {kind: linear}, B -> C: {kind: linear}, C -> A: {kind: linear}}
inputs: {u: {drives: [A]}}
)",
                                  kinds);
  VectorXd theta = system.prior_mean();
  test::set(system, theta, "u -> A.strength", 0.3);
  const MatrixXd input = MatrixXd::Ones(1, 1);
  for (const double gain : {1.5, 3.0}) {
    for (const char* name : {"A -> B.strength", "B -> C.strength", "C -> A.strength"})
      test::set(system, theta, name, -gain);
    const Equilibrium e = equilibrium(system, input, theta, false);
    EXPECT_EQ(e.outcome.kind, gain < 2 ? Outcome::Kind::finished : Outcome::Kind::unsettled);
  }
}

TEST(Equilibrium, OfATrialWithoutAnInputIsMissingAndTouchesNoOther) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("two_state", "rate", kinds));
  const VectorXd theta = test::drawn_theta(system, 2);
  const MatrixXd whole = random_input(system, 12, 1);
  MatrixXd input = whole;
  input(1, 4) = kNaN;
  input(0, 11) = kNaN;
  const Equilibrium all = equilibrium(system, whole, theta, true);
  const Equilibrium some = equilibrium(system, input, theta, true);
  ASSERT_TRUE(some.outcome.finished());
  for (Index t = 0; t < 12; ++t) {
    const bool is_missing = t == 4 || t == 11;
    for (std::size_t r = 0; r < 3; ++r) {
      const auto slope = some.slope[r].row(t);
      EXPECT_EQ(slope.array().isNaN().all(), is_missing) << t;
      EXPECT_EQ(std::isnan(some.activity(t, static_cast<Index>(r))), is_missing) << t;
      if (is_missing) continue;
      EXPECT_EQ(slope, all.slope[r].row(t)) << t;
      EXPECT_EQ(some.activity.row(t), all.activity.row(t)) << t;
    }
  }
  const Equilibrium none = equilibrium(system, MatrixXd::Constant(2, 3, kNaN), theta, true);
  EXPECT_TRUE(none.outcome.finished());
  EXPECT_TRUE(none.activity.array().isNaN().all());
}

TEST(Equilibrium, OfATrialIsTheSameBytesAloneOrAmongOthersAndAtAnyThreadCount) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("rate", "rate", kinds));
  const VectorXd theta = test::drawn_theta(system, 4);
  MatrixXd input = random_input(system, 43, 1);
  input.rightCols(13) = input.leftCols(13);  // trials with equal inputs
  std::vector<Equilibrium> at;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    at.push_back(equilibrium(system, input, theta, true));
  }
  set_threads(0);
  for (const Equilibrium& e : at) {
    EXPECT_EQ(e.activity, at[0].activity);
    for (std::size_t r = 0; r < 3; ++r) EXPECT_EQ(e.slope[r], at[0].slope[r]);
  }
  for (Index t = 0; t < input.cols(); ++t) {
    const Equilibrium alone = equilibrium(system, input.col(t), theta, true);
    EXPECT_EQ(alone.activity, at[0].activity.row(t)) << t;
    for (std::size_t r = 0; r < 3; ++r) EXPECT_EQ(alone.slope[r], at[0].slope[r].row(t)) << t;
  }
}

TEST(Equilibrium, AgreesBetweenInstructionSets) {
  const std::vector<Isa> sets = available_isas();
  const Catalogue plain = catalogue(Isa::portable), best = catalogue(sets.back());
  const System a = compile(test::chain_of_three("rate", "rate", plain), Isa::portable);
  const System b = compile(test::chain_of_three("rate", "rate", best), sets.back());
  const VectorXd theta = test::drawn_theta(a, 8);
  const MatrixXd input = random_input(a, 20, 1);
  const Equilibrium x = equilibrium(a, input, theta, true), y = equilibrium(b, input, theta, true);
  EXPECT_CLOSE(x.activity, y.activity, same_point(y.activity));
  for (std::size_t r = 0; r < 3; ++r) EXPECT_CLOSE(x.slope[r], y.slope[r], same_point(y.slope[r]));
}

TEST(Equilibrium, OfNoTrialsIsEmptyAndInputsOfAnotherSizeAreRefused) {
  const Catalogue kinds = catalogue();
  const System system = rivals(kinds);
  const VectorXd theta = rivals_theta(system);
  const Equilibrium none = equilibrium(system, MatrixXd(2, 0), theta, true);
  EXPECT_TRUE(none.outcome.finished());
  EXPECT_EQ(none.activity.rows(), 0);
  EXPECT_EQ(none.activity.cols(), 2);
  ASSERT_EQ(none.slope.size(), 2);
  EXPECT_EQ(none.slope[0].cols(), theta.size());
  EXPECT_THROW(equilibrium(system, MatrixXd::Zero(3, 1), theta, true), InternalError);
}

}  // namespace
}  // namespace insula::simulation
