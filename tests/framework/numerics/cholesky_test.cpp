// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/cholesky.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "framework/base/random.h"
#include "framework/numerics/blas.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random(Index rows, Index columns) {
  Stream stream(1, "cholesky");
  MatrixXd x(rows, columns);
  for (double& value : x.reshaped()) value = stream.normal();
  return x;
}

// Both ways: 5 and 127 by Eigen, 128 and 300 by LAPACK.
class CholeskyOf : public testing::TestWithParam<int> {};

TEST_P(CholeskyOf, GivesWhatTheMatrixHas) {
  const Index n = GetParam();
  const MatrixXd a = random(2 * n, n), square = a.transpose() * a;
  MatrixXd lower = square;
  lower.triangularView<Eigen::StrictlyUpper>().setConstant(std::nan(""));  // not read
  const Cholesky cholesky(lower);
  ASSERT_TRUE(cholesky.is_definite());
  EXPECT_EQ(cholesky.is_large(), n >= 128);
  // Rounding of n terms times the condition, which is below 100 for twice as many rows as columns.
  const auto near = [&](double scale) {
    return Tolerance::because(1e2 * static_cast<double>(n) * 2.2e-16 * scale, "n roundings");
  };
  EXPECT_CLOSE(cholesky.log_det(), square.ldlt().vectorD().array().log().sum(), near(1e3));
  const VectorXd b = random(n, 1), x = cholesky.solve(b);
  EXPECT_CLOSE((square * x).eval(), b, near(b.norm()));
  MatrixXd halves = b;
  cholesky.solve_lower_in_place(halves);
  EXPECT_CLOSE(halves.squaredNorm(), b.dot(x), near(b.dot(x)));
  cholesky.solve_upper_in_place(halves);
  EXPECT_CLOSE(halves, MatrixXd(x), near(x.norm()));
}

TEST_P(CholeskyOf, SaysWhereThereIsNone) {
  const Cholesky cholesky(-MatrixXd::Identity(GetParam(), GetParam()));
  EXPECT_FALSE(cholesky.is_definite());
}

INSTANTIATE_TEST_SUITE_P(Sizes, CholeskyOf, testing::Values(1, 5, 127, 128, 300));

TEST(Blas, IsToldOfACoreOnlyWhereItTookTheLastResort) {
  EXPECT_EQ(fitting_core("Prescott", Isa::avx512), "SkylakeX");
  EXPECT_EQ(fitting_core("Prescott", Isa::avx2), "Haswell");
  EXPECT_EQ(fitting_core("Prescott", Isa::portable), std::nullopt);
  for (const char* known : {"Haswell", "SkylakeX", "Zen", "Cooperlake"})
    EXPECT_EQ(fitting_core(known, Isa::avx512), std::nullopt) << known;
}

}  // namespace
}  // namespace insula::numerics
