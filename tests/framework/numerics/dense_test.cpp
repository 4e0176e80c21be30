// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/dense.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/column_basis.h"
#include "framework/numerics/parallel.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

template <typename T>
Dense<T> random_dense(Index rows, Index columns, const char* task) {
  Stream random(1, task);
  return MatrixXd::NullaryExpr(rows, columns, [&] { return random.normal(); }).template cast<T>();
}

template <typename T>
class DenseOf : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(DenseOf, Precisions);

// Sums of up to 1200 products of numbers of size 1.
template <typename T>
Tolerance summed() {
  return Tolerance::because(1200 * 16 * static_cast<double>(std::numeric_limits<T>::epsilon()),
                            "sums of 1200 products of normal numbers");
}

TYPED_TEST(DenseOf, ProductsAreThoseOfEigen) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(1100, 70, "a"), b = random_dense<T>(70, 600, "b");
  const Dense<T> start = random_dense<T>(1100, 600, "c");
  const MatrixXd exact = 2 * a.template cast<double>() * b.template cast<double>();
  const Dense<T> at = a.transpose(), bt = b.transpose();
  for (const T keep : {T(0), T(1)}) {
    const MatrixXd expected = exact + static_cast<double>(keep) * start.template cast<double>();
    Dense<T> c = start;
    product<T>(Op::plain, a, Op::plain, b, 2, keep, c);
    EXPECT_CLOSE(c.template cast<double>(), expected, summed<T>());
    c = start;
    product<T>(Op::transposed, at, Op::transposed, bt, 2, keep, c);
    EXPECT_CLOSE(c.template cast<double>(), expected, summed<T>());
  }
}

TYPED_TEST(DenseOf, ProductsReadAndWriteBlocks) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(40, 30, "a"), b = random_dense<T>(30, 50, "b");
  Dense<T> c = Dense<T>::Zero(40, 50);
  product<T>(Op::plain,
             a.block(3, 4, 10, 12),
             Op::plain,
             b.block(5, 6, 12, 9),
             1,
             0,
             c.block(7, 8, 10, 9));
  Dense<T> expected = Dense<T>::Zero(40, 50);
  expected.block(7, 8, 10, 9) = a.block(3, 4, 10, 12) * b.block(5, 6, 12, 9);
  EXPECT_CLOSE(c.template cast<double>(), expected.template cast<double>(), summed<T>());
}

TYPED_TEST(DenseOf, ProductsOverNothingAreZeroOrWhatWasKept) {
  using T = TypeParam;
  const Dense<T> none(4, 0);
  Dense<T> c = Dense<T>::Ones(4, 4);
  product<T>(Op::plain, none, Op::transposed, none, 1, 1, c);
  EXPECT_EQ(c, (Dense<T>::Ones(4, 4)));
  product<T>(Op::plain, none, Op::transposed, none, 1, 0, c);
  EXPECT_EQ(c, (Dense<T>::Zero(4, 4)));
}

TYPED_TEST(DenseOf, SelfProductsFillTheLowerTriangle) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(1200, 700, "a");
  const MatrixXd expected = a.template cast<double>().transpose() * a.template cast<double>();
  Dense<T> c(700, 700);
  self_product<T>(Op::transposed, a, 1, 0, c);
  mirror_lower<T>(c);
  EXPECT_CLOSE(c.template cast<double>(), expected, summed<T>());
  const Dense<T> at = a.transpose();
  self_product<T>(Op::plain, at, -1, 1, c);
  EXPECT_CLOSE((c.template triangularView<Eigen::Lower>().toDenseMatrix().template cast<double>()),
               MatrixXd::Zero(700, 700),
               summed<T>());
}

TYPED_TEST(DenseOf, FactorsSolve) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(300, 200, "a");
  Dense<T> square = a.transpose() * a, factor = square;
  ASSERT_TRUE(factor_in_place<T>(factor));
  const Dense<T> b = random_dense<T>(200, 700, "b");
  Dense<T> x = b;
  solve_with_factor<T>(factor, x);
  EXPECT_CLOSE(
      (square.template cast<double>() * x.template cast<double>()).eval(),
      b.template cast<double>(),
      Tolerance::because(2e4 * static_cast<double>(std::numeric_limits<T>::epsilon()),
                         "a backward error of 200 roundings over the condition of about 100"));
  Dense<T> indefinite = -square;
  EXPECT_FALSE(factor_in_place<T>(indefinite));
}

