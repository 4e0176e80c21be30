// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/ridge.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "framework/base/error.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

RidgeRows example(Eigen::Index rows = 40, Eigen::Index p = 6) {
  RidgeRows all{random_matrix(rows, p, "x"),
                random_matrix(rows, 3, "z"),
                Eigen::Vector3d(0, 2, 50),
                random_matrix(rows, 2, "y")};
  all.nuisance.col(0).setOnes();
  all.y.array() += 5;
  return all;
}

// The whole problem at once: [X Z]'[X Z] + penalties.
MatrixXd joint_solution(const RidgeRows& rows, const VectorXd& penalty) {
  MatrixXd all(rows.x.rows(), rows.x.cols() + rows.nuisance.cols());
  all << rows.x, rows.nuisance;
  VectorXd diagonal(all.cols());
  diagonal << penalty, rows.nuisance_penalty;
  MatrixXd normal = all.transpose() * all;
  normal.diagonal() += diagonal;
  return normal.lu().solve(all.transpose() * rows.y);
}

const Tolerance kSolved = Tolerance::because(1e-11, "two solutions of well-conditioned equations");

TEST(RidgePath, SolvesTheJointProblemWithPartlyPenalisedNuisance) {
  for (const Eigen::Index p : {6, 60}) {  // fewer and more columns than rows
    const RidgeRows rows = example(40, p);
    const MatrixXd expected = joint_solution(rows, VectorXd::Constant(p, 3));
    const RidgePath path(rows);
    const MatrixXd weights = path.weights(Eigen::Vector2d(3, 3));
    EXPECT_CLOSE(weights, expected.topRows(p), kSolved);
    EXPECT_CLOSE(path.nuisance_weights(weights), expected.bottomRows(3), kSolved);
    const MatrixXd fitted = rows.x * expected.topRows(p) + rows.nuisance * expected.bottomRows(3);
    EXPECT_CLOSE(path.predict(rows.x, rows.nuisance, {3.0})[0], fitted, kSolved);
  }
}

TEST(RidgePath, TakesAPenaltyPerTarget) {
  const RidgePath path(example());
  const MatrixXd both = path.weights(Eigen::Vector2d(0.1, 100));
  EXPECT_EQ(both.col(0), path.weights(Eigen::Vector2d(0.1, 0.1)).col(0));
  EXPECT_EQ(both.col(1), path.weights(Eigen::Vector2d(100, 100)).col(1));
}

TEST(RidgePath, ScalesColumnsToUnitDeviationAndWeightsBack) {
  RidgeRows rows = example();
  const VectorXd sd =
      ((rows.x.rowwise() - rows.x.colwise().mean()).array().square().colwise().mean())
          .sqrt()
          .transpose();
  const VectorXd penalty = 3 * sd.array().square();
  EXPECT_CLOSE(RidgePath(rows, Scale::unit_sd).weights(Eigen::Vector2d(3, 3)),
               joint_solution(rows, penalty).topRows(6),
               kSolved);
}

TEST(RidgePath, DoesNotCareForTheUnitsOfColumnsUnderUnitDeviation) {
  RidgeRows rows = example();
  const MatrixXd before = RidgePath(rows, Scale::unit_sd).predict(rows.x, rows.nuisance, {7.0})[0];
  rows.x.col(2) *= 1e6;
  rows.x.col(4).array() += 100;  // the free constant takes it up
  const MatrixXd after = RidgePath(rows, Scale::unit_sd).predict(rows.x, rows.nuisance, {7.0})[0];
  EXPECT_CLOSE(after, before, Tolerance::because(1e-9, "a column of size 100 loses two digits"));
}

TEST(RidgePath, PenalisesColumnsRelativeToEachOther) {
  for (const Eigen::Index p : {6, 60}) {
    const RidgeRows rows = example(40, p);
    VectorXd relative = VectorXd::Ones(p);
    relative.head(3).setConstant(25);
    const RidgePath path(ridge_moments(rows, Scale::as_given), relative);
    EXPECT_CLOSE(path.weights(Eigen::Vector2d(3, 3)),
                 joint_solution(rows, 3 * relative).topRows(p),
                 kSolved);
  }
}

TEST(RidgePath, GivesAConstantColumnNoWeight) {
  RidgeRows rows = example();
  rows.x.col(1).setConstant(0.1);
  EXPECT_EQ(RidgePath(rows, Scale::unit_sd).weights(Eigen::Vector2d(1, 1)).row(1).norm(), 0);
}

TEST(RidgePath, ShrinksToNuisanceAloneAndReleasesToLeastSquares) {
  const RidgeRows rows = example();
  const RidgePath path(rows);
  EXPECT_CLOSE(path.weights(Eigen::Vector2d(1e14, 1e14)),
               MatrixXd::Zero(6, 2),
               Tolerance::because(1e-11, "40 rows of unit size over 1e14"));
  EXPECT_CLOSE(path.weights(Eigen::Vector2d(1e-12, 1e-12)),
               joint_solution(rows, VectorXd::Zero(6)).topRows(6),
               kSolved);
}

TEST(RidgePath, WithoutColumnsPredictsFromNuisance) {
  RidgeRows rows = example(40, 0);
  const MatrixXd prediction = RidgePath(rows).predict(rows.x, rows.nuisance, {1.0})[0];
  EXPECT_CLOSE(prediction, rows.nuisance * joint_solution(rows, VectorXd(0)), kSolved);
}

TEST(RidgePath, OfNoRowsHasNoWeights) {
  const RidgeRows rows = example().select({});
  for (const Scale scale : {Scale::as_given, Scale::unit_sd}) {
    EXPECT_EQ(RidgePath(rows, scale).weights(Eigen::Vector2d(1, 1)), MatrixXd::Zero(6, 2));
  }
  const RidgeRows bare{MatrixXd(0, 6), MatrixXd(0, 0), VectorXd(0), MatrixXd(0, 2)};
  EXPECT_EQ(RidgePath(bare).weights(Eigen::Vector2d(1, 1)), MatrixXd::Zero(6, 2));
}

TEST(RidgePath, RefusesUnequalShapes) {
  RidgeRows rows = example();
  EXPECT_THROW(RidgePath(rows).weights(VectorXd::Ones(3)), InternalError);
  EXPECT_THROW(RidgePath(ridge_moments(rows, Scale::as_given), VectorXd::Ones(2)), InternalError);
  rows.y.conservativeResize(39, 2);
  EXPECT_THROW(RidgePath{rows}, InternalError);
}

}  // namespace
}  // namespace insula::regression
