// SPDX-License-Identifier: Apache-2.0
// Truth comes back from three kinds of data at once: BOLD, pupil and decisions with their times,
// simulated from the demo's architectures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

constexpr std::size_t kSeries = 50;
constexpr const char* kHypotheses[] = {"forward", "backward", "ungated", "gated"};

Recipe recipe_of(const std::string& hypothesis,
                 const std::string& parameters,
                 const Catalogue& kinds) {
  const dataset::Folder folder;
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: joint\nseed: 5\nduration: 720 s\narchitecture: " +
                   std::string(INSULA_ROOT) + "/examples/demo/" + hypothesis + R"(.yaml
inputs:
  photic:    {block: 20 s, pattern: [0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1]}
  motion:    {block: 20 s, pattern: [0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0]}
  attention: {block: 20 s, pattern: [0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0]}
trials: {every: 5 s, start: 2 s, jitter: 1 s}
)" + parameters);
  return read_recipe(folder.path("recipe.yaml"), kinds);
}

struct Coverage {
  int covered = 0, total = 0;
  double share() const { return static_cast<double>(covered) / total; }
  void add(const Coverage& other) { covered += other.covered, total += other.total; }
};

// Whose parameter it is: a modality's, or the regions' and their inputs' and projections'.
std::string group_of(const std::string& parameter) {
  for (const char* observation : {"bold", "pupil", "decision"})
    if (parameter.starts_with(std::string(observation) + ".")) return observation;
  return "dynamics";
}

// The recording's scaling scales the gain that its data are fitted with.
double scaled_truth(const Truth& truth, const FitProblem& problem) {
  if (!truth.parameter.starts_with("pupil.gain")) return truth.theta;
  for (std::size_t c = 0; c < problem.system.observed(); ++c)
    if (problem.system.channels[c].name == "pupil of SPC")
      return truth.theta + std::log(problem.scaling[c].factor);
  throw std::logic_error("no pupil");
}

std::map<std::string, Coverage> recover_one(const Recipe& recipe, std::size_t i) {
  // A draw whose network is unstable has no data to fit: the next seed takes its place.
  Twin twin;
  for (std::uint64_t attempt = 0;; ++attempt) {
    Recipe drawn = with_drawn_parameters(recipe, 1000 * i + attempt);
    drawn.seed = i;
    twin = simulate(drawn);
    if (twin.outcome.finished()) break;
  }
  const auto problem = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
  const inference::Fit fit = inference::variational_laplace(problem->problem);
  std::map<std::string, Coverage> covered;
  if (!fit.converged()) return covered;
  for (std::size_t p = 0; p < problem->system.free.size(); ++p) {
    const auto at = static_cast<Eigen::Index>(p);
    const Truth& truth = twin.truth[problem->system.free[p]];
    Coverage& mine = covered[group_of(truth.parameter)];
    mine.total += 1;
    mine.covered += std::abs(fit.mean[at] - scaled_truth(truth, *problem)) <
                    normal_quantile(0.975) * std::sqrt(fit.covariance(at, at));
  }
  return covered;
}

// Four standard errors of a share of 95 % among n.
double slack(int n) { return 4 * std::sqrt(0.95 * 0.05 / n); }

TEST(JointParameters, LieInTheirIntervalsAsOftenAsTheyShouldInEveryModality) {
  const Catalogue kinds = catalogue();
  const Recipe recipe = recipe_of("gated",
                                  R"(recordings:
  bold:  {interval: 2 s, noise: {sd: 0.3 %}, ar: 0.2}
  pupil: {rate: 5 Hz, noise: {snr: 1}, ar: 0.9}
)",
                                  kinds);
  std::vector<std::map<std::string, Coverage>> each(kSeries);
  parallel_for(kSeries, [&](std::size_t i) { each[i] = recover_one(recipe, i); });
  std::map<std::string, Coverage> groups;
  Coverage all;
  int failed = 0;
  for (const auto& one : each) {
    failed += one.empty() ? 1 : 0;
    for (const auto& [name, coverage] : one) groups[name].add(coverage), all.add(coverage);
  }
  for (const auto& [name, coverage] : groups) {
    std::printf("%s: %d of %d intervals cover (%.1f %%)\n",
                name.c_str(),
                coverage.covered,
                coverage.total,
                100 * coverage.share());
    EXPECT_GT(coverage.share(), 0.95 - slack(coverage.total)) << name;
  }
  std::printf("all: %.1f %%, %d fits did not converge\n", 100 * all.share(), failed);
  EXPECT_LE(failed, 2);
  EXPECT_GE(all.share(), 0.90);
  EXPECT_LE(all.share(), 0.98);
}

