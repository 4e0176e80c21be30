// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/model_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/linear_gaussian.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using toys::LinearGaussian;

std::vector<Switch> first_ones(Index count) {
  std::vector<Switch> all;
  for (Index i = 0; i < count; ++i) all.push_back({i, 0});
  return all;
}

std::vector<Switch> off_in(std::size_t model, const std::vector<Switch>& candidates) {
  std::vector<Switch> off;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (model >> i & 1) off.push_back(candidates[i]);
  return off;
}

TEST(ScoreReductions, EqualsSwitchingOffOneModelAfterTheOther) {
  // Nine of twelve parameters, in no order, with values of their own, under a correlated prior.
  const LinearGaussian full = LinearGaussian::drawn(12, 60, "all");
  const GaussianBelief posterior = full.posterior();
  const std::vector<Switch> candidates{
      {7, 0}, {2, 0.1}, {11, 0}, {0, -0.3}, {4, 0}, {5, 0}, {9, 0.2}, {1, 0}, {3, 0}};
  const VectorXd change = score_reductions(full.prior, posterior, candidates);
  ASSERT_EQ(change.size(), 512);
  EXPECT_EQ(change[0], 0);
  for (Index model = 0; model < 512; ++model)
    EXPECT_CLOSE(
        change[model],
        switch_off(full.prior, posterior, off_in(static_cast<std::size_t>(model), candidates))
            .log_evidence_change,
        Tolerance::rounding(1000, 10));
}

TEST(ScoreReductions, KeepsItsDigitsThroughSixteenLevelsAndAllBranches) {
  const LinearGaussian full = LinearGaussian::drawn(16, 64, "deep");
  const GaussianBelief posterior = full.posterior();
  const auto candidates = first_ones(16);
  const VectorXd change = score_reductions(full.prior, posterior, candidates);
  const double none = full.log_evidence(full.prior);
  for (Index model = 1; model < change.size(); model = 3 * model + 7) {
    const auto off = off_in(static_cast<std::size_t>(model), candidates);
    EXPECT_CLOSE(change[model],
                 full.log_evidence(full.conditioned_prior(off)) - none,
                 Tolerance::because(1e-8, "evidences of -200, changes up to some hundred"));
  }
}

TEST(ScoreReductions, GivesTheSameBytesAtAnyNumberOfThreads) {
  const LinearGaussian full = LinearGaussian::drawn(14, 40, "threads");
  const GaussianBelief posterior = full.posterior();
  std::vector<std::string> bytes;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    const ModelSearch search = search_models(full.prior, posterior, first_ones(14));
    std::string all;
    toys::append(all, score_reductions(full.prior, posterior, first_ones(14)));
    toys::append(all, search.inclusion);
    toys::append(all, search.average.mean);
    toys::append(all, search.average.covariance);
    bytes.push_back(all);
  }
  set_threads(0);
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_EQ(bytes[0], bytes[2]);
}

TEST(SearchModels, ListsTheBestAndAveragesAsItsModelsSay) {
  const LinearGaussian full = LinearGaussian::drawn(6, 12, "average");
  const GaussianBelief posterior = full.posterior();
  const auto candidates = first_ones(5);
  SearchOptions options;
  options.best = 32;
  options.window = 1e9;
  const ModelSearch search = search_models(full.prior, posterior, candidates, options);
  ASSERT_TRUE(search.is_exhaustive);
  ASSERT_EQ(search.best.size(), 32u);
  EXPECT_EQ(search.averaged, 32u);
  VectorXd inclusion = VectorXd::Zero(5), mean = VectorXd::Zero(6);
  MatrixXd square = MatrixXd::Zero(6, 6);
  double sum = 0, above = HUGE_VAL;
  for (const ReducedModel& model : search.best) {
    EXPECT_LE(model.log_evidence_change, above);
    above = model.log_evidence_change;
    std::vector<Switch> off;
    for (const std::size_t i : model.off) off.push_back(candidates[i]);
    const Reduction r = switch_off(full.prior, posterior, off);
    EXPECT_CLOSE(model.log_evidence_change, r.log_evidence_change, Tolerance::rounding(1000, 10));
    const double p = model.probability;
    sum += p;
    for (Index i = 0; i < 5; ++i)
      if (std::ranges::find(model.off, static_cast<std::size_t>(i)) == model.off.end())
        inclusion[i] += p;
    mean += p * r.posterior.mean;
    square += p * (r.posterior.covariance + r.posterior.mean * r.posterior.mean.transpose());
  }
  EXPECT_CLOSE(sum, 1, Tolerance::rounding(64));
  EXPECT_CLOSE(search.inclusion, inclusion, Tolerance::because(1e-12, "sums in another order"));
  EXPECT_CLOSE(search.average.mean, mean, Tolerance::because(1e-12, "sums in another order"));
  EXPECT_CLOSE(search.average.covariance,
               square - mean * mean.transpose(),
               Tolerance::because(1e-12, "sums in another order"));
}

