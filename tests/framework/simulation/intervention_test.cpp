// SPDX-License-Identifier: Apache-2.0
// An intervention equals the architecture that somebody would write for it, and what should change
// nothing changes no bit.
#include "framework/simulation/intervention.h"

#include <gtest/gtest.h>

#include "framework/simulation/equilibrium.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using architecture::Architecture;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Kind = Intervention::Kind;

Intervention doing(Kind kind, std::vector<std::string> targets, double value = 0) {
  return {kind, std::move(targets), value, {}};
}

Architecture parsed(const std::string& text, const Catalogue& kinds) {
  return architecture::parse("insula: architecture/1\nname: toy\n" + text, "toy.yaml", kinds);
}

// θ of the same names.
VectorXd theta_by_name(const System& system, const System& from, const VectorXd& theta) {
  VectorXd of(std::ssize(system.free));
  const std::vector<std::string> names = from.parameter_names();
  for (Index i = 0; i < of.size(); ++i) {
    const std::string name = system.parameter_names()[static_cast<std::size_t>(i)];
    of[i] = theta[std::ranges::find(names, name) - names.begin()];
  }
  return of;
}

Response response_of(const System& system, const VectorXd& theta, bool with_jacobian = false) {
  const dataset::Run run = test::block_run(system, 2, 60);
  Response response = respond(system, timeline(system, run), theta, with_jacobian);
  EXPECT_TRUE(response.outcome.finished()) << to_text(response.outcome);
  return response;
}

constexpr const char* kRegionKinds[] = {"neuronal", "two_state", "rate"};

std::string network(const std::string& region_kind,
                    const std::string& regions,
                    const std::string& projections) {
  std::string text = "regions: {";
  for (const char name : regions) text += std::string(1, name) + ": {kind: " + region_kind + "}, ";
  return text + "}\nprojections: {" + projections + "}\n";
}

// A → B ⇄ C, A → D; B's input is modulated by u2 and gated by C.
constexpr const char* kChain =
    "A -> B: {kind: modulated_gated, by: [u2, C]}, B -> C: {kind: linear}, "
    "C -> B: {kind: saturating}, A -> D: {kind: excitatory}, C -> D: {kind: linear}";
constexpr const char* kDriven = "inputs: {u1: {drives: [A, C]}, u2: {drives: [C]}}\n";

TEST(Intervention, ThatCutsEqualsTheFileWithoutTheProjectionToTheBit) {
  const Catalogue kinds = catalogue();
  const std::string rest =
      std::string(kDriven) + "observations: {seen: {kind: bold, regions: [A, B, C, D]}}\n";
  for (const char* kind : kRegionKinds) {
    const System intact = compile(parsed(network(kind, "ABCD", kChain) + rest, kinds));
    const VectorXd theta = test::drawn_theta(intact, 4);
    const System cut =
        compile(intervened(intact.architecture, doing(Kind::cut, {"A -> B", "C -> D"})));
    const System file = compile(parsed(
        network(kind,
                "ABCD",
                "B -> C: {kind: linear}, C -> B: {kind: saturating}, A -> D: {kind: excitatory}") +
            rest,
        kinds));
    EXPECT_EQ(cut.free, intact.free);
    const Response is = response_of(cut, theta, true);
    const Response should = response_of(file, theta_by_name(file, intact, theta));
    const Response before = response_of(intact, theta);
    for (std::size_t c = 0; c < is.value.size(); ++c) EXPECT_EQ(is.value[c], should.value[c]);
    EXPECT_GT((is.value[1] - before.value[1]).cwiseAbs().maxCoeff(), 1e-3);
    // What is gone has no effect.
    const std::vector<std::string> names = cut.parameter_names();
    for (std::size_t p = 0; p < names.size(); ++p) {
      if (!names[p].starts_with("A -> B") && !names[p].starts_with("C -> D")) continue;
      for (const MatrixXd& jacobian : is.jacobian)
        EXPECT_EQ(jacobian.col(static_cast<Index>(p)).cwiseAbs().maxCoeff(), 0) << names[p];
    }
  }
}

