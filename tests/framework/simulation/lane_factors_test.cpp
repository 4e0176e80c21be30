// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/lane_factors.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <limits>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Matrices = std::vector<Eigen::MatrixXd>;  // one a lane

Matrices random_matrices(Eigen::Index size) {
  Stream stream(1, "lane_factors_test/" + std::to_string(size));
  Matrices matrices;
  for (std::size_t l = 0; l < kLanes; ++l)
    matrices.push_back(Eigen::MatrixXd::NullaryExpr(size, size, [&] { return stream.normal(); }));
  return matrices;
}

LaneFactors factored(const Matrices& matrices) {
  const Eigen::Index size = matrices[0].rows();
  LaneFactors factors(static_cast<std::size_t>(size));
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j < size; ++j)
      for (std::size_t l = 0; l < kLanes; ++l)
        factors.matrix()[static_cast<std::size_t>(i * size + j) * kLanes + l] = matrices[l](i, j);
  factors.factor();
  return factors;
}

// Right-hand side i + 1 in each lane.
std::vector<double> counting(Eigen::Index size) {
  std::vector<double> b;
  for (Eigen::Index i = 0; i < size; ++i) b.insert(b.end(), kLanes, static_cast<double>(i + 1));
  return b;
}

Eigen::VectorXd lane(const std::vector<double>& lanes, std::size_t l) {
  Eigen::VectorXd v(static_cast<Eigen::Index>(lanes.size() / kLanes));
  for (Eigen::Index i = 0; i < v.size(); ++i)
    v[i] = lanes[static_cast<std::size_t>(i) * kLanes + l];
  return v;
}

TEST(LaneFactors, SolveTheEquationsOfEveryLaneAndOfItsTranspose) {
  for (const Eigen::Index size : {1, 2, 3, 7, 20}) {
    const Matrices matrices = random_matrices(size);
    const LaneFactors factors = factored(matrices);
    std::vector<double> x = counting(size), y = x;
    factors.solve(x.data());
    factors.solve_transposed(y.data());
    for (std::size_t l = 0; l < kLanes; ++l) {
      const Eigen::VectorXd b = lane(counting(size), l);
      const double length = std::max(lane(x, l).norm(), lane(y, l).norm());
      // Backward stable with the pivots chosen: the residual is some roundings of ‖A‖ ‖x‖.
      const auto residual = Tolerance::rounding(16, matrices[l].norm() * length);
      EXPECT_CLOSE(matrices[l] * lane(x, l), b, residual) << size;
      EXPECT_CLOSE(matrices[l].transpose() * lane(y, l), b, residual) << size;
    }
  }
}

TEST(LaneFactors, KnowTheSignOfTheDeterminant) {
  for (const Eigen::Index size : {1, 2, 3, 7}) {
    const Matrices matrices = random_matrices(size);
    const LaneFactors factors = factored(matrices);
    for (std::size_t l = 0; l < kLanes; ++l)
      EXPECT_EQ(factors.has_positive_determinant(l), matrices[l].determinant() > 0) << size;
  }
}

TEST(LaneFactors, ExchangeRowsWhereTheFirstPivotIsZero) {
  Eigen::MatrixXd swap(2, 2);
  swap << 0, 2, 1, 0;
  const LaneFactors factors = factored(Matrices(kLanes, swap));
  std::vector<double> x = counting(2);
  factors.solve(x.data());
  EXPECT_EQ(lane(x, 3), Eigen::Vector2d(2, 0.5));
  EXPECT_FALSE(factors.has_positive_determinant(3));  // −2
}

TEST(LaneFactors, OfOneLaneDoNotDependOnOthers) {
  Matrices matrices = random_matrices(5);
  std::vector<double> before = counting(5);
  factored(matrices).solve(before.data());
  matrices[2].setConstant(kNaN);
  matrices[4].setZero();
  const LaneFactors factors = factored(matrices);
  std::vector<double> after = counting(5);
  factors.solve(after.data());
  for (const std::size_t l : {0, 1, 3, 5, 6, 7}) EXPECT_EQ(lane(before, l), lane(after, l));
  EXPECT_TRUE(lane(after, 2).array().isNaN().all());
  EXPECT_FALSE(lane(after, 4).allFinite());
  EXPECT_FALSE(factors.has_positive_determinant(2));
  EXPECT_FALSE(factors.has_positive_determinant(4));
}

}  // namespace
}  // namespace insula::simulation