// A matrix of several blocks, some of whose rows fill none; above it stands what is to be kept.
TYPED_TEST(DenseOf, FactorsOfManyRowsAreMadeOfBlocks) {
  using T = TypeParam;
  const Index n = 2500;
  const Dense<T> a = random_dense<T>(n, 60, "a");
  Dense<T> square(n, n);
  self_product<T>(Op::plain, a, 1, 0, square);
  square.diagonal().array() += 100;
  mirror_lower<T>(square);
  Dense<T> factor = square;
  ASSERT_TRUE(factor_in_place<T>(factor));
  const Dense<T> lower = factor.template triangularView<Eigen::Lower>();
  Dense<T> again(n, n);
  self_product<T>(Op::plain, lower, 1, 0, again);
  mirror_lower<T>(again);
  const Tolerance backward = Tolerance::because(
      1e3 * static_cast<double>(std::numeric_limits<T>::epsilon()), "sums of 2500 products");
  EXPECT_CLOSE(again.template cast<double>(), square.template cast<double>(), backward);
  mirror_upper<T>(factor);
  Dense<T> kept = square;
  kept.diagonal() = factor.diagonal();
  EXPECT_EQ(factor, kept);
  // The last block alone is not positive.
  square(n - 1, n - 1) = -1;
  EXPECT_FALSE(factor_in_place<T>(square));
}

TYPED_TEST(DenseOf, EigenvectorsDiagonalise) {
  using T = TypeParam;
  const auto unit = static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const Index n : {1, 2, 57, 600}) {
    const Dense<T> a = random_dense<T>(n + 20, n, "a");
    const Dense<T> square = a.transpose() * a;
    Dense<T> vectors = square;
    DenseVector<T> values;
    std::vector<T> work(static_cast<std::size_t>(eigen_workspace(n)));
    ASSERT_TRUE(symmetric_eigen_in_place<T>(vectors, values, work.data()));
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    const MatrixXd v = vectors.template cast<double>();
    EXPECT_CLOSE((v.transpose() * v).eval(),
                 MatrixXd::Identity(n, n),
                 Tolerance::because(20 * static_cast<double>(n) * unit, "n roundings"));
    EXPECT_CLOSE((v * values.template cast<double>().asDiagonal() * v.transpose()).eval(),
                 square.template cast<double>(),
                 Tolerance::because(20 * static_cast<double>(n) * unit * static_cast<double>(n),
                                    "n roundings of the largest value, which is a few n"));
  }
}

TYPED_TEST(DenseOf, EigenvectorsOfNonsenseAreRefused) {
  using T = TypeParam;
  Dense<T> a = Dense<T>::Identity(3, 3);
  a(2, 1) = std::numeric_limits<T>::quiet_NaN();
  DenseVector<T> values;
  std::vector<T> work(static_cast<std::size_t>(eigen_workspace(3)));
  EXPECT_FALSE(symmetric_eigen_in_place<T>(a, values, work.data()));
}

TYPED_TEST(DenseOf, BytesAreTheSameAtAnyNumberOfThreads) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(1500, 1100, "a");
  std::vector<Dense<T>> results;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    Dense<T> gram(1100, 1100), vectors, solved = a.topRows(1100);
    self_product<T>(Op::transposed, a, 1, 0, gram);
    mirror_lower<T>(gram);
    vectors = gram;
    DenseVector<T> values;
    std::vector<T> work(static_cast<std::size_t>(eigen_workspace(1100)));
    ASSERT_TRUE(symmetric_eigen_in_place<T>(vectors, values, work.data()));
    Dense<T> factor = gram;
    ASSERT_TRUE(factor_in_place<T>(factor));
    solve_with_factor<T>(factor, solved);
    Dense<T> inverse_factor(1100, 1100), inverse = gram, half(1100, 1100);
    invert_factor<T>(factor, inverse_factor);
    self_product_of_lower<T>(inverse_factor, inverse);
    product_with_lower<T>(gram, inverse_factor, half);
    Dense<T> all(1100, 5500);
    all << gram, vectors, solved, inverse, half;
    results.push_back(all);
  }
  set_threads(0);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