// The file without C, which nothing observes in either; and beside a channel that observes what is
// gone, which shows rest and only makes steps fall elsewhere.
TEST(Intervention, ThatLesionsEqualsTheFileWithoutTheRegionToTheBit) {
  const Catalogue kinds = catalogue();
  for (const char* kind : kRegionKinds) {
    const System file = compile(parsed(
        network(kind, "ABD", "A -> B: {kind: modulated, by: [u2]}, A -> D: {kind: excitatory}") +
            "inputs: {u1: {drives: [A]}, u2: {}}\n"
            "observations: {seen: {kind: bold, regions: [A, B, D]}}\n",
        kinds));
    for (const std::string observed : {"A, B, D", "A, B, D, C"}) {
      const System intact =
          compile(parsed(network(kind, "ABCD", kChain) + kDriven +
                             "observations: {seen: {kind: bold, regions: [" + observed + "]}}\n",
                         kinds));
      const VectorXd theta = test::drawn_theta(intact, 4);
      const System lesioned = compile(intervened(intact.architecture, doing(Kind::lesion, {"C"})));
      EXPECT_EQ(lesioned.free, intact.free);
      const Response is = response_of(lesioned, theta);
      const Response should = response_of(file, theta_by_name(file, intact, theta));
      for (std::size_t c = 0; c < 3; ++c) {
        const double range = should.value[c].maxCoeff() - should.value[c].minCoeff();
        if (is.value.size() == 3) {
          EXPECT_EQ(is.value[c], should.value[c]) << kind << c;
        } else {
          EXPECT_CLOSE(is.value[c],
                       should.value[c],
                       Tolerance::because(1e-4 * range, "the integrator's bound"))
              << kind << c;
        }
      }
      if (is.value.size() == 4) {
        EXPECT_EQ(is.value[3].cwiseAbs().maxCoeff(), 0) << "what is gone shows nothing";
      }
    }
  }
}

TEST(Intervention, ThatShouldChangeNothingChangesNoBit) {
  const Catalogue kinds = catalogue();
  for (const char* kind : kRegionKinds) {
    const System intact = compile(test::chain_of_three(kind, "bold", kinds));
    const VectorXd theta = test::drawn_theta(intact, 9);
    const Response before = response_of(intact, theta, true);
    for (const Intervention& nothing :
         {doing(Kind::scale, {"A -> B", "C"}, 1), doing(Kind::swap, {"u2", "u2"})}) {
      const Response after =
          response_of(compile(intervened(intact.architecture, nothing)), theta, true);
      for (std::size_t c = 0; c < before.value.size(); ++c) {
        EXPECT_EQ(after.value[c], before.value[c]) << to_text(nothing);
        EXPECT_EQ(after.jacobian[c], before.jacobian[c]) << to_text(nothing);
      }
    }
  }
}

TEST(Intervention, ThatScalesByZeroIsACut) {
  const Catalogue kinds = catalogue();
  const System intact = compile(test::chain_of_three("neuronal", "bold", kinds));
  const VectorXd theta = test::drawn_theta(intact, 2);
  const auto value = [&](const Intervention& i) {
    return response_of(compile(intervened(intact.architecture, i)), theta).value;
  };
  const auto by_gain = value(doing(Kind::scale, {"A -> B"}, 0));
  const auto cut = value(doing(Kind::cut, {"A -> B"}));
  for (std::size_t c = 0; c < cut.size(); ++c)
    EXPECT_CLOSE(by_gain[c], cut[c], Tolerance::rounding(64, 0.1));
}

// w, b and d of a projection act in proportion, so half the gain is half of each.
TEST(Intervention, ThatScalesEqualsWeightsScaled) {
  const Catalogue kinds = catalogue();
  for (const char* kind : kRegionKinds) {
    const System intact = compile(test::chain_of_three(kind, "bold", kinds));
    const VectorXd theta = test::drawn_theta(intact, 6);
    VectorXd halved = theta;
    const std::vector<std::string> names = intact.parameter_names();
    for (std::size_t p = 0; p < names.size(); ++p)
      if (names[p].starts_with("A -> B") || names[p] == "C -> B.strength")
        halved[static_cast<Index>(p)] *= 0.5;
    const Response should = response_of(intact, halved);
    for (const Intervention& i :
         {doing(Kind::scale, {"A -> B", "C -> B"}, 0.5), doing(Kind::scale, {"B"}, 0.5)}) {
      const Response is = response_of(compile(intervened(intact.architecture, i)), theta);
      for (std::size_t c = 0; c < is.value.size(); ++c)
        EXPECT_CLOSE(is.value[c], should.value[c], Tolerance::rounding(256, 1)) << to_text(i);
    }
  }
}

