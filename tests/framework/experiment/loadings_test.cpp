// SPDX-License-Identifier: Apache-2.0
// Regions that show in many channels, from recipe to fit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr const char* kSources = R"(
insula: architecture/1
name: sources
regions:
  A: {kind: neuronal}
  B: {kind: neuronal}
projections:
  A -> B: {kind: linear}
inputs:
  flash: {drives: [A]}
  tone: {drives: [B]}
observations:
)";
constexpr const char* kRecipe = R"(
insula: simulation/1
name: eeg
architecture: a.yaml
seed: 3
duration: 100 s
inputs:
  flash: {events: [[2 s, 5 s], [30 s, 8 s], [60 s, 3 s], [75 s, 9 s]]}
  tone: {events: [[10 s, 5 s], [34 s, 8 s], [50 s, 3 s], [85 s, 5 s]]}
recordings:
  eeg: {rate: 5 Hz, noise: {snr: 3}}
parameters:
  flash -> A.strength: 1.5 1/s
  tone -> B.strength: 1.2 1/s
  A -> B.strength: 0.4 1/s
)";

class ManyChannels : public testing::Test {
 protected:
  Recipe recipe(const std::string& observation) {
    folder_.write("a.yaml", kSources + observation);
    folder_.write("recipe.yaml", kRecipe);
    return read_recipe(folder_.path("recipe.yaml"), kinds_);
  }
  dataset::Folder folder_;
  Catalogue kinds_ = catalogue();
};

TEST_F(ManyChannels, ThroughAnIdentityAreAChannelEachToTheLastBit) {
  folder_.write("identity.tsv", "channel\tA\tB\nA\t1\t0\nB\t0\t1\n");
  const Recipe own = recipe("  eeg: {kind: field, regions: [A, B]}\n");
  const Recipe given = recipe("  eeg: {kind: field, regions: [A, B], loadings: identity.tsv}\n");
  const Twin of_own = simulate(own), of_given = simulate(given);
  const dataset::Subject& subject = of_own.dataset.subjects[0];
  EXPECT_EQ(subject.runs[0].recordings[0].samples,
            of_given.dataset.subjects[0].runs[0].recordings[0].samples);
  const auto a = assemble(own.architecture, subject, {}, {});
  const auto b = assemble(given.architecture, subject, {}, {});
  const Eigen::VectorXd theta = a->problem.prior_mean.array() + 0.3;
  const inference::Evaluation one = a->problem.evaluate(theta, true);
  const inference::Evaluation other = b->problem.evaluate(theta, true);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(one.prediction[c], other.prediction[c]);
    EXPECT_EQ(one.jacobian[c], other.jacobian[c]);
  }
  EXPECT_EQ(inference::variational_laplace(a->problem).mean,
            inference::variational_laplace(b->problem).mean);
}

TEST_F(ManyChannels, ThroughALeadFieldAreItTimesTheSources) {
  folder_.write("field.tsv", "channel\tA\tB\nOz\t4\t1\nCz\t-2\t0\nFz\t0\t3\n");
  const Recipe r = recipe("  eeg: {kind: field, regions: [A, B], loadings: field.tsv}\n");
  const Recipe own = recipe("  eeg: {kind: field, regions: [A, B]}\n");
  const Twin twin = simulate(r);
  const auto given = assemble(r.architecture, twin.dataset.subjects[0], {}, {});
  const auto alone = assemble(own.architecture, simulate(own).dataset.subjects[0], {}, {});
  const Eigen::VectorXd theta = given->problem.prior_mean.array() + 0.3;
  const inference::Evaluation channels = given->problem.evaluate(theta, true);
  const inference::Evaluation sources = alone->problem.evaluate(theta, true);
  ASSERT_EQ(channels.prediction.size(), 3U);
  EXPECT_CLOSE(channels.prediction[0],
               Eigen::VectorXd(sources.prediction[0] + 0.25 * sources.prediction[1]),
               Tolerance::rounding(4, 1));
  EXPECT_CLOSE(
      channels.jacobian[2], Eigen::MatrixXd(0.75 * sources.jacobian[1]), Tolerance::rounding(4, 1));
}

