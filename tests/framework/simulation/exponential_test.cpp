// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/exponential.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

Eigen::MatrixXd random_matrix(Eigen::Index n, double size) {
  Stream stream(1, "exponential_test");
  return Eigen::MatrixXd::NullaryExpr(n, n, [&] { return size * stream.normal(); });
}

Eigen::MatrixXd by_propagation(const Eigen::MatrixXd& a) {
  Eigen::MatrixXd e(a.rows(), a.cols());
  for (Eigen::Index c = 0; c < a.cols(); ++c) {
    Eigen::VectorXd x = Eigen::VectorXd::Unit(a.rows(), c);
    propagate(compressed(a), x);
    e.col(c) = x;
  }
  return e;
}

// Both do some 30 sums of products for each unit of norm.
const auto kRounded = [](double scale) { return Tolerance::rounding(500, scale); };

TEST(Exponential, OfADiagonalIsTheExponentialOfEachEntry) {
  const Eigen::Vector3d d(-5, 0, 0.7);
  const Eigen::MatrixXd expected = d.array().exp().matrix().asDiagonal();
  EXPECT_CLOSE(exponential(d.asDiagonal()), expected, kRounded(2));
  EXPECT_CLOSE(by_propagation(d.asDiagonal()), expected, kRounded(2));
}

TEST(Exponential, OfAnAntisymmetricMatrixIsARotation) {
  Eigen::MatrixXd a(2, 2), rotation(2, 2);
  const double angle = 3;
  a << 0, -angle, angle, 0;
  rotation << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
  EXPECT_CLOSE(exponential(a), rotation, kRounded(1));
  EXPECT_CLOSE(by_propagation(a), rotation, kRounded(1));
}

TEST(Exponential, OfAJordanBlockHasItsPowers) {
  Eigen::MatrixXd a(3, 3), expected(3, 3);
  a << -2, 1, 0, 0, -2, 1, 0, 0, -2;
  expected << 1, 1, 0.5, 0, 1, 1, 0, 0, 1;
  expected *= std::exp(-2);
  EXPECT_CLOSE(exponential(a), expected, kRounded(1));
  EXPECT_CLOSE(by_propagation(a), expected, kRounded(1));
}

TEST(Exponential, ByPadeAndByTaylorAgreeAtNormsUpToTen) {
  for (const double size : {0.001, 0.1, 0.5}) {
    const Eigen::MatrixXd a = random_matrix(16, size);
    const Eigen::MatrixXd e = exponential(a);
    EXPECT_CLOSE(by_propagation(a), e, kRounded(e.cwiseAbs().maxCoeff())) << size;
  }
}

TEST(Exponential, OfMinusAIsTheInverse) {
  const Eigen::MatrixXd a = random_matrix(8, 0.3);
  const Eigen::MatrixXd one = exponential(a) * exponential(-a);
  EXPECT_CLOSE(one, Eigen::MatrixXd::Identity(8, 8), kRounded(10));
}

TEST(Exponential, OfALongIntervalIsTakenBySquaring) {
  Eigen::MatrixXd a(2, 2);
  a << -1000, 0, 400, -400;  // settles at once
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  propagate(compressed(a), x);
  EXPECT_CLOSE(x, Eigen::Vector2d::Zero(), Tolerance::because(1e-100, "exp(-400)"));
}

TEST(CompressedRows, HoldWhatIsNotZero) {
  Eigen::MatrixXd a(3, 3), b(3, 3);
  a << 0, 2, 0, 0, 0, 0, 3, 0, 4;
  b << 1, 2, 3, 4, 5, 6, 7, 8, 9;
  const CompressedRows rows = compressed(a);
  EXPECT_EQ(rows.first, (std::vector<int>{0, 1, 1, 3}));
  EXPECT_EQ(rows.column, (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(rows.value, Eigen::Vector3d(2, 3, 4));
  EXPECT_EQ(entries(rows, b), Eigen::Vector3d(2, 7, 9));
}

TEST(Exponential, OfWhatIsNotFiniteIsNotANumber) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(2, 2);
  a(0, 1) = std::numeric_limits<double>::infinity();
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  propagate(compressed(a), x);
  EXPECT_TRUE(x.array().isNaN().all());
  EXPECT_TRUE(exponential(a).array().isNaN().all());
}

}  // namespace
}  // namespace insula::simulation
