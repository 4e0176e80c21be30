// SPDX-License-Identifier: Apache-2.0
// Draws of an intervention's effect: against their linearisation, with learned loadings, and the
// same whoever draws them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/detail/targets_shown.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "framework/schedule/store.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::portable_kinds;

constexpr const char* kFitAlone =
    "validation: none\nbaselines: []\ninference: {pareto_draws: 0}\nseed: 4\n";

RunData fitted(const Experiment& e) {
  RunData data{e, targets(e), {}, {}, comparable_trials(e)};
  for (const Hypothesis& h : e.hypotheses)
    data.models.push_back({h.name, "hypothesis", &h.architecture, nullptr, {}, {}, {}});
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) data.folds.emplace_back();
  make_tasks(data);
  fit_to_all_data(data, {});
  return data;
}

// What changes in proportion to small changes of θ has a normal posterior, of which the slopes and
// the covariance say all: the draws' intervals are these.
TEST(InterventionEffect, HaveTheIntervalsOfTheLinearisedPredictionWhereDataSayMuch) {
  Experiment e = test::small_experiment(portable_kinds());
  e.hypotheses.erase(e.hypotheses.begin());  // `modulated` is the truth
  e.baselines = {};
  e.split = Split::none;
  e.pareto_draws = 0;
  e.interventions = {{simulation::Intervention::Kind::scale, {"A -> B"}, 0.5, "half"}};
  const RunData data = fitted(e);
  const inference::Fit& fit = data.models[0].parts[0][0].fit;
  ASSERT_TRUE(fit.converged());
  const InterventionEffect effect = effect_of(data, {0, 0, 0});
  ASSERT_TRUE(effect.done && effect.failed == 0 && effect.changes.size() == 2);

  const architecture::Architecture changed =
      simulation::intervened(e.hypotheses[0].architecture, e.interventions[0]);
  const auto before = problem_of(data, data.models[0], 0, 0);
  const auto after = assemble(changed, e.dataset.subjects[0], {}, {});
  const auto at_before = before->problem.evaluate(fit.mean, true);
  const auto at_after = after->problem.evaluate(fit.mean, true);
  const std::size_t b = 1;
  const VectorXd intact = at_before.prediction[b], change = at_after.prediction[b] - intact;
  const MatrixXd slope = at_before.jacobian[b], moved = at_after.jacobian[b] - slope;
  const VectorXd v = intact.array() - intact.mean();
  const double n = static_cast<double>(v.size()), square = v.squaredNorm();
  const double left = 1 + v.dot(change) / square;
  // d mean = mean of dchange; d left = (v·dchange + change·dv − (left − 1)·2 v·dv) / v·v.
  const VectorXd of_mean = moved.colwise().sum().transpose() / n;
  const MatrixXd centred = slope.rowwise() - slope.colwise().mean();
  const VectorXd of_left = (moved.transpose() * v + centred.transpose() * change -
                            2 * (left - 1) * (centred.transpose() * v)) /
                           square;
  const auto compare = [&](Index quantity, double at_mean, const VectorXd& gradient) {
    const VectorXd draws = effect.changes[b].draws[0].col(quantity);
    const double sd = std::sqrt(gradient.dot(fit.covariance * gradient));
    const double drawn_sd =
        std::sqrt((draws.array() - draws.mean()).square().sum() / (kInterventionDraws - 1.0));
    // Five standard errors of 400 draws, and as much again for what is not linear.
    EXPECT_LT(std::abs(draws.mean() - at_mean), 10 * sd / 20) << kQuantities[quantity];
    EXPECT_LT(std::abs(drawn_sd / sd - 1), 10 / std::sqrt(800)) << kQuantities[quantity];
    std::printf("%s: linearised %.4f ± %.4f, drawn %.4f ± %.4f\n",
                kQuantities[quantity],
                at_mean,
                sd,
                draws.mean(),
                drawn_sd);
  };
  const double factor = before->scaling[b].factor;
  compare(1, change.mean() / factor, of_mean / factor);
  compare(3, left, of_left);
}

