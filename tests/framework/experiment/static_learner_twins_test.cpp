// SPDX-License-Identifier: Apache-2.0
// Twins of trials whose regions stand under what is learned.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/experiment/taught_study.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace test;

TEST(StaticLearners, HaveTwinsThatAreAnsweredFromTheirEquilibria) {
  const Study study("rescorla_wagner",
                    "V5",
                    "VTA",
                    replaced(replaced(kRecipe, "count: 150", "count: 2000"), "runs: 2", "runs: 1"));
  const Recipe recipe = study.recipe();
  const Twin twin = simulate(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Trials& trials = twin.dataset.subjects[0].runs[0].trials[0];
  const std::vector<Belief> learned = beliefs(trials, 0.3);
  double ups = 0, expected = 0, variance = 0, squares = 0, along = 0, signal = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const double z = v5(trials.column("contrast")->value[i], learned[i].value);
    // Weighted by z, so that chance alone is not enough.
    const double p = 1 / (1 + std::exp(-4 * z));
    ups += z * trials.response[i], expected += z * p, variance += z * z * p * (1 - p);
    const double mean = 2 * response(learned[i].error);
    squares += std::pow(trials.column("dilation")->value[i] - mean, 2);
    along += mean * (trials.column("dilation")->value[i] - mean);
    signal += mean * mean;
  }
  const auto n = static_cast<double>(trials.size());
  EXPECT_CLOSE(
      ups, expected, Tolerance::because(4 * std::sqrt(variance), "four standard deviations"));
  EXPECT_CLOSE(std::sqrt(squares / n), 1.0, Tolerance::because(4 / std::sqrt(2 * n), "noise is 1"));
  EXPECT_CLOSE(
      along, 0.0, Tolerance::because(4 * std::sqrt(signal), "four sds of noise along the mean"));
  write(recipe, twin, study.folder.path("made"));
  const dataset::Trials back =
      dataset::load(study.folder.path("made/dataset.yaml")).subjects[0].runs[0].trials[0];
  EXPECT_EQ(back.response, trials.response);
  EXPECT_EQ(back.column("dilation")->value, trials.column("dilation")->value);
  EXPECT_EQ(back.column("reward")->value, trials.column("reward")->value);
  EXPECT_EQ(back.column("belief"), nullptr);
}

// Observations of one table share equilibria; one of columns alone needs none, wherever it stands.
TEST(StaticLearners, HaveTwinsWithObservationsThatNameNoRegion) {
  const Study study("rescorla_wagner", "contrast", "VTA");
  study.folder.write("recipe.yaml", replaced(kRecipe, "  decision.evidence.V5: 4\n", ""));
  const Twin twin = simulate(study.recipe());
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Trials& trials = twin.dataset.subjects[0].runs[0].trials[0];
  EXPECT_EQ(std::ranges::count(trials.response, dataset::kMissing), 0);
}

// A learner whose numbers leave every range stops the fit there, with a reason.
TEST(StaticLearners, OfNoNumbersAreToldAsAnOutcome) {
  const Study study("hgf");
  const Recipe recipe = study.recipe();
  const auto fit = assemble(recipe.architecture, simulate(recipe).dataset.subjects[0], {}, {});
  VectorXd theta = truth_of(recipe, *fit);
  const auto at = std::ranges::find(fit->problem.parameter, "value.log_volatility") -
                  fit->problem.parameter.begin();
  theta[at] = 800;  // e^800 is no double; the first trial's belief is older
  const inference::Evaluation nowhere = fit->problem.evaluate(theta, true);
  EXPECT_FALSE(nowhere.outcome.finished());
  EXPECT_EQ(to_text(nowhere.outcome),
            "reaches no stable equilibrium in what belief drives on trial 2");
}

}  // namespace
}  // namespace insula::experiment
