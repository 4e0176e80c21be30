// SPDX-License-Identifier: Apache-2.0
// What a hypothesis predicts at many θ at once is what it predicts at each, in recordings, counts,
// sources of loadings and predictors of trials.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/twin.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"

namespace insula::experiment {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Eleven: a block and a part of one.
std::vector<VectorXd> near(const FitProblem& fit, const VectorXd& theta) {
  Stream random(1, "near");
  std::vector<VectorXd> all(11, theta);
  for (VectorXd& one : all)
    for (Eigen::Index i = 0; i < one.size(); ++i)
      one[i] += 0.2 * std::sqrt(fit.problem.prior_variance[i]) * random.normal();
  return all;
}

// Both solutions are within 1e-4 of the range of the exact one.
void expect_alike(const MatrixXd& a, const MatrixXd& b, const char* what) {
  ASSERT_EQ(a.rows(), b.rows()) << what;
  ASSERT_EQ(a.cols(), b.cols()) << what;
  for (Eigen::Index c = 0; c < a.cols(); ++c)
    EXPECT_LE((a.col(c) - b.col(c)).cwiseAbs().maxCoeff(),
              2e-4 * (b.col(c).maxCoeff() - b.col(c).minCoeff()) + 1e-12)
        << what << " " << c;
}

void expect_each_alike(const FitProblem& fit, const std::vector<VectorXd>& thetas) {
  ASSERT_TRUE(fit.problem.evaluate_many);
  const std::vector<inference::Evaluation> together = fit.problem.evaluate_many(thetas);
  ASSERT_EQ(together.size(), thetas.size());
  for (std::size_t i = 0; i < thetas.size(); ++i) {
    const inference::Evaluation alone = fit.problem.evaluate(thetas[i], false);
    EXPECT_EQ(together[i].outcome.kind, alone.outcome.kind);
    ASSERT_EQ(together[i].prediction.size(), alone.prediction.size());
    for (std::size_t c = 0; c < alone.prediction.size(); ++c)
      if (alone.prediction[c].size() > 0)  // empty where sources tell it
        expect_alike(together[i].prediction[c], alone.prediction[c], "prediction");
    ASSERT_EQ(together[i].sources.size(), alone.sources.size());
    for (std::size_t m = 0; m < alone.sources.size(); ++m)
      expect_alike(together[i].sources[m], alone.sources[m], "source");
    ASSERT_EQ(together[i].predictors.size(), alone.predictors.size());
    for (std::size_t s = 0; s < alone.predictors.size(); ++s)
      expect_alike(together[i].predictors[s].value, alone.predictors[s].value, "predictor");
    EXPECT_TRUE(together[i].jacobian.empty());
  }
}

TEST(ManyDraws, PredictRecordingsAndTrialsAsEachDoes) {
  const test::JointStudy study;
  for (const char* decision : {"kind: ddm, drift: [V5 * noise], window: {to: 2 s}",
                               "kind: ddm, drift: [V5], window: {at: 1 s}"}) {
    const Experiment e = study.load_one(decision);
    const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
    ASSERT_FALSE(fit->trials.empty() || fit->problem.channels.empty());
    expect_each_alike(*fit, near(*fit, test::moving_theta(e.hypotheses[0].architecture)));
  }
}

TEST(ManyDraws, PredictCountsAndSourcesOfTwoRunsAsEachDoes) {
  const dataset::Folder folder;
  folder.write("one.yaml", R"(insula: architecture/1
name: one
regions: {A: {kind: rate}, B: {kind: rate}}
projections: {A -> B: {kind: linear}}
inputs: {flash: {drives: [A]}}
observations:
  units: {kind: spikes, regions: [A, B]}
  eeg: {kind: field, regions: [A, B], channels: [c1, c2, c3, c4], loadings: learned}
)");
  folder.write("recipe.yaml", R"(insula: simulation/1
name: units
architecture: one.yaml
seed: 3
runs: 2
duration: 60 s
inputs: {flash: {every: 10 s, on: 4 s}}
recordings:
  units: {interval: 100 ms}
  eeg: {rate: 5 Hz, noise: {snr: 3}}
parameters:
  flash -> A.strength: 1
  A -> B.strength: 0.8 1/s
)");
  const Catalogue kinds = catalogue();
  const Twin twin = simulate(read_recipe(folder.path("recipe.yaml"), kinds));
  const auto a = read_recipe(folder.path("recipe.yaml"), kinds).architecture;
  const auto fit = assemble(a, twin.dataset.subjects[0], {}, {});
  ASSERT_FALSE(fit->counts.empty() || fit->sources.empty());
  ASSERT_EQ(fit->timelines.size(), 2U);
  expect_each_alike(*fit, near(*fit, VectorXd(fit->problem.prior_mean.array() + 0.3)));
}

TEST(ManyDraws, WithoutRegionsAreTrialsAlone) {
  const test::JointStudy study;
  const Experiment e = study.load_one("kind: ddm, drift: [noise]");
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  expect_each_alike(*fit, near(*fit, fit->problem.prior_mean));
}

TEST(ManyDraws, GoOneByOneInSpmsSchemes) {
  const Experiment e = test::small_experiment(test::portable_kinds());
  const auto fit = assemble(e.hypotheses[0].architecture,
                            e.dataset.subjects[0],
                            {},
                            {.spm = false, .scheme = simulation::Scheme::spm_bilinear});
  EXPECT_FALSE(fit->problem.evaluate_many);
}

}  // namespace
}  // namespace insula::experiment