TEST_F(ManyChannels, WithLearnedLoadingsTellDynamicsAndLoadings) {
  const Recipe r = recipe(
      "  eeg: {kind: field, regions: [A, B], channels: [c1, c2, c3, c4, c5, c6, c7, c8], "
      "loadings: learned}\n");
  const Twin twin = simulate(r);
  const auto problem = assemble(r.architecture, twin.dataset.subjects[0], {}, {});
  ASSERT_FALSE(problem->other_start.size() == 0);  // at the prior mean nothing is driven
  inference::Options options;
  options.start = problem->other_start;
  const inference::Fit fit = inference::variational_laplace(problem->problem, options);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  double cosine = 0;
  std::size_t row = 0;
  for (const Truth& truth : twin.truth)
    if (truth.parameter == "eeg.loading.c1.A")
      row = static_cast<std::size_t>(&truth - &twin.truth[0]);
  // Up to the scales of the two sources, which their gains share with the loadings.
  for (int region = 0; region < 2; ++region) {
    Eigen::VectorXd found(8), expected(8);
    for (int c = 0; c < 8; ++c) {
      found[c] = fit.channels[static_cast<std::size_t>(c)].beta.tail(2)[region];
      expected[c] =
          twin.truth[row + 2 * static_cast<std::size_t>(c) + static_cast<std::size_t>(region)]
              .value;
    }
    cosine = found.normalized().dot(expected.normalized());
    EXPECT_GT(std::abs(cosine), 0.95) << region << "\n" << found << "\n\n" << expected;
  }
}

TEST_F(ManyChannels, AreToldOfInTheTableOfParameters) {
  recipe("  eeg: {kind: field, regions: [A, B], channels: [c1, c2, c3, c4], loadings: learned}\n");
  folder_.write("experiment.yaml",
                "insula: experiment/1\nname: eeg\ndataset: recipe.yaml\nhypotheses: [a.yaml]\n"
                "baselines: []\nvalidation: none\ninference: {pareto_draws: 0}\n");
  const Experiment e = load(folder_.path("experiment.yaml"), kinds_);
  const report::Results results = run(e, kinds_);
  const Twin twin = simulate(read_recipe(folder_.path("recipe.yaml"), kinds_));
  int found = 0;
  Eigen::VectorXd posterior(4), truth(4);
  for (const report::ParameterRow& row : results.parameters) {
    if (row.parameter.find(".loading.") == std::string::npos) continue;
    EXPECT_EQ(row.subject, "s01");
    EXPECT_EQ(row.prior_mean, 0);
    EXPECT_EQ(row.prior_sd, 1);
    EXPECT_GT(row.posterior_sd, 0);
    EXPECT_LT(row.low, row.high);
    const auto same = std::ranges::find(twin.truth, row.parameter, &Truth::parameter);
    ASSERT_NE(same, twin.truth.end()) << row.parameter;
    if (row.parameter.ends_with(".A")) {
      posterior[found / 2] = row.estimate;
      truth[found / 2] = same->value;
    }
    ++found;
  }
  EXPECT_EQ(found, 8);
  EXPECT_GT(std::abs(posterior.normalized().dot(truth.normalized())), 0.95);
}

TEST_F(ManyChannels, OfVoxelsLoadOnTheirRegionAlone) {
  const Recipe r = recipe(
      "  eeg: {kind: bold, regions: [A, B], channels: {A: [a1, a2, a3], B: [b1]}, "
      "loadings: learned}\n");
  const Twin twin = simulate(r);
  const auto problem = assemble(r.architecture, twin.dataset.subjects[0], {}, {});
  ASSERT_EQ(problem->problem.channels.size(), 4U);
  EXPECT_EQ(problem->problem.channels[2].sources, std::vector<std::size_t>{0});
  EXPECT_EQ(problem->problem.channels[3].sources, std::vector<std::size_t>{1});
  EXPECT_EQ(problem->sources.size(), 2U);
}

}  // namespace
}  // namespace insula::experiment