std::map<std::string, std::string> files_with(int threads, schedule::Store* store = nullptr) {
  set_threads(threads);
  const test::JointStudy study;
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e = study.load(std::string("hypotheses: [one.yaml]\n") + kFitAlone +
                                  "interventions: [{lesion: SPC}, {clamp: V5, at: 0.1}]\n");
  RunOptions options;
  options.store = store;
  options.program = "1";
  Progress last;
  options.progress = [&](const Progress& p) { last = p; };
  auto files = test::files_of(run(e, portable_kinds(), options));
  set_threads(0);
  files["taken"] = std::to_string(last.taken) + " of " + std::to_string(last.total);
  return files;
}

TEST(InterventionEffect, AreTheSameBytesAtAnyThreadCountAndFromAStore) {
  const auto one = files_with(1);
  ASSERT_TRUE(one.contains("interventions.tsv") && one.contains("interventions.h5"));
  EXPECT_EQ(one.at("taken"), "0 of 3");
  const dataset::Folder folder;
  schedule::Store store(folder.path(""));
  const auto three = files_with(3, &store), again = files_with(2, &store);
  EXPECT_EQ(three.at("taken"), "0 of 3");
  EXPECT_EQ(again.at("taken"), "3 of 3");
  for (const auto& [name, bytes] : one) {
    if (name == "taken") continue;
    EXPECT_TRUE(three.at(name) == bytes) << name;
    EXPECT_TRUE(again.at(name) == bytes) << name;
  }
}

// Each shard does its part, the last to come finds all, and nothing is in doubt that is not.
TEST(InterventionEffect, AreSharedOutAmongMachines) {
  const test::JointStudy study;
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e = study.load(std::string("hypotheses: [one.yaml]\n") + kFitAlone +
                                  "interventions: [{lesion: SPC}, {clamp: V5, at: 0.1}]\n");
  const dataset::Folder folder;
  const report::Results alone = run(e, portable_kinds());
  {
    schedule::Store store(folder.path(""));
    RunOptions options;
    options.store = &store;
    options.program = "1";
    options.shard = {1, 2};
    EXPECT_EQ(run_shard(e, portable_kinds(), options), 1u);
    options.shard = {0, 2};
    EXPECT_EQ(run_shard(e, portable_kinds(), options), 0u);
    options.shard = {};
    EXPECT_EQ(test::files_of(run(e, portable_kinds(), options)), test::files_of(alone));
  }
  const schedule::Status status = schedule::status_of(folder.path(""));
  EXPECT_EQ(status.planned, 3u);
  EXPECT_EQ(status.done, 3u);
  EXPECT_TRUE(status.doubtful.empty());
}

// Counts in two runs: expected counts as the fit has them, and numbers of each run and of both.
TEST(InterventionEffect, OfCountsIsToldRunByRun) {
  const dataset::Folder folder;
  folder.write("one.yaml", R"(insula: architecture/1
name: one
regions: {A: {kind: rate}, B: {kind: rate}}
projections: {A -> B: {kind: linear}}
inputs: {flash: {drives: [A]}}
observations: {units: {kind: spikes, regions: [A, B]}}
)");
  folder.write("recipe.yaml", R"(insula: simulation/1
name: units
architecture: one.yaml
seed: 3
runs: 2
duration: 60 s
inputs: {flash: {every: 10 s, on: 4 s}}
recordings: {units: {interval: 100 ms}}
parameters:
  flash -> A.strength: 1
  A -> B.strength: 0.8 1/s
)");
  folder.write("experiment.yaml",
               std::string("insula: experiment/1\nname: units\ndataset: recipe.yaml\n"
                           "hypotheses: [one.yaml]\n") +
                   kFitAlone + "interventions: [{lesion: A}]\n");
  const Experiment e = load(folder.path("experiment.yaml"), portable_kinds());
  const RunData data = fitted(e);
  const PartResult& fit = data.models[0].parts[0][0];
  const InterventionEffect effect = effect_of(data, {0, 0, 0});
  ASSERT_EQ(effect.changes.size(), 2u);
  for (const PredictedChange& change : effect.changes) {
    EXPECT_EQ(change.intact, fit.mean[change.target]);
    ASSERT_EQ(change.draws.size(), 3u);
    // Both runs are as long as each other, and the inputs are the same.
    EXPECT_CLOSE(change.draws[0].leftCols(2),
                 0.5 * (change.draws[1] + change.draws[2]).leftCols(2),
                 Tolerance::rounding(64, 1));
    // Without A nothing moves: the baseline rate, of which nothing varies.
    EXPECT_CLOSE(change.changed.maxCoeff(), change.changed.minCoeff(), Tolerance::rounding(64, 1));
    EXPECT_CLOSE(
        change.draws[0].col(3), VectorXd::Zero(kInterventionDraws), Tolerance::rounding(64, 1));
  }
}

