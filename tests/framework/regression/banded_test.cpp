// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/banded.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/ridge_cv.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

const std::vector<double> kBandAlphas{0.1, 1, 10, 100};
const Tolerance kBandSolved =
    Tolerance::because(1e-9, "two solutions of equations of a condition up to 1e5");

TEST(SimplexCandidates, AreSharesOfOneAndBeginWithEqualOnes) {
  const MatrixXd candidates = simplex_candidates(4, 200, 3);
  EXPECT_EQ(candidates.row(0), MatrixXd::Constant(1, 4, 0.25));
  EXPECT_TRUE((candidates.array() >= 0).all());
  EXPECT_CLOSE(candidates.rowwise().sum().eval(), MatrixXd::Ones(200, 1), Tolerance::rounding(8));
  EXPECT_EQ(candidates, simplex_candidates(4, 200, 3));
  EXPECT_NE(candidates, simplex_candidates(4, 200, 4));
}

// A symmetric Dirichlet distribution of K shares and concentration a: mean 1/K, variance
// (K − 1) / (K² (K a + 1)).
TEST(SimplexCandidates, HaveTheMomentsOfDirichletDistributions) {
  const Index count = 40001;
  const MatrixXd candidates = simplex_candidates(3, count, 1);
  for (const double concentration : {1.0, 0.1}) {
    const double variance = 2.0 / (9 * (3 * concentration + 1));
    double sum = 0, squares = 0;
    for (Index i = concentration == 1.0 ? 1 : 2; i < count; i += 2) {
      sum += candidates(i, 1);
      squares += std::pow(candidates(i, 1) - 1.0 / 3, 2);
    }
    EXPECT_CLOSE(sum / 20000, 1.0 / 3, Tolerance::sampling(std::sqrt(variance), 20000));
    // A share lies in 0 … 1, so its squared deviation has a standard deviation below 0.25.
    EXPECT_CLOSE(squares / 20000, variance, Tolerance::sampling(0.25, 20000));
  }
}

struct BandShape {
  Index n;
  std::vector<Index> sizes;
  Index targets;
  Index columns() const { return std::accumulate(sizes.begin(), sizes.end(), Index{0}); }
};
const BandShape kBandShapes[] = {{60, {5, 7, 3}, 4}, {60, {5, 7, 3}, 40}, {40, {50, 30}, 3}};

TEST(BandedRidge, OfEqualBandsIsRidge) {
  for (const BandShape& shape : kBandShapes) {
    const auto data = many_targets<double>(shape.n, shape.columns(), shape.targets);
    const auto folds = contiguous_folds(shape.n, 5);
    const Nuisance nuisance = Nuisance::intercept(shape.n);
    const auto bands = static_cast<Index>(shape.sizes.size());
    const BandedSearch search{kBandAlphas, MatrixXd::Ones(1, bands)};
    const auto banded = banded_ridge(rows_of(data.x), shape.sizes, data.y, nuisance, folds, search);
    const auto ridge = ridge_cv(rows_of(data.x), data.y, nuisance, folds, {kBandAlphas});
    EXPECT_EQ(banded.alpha, ridge.alpha);
    EXPECT_CLOSE(banded.error, ridge.error, kBandSolved);
    EXPECT_CLOSE(banded.weights, ridge.weights, kBandSolved);
    EXPECT_CLOSE(banded.nuisance_weights, ridge.nuisance_weights, kBandSolved);
  }
}

// A band of weight γ is a band whose features are multiplied by √γ.
TEST(BandedRidge, IsRidgeOnScaledFeaturesForEachCandidate) {
  for (const BandShape& shape : kBandShapes) {
    const auto data = many_targets<double>(shape.n, shape.columns(), shape.targets);
    const auto folds = contiguous_folds(shape.n, 5);
    const Nuisance nuisance = Nuisance::intercept(shape.n);
    const auto bands = static_cast<Index>(shape.sizes.size());
    MatrixXd candidates = simplex_candidates(bands, 5, 9);
    candidates.row(3).setZero();
    candidates(3, 1) = 1;  // one band alone
    const BandedSearch search{kBandAlphas, candidates};
    const auto banded = banded_ridge(rows_of(data.x), shape.sizes, data.y, nuisance, folds, search);
    for (Index c = 0; c < 5; ++c) {
      Dense<double> scaled = data.x;
      Eigen::VectorXd root(shape.columns());
      for (Index b = 0, first = 0; b < bands; ++b) {
        const Index size = shape.sizes[static_cast<std::size_t>(b)];
        root.segment(first, size).setConstant(std::sqrt(candidates(c, b)));
        first += size;
      }
      scaled = data.x * root.asDiagonal();
      const auto ridge = ridge_cv(rows_of(scaled), data.y, nuisance, folds, {kBandAlphas});
      EXPECT_CLOSE(banded.errors.row(c).transpose(), ridge.error, kBandSolved);
      for (Index t = 0; t < shape.targets; ++t) {
        if (banded.candidate[static_cast<std::size_t>(t)] != c) continue;
        EXPECT_CLOSE(banded.weights.col(t), root.asDiagonal() * ridge.weights.col(t), kBandSolved);
        EXPECT_EQ(banded.band_weights.col(t), candidates.row(c).transpose());
      }
    }
  }
}