TEST(SearchModels, LeavesOutOfTheAverageWhatIsBelowTheWindow) {
  const LinearGaussian full = LinearGaussian::drawn(6, 12, "average");
  SearchOptions options;
  options.window = 0;
  const ModelSearch only = search_models(full.prior, full.posterior(), first_ones(5), options);
  EXPECT_EQ(only.averaged, 1u);
  std::vector<Switch> off;
  for (const std::size_t i : only.best.front().off) off.push_back(first_ones(5)[i]);
  const Reduction best = switch_off(full.prior, full.posterior(), off);
  EXPECT_CLOSE(only.average.mean, best.posterior.mean, Tolerance::because(1e-14, "rounding"));
}

TEST(SearchModels, DoesNotDependOnTheOrderOfCandidates) {
  const LinearGaussian full = LinearGaussian::drawn(8, 20, "order");
  const GaussianBelief posterior = full.posterior();
  std::vector<Switch> forward = first_ones(8), backward(forward.rbegin(), forward.rend());
  const ModelSearch a = search_models(full.prior, posterior, forward),
                    b = search_models(full.prior, posterior, backward);
  EXPECT_CLOSE(a.inclusion, b.inclusion.reverse(), Tolerance::because(1e-10, "another tree"));
  EXPECT_CLOSE(a.average.mean, b.average.mean, Tolerance::because(1e-10, "another tree"));
}

// A regression with `present` effects among `parameters`, prior mean 0.
LinearGaussian sparse(Index parameters, Index present, Index samples, const std::string& task) {
  LinearGaussian all = LinearGaussian::drawn(parameters, samples, task, 0);
  all.prior.mean.setZero();
  Stream random(4, task);
  VectorXd truth = VectorXd::Zero(parameters);
  for (Index i = 0; i < present; ++i) truth[i] = i % 2 == 0 ? 0.8 : -0.8;
  all.data = all.design * truth;
  for (Index i = 0; i < samples; ++i)
    all.data[i] += std::sqrt(all.noise_variance) * random.normal();
  return all;
}

TEST(SearchModels, FindsTheParametersThatMadeTheData) {
  const LinearGaussian full = sparse(12, 4, 150, "sparse");
  const ModelSearch search = search_models(full.prior, full.posterior(), first_ones(12));
  EXPECT_EQ(search.scored, 4096u);
  for (Index i = 0; i < 4; ++i) EXPECT_GT(search.inclusion[i], 0.99);
  EXPECT_LT(search.inclusion.tail(8).mean(), 0.3);
  for (const std::size_t i : search.best.front().off) EXPECT_GE(i, 4u);
}