// Of V1's effect on V5 with a weight b of u1 and none of u2, u2 takes the part of u1.
TEST(Intervention, ThatSwapsContextsEqualsTheFileThatNamesTheOther) {
  const Catalogue kinds = catalogue();
  const auto system_with = [&](const std::string& context) {
    return compile(
        parsed("regions: {A: {kind: neuronal}, B: {kind: neuronal}}\n"
               "projections: {A -> B: {kind: modulated, by: [" +
                   context +
                   "]}}\n"
                   "inputs: {u1: {drives: [A]}, u2: {drives: [B]}}\n"
                   "observations: {seen: {kind: bold, regions: [A, B]}}\n",
               kinds));
  };
  const System intact = system_with("u1"), file = system_with("u2");
  const VectorXd theta = test::drawn_theta(intact, 8);  // both have the same parameters in order
  const Response should = response_of(file, theta);
  for (const auto& pair : {std::vector<std::string>{"u1", "u2"}, {"u2", "u1"}}) {
    const Response is =
        response_of(compile(intervened(intact.architecture, doing(Kind::swap, pair))), theta);
    for (std::size_t c = 0; c < is.value.size(); ++c) EXPECT_EQ(is.value[c], should.value[c]);
  }
}

// dx/dt = −½ x + w z with z held at 0.3: x(t) = 2 w z (1 − e^(−t/2)).
TEST(Intervention, ThatClampsDrivesWhatFollowsAsAStep) {
  const Catalogue kinds = catalogue();
  const System intact =
      compile(parsed("regions: {A: {kind: two_state}, B: {kind: neuronal}}\n"
                     "projections: {A -> B: {kind: linear}}\n"
                     "inputs: {u1: {drives: [A]}}\n"
                     "observations: {seen: {kind: rate, regions: [A, B]}}\n",
                     kinds));
  VectorXd theta = intact.prior_mean();
  test::set(intact, theta, "A -> B.strength", 0.4);
  const System held = compile(intervened(intact.architecture, doing(Kind::clamp, {"A"}, 0.3)));
  const dataset::Run run = test::constant_run(held, 20);
  const Response is = respond(held, timeline(held, run), theta, false);
  ASSERT_TRUE(is.outcome.finished());
  EXPECT_EQ(is.value[0], VectorXd::Constant(10, 0.3));
  for (Index s = 0; s < 10; ++s) {
    const double t = run.recordings[0].time(s, 1);
    EXPECT_CLOSE(is.value[1][s],
                 2 * 0.4 * 0.3 * (1 - std::exp(-t / 2)),
                 Tolerance::because(1e-4 * 0.24, "the integrator's bound on a prediction"));
  }
}

TEST(Intervention, ThatClampsAtWhereARegionSettlesChangesNoOtherRegion) {
  const Catalogue kinds = catalogue();
  for (const char* kind : kRegionKinds) {
    const System intact = compile(test::chain_of_three(kind, "rate", kinds));
    const VectorXd theta = test::drawn_theta(intact, 5);
    const MatrixXd input = MatrixXd::Constant(2, 1, 0.7);
    const Equilibrium before = equilibrium(intact, input, theta, false);
    ASSERT_TRUE(before.outcome.finished());
    for (Index r = 0; r < 3; ++r) {
      const std::string& name = intact.architecture.regions[static_cast<std::size_t>(r)].name;
      const System held = compile(
          intervened(intact.architecture, doing(Kind::clamp, {name}, before.activity(0, r))));
      const Equilibrium after = equilibrium(held, input, theta, false);
      ASSERT_TRUE(after.outcome.finished());
      EXPECT_EQ(after.activity(0, r), before.activity(0, r));
      EXPECT_CLOSE(after.activity,
                   before.activity,
                   Tolerance::because(1e-11, "roundings of a fixed point, as equilibrium_test"));
    }
  }
}

