// SPDX-License-Identifier: Apache-2.0
// Slopes of equilibria in parameters equal closed forms and differences.
#include <gtest/gtest.h>

#include "framework/simulation/equilibrium.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/attention_model.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Some designs: a grid of the inputs' values 0, ½ and 1.
MatrixXd grid(const System& system) {
  const Index inputs = std::ssize(system.inputs);
  Index trials = 1;
  for (Index k = 0; k < inputs; ++k) trials *= 3;
  MatrixXd input(inputs, trials);
  for (Index t = 0; t < trials; ++t)
    for (Index k = 0, rest = t; k < inputs; ++k, rest /= 3)
      input(k, t) = 0.5 * static_cast<double>(rest % 3);
  return input;
}

// Largest difference from central differences of fourth order, as a share of the largest slope of
// the parameter (or a hundredth of the largest of all, for parameters that hardly matter).
double worst_slope(const System& system, const VectorXd& theta) {
  const MatrixXd input = grid(system);
  const Equilibrium at = equilibrium(system, input, theta, true);
  EXPECT_TRUE(at.outcome.finished()) << to_text(at.outcome);
  double worst = 0, largest = 0;
  for (const MatrixXd& s : at.slope) largest = std::max(largest, s.cwiseAbs().maxCoeff());
  for (Index p = 0; p < theta.size(); ++p) {
    const double h = 1e-3 * std::max(std::abs(theta[p]), 1.0);
    const auto activity = [&](double steps) {
      VectorXd moved = theta;
      moved[p] += steps * h;
      return equilibrium(system, input, moved, false).activity;
    };
    const MatrixXd difference =
        (8 * (activity(1) - activity(-1)) - (activity(2) - activity(-2))) / (12 * h);
    for (Index r = 0; r < difference.cols(); ++r) {
      const VectorXd slope = at.slope[static_cast<std::size_t>(r)].col(p);
      const double scale = std::max(slope.cwiseAbs().maxCoeff(), 1e-2 * largest);
      worst = std::max(worst, (difference.col(r) - slope).cwiseAbs().maxCoeff() / scale);
    }
  }
  return worst;
}

TEST(EquilibriumSlopes, EqualCentralDifferencesForEveryKind) {
  const Catalogue kinds = catalogue();
  for (const char* kind : {"neuronal", "two_state", "rate"})
    for (std::uint64_t seed = 10; seed < 13; ++seed) {
      const System system = compile(test::chain_of_three(kind, "rate", kinds));
      EXPECT_LT(worst_slope(system, test::drawn_theta(system, seed)), 1e-6) << kind << " " << seed;
    }
}

TEST(EquilibriumSlopes, EqualCentralDifferencesForTheAttentionModels) {
  const Catalogue kinds = catalogue();
  for (const std::string& name : insula::test::kAttentionModels) {
    const System system = compile(insula::test::attention_model(name, kinds));
    VectorXd theta = system.prior_mean();
    for (Index i = 0; i < theta.size(); ++i)
      if (system.parameter_names()[static_cast<std::size_t>(i)].find(" -> ") != std::string::npos)
        theta[i] = 0.15;
    EXPECT_LT(worst_slope(system, theta), 1e-6) << name;
  }
}

// x = C u / (16 σ): a slope of x/C in C and, σ being ½ e^θ, of −x in θ.
TEST(EquilibriumSlopes, OfOneRegionHaveAClosedForm) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  VectorXd theta = system.prior_mean();
  test::set(system, theta, "u -> A.strength", 2);
  test::set(system, theta, "A.self_inhibition", 0.3);
  const std::vector<std::string> names = system.parameter_names();
  const Equilibrium e = equilibrium(system, grid(system), theta, true);
  for (Index t = 0; t < 3; ++t) {
    const double x = 2 * 0.5 * static_cast<double>(t) / (16 * 0.5 * std::exp(0.3));
    EXPECT_CLOSE(e.activity(t, 0), x, Tolerance::rounding(16));
    for (Index p = 0; p < theta.size(); ++p) {
      const std::string& name = names[static_cast<std::size_t>(p)];
      const double slope = name == "u -> A.strength" ? x / 2 : name == "A.self_inhibition" ? -x : 0;
      EXPECT_CLOSE(e.slope[0](t, p), slope, Tolerance::rounding(16)) << name;
    }
  }
}

TEST(EquilibriumSlopes, AreTheSameWhateverIsObservedAndZeroInItsParameters) {
  const Catalogue kinds = catalogue();
  const System bold = compile(test::chain_of_three("two_state", "bold", kinds));
  const System plain = compile(test::chain_of_three("two_state", "rate", kinds));
  const VectorXd theta = test::drawn_theta(bold, 9);
  const std::vector<std::string> names = bold.parameter_names(),
                                 short_names = plain.parameter_names();
  VectorXd short_theta(plain.prior_mean().size());
  std::vector<Index> place(names.size(), -1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].starts_with("seen")) continue;
    const auto found = std::ranges::find(short_names, names[i]);
    ASSERT_NE(found, short_names.end()) << names[i];
    place[i] = found - short_names.begin();
    short_theta[place[i]] = theta[static_cast<Index>(i)];
  }
  for (std::size_t i = 0; i < short_names.size(); ++i)
    if (short_names[i].starts_with("seen")) short_theta[static_cast<Index>(i)] = 0;
  const Equilibrium a = equilibrium(bold, grid(bold), theta, true);
  const Equilibrium b = equilibrium(plain, grid(plain), short_theta, true);
  ASSERT_TRUE(a.outcome.finished());
  EXPECT_EQ(a.activity, b.activity);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto column = a.slope[r].col(static_cast<Index>(i));
      if (place[i] < 0)
        EXPECT_EQ(column.cwiseAbs().maxCoeff(), 0) << names[i];
      else
        EXPECT_EQ(column, b.slope[r].col(place[i])) << names[i];
    }
}

// At rest nothing has moved, but inputs' strengths would move it.
TEST(EquilibriumSlopes, AreFiniteAtRest) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::chain_of_three("neuronal", "bold", kinds));
  const Equilibrium e = equilibrium(system, grid(system), system.prior_mean(), true);
  ASSERT_TRUE(e.outcome.finished());
  EXPECT_EQ(e.activity.cwiseAbs().maxCoeff(), 0);
  for (const MatrixXd& slope : e.slope) {
    EXPECT_TRUE(slope.allFinite());
    EXPECT_GT(slope.cwiseAbs().maxCoeff(), 0);
  }
}

}  // namespace
}  // namespace insula::simulation