// Calibration: where each parameter is present with probability ½ and its effect is drawn from the
// prior, parameters of inclusion p are there in a share p of cases.
TEST(SearchModels, GivesInclusionsThatAreProbabilities) {
  constexpr Index kParameters = 8, kPoints = 16;
  constexpr int kData = 300;
  double said = 0, was = 0, brier = 0, ignorant = 0, variance = 0;
  for (int draw = 0; draw < kData; ++draw) {
    Stream random(31, "calibration/" + std::to_string(draw));
    LinearGaussian all =
        LinearGaussian::drawn(kParameters, kPoints, "design/" + std::to_string(draw), 0);
    all.prior.mean.setZero();
    VectorXd truth(kParameters), there(kParameters);
    for (Index i = 0; i < kParameters; ++i) {
      there[i] = random.uniform() < 0.5 ? 1 : 0;
      truth[i] = there[i] * std::sqrt(all.prior.covariance(i, i)) * random.normal();
    }
    all.data = all.design * truth;
    for (Index i = 0; i < kPoints; ++i)
      all.data[i] += std::sqrt(all.noise_variance) * random.normal();
    const VectorXd p = search_models(all.prior, all.posterior(), first_ones(kParameters)).inclusion;
    said += p.sum();
    was += there.sum();
    brier += (p - there).squaredNorm();
    ignorant += 0.25 * kParameters;
    variance += (p.array() * (1 - p.array())).sum();
  }
  constexpr double kCount = kData * kParameters;
  EXPECT_CLOSE(said / kCount, was / kCount, Tolerance::sampling(0.5, kCount));
  // E (p − z)² = E p(1 − p) if p is right.
  EXPECT_CLOSE(brier / kCount, variance / kCount, Tolerance::sampling(0.3, kCount));
  EXPECT_LT(brier, 0.8 * ignorant);
}

TEST(GreedySearch, FindsTheBestOfAllModelsWhereThatIsKnown) {
  int found = 0;
  for (int draw = 0; draw < 30; ++draw) {
    const LinearGaussian full = LinearGaussian::drawn(12, 24, "greedy/" + std::to_string(draw));
    const GaussianBelief posterior = full.posterior();
    SearchOptions few;
    few.exhaustive_up_to = 5;
    const ModelSearch greedy = search_models(full.prior, posterior, first_ones(12), few),
                      all = search_models(full.prior, posterior, first_ones(12));
    EXPECT_FALSE(greedy.is_exhaustive);
    EXPECT_EQ(greedy.scored, 32u);
    found += greedy.best.front().off == all.best.front().off;
    // Whatever it finds, no exchange of one parameter improves it.
    EXPECT_LE(greedy.best.front().log_evidence_change, all.best.front().log_evidence_change + 1e-9);
    const VectorXd change = score_reductions(full.prior, posterior, first_ones(12));
    std::size_t model = 0;
    for (const std::size_t i : greedy.best.front().off) model |= std::size_t{1} << i;
    for (std::size_t i = 0; i < 12; ++i)
      EXPECT_LE(change[static_cast<Index>(model ^ std::size_t{1} << i)],
                greedy.best.front().log_evidence_change + 1e-9);
  }
  EXPECT_GE(found, 28);
}

TEST(GreedySearch, FindsAFewEffectsAmongSixty) {
  const LinearGaussian full = sparse(60, 6, 300, "many");
  SearchOptions options;
  options.exhaustive_up_to = 10;
  const ModelSearch search = search_models(full.prior, full.posterior(), first_ones(60), options);
  EXPECT_FALSE(search.is_exhaustive);
  for (Index i = 0; i < 6; ++i) EXPECT_GT(search.inclusion[i], 0.99);
  EXPECT_LE(60 - search.best.front().off.size(), 10u);
  for (const std::size_t i : search.best.front().off) EXPECT_GE(i, 6u);
  EXPECT_GT(search.best.front().log_evidence_change, 50);
  EXPECT_CLOSE(search.average.mean.head(6),
               full.posterior().mean.head(6),
               Tolerance::because(0.25, "posterior sds of 0.05, of 60 or of 6 regressors"));
}

TEST(SearchModels, OfNoCandidatesIsTheFullModel) {
  const LinearGaussian full = LinearGaussian::drawn(3, 10, "none");
  const ModelSearch search = search_models(full.prior, full.posterior(), {});
  EXPECT_EQ(search.scored, 1u);
  EXPECT_EQ(search.best.front().log_evidence_change, 0);
  EXPECT_EQ(search.average.mean, full.posterior().mean);
  EXPECT_THROW(score_reductions(full.prior, full.posterior(), {{1, 0}, {1, 0}}), InternalError);
}

}  // namespace
}  // namespace insula::inference
