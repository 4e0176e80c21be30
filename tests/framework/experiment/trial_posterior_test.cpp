// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_posterior.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/nan.h"
#include "framework/inference/variational_laplace.h"
#include "modules/catalogue.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using test::Decider;

// Middles of 6000 steps of 5 ms: 5 s, where guesses end, is a border of two steps.
constexpr double kStep = 0.005;
std::vector<double> grid() {
  std::vector<double> times;
  for (int k = 0; k < 6000; ++k) times.push_back((k + 0.5) * kStep);
  return times;
}

const TrialKind& kind_of(const Catalogue& kinds, const char* name) {
  return *find_kind(kinds.trials, name);
}

// Trials that differ in their first predictor.
MatrixXd trials_of(const TrialKind& kind, const std::vector<double>& first) {
  MatrixXd natural(static_cast<Index>(first.size()), static_cast<Index>(kind.predictors.size()));
  for (Index i = 0; i < natural.rows(); ++i) {
    for (Index q = 0; q < natural.cols(); ++q)
      natural(i, q) = kind.predictors[static_cast<std::size_t>(q)].intercept.value;
    natural(i, 0) = first[static_cast<std::size_t>(i)];
  }
  return natural;
}

TEST(MeanDensity, OfADiffusionIntegratesToItsChoicesAndOverBothToOne) {
  const Catalogue kinds = catalogue();
  const TrialKind& ddm = kind_of(kinds, "ddm");
  const MatrixXd natural = trials_of(ddm, {-2, 0.5, 3});
  const Eigen::VectorXd lower = mean_density(ddm, natural, grid(), 0),
                        upper = mean_density(ddm, natural, grid(), 1);
  double expected = 0;
  for (Index i = 0; i < 3; ++i) {
    const Eigen::RowVectorXd row = natural.row(i);
    expected += ddm.mean({row.data(), static_cast<std::size_t>(row.size())}).choice / 3;
  }
  // Midpoints of a density whose second derivative stays below 1000/s³: 1000·h²/24 on half a second
  // where it is so curved.
  const Tolerance midpoints = Tolerance::truncation(1000.0 / 24 / 2, kStep, 2);
  EXPECT_CLOSE(kStep * upper.sum(), expected, midpoints);
  EXPECT_CLOSE(kStep * (lower.sum() + upper.sum()), 1, midpoints);
}

TEST(MeanDensity, OfTimesAloneIntegratesToOne) {
  const Catalogue kinds = catalogue();
  for (const char* name : {"response_time", "response_time_wald"}) {
    const TrialKind& kind = kind_of(kinds, name);
    const double usual = kind.predictors[0].intercept.value;
    const MatrixXd natural = trials_of(kind, {0.7 * usual, usual, 1.4 * usual});
    EXPECT_CLOSE(kStep * mean_density(kind, natural, grid(), kNaN).sum(),
                 1,
                 Tolerance::truncation(1000.0 / 24 / 2, kStep, 2))
        << name;
  }
}

// One subject's fit, its problem and its posterior.
struct Fitted {
  dataset::Folder folder;
  Experiment experiment;
  std::unique_ptr<FitProblem> problem;
  inference::Fit fit;

  explicit Fitted(const std::string& entry) {
    test::write_decisions(folder, {Decider{}}, 60, 41);
    test::write_hypothesis(folder, "any", entry);
    experiment = test::load_decisions(folder, "hypotheses: [any.yaml]\nvalidation: none\n");
    problem =
        assemble(experiment.hypotheses[0].architecture, experiment.dataset.subjects[0], {}, {});
    fit = inference::variational_laplace(problem->problem);
  }
};

TEST(TrialPosterior, DrawsHaveTheMeanAndTheSpreadOfThePosterior) {
  const Fitted fitted("kind: ddm, drift: [signal, noise], bias: [signal]");
  const std::vector<TrialPosterior> posteriors = trial_posteriors(*fitted.problem, fitted.fit);
  ASSERT_EQ(posteriors.size(), 1u);
  const TrialPosterior& posterior = posteriors[0];
  const MatrixXd at_mean = posterior.natural();
  const inference::ScoredFit& scored = fitted.fit.scored[0];
  constexpr int kDraws = 4000;
  constexpr Index kTrial = 7;
  Stream stream(1, "draws");
  double drift = 0, squares = 0, logit = 0, together = 0;
  const double mean_logit = scored.predictor(kTrial, 2);
  for (int d = 0; d < kDraws; ++d) {
    const MatrixXd drawn = posterior.draw_natural(stream);
    const double of_drift = drawn(kTrial, 0) - at_mean(kTrial, 0);
    const double of_logit = std::log(drawn(kTrial, 2) / (1 - drawn(kTrial, 2))) - mean_logit;
    drift += of_drift / kDraws;
    squares += of_drift * of_drift / kDraws;
    logit += of_logit / kDraws;
    together += of_drift * of_logit / kDraws;
  }
  const double sd = scored.predictor_sd(kTrial, 0), other = scored.predictor_sd(kTrial, 2);
  ASSERT_GT(sd, 0);
  EXPECT_CLOSE(drift, 0, Tolerance::sampling(sd, kDraws));
  EXPECT_CLOSE(logit, 0, Tolerance::sampling(other, kDraws));
  EXPECT_CLOSE(squares, sd * sd, Tolerance::sampling(std::sqrt(2.0) * sd * sd, kDraws));
  // Drift and bias pull against each other: what one draw says of both belongs together.
  EXPECT_CLOSE(together,
               scored.predictor_covariance(kTrial, inference::packed(2, 0)),
               Tolerance::sampling(std::sqrt(2.0) * sd * other, kDraws));
}

TEST(TrialPosterior, OfKnownParametersIsItsMean) {
  const Fitted fitted("kind: choice, evidence: [signal]");
  std::vector<TrialPosterior> posteriors = trial_posteriors(*fitted.problem, fitted.fit);
  posteriors[0].spread.setZero();
  Stream stream(1, "draws");
  EXPECT_EQ(posteriors[0].draw_natural(stream), posteriors[0].natural());
}

}  // namespace
}  // namespace insula::experiment
