// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/error.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

TEST(LeastSquares, RecoversWeightsOfNoiselessData) {
  const MatrixXd x = random_matrix(50, 4, "x"), weights = random_matrix(4, 3, "w");
  EXPECT_CLOSE(
      least_squares(x, VectorXd::Zero(4), x * weights), weights, Tolerance::rounding(1000, 1));
}

TEST(LeastSquares, ShrinksAnOrthogonalColumnByItsPenalty) {
  const MatrixXd x = 2 * MatrixXd::Identity(3, 2);
  const VectorXd y = Eigen::Vector3d(4, 6, 100);
  const MatrixXd weights = least_squares(x, Eigen::Vector2d(0, 4), y);
  EXPECT_CLOSE(weights(0, 0), 2, Tolerance::rounding(8));
  EXPECT_CLOSE(weights(1, 0), 2.0 * 6 / (4 + 4), Tolerance::rounding(8));
}

TEST(LeastSquares, SharesWeightBetweenEqualColumnsAndGivesNoneToZeros) {
  MatrixXd x = random_matrix(30, 4, "x");
  x.col(1) = x.col(0);
  x.col(2).setZero();
  const VectorXd y = 6 * x.col(0) + x.col(3);
  const MatrixXd weights = least_squares(x, VectorXd::Zero(4), y);
  EXPECT_CLOSE(weights, Eigen::Vector4d(3, 3, 0, 1), Tolerance::rounding(1000, 1));
}

TEST(LeastSquares, OfNoColumnsOrRowsIsZero) {
  EXPECT_EQ(least_squares(MatrixXd(5, 0), VectorXd(0), VectorXd::Ones(5)).rows(), 0);
  EXPECT_EQ(least_squares(MatrixXd(0, 2), VectorXd::Zero(2), VectorXd(0)), VectorXd::Zero(2));
  EXPECT_THROW(least_squares(MatrixXd(5, 2), VectorXd::Zero(1), VectorXd::Ones(5)), InternalError);
}

TEST(Whiten, MakesAr1RowsIndependentAcrossMissingSamplesAndRuns) {
  const Positions positions{{0, 1, 4, 5, 6, 9, 12}, {0, 0, 0, 0, 1, 1, 1}};
  const double rho = 0.7;
  MatrixXd covariance = MatrixXd::Zero(7, 7);
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      if (positions.run[i] != positions.run[j]) continue;
      covariance(Index(i), Index(j)) =
          std::pow(rho, std::abs(double(positions.row[i] - positions.row[j])));
    }
  }
  const MatrixXd white = whiten(MatrixXd::Identity(7, 7), positions, rho);
  EXPECT_CLOSE(
      white * covariance * white.transpose(), MatrixXd::Identity(7, 7), Tolerance::rounding(64, 1));
}

TEST(Whiten, ByNothingChangesNothing) {
  const Positions positions{{0, 1, 2}, {0, 0, 0}};
  const MatrixXd rows = random_matrix(3, 2, "x");
  EXPECT_EQ(whiten(rows, positions, 0), rows);
  EXPECT_THROW(whiten(random_matrix(4, 2, "x"), positions, 0), InternalError);
}

TEST(NeighbourCorrelation, CountsNeighboursAlone) {
  const VectorXd residual = Eigen::Vector4d(1, 1, -1, -1);
  EXPECT_CLOSE(neighbour_correlation(residual, {{0, 1, 2, 3}, {0, 0, 0, 0}}),
               1.0 / 3,
               Tolerance::rounding(4));
  EXPECT_EQ(neighbour_correlation(residual, {{0, 1, 5, 6}, {0, 0, 0, 0}}), 1);
  EXPECT_EQ(neighbour_correlation(residual, {{0, 1, 2, 3}, {0, 0, 1, 1}}), 1);
  EXPECT_EQ(neighbour_correlation(residual, {{0, 2, 4, 6}, {0, 0, 0, 0}}), 0);
}

TEST(Ar1LeastSquares, RecoversWeightsAndCoefficient) {
  const Index n = 4000;
  const MatrixXd x = random_matrix(n, 2, "x"), innovation = random_matrix(n, 1, "e");
  VectorXd y = x * Eigen::Vector2d(1, -2);
  Positions positions;
  double noise = innovation(0, 0);
  for (Index t = 0; t < n; ++t) {
    if (t > 0) noise = 0.6 * noise + 0.8 * innovation(t, 0);
    y[t] += noise;
    positions.row.push_back(t);
    positions.run.push_back(0);
  }
  const Ar1Fit fit = ar1_least_squares(x, VectorXd::Zero(2), y, positions);
  EXPECT_CLOSE(fit.rho, 0.6, Tolerance::sampling(0.8, double(n)));  // sd √(1 − ρ²) (Bartlett)
  // Whitened, independent columns have 1 + ρ² over 1 − ρ² times the size of the innovations.
  EXPECT_CLOSE(
      fit.weights, Eigen::Vector2d(1, -2), Tolerance::sampling(std::sqrt(0.64 / 1.36), double(n)));
}

}  // namespace
}  // namespace insula::regression
