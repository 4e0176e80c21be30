// SPDX-License-Identifier: Apache-2.0
// Twins whose truth is known, intact and changed: what is predicted from the intact data alone has
// the truth in its 95 % intervals as often as it should, and agrees with fits to data of the
// changed network.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/detail/targets_shown.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Kind = simulation::Intervention::Kind;

constexpr std::size_t kTwins = 40;
constexpr double kNothing = 1e-3;  // a size of change that is the integrator's error, or rounding

// A → B ← C; bold of all, a pupil that follows C, decisions whose evidence is B's activity. Priors
// as narrow as truths differ, so that no twin is without effects.
constexpr const char* kIntact = R"(insula: architecture/1
name: intact
regions: {A: {kind: neuronal}, B: {kind: neuronal}, C: {kind: neuronal}}
projections:
  A -> B: {kind: modulated, by: [context]}
  C -> B: {kind: linear}
inputs: {flash: {drives: [A]}, tone: {drives: [C]}, context: {}}
observations:
  bold: {kind: bold, regions: [A, B, C]}
  pupil: {kind: pupil, regions: [C], channels: {C: diameter}}
  decision: {kind: ddm, drift: [B], window: {from: 0 s, to: 2 s}}
parameters:
  A -> B.strength: {prior: normal(0.4 1/s, 0.15 1/s)}
  A -> B.modulation.context: {prior: normal(0.3 1/s, 0.15 1/s)}
  C -> B.strength: {prior: normal(0.4 1/s, 0.15 1/s)}
  flash -> A.strength: {prior: normal(2 1/s, 0.3 1/s)}
  tone -> C.strength: {prior: normal(2 1/s, 0.3 1/s)}
  decision.drift: {prior: normal(-0.8 1/s, 0.3 1/s)}
  decision.drift.B: {prior: normal(6 1/s, 1 1/s)}
)";
constexpr const char* kCut =
    "insula: architecture/1\nname: cut\nextends: intact.yaml\nremove: [A -> B]\n";
constexpr const char* kRecipe = R"(insula: simulation/1
name: twin
architecture: intact.yaml
seed: 1
duration: 300 s
trials: {every: 5 s, start: 2 s, jitter: 1 s}
inputs:
  flash: {every: 40 s, on: 20 s, start: 10 s}
  tone: {every: 65 s, on: 30 s, start: 5 s}
  context: {every: 90 s, on: 50 s, start: 30 s}
recordings:
  bold: {interval: 2 s, noise: {snr: 2}, ar: 0.2}
  pupil: {rate: 1 Hz, noise: {snr: 1}, ar: 0.5}
)";

VectorXd free_theta(const architecture::Architecture& a, const std::vector<double>& theta) {
  const std::vector<std::size_t> free = a.free_parameters();
  VectorXd of_free(std::ssize(free));
  for (std::size_t i = 0; i < free.size(); ++i) of_free[static_cast<Index>(i)] = theta[free[i]];
  return of_free;
}

// Of the mean of a prediction, which the refit to data of the changed network tells too.
struct Estimate {
  double mean = 0, sd = 0;
};

// One quantity of one channel: is the truth within the interval?
struct Covered {
  std::string of;  // "cut A -> B, bold B, mean_change"
  bool is_covered = false;
};

struct OneTwin {
  bool is_fitted = false;
  std::vector<Covered> covered;      // of what is not certain
  std::vector<double> disagreement;  // of refits, per channel of bold: predicted − refitted, in sds
  std::vector<double> sharper;       // of refits: their sd over that of the prediction
};

class Twins {
 public:
  Twins() {
    folder_.write("intact.yaml", kIntact);
    folder_.write("cut.yaml", kCut);
    folder_.write("recipe.yaml", kRecipe);
    recipe_ = read_recipe(folder_.path("recipe.yaml"), test::portable_kinds());
    cut_ = architecture::load(folder_.path("cut.yaml"), test::portable_kinds());
  }

