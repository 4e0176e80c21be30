// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/banded_descent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/ridge.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Bands of which the first matters most and the last not at all.
ManyTargets<double> unequal_bands(Index n, Index targets) {
  ManyTargets<double> data{random_matrix(n, 24, "features"), {}};
  MatrixXd weights = random_matrix(24, targets, "weights");
  weights.middleRows(8, 8) *= 0.2;
  weights.bottomRows(8).setZero();
  data.y = data.x * weights + 2 * random_matrix(n, targets, "noise");
  data.y.array() += 1;
  return data;
}

const std::vector<Index> kSizes{8, 8, 8};

// Held-out error of one target by refits of plain ridge regression with a penalty per column.
double refit_error(const ManyTargets<double>& data,
                   const std::vector<InnerFold>& folds,
                   const VectorXd& log_penalty) {
  VectorXd relative(24);
  for (Index b = 0; b < 3; ++b) relative.segment(8 * b, 8).setConstant(std::exp(log_penalty[b]));
  const Index n = data.x.rows();
  const RidgeRows rows{data.x, MatrixXd::Ones(n, 1), VectorXd::Zero(1), data.y};
  return held_out_error(folds, data.y, [&](const InnerFold& fold) {
    const RidgePath path(ridge_moments(rows.select(fold.train), Scale::as_given), relative);
    const RidgeRows test = rows.select(fold.test);
    return path.predict(test.x, test.nuisance, {1.0})[0];
  })[0];
}

TEST(BandedDescent, StartsWithTheErrorOfRefits) {
  const auto data = unequal_bands(90, 1);
  const auto folds = contiguous_folds(90, 5, 2);
  const VectorXd start = Eigen::Vector3d(3, 20, 0.5);
  const auto fit = descend_bands(
      rows_of(data.x), kSizes, data.y, Nuisance::intercept(90), folds, start, BandedDescent{0});
  const Tolerance solved = Tolerance::because(1e-10, "two well-conditioned solutions");
  EXPECT_CLOSE(fit.start_error[0], refit_error(data, folds, start.array().log()), solved);
  EXPECT_EQ(fit.error[0], fit.start_error[0]);
  EXPECT_EQ(fit.steps[0], 0);
  EXPECT_CLOSE(fit.penalty.col(0), start, Tolerance::rounding(8));
}

TEST(BandedDescent, EndsWhereTheErrorNoLongerFalls) {
  const auto data = unequal_bands(90, 1);
  const auto folds = contiguous_folds(90, 5);
  const auto fit = descend_bands(rows_of(data.x),
                                 kSizes,
                                 data.y,
                                 Nuisance::intercept(90),
                                 folds,
                                 MatrixXd::Constant(3, 1, 5),
                                 BandedDescent{100});
  EXPECT_LT(fit.error[0], 0.99 * fit.start_error[0]);
  const VectorXd at = fit.penalty.col(0).array().log();
  const double here = refit_error(data, folds, at);
  EXPECT_CLOSE(fit.error[0], here, Tolerance::because(1e-9, "two well-conditioned solutions"));
  for (Index b = 0; b < 3; ++b) {
    for (const double step : {-0.1, 0.1}) {
      const VectorXd moved = at + step * VectorXd::Unit(3, b);
      EXPECT_GT(refit_error(data, folds, moved), here * (1 - 1e-7)) << b << " " << step;
    }
  }
  EXPECT_GT(at[2], at[0] + 1);  // what does not matter is penalised more
}

