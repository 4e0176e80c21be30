// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/reduction.h"

#include <gtest/gtest.h>

#include <numeric>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

std::vector<Index> rows_from(Index first, Index last) {
  std::vector<Index> rows(static_cast<std::size_t>(last - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

// Columns of very different sizes and means that hang together.
MatrixXd features(Index rows, Index columns) {
  const MatrixXd mixed =
      random_matrix(rows, columns, "features") * random_matrix(columns, columns, "mixing");
  const RowVectorXd scale = RowVectorXd::LinSpaced(columns, -2, 2).array().exp();
  return (mixed * scale.asDiagonal()).rowwise() + 10 * scale;
}

void expect_same(const Reduction& a, const Reduction& b) {
  EXPECT_EQ(a.centre, b.centre);
  EXPECT_EQ(a.scale, b.scale);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.explained_share, b.explained_share);
}

const ReductionPlan kPlans[] = {{true, 0, 0, 3, "clip"},
                                {true, 0, 4, 3, "clip"},
                                {false, 0, 4, 3, "clip"},
                                {true, 6, 0, 3, "clip"},
                                {true, 6, 4, 3, "clip"}};

// The worst mistake: a fit that has seen what it is tested on.
// More rows than are read at once, and more columns: components by the rows' products, part by
// part.
TEST(Reduction, OfManyRowsAndMoreColumnsHoldsNoMoreThanPartsOfThem) {
  const Index n = 2100, p = 2200;
  MatrixXd x = random_matrix(n, 3, "scores") * random_matrix(3, p, "loadings");
  x.col(0).array() += 20;
  std::vector<Index> training;
  for (Index i = 0; i < n; ++i) training.push_back(i);
  std::size_t most = 0;
  const auto read = [&](std::span<const Index> rows) {
    most = std::max(most, rows.size());
    return MatrixXd(x.middleRows(rows.front(), std::ssize(rows)));
  };
  const Reduction fitted = fit_reduction({false, 0, 3, 0, ""}, p, read, training);
  EXPECT_LE(most, 1024u);
  ASSERT_EQ(fitted.weights.cols(), 3);
  // Three directions hold all of it.
  const MatrixXd centred = x.rowwise() - x.colwise().mean();
  const MatrixXd scores = fitted.apply(x);
  EXPECT_CLOSE((scores * fitted.weights.transpose()).eval(),
               centred,
               Tolerance::because(1e-9, "sums of 2200 products of numbers near 1"));
  EXPECT_CLOSE((fitted.weights.transpose() * fitted.weights).eval(),
               MatrixXd::Identity(3, 3).eval(),
               Tolerance::because(1e-10, "directions of products of a condition of 1e3"));
}

TEST(Reduction, DoesNotMoveWhenHeldOutRowsChange) {
  MatrixXd x = features(60, 12);
  const std::vector<Index> training = rows_from(10, 50);
  for (const ReductionPlan& plan : kPlans) {
    const Reduction fitted = fit_reduction(plan, x, training);
    MatrixXd changed = x;
    changed.topRows(10).setConstant(kNaN);
    changed.bottomRows(10) *= 1e6;
    expect_same(fit_reduction(plan, changed, training), fitted);
    // With more columns than training rows too.
    const std::vector<Index> few = rows_from(15, 20);
    expect_same(fit_reduction(plan, changed, few), fit_reduction(plan, x, few));
    changed(30, 0) += 1;
    EXPECT_NE(fit_reduction(plan, changed, training).centre, fitted.centre);
  }
}

TEST(Reduction, AsksForNoRowButThoseOfTraining) {
  const MatrixXd x = features(3000, 5);
  const std::vector<Index> training = rows_from(100, 2900);
  for (const ReductionPlan& plan : kPlans) {
    const RowReader read = [&](std::span<const Index> rows) {
      MatrixXd part(static_cast<Index>(rows.size()), x.cols());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_GE(rows[i], 100);
        EXPECT_LT(rows[i], 2900);
        part.row(static_cast<Index>(i)) = x.row(rows[i]);
      }
      EXPECT_LE(rows.size(), 1024U);
      return part;
    };
    expect_same(fit_reduction(plan, x.cols(), read, training), fit_reduction(plan, x, training));
  }
}

TEST(Reduction, StandardisesTheTrainingRows) {
  MatrixXd x = features(40, 6);
  x.col(2).setConstant(0.1);
  const std::vector<Index> training = rows_from(0, 30);
  x(35, 2) = 7;  // constant where it counts
  const Reduction fitted = fit_reduction({true, 0, 0, 0, ""}, x, training);
  const MatrixXd y = fitted.apply(x);
  for (Index c = 0; c < 6; ++c) {
    EXPECT_CLOSE(y.col(c).head(30).mean(), 0, Tolerance::rounding(30, 20));
    EXPECT_CLOSE(y.col(c).head(30).squaredNorm() / 30, c == 2 ? 0 : 1, Tolerance::rounding(200, 1));
  }
  EXPECT_EQ(y.col(2), VectorXd::Zero(40));
}

TEST(Reduction, ComponentsAreOrthonormalUncorrelatedAndOrdered) {
  const MatrixXd x = features(200, 7);
  const std::vector<Index> all = rows_from(0, 200);
  const Reduction fitted = fit_reduction({false, 0, 7, 0, ""}, x, all);
  ASSERT_EQ(fitted.weights.cols(), 7);
  EXPECT_CLOSE(fitted.weights.transpose() * fitted.weights,
               MatrixXd::Identity(7, 7),
               Tolerance::rounding(100, 1));
  const MatrixXd scores = fitted.apply(x);
  const MatrixXd covariance = scores.transpose() * scores / 200;
  const MatrixXd centred = x.rowwise() - x.colwise().mean();
  const double total = centred.squaredNorm() / 200;
  EXPECT_CLOSE(fitted.explained_share.sum(), 1, Tolerance::rounding(100));
  EXPECT_CLOSE(covariance,
               MatrixXd((total * fitted.explained_share).asDiagonal()),
               Tolerance::rounding(1000, total));
  for (Index c = 1; c < 7; ++c) {
    EXPECT_LE(fitted.explained_share[c], fitted.explained_share[c - 1]);
  }
}

// y = (a, b)·rotationᵀ with independent a and b of sd 3 and 1: the components are the rotation.
TEST(Reduction, FindsTheAxesOfAnEllipse) {
  const double angle = 0.3;
  MatrixXd axes(2, 2);
  axes << std::cos(angle), std::sin(angle), -std::sin(angle), std::cos(angle);
  MatrixXd along(4, 2);  // sums of products are 0: exactly uncorrelated
  along << 3, 1, 3, -1, -3, 1, -3, -1;
  const MatrixXd x = (along * axes).rowwise() + RowVectorXd::Constant(2, 5);
  const Reduction fitted = fit_reduction({false, 0, 2, 0, ""}, x, rows_from(0, 4));
  EXPECT_CLOSE(fitted.explained_share, Eigen::Vector2d(0.9, 0.1), Tolerance::rounding(20));
  EXPECT_CLOSE(MatrixXd(fitted.weights.transpose()), axes, Tolerance::rounding(50, 1));
}

// Fewer rows than columns take the other road; a copy of the rows makes it the first road again,
// with the same covariance.
TEST(Reduction, IsTheSameByColumnsAndByRows) {
  const MatrixXd x = features(8, 12);
  MatrixXd twice(16, 12);
  twice << x, x;
  const ReductionPlan plan{true, 0, 5, 0, ""};
  const Reduction by_rows = fit_reduction(plan, x, rows_from(0, 8));
  const Reduction by_columns = fit_reduction(plan, twice, rows_from(0, 16));
  const Tolerance tolerance = Tolerance::because(1e-11, "eigenvectors of gaps above 1e-3");
  EXPECT_CLOSE(by_rows.explained_share, by_columns.explained_share, tolerance);
  EXPECT_CLOSE(by_rows.weights, by_columns.weights, tolerance);
}

TEST(Reduction, HasNoMoreComponentsThanThereAreDirections) {
  const MatrixXd x = random_matrix(50, 2, "plane") * random_matrix(2, 9, "spread");
  EXPECT_EQ(fit_reduction({true, 0, 6, 0, ""}, x, rows_from(0, 50)).weights.cols(), 2);
  EXPECT_EQ(fit_reduction({true, 0, 6, 0, ""}, x, rows_from(0, 5)).weights.cols(), 2);
  const MatrixXd flat = MatrixXd::Constant(10, 3, 2);
  EXPECT_EQ(fit_reduction({true, 0, 2, 0, ""}, flat, rows_from(0, 10)).weights.cols(), 0);
  EXPECT_THROW(fit_reduction({true, 0, 2, 0, ""}, flat, {}), InternalError);
}

TEST(Reduction, OfRowsThatAreAllTheSameHasNoComponents) {
  const MatrixXd same = RowVectorXd::LinSpaced(6, 1, 6).replicate(9, 1);
  for (const Index rows : {9, 4})  // by columns, by rows
    for (const Index projection : {0, 3}) {
      const Reduction none =
          fit_reduction({true, projection, 2, 3, "clip"}, same.topRows(rows), rows_from(0, rows));
      EXPECT_EQ(none.explained_share.size(), 0);
      const MatrixXd reduced = none.apply(random_matrix(7, 6, "others"));
      EXPECT_EQ(reduced.rows(), 7);
      EXPECT_EQ(reduced.cols(), 0);
    }
}

TEST(Reduction, RandomDirectionsKeepSquaredLengthsOnAverage) {
  const MatrixXd x = random_matrix(2, 30, "points");
  const double length = (x.row(0) - x.row(1)).squaredNorm();
  const std::vector<Index> both = rows_from(0, 2);
  double sum = 0;
  const int draws = 400;
  const Index k = 10;
  for (int seed = 0; seed < draws; ++seed) {
    const ReductionPlan plan{false, k, 0, static_cast<std::uint64_t>(seed), "clip"};
    const MatrixXd y = fit_reduction(plan, x, both).apply(x);
    sum += (y.row(0) - y.row(1)).squaredNorm() / length;
  }
  // Each is a chi-square of k over k: mean 1, variance 2/k.
  EXPECT_CLOSE(sum / draws, 1, Tolerance::sampling(std::sqrt(2.0 / k), draws));
}

TEST(Reduction, RandomDirectionsAreNamedBySeedAndBandAlone) {
  const MatrixXd x = features(20, 5);
  const auto weights = [&](std::uint64_t seed, const char* name, Index first) {
    return fit_reduction({true, 3, 0, seed, name}, x, rows_from(first, 20)).weights;
  };
  EXPECT_EQ(weights(1, "clip", 0), weights(1, "clip", 7));
  EXPECT_NE(weights(1, "clip", 0), weights(2, "clip", 0));
  EXPECT_NE(weights(1, "clip", 0), weights(1, "gpt", 0));
}

TEST(ColumnMoments, AreTheSameFromPartsAndFromTheWhole) {
  const MatrixXd x = features(100, 4);
  ColumnMoments parts(4, true);
  for (const Index first : {0, 1, 30, 31}) {
    const Index last = first == 0 ? 1 : first == 1 ? 30 : first == 30 ? 31 : 100;
    parts.add(x.middleRows(first, last - first));
  }
  parts.add(x.topRows(0));
  const MatrixXd centred = x.rowwise() - x.colwise().mean();
  const MatrixXd covariance = centred.transpose() * centred / 100;
  EXPECT_EQ(parts.count(), 100);
  EXPECT_CLOSE(MatrixXd(parts.mean()), MatrixXd(x.colwise().mean()), Tolerance::rounding(100));
  EXPECT_CLOSE(parts.covariance(), covariance, Tolerance::rounding(500, covariance.maxCoeff()));
  EXPECT_CLOSE(MatrixXd(parts.sd().cwiseAbs2().transpose()),
               MatrixXd(covariance.diagonal()),
               Tolerance::rounding(500));
  EXPECT_THROW(ColumnMoments(4, false).covariance(), InternalError);
}

// A large mean hides nothing: sums of squares would lose all digits here.
TEST(ColumnMoments, KeepTheSpreadBesideALargeMean) {
  MatrixXd x(4, 1);
  x << 1e9 + 1, 1e9 - 1, 1e9 + 1, 1e9 - 1;
  ColumnMoments moments(1, false);
  moments.add(x.topRows(1));
  moments.add(x.bottomRows(3));
  EXPECT_CLOSE(moments.sd()[0], 1, Tolerance::because(1e-6, "1e9 has 7 digits after the point"));
}

}  // namespace
}  // namespace insula::regression