  OneTwin look_at(std::size_t number) const {
    Recipe recipe = with_drawn_parameters(recipe_, number);
    recipe.seed = 100 + number;
    const Twin twin = simulate(recipe);
    Experiment e;
    e.dataset = twin.dataset;
    e.hypotheses = {{"intact", "intact.yaml", recipe.architecture}};
    e.interventions = {{Kind::cut, {"A -> B"}, 0, "cut A -> B"},
                       {Kind::lesion, {"C"}, 0, "lesion C"}};
    e.split = Split::none;
    e.pareto_draws = 0;
    e.seed = number;
    RunData data{e, targets(e), {}, {}, comparable_trials(e)};
    data.models.push_back(
        {"intact", "hypothesis", &e.hypotheses[0].architecture, nullptr, {}, {}, {}});
    data.folds.emplace_back();
    make_tasks(data);
    fit_to_all_data(data, {});
    OneTwin one;
    one.is_fitted = data.models[0].parts[0][0].fit.converged();
    if (!one.is_fitted) return one;
    const VectorXd theta = free_theta(recipe.architecture, recipe.theta);
    for (std::size_t i = 0; i < e.interventions.size(); ++i) {
      const InterventionEffect effect = effect_of(data, {0, 0, i});
      EXPECT_EQ(effect.failed, 0);
      compare_with_truth(data, effect, e.interventions[i], theta, one);
      if (i == 0) compare_with_refit(recipe, effect, one);
    }
    return one;
  }

 private:
  static void compare_with_truth(const RunData& data,
                                 const InterventionEffect& effect,
                                 const simulation::Intervention& what,
                                 const VectorXd& theta,
                                 OneTwin& one) {
    const Experiment& e = data.experiment;
    const auto intact = problem_of(data, data.models[0], 0, 0);
    const architecture::Architecture edited =
        simulation::intervened(e.hypotheses[0].architecture, what);
    const auto changed = assemble(edited, e.dataset.subjects[0], {}, {});
    const TargetsShown shown(data, *intact, data.models[0].parts[0][0]);
    const auto before = shown.targets(intact->problem.evaluate(theta, false), {});
    const auto after = shown.targets(changed->problem.evaluate(theta, false), {});
    for (std::size_t k = 0; k < effect.changes.size(); ++k) {
      const PredictedChange& predicted = effect.changes[k];
      const Target& target = data.targets[predicted.target];
      // The truth is in the recording's unit as it is; a fit's numbers are scaled.
      const double scale = k < intact->scaling.size() ? intact->scaling[k].factor : 1;
      const VectorXd b = scale * before[predicted.target];
      const VectorXd change = scale * after[predicted.target] - b;
      const VectorXd v = b.array() - b.mean();
      const double truth[] = {b.mean(),
                              change.mean(),
                              std::sqrt(change.squaredNorm() / v.squaredNorm()),
                              1 + v.dot(change) / v.squaredNorm()};
      for (Index q = 0; q < kQuantityCount; ++q) {
        // What is not reached by the change, and what is gone, is certain whatever θ is.
        if (q > 0 && (truth[2] < kNothing || std::abs(truth[3]) < kNothing)) continue;
        const auto column = predicted.draws[0].col(q);
        const std::vector<double> draws(column.begin(), column.end());
        one.covered.push_back(
            {what.name + ", " + target.recording + " " + target.channel + ", " + kQuantities[q],
             truth[q] >= numerics::quantile(draws, 0.025) &&
                 truth[q] <= numerics::quantile(draws, 0.975)});
      }
    }
  }

  // The means of the bold of the changed network, predicted and of a fit to its own data.
  void compare_with_refit(const Recipe& recipe,
                          const InterventionEffect& effect,
                          OneTwin& one) const {
    Recipe changed = recipe;
    changed.architecture = cut_;
    changed.seed += 1000;  // another recording
    changed.theta.clear();
    for (const architecture::Parameter& p : cut_.parameters) {
      const auto& all = recipe.architecture.parameters;
      const auto same = std::ranges::find(all, p.name, &architecture::Parameter::name);
      changed.theta.push_back(recipe.theta[static_cast<std::size_t>(same - all.begin())]);
    }
    const Twin twin = simulate(changed);
    const auto problem = assemble(cut_, twin.dataset.subjects[0], {}, {});
    const inference::Fit fit = inference::variational_laplace(problem->problem);
    ASSERT_TRUE(fit.converged());
    const inference::Evaluation at = problem->problem.evaluate(fit.mean, true);
    for (std::size_t c = 0; c < 3; ++c) {
      const VectorXd slope = at.jacobian[c].colwise().mean();
      const Estimate refitted{at.prediction[c].mean(),
                              std::sqrt(slope.dot(fit.covariance * slope))};
      const VectorXd draws = effect.changes[c].draws[0].col(0) + effect.changes[c].draws[0].col(1);
      const Estimate predicted{draws.mean(),
                               std::sqrt((draws.array() - draws.mean()).square().mean())};
      one.disagreement.push_back((predicted.mean - refitted.mean) /
                                 std::hypot(predicted.sd, refitted.sd));
      one.sharper.push_back(refitted.sd / predicted.sd);
    }
  }

