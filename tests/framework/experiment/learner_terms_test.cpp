// SPDX-License-Identifier: Apache-2.0
// What is learned across trials moves their predictors.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr const char* kModel = R"(insula: architecture/1
name: bandit
learners:
  value: {kind: KIND, outcome: reward, cue: picture}
observations:
  decision: {kind: choice, evidence: [value.value, value.value * effort]}
  arousal: {kind: continuous, value: pupil, mean: [value.prediction_error]}
)";

Recipe bandit(const std::string& kind, int minutes, const Catalogue& kinds) {
  const dataset::Folder folder;
  std::string model = kModel;
  model.replace(model.find("KIND"), 4, kind);
  folder.write("bandit.yaml", model);
  folder.write("recipe.yaml",
               R"(insula: simulation/1
name: bandit
architecture: bandit.yaml
seed: 3
duration: )" + std::to_string(minutes) +
                   R"( min
trials:
  every: 5 s
  columns: {reward: {levels: [0, 1, 1]}, picture: {levels: [0, 1]}, effort: {uniform: [-1, 1]}}
inputs: {}
parameters: {decision.evidence.value.value: 2, arousal.mean.value.prediction_error: 1}
)");
  return read_recipe(folder.path("recipe.yaml"), kinds);
}

TEST(LearnersInTerms, HaveSlopesThatEqualCentralDifferences) {
  const Catalogue kinds = catalogue();
  for (const LearnerKind& kind : kinds.learners) {
    const Recipe recipe = bandit(std::string(kind.name), 2, kinds);
    const Twin twin = simulate(recipe);
    const auto problem = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
    Eigen::VectorXd theta = problem->problem.prior_mean;
    for (Eigen::Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 + 0.1 * static_cast<double>(i);
    const auto at = problem->problem.evaluate(theta, true);
    ASSERT_EQ(at.predictors.size(), 2U);
    for (std::size_t o = 0; o < 2; ++o)
      for (std::size_t q = 0; q < at.predictors[o].slope.size(); ++q) {
        Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(at.predictors[o].value.rows(), theta.size());
        const inference::Slope& slope = at.predictors[o].slope[q];
        for (std::size_t k = 0; k < slope.parameter.size(); ++k)
          dense.col(slope.parameter[k]) = slope.value.col(static_cast<Eigen::Index>(k));
        for (Eigen::Index p = 0; p < theta.size(); ++p) {
          constexpr double h = 1e-5;
          Eigen::VectorXd up = theta, down = theta;
          up[p] += h;
          down[p] -= h;
          const auto column = static_cast<Eigen::Index>(q);
          const Eigen::VectorXd difference =
              (problem->problem.evaluate(up, false).predictors[o].value.col(column) -
               problem->problem.evaluate(down, false).predictors[o].value.col(column)) /
              (2 * h);
          EXPECT_CLOSE(Eigen::VectorXd(dense.col(p)),
                       difference,
                       Tolerance::because(1e-6, "h² of third derivatives of order 1, and rounding"))
              << kind.name << ", " << problem->problem.parameter[static_cast<std::size_t>(p)];
        }
      }
  }
}

// 95 % of the intervals of a learning rate hold the truth; of 60, 4 standard errors.
TEST(LearnersInTerms, GiveTheirParametersBack) {
  constexpr std::size_t kSeries = 60;
  const Catalogue kinds = catalogue();
  const Recipe recipe = bandit("rescorla_wagner", 40, kinds);
  std::vector<int> covered(kSeries, 0), total(kSeries, 0);
  parallel_for(kSeries, [&](std::size_t i) {
    Recipe drawn = with_drawn_parameters(recipe, 500 + i);
    drawn.seed = i;
    const Twin twin = simulate(drawn);
    const auto problem = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
    const inference::Fit fit = inference::variational_laplace(problem->problem);
    for (std::size_t p = 0; p < problem->system.free.size(); ++p) {
      const Truth& truth = twin.truth[problem->system.free[p]];
      // Values are standardised before they are fitted; the learner and the choice are not.
      if (!truth.parameter.starts_with("value.") && !truth.parameter.starts_with("decision."))
        continue;
      const auto at = static_cast<Eigen::Index>(p);
      total[i] += 1;
      covered[i] += std::abs(fit.mean[at] - truth.theta) <
                    normal_quantile(0.975) * std::sqrt(fit.covariance(at, at));
    }
  });
  int all = 0, held = 0;
  for (std::size_t i = 0; i < kSeries; ++i) all += total[i], held += covered[i];
  const double share = static_cast<double>(held) / all;
  std::printf("%d of %d intervals cover (%.1f %%)\n", held, all, 100 * share);
  EXPECT_GE(share, 0.90);
  EXPECT_LE(share, 0.98);
}

TEST(LearnersInTerms, BeginAnewInEveryRunAndKnowNothingOfLaterOutcomes) {
  const Catalogue kinds = catalogue();
  Recipe recipe = bandit("rescorla_wagner", 3, kinds);
  recipe.runs = {"run-1", "run-2"};
  const Twin twin = simulate(recipe);
  const auto problem = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
  Eigen::VectorXd theta = problem->problem.prior_mean;
  for (Eigen::Index i = 0; i < theta.size(); ++i) theta[i] = 0.5;
  const Eigen::MatrixXd before = problem->problem.evaluate(theta, false).predictors[0].value;
  dataset::Subject changed = twin.dataset.subjects[0];
  constexpr std::size_t kTrial = 20;  // of the first run
  double& reward = changed.runs[0].trials[0].columns[0].value[kTrial];
  ASSERT_EQ(changed.runs[0].trials[0].columns[0].name, "reward");
  reward = 1 - reward;
  const auto other = assemble(recipe.architecture, changed, {}, {});
  const Eigen::MatrixXd after = other->problem.evaluate(theta, false).predictors[0].value;
  const auto first_run = static_cast<Eigen::Index>(changed.runs[0].trials[0].size());
  EXPECT_EQ(before.topRows(kTrial + 1), after.topRows(kTrial + 1));  // its own choice comes before
  EXPECT_NE(before.topRows(first_run), after.topRows(first_run));
  EXPECT_EQ(before.bottomRows(before.rows() - first_run),
            after.bottomRows(after.rows() - first_run));
}

}  // namespace
}  // namespace insula::experiment
