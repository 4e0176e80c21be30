// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/spm_toys.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference {
namespace {

using Eigen::VectorXd;

// From its prior mean the default schedule ends in a mirror image of the oscillation.
Problem oscillating() {
  toys::SpmToy toy = toys::read_spm_toy("oscillation");
  toy.problem.evaluate = toys::evaluate_exactly(toy.model);
  return toy.problem;
}

Options many_starts() {
  Options options;
  options.starts = 8;
  options.task = "oscillation";
  return options;
}

TEST(Multistart, KeepsTheBestOfItsStarts) {
  const Fit fit = variational_laplace(oscillating(), many_starts());
  ASSERT_EQ(fit.start_free_energy.size(), 8u);
  EXPECT_EQ(fit.free_energy.total(),
            *std::max_element(fit.start_free_energy.begin(), fit.start_free_energy.end()));
  EXPECT_GT(fit.free_energy.total(), fit.start_free_energy[0] + 30);
}

TEST(Multistart, StartsFromThePriorMeanFirst) {
  const Fit one = variational_laplace(oscillating());
  const Fit many = variational_laplace(oscillating(), many_starts());
  EXPECT_EQ(many.start_free_energy[0], one.free_energy.total());
}

TEST(Multistart, DrawsOtherStartsForAnotherTaskOrSeed) {
  Options options = many_starts();
  const Fit fit = variational_laplace(oscillating(), options);
  options.task = "another";
  EXPECT_NE(variational_laplace(oscillating(), options).start_free_energy, fit.start_free_energy);
  options = many_starts();
  options.seed = 1;
  EXPECT_NE(variational_laplace(oscillating(), options).start_free_energy, fit.start_free_energy);
}

TEST(Multistart, OutlivesStartsThatFail) {
  Problem problem = toys::decay_problem(1, {0.7, 0.5});
  problem.evaluate = [evaluate = problem.evaluate](const VectorXd& theta, bool jacobian) {
    if (theta[0] <= 0) return Evaluation{{Outcome::Kind::diverged, "V5", 1, ""}, {}, {}};
    return evaluate(theta, jacobian);
  };
  const Fit fit = variational_laplace(problem, many_starts());
  EXPECT_TRUE(fit.converged());
  EXPECT_TRUE(std::isnan(fit.start_free_energy[0]));
}

TEST(Multistart, GivesTheSameBytesAtAnyNumberOfThreads) {
  Options options = many_starts();
  options.pareto_check = true;
  options.pareto_draws = 200;
  std::vector<std::string> bytes;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    bytes.push_back(toys::bytes_of(variational_laplace(oscillating(), options)));
  }
  set_threads(0);
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_EQ(bytes[0], bytes[2]);
}

}  // namespace
}  // namespace insula::inference