// At the posterior mean the loadings given θ are the fit's own: it integrates over them there.
TEST(InterventionEffect, GiveLoadingsTheirMeanAndSpread) {
  const dataset::Folder folder;
  folder.write("one.yaml", R"(insula: architecture/1
name: one
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {flash: {drives: [A]}, tone: {drives: [B]}}
observations:
  eeg: {kind: field, regions: [A, B], loadings: learned, channels: [Oz, Cz, Fz]}
)");
  folder.write("recipe.yaml", R"(insula: simulation/1
name: eeg
architecture: one.yaml
seed: 3
duration: 100 s
inputs:
  flash: {events: [[2 s, 5 s], [30 s, 8 s], [60 s, 3 s], [75 s, 9 s]]}
  tone: {events: [[10 s, 5 s], [34 s, 8 s], [50 s, 3 s], [85 s, 5 s]]}
recordings:
  eeg: {rate: 5 Hz, noise: {snr: 3}, ar: 0.5, missing: 0.1}
parameters:
  flash -> A.strength: 1.5 1/s
  tone -> B.strength: 1.2 1/s
  A -> B.strength: 0.4 1/s
)");
  folder.write("experiment.yaml",
               std::string("insula: experiment/1\nname: eeg\ndataset: recipe.yaml\n"
                           "hypotheses: [one.yaml]\n") +
                   kFitAlone);
  Experiment e = load(folder.path("experiment.yaml"), portable_kinds());
  e.interventions = {{simulation::Intervention::Kind::cut, {"A -> B"}, 0, "cut"}};
  const RunData data = fitted(e);
  const PartResult& fit = data.models[0].parts[0][0];
  ASSERT_EQ(fit.loadings.size(), 6u);
  const auto problem = problem_of(data, data.models[0], 0, 0);
  const TargetsShown shown(data, *problem, fit);
  const inference::Evaluation at = problem->problem.evaluate(fit.fit.mean, false);
  const std::vector<VectorXd> mean = shown.loadings(at, nullptr);
  std::vector<VectorXd> sum(3, VectorXd::Zero(2)), square = sum;
  constexpr int kDraws = 2000;
  Stream stream(1, "loadings");
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<VectorXd> drawn = shown.loadings(at, &stream);
    for (std::size_t c = 0; c < 3; ++c) {
      sum[c] += drawn[c] - mean[c];
      square[c] += (drawn[c] - mean[c]).cwiseAbs2();
    }
  }
  for (std::size_t c = 0; c < 3; ++c)
    for (Index r = 0; r < 2; ++r) {
      const LearnedLoading& learned = fit.loadings[2 * c + static_cast<std::size_t>(r)];
      // The fit's noise moved a last time after its loadings, by less than a thousandth.
      EXPECT_CLOSE(mean[c][r],
                   learned.mean,
                   Tolerance::because(1e-3 * std::abs(learned.mean) + 1e-4, "where a fit stops"))
          << learned.name;
      const double sd = std::sqrt(square[c][r] / kDraws);
      EXPECT_LT(std::abs(sum[c][r] / kDraws), 5 * sd / std::sqrt(kDraws));
      // The fit's own sd also holds what θ leaves open.
      EXPECT_LE(sd, learned.sd * 1.1) << learned.name;
      EXPECT_GT(sd, 0.02 * learned.sd) << learned.name;
    }
  const InterventionEffect effect = effect_of(data, {0, 0, 0});
  ASSERT_EQ(effect.changes.size(), 3u);
  EXPECT_EQ(effect.failed, 0);
}

}  // namespace
}  // namespace insula::experiment
