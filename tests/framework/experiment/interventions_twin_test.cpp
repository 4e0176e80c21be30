// SPDX-License-Identifier: Apache-2.0
// Twins whose truth is known, intact and changed: what is predicted from the intact data alone has
// the truth in its 95 % intervals as often as it should, and agrees with fits to data of the
// changed network.
#include <gtest/gtest.h>

#include <cmath>

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

constexpr std::size_t kTwins = 150;
constexpr double kRounding = 1e-12;

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

struct OneTwin {
  bool is_fitted = false;
  std::vector<std::string> channels;
  Eigen::MatrixXi covered;           // channels × kQuantities: the truth is within the interval
  std::vector<double> disagreement;  // per channel of bold: predicted − refitted, in sds
  std::vector<double> sharper;  // per channel of bold: what the refit's sd is of the prediction's
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

  OneTwin look_at(std::size_t number, const simulation::Intervention& what) const {
    Recipe recipe = with_drawn_parameters(recipe_, number);
    recipe.seed = 100 + number;
    const Twin twin = simulate(recipe);
    Experiment e;
    e.dataset = twin.dataset;
    e.hypotheses = {{"intact", "intact.yaml", recipe.architecture}};
    e.interventions = {what};
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
    const InterventionEffect effect = effect_of(data, {0, 0, 0});
    EXPECT_EQ(effect.failed, 0);
    compare_with_truth(data, effect, what, free_theta(recipe.architecture, recipe.theta), one);
    if (what.kind == simulation::Intervention::Kind::cut) compare_with_refit(recipe, effect, one);
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
    one.covered.resize(std::ssize(effect.changes), kQuantityCount);
    for (std::size_t k = 0; k < effect.changes.size(); ++k) {
      const PredictedChange& predicted = effect.changes[k];
      one.channels.push_back(data.targets[predicted.target].recording + " " +
                             data.targets[predicted.target].channel);
      // The truth is in the recording's unit as it is; a fit's numbers are scaled.
      const double scale =
          k < intact->scaling.size() ? intact->scaling[k].factor : 1;  // series come first
      const VectorXd b = scale * before[predicted.target];
      const VectorXd change = scale * after[predicted.target] - b;
      const VectorXd v = b.array() - b.mean();
      const double truth[] = {b.mean(),
                              change.mean(),
                              std::sqrt(change.squaredNorm() / v.squaredNorm()),
                              1 + v.dot(change) / v.squaredNorm()};
      for (Index q = 0; q < kQuantityCount; ++q) {
        const auto column = predicted.draws[0].col(q);
        const std::vector<double> draws(column.begin(), column.end());
        // What is 0 whatever θ is, is 0 to rounding.
        one.covered(static_cast<Index>(k), q) =
            truth[q] >= numerics::quantile(draws, 0.025) - kRounding &&
            truth[q] <= numerics::quantile(draws, 0.975) + kRounding;
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

std::vector<OneTwin> looked_at(const simulation::Intervention& what) {
  const Twins twins;
  std::vector<OneTwin> all(kTwins);
  parallel_for(kTwins, [&](std::size_t i) { all[i] = twins.look_at(i, what); });
  const auto failed = std::ranges::count(all, false, &OneTwin::is_fitted);
  EXPECT_LE(failed, 2);
  std::erase_if(all, [](const OneTwin& one) { return !one.is_fitted; });
  return all;
}

// Of 60 truths, 51 to 60 within 95 % intervals: fewer have a chance of 0.2 %. All channels and
// quantities together: 90 to 98 %, as of parameters in recovery_test.cpp.
void expect_coverage(const std::vector<OneTwin>& twins, const std::string& of) {
  double covered = 0, total = 0;
  for (Index k = 0; k < twins.front().covered.rows(); ++k)
    for (Index q = 0; q < kQuantityCount; ++q) {
      double here = 0;
      for (const OneTwin& one : twins) here += one.covered(k, q);
      covered += here;
      total += static_cast<double>(twins.size());
      std::printf("%s %s %.0f\n", twins.front().channels[static_cast<std::size_t>(k)].c_str(), kQuantities[q], here);
      EXPECT_GE(here, static_cast<double>(twins.size()) - 9)
          << of << ", " << twins.front().channels[static_cast<std::size_t>(k)] << ", "
          << kQuantities[q];
    }
  std::printf("%s: %.0f of %.0f intervals cover (%.1f %%)\n",
              of.c_str(),
              covered,
              total,
              100 * covered / total);
  EXPECT_GE(covered / total, 0.90);
}

TEST(PredictedChanges, OfACutHaveTheTruthInTheirIntervalsAndAgreeWithRefits) {
  const auto twins = looked_at({simulation::Intervention::Kind::cut, {"A -> B"}, 0, "cut A -> B"});
  expect_coverage(twins, "cut");
  double agree = 0, total = 0, squares = 0, sharper = 0;
  for (const OneTwin& one : twins)
    for (std::size_t c = 0; c < one.disagreement.size(); ++c) {
      const double z = one.disagreement[c];
      agree += std::abs(z) < 1.96;
      squares += z * z;
      sharper += one.sharper[c];
      total += 1;
    }
  std::printf(
      "refits: %.0f of %.0f means agree (%.1f %%), rms z %.2f, refit's sd %.2f of the "
      "prediction's\n",
      agree,
      total,
      100 * agree / total,
      std::sqrt(squares / total),
      sharper / total);
  EXPECT_GE(agree / total, 0.90);
  // A prediction that were never wrong would be one whose intervals are too wide.
  EXPECT_GT(std::sqrt(squares / total), 0.6);
  EXPECT_LT(std::sqrt(squares / total), 1.3);
}

TEST(PredictedChanges, OfALesionHaveTheTruthInTheirIntervals) {
  expect_coverage(looked_at({simulation::Intervention::Kind::lesion, {"C"}, 0, "lesion C"}),
                  "lesion");
}

}  // namespace
}  // namespace insula::experiment
