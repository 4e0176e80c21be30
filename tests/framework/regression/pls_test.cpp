// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/pls.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/SVD>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

const Tolerance kPlsSolved =
    Tolerance::because(1e-9, "two solutions of equations of a condition up to 1e4");

// The textbook's way: features and targets are deflated by each score.
// source  Höskuldsson 1988, J. Chemometrics 2:211
MatrixXd nipals(MatrixXd x, MatrixXd y, Index components) {
  MatrixXd w(x.cols(), components), p(x.cols(), components), q(y.cols(), components);
  for (Index k = 0; k < components; ++k) {
    const Eigen::JacobiSVD<MatrixXd> svd(x.transpose() * y, Eigen::ComputeThinU);
    w.col(k) = svd.matrixU().col(0);
    const VectorXd t = x * w.col(k);
    p.col(k) = x.transpose() * t / t.squaredNorm();
    q.col(k) = y.transpose() * t / t.squaredNorm();
    x -= t * p.col(k).transpose();
    y -= t * q.col(k).transpose();
  }
  return w * (p.transpose() * w).partialPivLu().solve(q.transpose());
}

struct Centred {
  RowVectorXd x_mean, y_mean;
  MatrixXd x, y;
  Centred(const MatrixXd& from_x, const MatrixXd& from_y)
      : x_mean(from_x.colwise().mean()),
        y_mean(from_y.colwise().mean()),
        x(from_x.rowwise() - x_mean),
        y(from_y.rowwise() - y_mean) {}
};

TEST(Pls, LeavesBlocksOutAsTheTextbookRefits) {
  for (const Index p : {9, 70}) {
    const auto data = many_targets<double>(60, p, 4);
    const auto folds = contiguous_folds(60, 5, 2);
    const auto fit = pls_cv(rows_of(data.x), data.y, Nuisance::intercept(60), folds, {5});
    EXPECT_EQ(fit.is_dual, p == 70);
    ASSERT_EQ(fit.errors.rows(), 5);
    for (Index k = 1; k <= 5; ++k) {
      const VectorXd refits = held_out_error(folds, data.y, [&](const InnerFold& fold) {
        const Centred train(data.x(fold.train, Eigen::all), data.y(fold.train, Eigen::all));
        const MatrixXd weights = nipals(train.x, train.y, k);
        const MatrixXd test = data.x(fold.test, Eigen::all).rowwise() - train.x_mean;
        return MatrixXd((test * weights).rowwise() + train.y_mean);
      });
      EXPECT_CLOSE(fit.errors.row(k - 1).transpose(), refits, kPlsSolved);
    }
    const Centred all(data.x, data.y);
    for (Index t = 0; t < 4; ++t) {
      const Index k = fit.components[static_cast<std::size_t>(t)];
      const VectorXd weights = nipals(all.x, all.y, k).col(t);
      EXPECT_CLOSE(fit.weights.col(t), weights, kPlsSolved);
      EXPECT_CLOSE(fit.nuisance_weights(0, t),
                   all.y_mean[t] - all.x_mean.dot(weights.transpose()),
                   kPlsSolved);
      EXPECT_EQ(fit.error[t], fit.errors.col(t).minCoeff());
      EXPECT_EQ(fit.error[t], fit.errors(k - 1, t));
    }
  }
}

// With one target, k components solve least squares on the Krylov space of X'y and X'X.
// source  Helland 1988, Commun. Stat. Simul. Comput. 17:581
TEST(Pls, OfOneTargetIsLeastSquaresOnAKrylovSpace) {
  const auto data = many_targets<double>(50, 8, 1);
  const MatrixXd gram = data.x.transpose() * data.x;
  const VectorXd cross = data.x.transpose() * data.y;
  const auto folds = contiguous_folds(50, 5);
  for (Index k = 1; k <= 4; ++k) {
    MatrixXd krylov(8, k);
    krylov.col(0) = cross;
    for (Index j = 1; j < k; ++j) krylov.col(j) = gram * krylov.col(j - 1) / 50;
    const VectorXd expected =
        krylov * (krylov.transpose() * gram * krylov).fullPivLu().solve(krylov.transpose() * cross);
    const auto fit = pls_cv(rows_of(data.x), data.y, Nuisance::none(50), folds, {k});
    if (fit.components[0] != k) continue;  // fewer predict better
    EXPECT_CLOSE(fit.weights.col(0), expected, kPlsSolved);
  }
}

TEST(Pls, OfAllComponentsIsLeastSquares) {
  auto data = many_targets<double>(80, 6, 3);
  data.y = data.x * random_matrix(6, 3, "exact");  // so that all of them predict best
  const auto fit =
      pls_cv(rows_of(data.x), data.y, Nuisance::none(80), contiguous_folds(80, 4), {20});
  EXPECT_EQ(fit.errors.rows(), 6);
  EXPECT_CLOSE(fit.weights,
               (data.x.transpose() * data.x).ldlt().solve(data.x.transpose() * data.y).eval(),
               kPlsSolved);
}

TEST(Pls, StreamsAndGivesTheSameBytesAtAnyNumberOfThreads) {
  for (const Index p : {40, 300}) {
    const auto data = many_targets<float>(200, p, 30);
    const auto folds = contiguous_folds(200, 5);
    std::vector<PlsFit<float>> fits;
    for (const int count : {1, 2, 5}) {
      set_threads(count);
      fits.push_back(
          pls_cv(rows_of(data.x), data.y, Nuisance::intercept(200), folds, PlsSearch{6}));
      EXPECT_EQ(fits.back().errors, fits[0].errors);
      EXPECT_EQ(fits.back().weights, fits[0].weights);
    }
    set_threads(0);
    const auto pieces = pls_cv(
        streamed(data.x), data.y, Nuisance::intercept(200), folds, PlsSearch{6, fits[0].peak});
    EXPECT_LE(pieces.peak, fits[0].peak);
    EXPECT_CLOSE(
        pieces.errors, fits[0].errors, Tolerance::because(1e-4, "sums in another order, in float"));
  }
}

TEST(Pls, RowsThatAreLeftOutMoveNothing) {
  for (const Index p : {9, 70}) {
    auto data = many_targets<double>(60, p, 3);
    InnerFold fold;
    for (Index i = 0; i < 60; ++i) {
      if (i < 20) fold.test.push_back(i);
      if (i >= 30) fold.train.push_back(i);
    }
    const auto errors = [&] {
      return pls_cv(rows_of(data.x), data.y, Nuisance::intercept(60), {fold}, {4}).errors;
    };
    const MatrixXd before = errors();
    data.x.middleRows(20, 10).array() += 3;
    data.y.middleRows(20, 10).array() -= 20;
    EXPECT_CLOSE(errors(), before, Tolerance::because(1e-8, "rows of size 20 cancel"));
  }
}

TEST(Pls, RefusesNoComponents) {
  const auto data = many_targets<double>(20, 3, 2);
  EXPECT_THROW(pls_cv(rows_of(data.x), data.y, Nuisance::none(20), contiguous_folds(20, 4), {0}),
               InternalError);
}

}  // namespace
}  // namespace insula::regression