// True values of the demo, each hypothesis with its own claim of the demo's strength.
std::string truth_of(const std::string& hypothesis) {
  std::string text = R"(recordings:
  bold:  {interval: 2 s, noise: {snr: 2.5}, ar: 0.2}
  pupil: {rate: 5 Hz, noise: {snr: 1}, ar: 0.9}
parameters:
  photic -> V1.strength: 2 1/s
  V1 -> V5.strength: 0.05 1/s
  V1 -> V5.modulation.motion: 0.3 1/s
  V5 -> V1.strength: 0.05 1/s
  V5 -> SPC.strength: 0.1 1/s
  SPC -> V5.strength: 0.05 1/s
  decision.drift: -1 1/s
  decision.drift.V5: 8 1/s
)";
  if (hypothesis == "forward") text += "  V1 -> V5.modulation.attention: 0.3 1/s\n";
  if (hypothesis == "backward") text += "  V5 -> V1.modulation.attention: 0.3 1/s\n";
  if (hypothesis == "gated") text += "  V1 -> V5.gating.SPC: 1.5 1/s\n";
  if (hypothesis == "gated" || hypothesis == "ungated")
    text += "  attention -> SPC.strength: 2 1/s\n";
  return text;
}

TEST(JointHypotheses, AreToldApartByTheirEvidence) {
  constexpr std::size_t kEach = 10, kAll = 4 * kEach;
  const Catalogue kinds = catalogue();
  std::vector<Recipe> recipes;
  for (const char* name : kHypotheses) recipes.push_back(recipe_of(name, truth_of(name), kinds));
  std::vector<std::size_t> winner(kAll);
  parallel_for(kAll, [&](std::size_t i) {
    Recipe recipe = recipes[i / kEach];
    recipe.seed = 100 + i;
    const Twin twin = simulate(recipe);
    double best = -HUGE_VAL;
    for (std::size_t h = 0; h < 4; ++h) {
      const auto problem = assemble(recipes[h].architecture, twin.dataset.subjects[0], {}, {});
      const double evidence = inference::variational_laplace(problem->problem).free_energy.total();
      if (evidence > best) best = evidence, winner[i] = h;
    }
  });
  int right = 0;
  for (std::size_t truth = 0; truth < 4; ++truth) {
    int of[4] = {};
    for (std::size_t k = 0; k < kEach; ++k) ++of[winner[truth * kEach + k]];
    right += of[truth];
    std::printf("%-9s taken for forward %d, backward %d, ungated %d, gated %d\n",
                kHypotheses[truth],
                of[0],
                of[1],
                of[2],
                of[3]);
  }
  EXPECT_GE(right, 36);  // 90 %
}

// At the prior mean nothing drives V5, so its weight tells nothing and nothing tells of what drives
// it: a fit that stayed there would know no more than the prior.
TEST(DecisionsAlone, TellOfTheRegionThatTheyDependOn) {
  const Catalogue kinds = catalogue();
  const dataset::Folder folder;
  const std::string demo = std::string(INSULA_ROOT) + "/examples/demo/";
  folder.write("decisions.yaml",
               "insula: architecture/1\nname: decisions\nextends: " + demo +
                   "gated.yaml\nremove: [bold, pupil]\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: decisions\ndataset: " + demo +
                   "recipe.yaml\nhypotheses: [decisions.yaml]\nbaselines: [constant]\n"
                   "inference: {pareto_draws: 0}\nvalidation: none\n");
  const report::Results results =
      run(load(folder.path("experiment.yaml"), kinds), kinds, RunOptions{});
  const auto& rows = results.parameters;
  const auto motion =
      std::ranges::find(rows, "V1 -> V5.modulation.motion", &report::ParameterRow::parameter);
  ASSERT_NE(motion, rows.end());
  EXPECT_LT(motion->posterior_sd, 0.3 * motion->prior_sd);
  EXPECT_GT(results.comparison[0].log_evidence, results.comparison[1].log_evidence + 10);
}

}  // namespace
}  // namespace insula::experiment