// One row; blocks of one width, a shorter last one, and several before it.
TYPED_TEST(DenseOf, FactorsAreInvertedInBlocks) {
  using T = TypeParam;
  for (const Index n : {1, 129, 257, 500}) {
    const Dense<T> a = random_dense<T>(n + 300, n, "a"), b = random_dense<T>(7, n, "b");
    Dense<T> factor = a.transpose() * a;
    const MatrixXd square = factor.template cast<double>();
    ASSERT_TRUE(factor_in_place<T>(factor));
    factor.template triangularView<Eigen::StrictlyUpper>().setConstant(
        std::numeric_limits<T>::quiet_NaN());  // it is not read
    Dense<T> w(n, n), inverse(n, n), half(7, n);
    invert_factor<T>(factor, w);
    self_product_of_lower<T>(w, inverse);
    mirror_lower<T>(inverse);
    product_with_lower<T>(b, w, half);
    const MatrixXd precise = w.template cast<double>();
    const double unit = static_cast<double>(std::numeric_limits<T>::epsilon());
    EXPECT_EQ(precise, MatrixXd(precise.template triangularView<Eigen::Lower>()));
    EXPECT_CLOSE((square * precise.transpose() * precise).eval(),
                 MatrixXd::Identity(n, n),
                 Tolerance::because(1e3 * static_cast<double>(n) * unit, "n roundings, condition"));
    EXPECT_CLOSE(inverse.template cast<double>().eval(),
                 (precise.transpose() * precise).eval(),
                 Tolerance::because(10 * static_cast<double>(n) * unit, "n roundings"));
    EXPECT_CLOSE(half.template cast<double>().eval(),
                 (b.template cast<double>() * precise.transpose()).eval(),
                 Tolerance::because(10 * static_cast<double>(n) * unit, "n roundings"));
  }
}

TYPED_TEST(DenseOf, HalvesOfASolutionComeFromTheFactor) {
  using T = TypeParam;
  const Dense<T> a = random_dense<T>(700, 200, "a");
  const Dense<T> square = a.transpose() * a;
  Dense<T> factor = square;
  ASSERT_TRUE(factor_in_place<T>(factor));
  const Dense<T> b = random_dense<T>(200, 700, "b");
  Dense<T> whole = b, halves = b;
  solve_with_factor<T>(factor, whole);
  half_solve_with_factor<T>(Op::plain, factor, halves);
  const MatrixXd lower =
      factor.template triangularView<Eigen::Lower>().toDenseMatrix().template cast<double>();
  EXPECT_CLOSE((lower * halves.template cast<double>()).eval(),
               b.template cast<double>().eval(),
               Tolerance::because(1e3 * static_cast<double>(std::numeric_limits<T>::epsilon()),
                                  "200 roundings, of numbers below 5"));
  half_solve_with_factor<T>(Op::transposed, factor, halves);
  EXPECT_EQ(whole, halves);
}

TEST(Dense, RefusesUnequalShapes) {
  const Dense<float> a(3, 4), b(5, 2);
  Dense<float> c(3, 2);
  EXPECT_THROW(product<float>(Op::plain, a, Op::plain, b, 1, 0, c), InternalError);
  EXPECT_THROW(self_product<float>(Op::plain, a, 1, 0, c), InternalError);
  EXPECT_THROW(solve_with_factor<float>(a, c.topRows(2)), InternalError);
  EXPECT_THROW(half_solve_with_factor<float>(Op::plain, a, c.topRows(2)), InternalError);
}

TEST(ColumnBasis, SpansTheColumnsAndDropsDependentOnes) {
  MatrixXd a = random_dense<double>(30, 4, "a");
  a.col(2) = a.col(0) - 3 * a.col(1);
  const ColumnBasis basis = column_basis(a);
  const Tolerance solved = Tolerance::because(1e-13, "a well-conditioned decomposition");
  ASSERT_EQ(basis.vectors.cols(), 3);
  EXPECT_CLOSE(
      (basis.vectors.transpose() * basis.vectors).eval(), MatrixXd::Identity(3, 3), solved);
  EXPECT_CLOSE((basis.vectors * (basis.vectors.transpose() * a)).eval(), a, solved);
  EXPECT_CLOSE((a * basis.weights).eval(), basis.vectors, solved);
  EXPECT_EQ(column_basis(MatrixXd(30, 0)).vectors.cols(), 0);
}

}  // namespace
}  // namespace insula::numerics
