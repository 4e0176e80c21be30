// SPDX-License-Identifier: Apache-2.0
// Learning rates come back from answers through the equilibrium of a static region.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

// The better of the two starts that a run takes.
inference::Fit fitted(const FitProblem& problem) {
  inference::Options options;
  inference::Fit best = inference::variational_laplace(problem.problem, options);
  options.start = problem.other_start;
  inference::Fit other = inference::variational_laplace(problem.problem, options);
  return other.free_energy.total() > best.free_energy.total() ? other : best;
}

constexpr const char* kBet = R"yaml(insula: architecture/1
name: bet
regions: {OFC: {kind: rate}}
inputs: {belief: {signal: value.value, drives: [OFC]}}
learners: {value: {kind: rescorla_wagner, outcome: reward, cue: picture, initial: 0.5}}
observations: {decision: {kind: choice, evidence: [OFC]}}
parameters: {decision.evidence.OFC: {prior: "normal(0, 6)"}}
)yaml";

constexpr const char* kBets = R"(insula: simulation/1
name: bets
architecture: bet.yaml
seed: 1
trials: {count: 400, columns: {reward: {levels: [0, 1]}, picture: {levels: [1, 2]}}}
parameters:
  belief -> OFC.strength: 1
  decision.evidence: -3
  decision.evidence.OFC: 6
)";

// Learning rates drawn from their prior, from answers alone. Of 60 intervals 95 % hold the truth,
// within 4 standard errors.
TEST(StaticLearners, GiveLearningRatesBackFromAnswersThroughARegion) {
  constexpr std::size_t kSeries = 60;
  const Catalogue kinds = catalogue();
  const dataset::Folder folder;
  folder.write("bet.yaml", kBet);
  folder.write("recipe.yaml", kBets);
  const Recipe recipe = read_recipe(folder.path("recipe.yaml"), kinds);
  const auto& parameters = recipe.architecture.parameters;
  const auto rate = static_cast<std::size_t>(
      std::ranges::find(parameters, "value.learning_rate", &architecture::Parameter::name) -
      parameters.begin());
  std::vector<double> truth(kSeries), mean(kSeries), sd(kSeries);
  parallel_for(kSeries, [&](std::size_t i) {
    Recipe drawn = recipe;
    drawn.seed = i;
    truth[i] = drawn.theta[rate] = with_drawn_parameters(recipe, 900 + i).theta[rate];
    const auto problem = assemble(recipe.architecture, simulate(drawn).dataset.subjects[0], {}, {});
    const inference::Fit fit = fitted(*problem);
    EXPECT_TRUE(fit.converged()) << fit.reason;
    const int at = problem->free_index[rate];
    mean[i] = fit.mean[at];
    sd[i] = std::sqrt(fit.covariance(at, at));
  });
  int covered = 0;
  double middle = 0, spread = 0, error = 0;
  for (const double t : truth) middle += t / kSeries;
  for (std::size_t i = 0; i < kSeries; ++i) {
    covered += std::abs(mean[i] - truth[i]) < normal_quantile(0.975) * sd[i] ? 1 : 0;
    spread += std::pow(truth[i] - middle, 2);
    error += std::pow(mean[i] - truth[i], 2);
  }
  std::printf("learning rates: answers cover %d of %zu and leave %.0f %% of their variance\n",
              covered,
              kSeries,
              100 * error / spread);
  EXPECT_GE(covered, kSeries * (0.95 - 4 * std::sqrt(0.95 * 0.05 / kSeries)));
  EXPECT_LT(error, 0.4 * spread);
}

}  // namespace
}  // namespace insula::experiment