  dataset::Folder folder_;
  Recipe recipe_;
  architecture::Architecture cut_;
};

// What examples/demo/README.md says of the truth: without SPC 45 % of V5's response are left, and
// 96 % of V1's.
TEST(PredictedChanges, OfTheDemoHaveTheTruthThatItsReadmeTells) {
  const Catalogue& kinds = test::portable_kinds();
  const Recipe recipe = read_recipe(INSULA_ROOT "/examples/demo/recipe.yaml", kinds);
  const Twin twin = simulate(recipe);
  const VectorXd theta = free_theta(recipe.architecture, recipe.theta);
  const architecture::Architecture lesioned =
      simulation::intervened(recipe.architecture, {Kind::lesion, {"SPC"}, 0, {}});
  const auto intact = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
  const auto without = assemble(lesioned, twin.dataset.subjects[0], {}, {});
  const inference::Evaluation before = intact->problem.evaluate(theta, false);
  const inference::Evaluation after = without->problem.evaluate(theta, false);
  const auto left = [&](std::size_t channel) {
    const VectorXd b = before.prediction[channel].array() - before.prediction[channel].mean();
    return b.dot(after.prediction[channel]) / b.squaredNorm();
  };
  EXPECT_NEAR(left(0), 0.96, 0.005);
  EXPECT_NEAR(left(1), 0.45, 0.005);
}

TEST(PredictedChanges, HaveTheTruthInTheirIntervalsAndAgreeWithRefits) {
  const Twins twins;
  std::vector<OneTwin> all(kTwins);
  parallel_for(kTwins, [&](std::size_t i) { all[i] = twins.look_at(i); });
  EXPECT_LE(std::ranges::count(all, false, &OneTwin::is_fitted), 1);
  std::map<std::string, std::pair<int, int>> of_each;  // covered, all
  int covered = 0, total = 0, agree = 0, compared = 0;
  double squares = 0, sharper = 0;
  for (const OneTwin& one : all) {
    for (const Covered& c : one.covered) {
      of_each[c.of].first += c.is_covered;
      of_each[c.of].second += 1;
      covered += c.is_covered;
      ++total;
    }
    for (std::size_t c = 0; c < one.disagreement.size(); ++c) {
      agree += std::abs(one.disagreement[c]) < normal_quantile(0.975);
      squares += one.disagreement[c] * one.disagreement[c];
      sharper += one.sharper[c];
      ++compared;
    }
  }
  std::printf("%d of %d intervals cover (%.1f %%)\n", covered, total, 100.0 * covered / total);
  std::printf("%d of %d refits agree (%.1f %%), rms z %.2f, their sd %.2f of the prediction's\n",
              agree,
              compared,
              100.0 * agree / compared,
              std::sqrt(squares / compared),
              sharper / compared);
  // Of 40 truths 33 or more lie in 95 % intervals: fewer have a chance of 0.06 %, and there are 30
  // such counts. All together as parameters in recovery_test.cpp.
  // Mean response times are covered in 90 % (135 of 150 twins): the posterior of a non-decision
  // time is skewed (docs/validation.md, recovery).
  for (const auto& [of, count] : of_each) {
    const bool is_skewed = of.find("response time") != std::string::npos;
    EXPECT_GE(count.first, count.second - (is_skewed ? 10 : 7)) << of;
  }
  EXPECT_GE(of_each.size(), 30U);
  EXPECT_GE(covered, 0.90 * total);
  EXPECT_LE(covered, 0.98 * total);
  EXPECT_GE(agree, 0.90 * compared);
  // Predictions that were never wrong would be those of intervals that are too wide.
  EXPECT_GT(std::sqrt(squares / compared), 0.7);
  EXPECT_LT(std::sqrt(squares / compared), 1.3);
}

}  // namespace
}  // namespace insula::experiment