TEST(BandedRidge, FindsTheBandThatMatters) {
  const Index n = 300;
  Dense<double> x = random_matrix(n, 60, "features");
  MatrixXd y = x.leftCols(20) * random_matrix(20, 6, "weights") + 4 * random_matrix(n, 6, "noise");
  const auto folds = contiguous_folds(n, 5);
  const BandedSearch search{{1, 10, 100, 1000}, simplex_candidates(3, 30, 2)};
  const Dense<double> targets = y;
  const auto fit =
      banded_ridge(rows_of(x), {20, 20, 20}, targets, Nuisance::none(n), folds, search);
  const auto ridge = ridge_cv(rows_of(x), targets, Nuisance::none(n), folds, {{1, 10, 100, 1000}});
  for (Index t = 0; t < 6; ++t) {
    EXPECT_GT(fit.band_weights(0, t), 0.6);
    EXPECT_LT(fit.error[t], ridge.error[t]);
  }
}

// What a fold neither trains on nor scores has no say in which weights of bands are chosen, or in
// their error; what it trains on has.
TEST(BandedRidge, RowsThatAreLeftOutMoveNothing) {
  for (const std::vector<Index>& sizes : {std::vector<Index>{5, 7}, std::vector<Index>{50, 40}}) {
    auto data = many_targets<double>(60, sizes[0] + sizes[1], 4);
    InnerFold fold;
    for (Index i = 0; i < 60; ++i) {
      if (i < 20) fold.test.push_back(i);
      if (i >= 30) fold.train.push_back(i);
    }
    const BandedSearch search{kBandAlphas, simplex_candidates(2, 9, 1)};
    const auto fit = [&] {
      return banded_ridge(rows_of(data.x), sizes, data.y, Nuisance::intercept(60), {fold}, search);
    };
    const auto before = fit();
    data.x.middleRows(20, 10).array() += 7;
    data.y.middleRows(20, 10).array() -= 50;
    const auto after = fit();
    EXPECT_EQ(after.candidate, before.candidate);
    EXPECT_EQ(after.alpha, before.alpha);
    EXPECT_CLOSE(after.errors, before.errors, Tolerance::because(1e-8, "rows of size 50 cancel"));
    data.y(40, 0) += 1;
    EXPECT_NE(fit().errors(0, 0), before.errors(0, 0));
  }
}

TEST(BandedRidge, GivesTheSameBytesAtAnyNumberOfThreadsAndWhenStreamed) {
  const auto data = many_targets<float>(400, 90, 600);
  const BandedSearch search{kBandAlphas, simplex_candidates(3, 7, 1)};
  std::vector<BandedFit<float>> fits;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    for (const bool in_memory : {true, false}) {
      fits.push_back(banded_ridge(in_memory ? rows_of(data.x) : streamed(data.x),
                                  {30, 30, 30},
                                  data.y,
                                  Nuisance::intercept(400),
                                  contiguous_folds(400, 5),
                                  search));
      EXPECT_LE(fits.back().peak, search.memory);
      EXPECT_EQ(fits.back().errors, fits[0].errors);
      EXPECT_EQ(fits.back().weights, fits[0].weights);
    }
  }
  set_threads(0);
}

TEST(BandedRidge, GoesOverToDoubleWhereFloatDoesNotCarry) {
  auto data = many_targets<double>(200, 40, 30);
  data.x.rightCols(20) = data.x.leftCols(20) + 1e-4 * random_matrix(200, 20, "nearly the same");
  const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
  const Dense<double> same_x = x.cast<double>(), same_y = y.cast<double>();
  const BandedSearch search{{1e-6, 1e-3}, simplex_candidates(2, 3, 1)};
  const auto folds = contiguous_folds(200, 5);
  const auto narrow = banded_ridge(rows_of(x), {20, 20}, y, Nuisance::none(200), folds, search);
  const auto wide =
      banded_ridge(rows_of(same_x), {20, 20}, same_y, Nuisance::none(200), folds, search);
  EXPECT_TRUE(narrow.is_widened);
  EXPECT_FALSE(wide.is_widened);
  EXPECT_CLOSE(narrow.error,
               wide.error,
               Tolerance::because(1e-6, "products of the nuisance are the same, x is exact"));
}

TEST(BandedRidge, RefusesBandsThatContradictThemselves) {
  const auto data = many_targets<double>(20, 4, 2);
  const auto fit = [&](std::vector<Index> sizes, MatrixXd candidates) {
    return banded_ridge(rows_of(data.x),
                        sizes,
                        data.y,
                        Nuisance::none(20),
                        contiguous_folds(20, 4),
                        {kBandAlphas, candidates});
  };
  EXPECT_THROW(fit({2, 3}, MatrixXd::Ones(1, 2)), InternalError);
  EXPECT_THROW(fit({2, 2}, MatrixXd::Ones(1, 3)), InternalError);
  EXPECT_THROW(fit({2, 2}, MatrixXd::Zero(1, 2)), InternalError);
  EXPECT_THROW(fit({2, 2}, MatrixXd::Constant(1, 2, -1)), InternalError);
}

}  // namespace
}  // namespace insula::regression