TEST(BandedDescent, NeverEndsAboveARandomSearch) {
  const auto data = unequal_bands(90, 5);
  const auto folds = contiguous_folds(90, 5);
  const BandedSearch search{{0.1, 1, 10, 100}, simplex_candidates(3, 10, 1)};
  const auto random =
      banded_ridge(rows_of(data.x), kSizes, data.y, Nuisance::intercept(90), folds, search);
  const MatrixXd start =
      random.alpha.transpose().replicate(3, 1).array() / random.band_weights.array();
  const auto fit = descend_bands(
      rows_of(data.x), kSizes, data.y, Nuisance::intercept(90), folds, start, BandedDescent{30});
  EXPECT_CLOSE(fit.start_error,
               random.error,
               Tolerance::because(1e-7, "shares below e^-20 are taken for that"));
  EXPECT_TRUE((fit.error.array() <= fit.start_error.array()).all());
  EXPECT_LT(fit.error.mean(), random.error.mean());
  // Steps of none leave the weights of the search.
  const auto still = descend_bands(
      rows_of(data.x), kSizes, data.y, Nuisance::intercept(90), folds, start, BandedDescent{0});
  EXPECT_CLOSE(still.weights,
               random.weights,
               Tolerance::because(1e-6, "shares below e^-20 are taken for that"));
  EXPECT_CLOSE(
      still.nuisance_weights, random.nuisance_weights, Tolerance::because(1e-6, "as above"));
}

TEST(BandedDescent, ABandOfNoShareMayStart) {
  const auto data = unequal_bands(60, 1);
  const auto folds = contiguous_folds(60, 4);
  const double none = std::numeric_limits<double>::infinity();
  const auto fit = descend_bands(rows_of(data.x),
                                 kSizes,
                                 data.y,
                                 Nuisance::intercept(60),
                                 folds,
                                 Eigen::Vector3d(1, 1, none),
                                 BandedDescent{5});
  EXPECT_LE(fit.error[0], fit.start_error[0]);
  EXPECT_LT(fit.weights.col(0).tail(8).norm(), 1e-6);
}

TEST(BandedDescent, InFloatEndsWhereDoubleDoesAtAnyNumberOfThreads) {
  const auto data = unequal_bands(90, 6);
  const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
  const auto folds = contiguous_folds(90, 5);
  const MatrixXd start = MatrixXd::Constant(3, 6, 5);
  const auto exact = descend_bands(
      rows_of(data.x), kSizes, data.y, Nuisance::intercept(90), folds, start, BandedDescent{20});
  std::vector<DescendedBands<float>> fits;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    fits.push_back(descend_bands(
        rows_of(x), kSizes, y, Nuisance::intercept(90), folds, start, BandedDescent{20}));
    EXPECT_EQ(fits.back().weights, fits[0].weights);
    EXPECT_EQ(fits.back().penalty, fits[0].penalty);
  }
  set_threads(0);
  EXPECT_CLOSE(
      fits[0].error, exact.error, Tolerance::because(1e-5, "features and targets are rounded"));
}

// What a fold neither trains on nor scores has no say in how low its error can be; what it trains
// on has.
TEST(BandedDescent, RowsThatAreLeftOutMoveNothing) {
  auto data = unequal_bands(60, 2);
  InnerFold fold;
  for (Index i = 0; i < 60; ++i) {
    if (i < 20) fold.test.push_back(i);
    if (i >= 30) fold.train.push_back(i);
  }
  const auto fit = [&] {
    return descend_bands(rows_of(data.x),
                         kSizes,
                         data.y,
                         Nuisance::intercept(60),
                         {fold},
                         MatrixXd::Constant(3, 2, 5),
                         BandedDescent{20});
  };
  const auto before = fit();
  data.x.middleRows(20, 10).array() += 7;
  data.y.middleRows(20, 10).array() -= 50;
  const auto after = fit();
  // Where the error is flat penalties go where rounding takes them.
  EXPECT_CLOSE(after.error,
               before.error,
               Tolerance::because(1e-6, "rows of size 50 cancel, and steps end at 1e-9"));
  data.y(40, 0) += 1;
  EXPECT_NE(fit().error[0], before.error[0]);
}

TEST(BandedDescent, RefusesPenaltiesThatAreNone) {
  const auto data = unequal_bands(30, 2);
  const auto folds = contiguous_folds(30, 4);
  const auto from = [&](const MatrixXd& start) {
    return descend_bands(
        rows_of(data.x), kSizes, data.y, Nuisance::none(30), folds, start, BandedDescent{1});
  };
  EXPECT_THROW(from(MatrixXd::Zero(3, 2)), InternalError);
  EXPECT_THROW(from(MatrixXd::Ones(2, 2)), InternalError);
}

}  // namespace
}  // namespace insula::regression