TEST(Intervention, LetsStaticRegionsAllBeHeld) {
  const Catalogue kinds = catalogue();
  const System intact = compile(test::chain_of_three("neuronal", "rate", kinds));
  const System held =
      compile(intervened(intact.architecture, doing(Kind::clamp, {"A", "B", "C"}, 0.25)));
  const Equilibrium after =
      equilibrium(held, MatrixXd::Constant(2, 3, 1), intact.prior_mean(), true);
  ASSERT_TRUE(after.outcome.finished());
  EXPECT_EQ(after.activity, MatrixXd::Constant(3, 3, 0.25));
  for (const MatrixXd& slope : after.slope) EXPECT_EQ(slope.cwiseAbs().maxCoeff(), 0);
}

TEST(Intervention, LetsAllRegionsBeHeldInTime) {
  const Catalogue kinds = catalogue();
  for (const char* observation : {"rate", "bold"}) {
    const System held = compile(intervened(test::chain_of_three("neuronal", observation, kinds),
                                           doing(Kind::clamp, {"A", "B", "C"}, 0.25)));
    const Response after = response_of(held, held.prior_mean(), true);
    ASSERT_EQ(after.value.size(), 3u);
    if (std::string(observation) == "rate") {
      EXPECT_EQ(after.value[2], VectorXd::Constant(60, 0.25));
    } else {
      EXPECT_GT(after.value[2].tail(1)[0], 0.1) << "activity that lasts is seen";
    }
  }
}

TEST(Intervention, KeepsSensitivitiesExact) {
  const Catalogue kinds = catalogue();
  for (const Intervention& i : {doing(Kind::scale, {"A -> B"}, 0.6),
                                doing(Kind::scale, {"B"}, 1.4),
                                doing(Kind::swap, {"u1", "u2"}),
                                doing(Kind::cut, {"C -> B"}),
                                doing(Kind::clamp, {"C"}, 0.2)}) {
    const System system = compile(intervened(test::chain_of_three("neuronal", "bold", kinds), i));
    const Timeline line = timeline(system, test::block_run(system, 2, 40));
    EXPECT_LT(test::worst_derivative(system, line, test::drawn_theta(system, 3)), 1e-6)
        << to_text(i);
  }
}

TEST(Intervention, LeavesNoSensitivityInWhatIsGone) {
  const Catalogue kinds = catalogue();
  const System system = compile(
      intervened(test::chain_of_three("neuronal", "bold", kinds), doing(Kind::lesion, {"A"})));
  const Response at = response_of(system, test::drawn_theta(system, 3), true);
  EXPECT_LT(at.jacobian[0].cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_GT(at.jacobian[1].cwiseAbs().maxCoeff(), 0.1) << "C still drives B";
}

TEST(Intervention, SaysWhatStandsInItsWay) {
  const Catalogue kinds = catalogue();
  const Architecture a = test::chain_of_three("neuronal", "bold", kinds);
  const auto said = [&](Kind kind, std::vector<std::string> targets) {
    return obstacle(a, doing(kind, std::move(targets), 1));
  };
  EXPECT_EQ(said(Kind::lesion, {"A", "D"}), "has no region 'D'");
  EXPECT_EQ(said(Kind::clamp, {"D"}), "has no region 'D'");
  EXPECT_EQ(said(Kind::cut, {"A -> C"}), "has no projection 'A -> C'");
  EXPECT_EQ(said(Kind::cut, {"A -> B (2)"}), "has no projection 'A -> B (2)'");
  EXPECT_EQ(said(Kind::scale, {"D"}), "has no region 'D'");
  EXPECT_EQ(said(Kind::scale, {"A"}), "has no projection into 'A'");
  EXPECT_EQ(said(Kind::swap, {"u1", "u3"}), "has no input 'u3'");
  EXPECT_EQ(said(Kind::swap, {"u1", "u1"}), "lets neither 'u1' nor 'u1' modulate a projection");
  EXPECT_EQ(said(Kind::swap, {"u1", "u2"}), "");
  EXPECT_EQ(said(Kind::scale, {"B", "B -> C"}), "");
}

}  // namespace
}  // namespace insula::simulation
