// SPDX-License-Identifier: Apache-2.0
// Ridge by a Cholesky factor for each penalty, held against refits and against eigenvectors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/ridge.h"
#include "framework/regression/ridge_cv.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Solver = RidgeSearch::Solver;

const std::vector<double> kFactoredAlphas{0.1, 1, 10, 100, 1000};
constexpr std::size_t kAmple = std::size_t{1} << 30;

RidgeSearch by(Solver solver, std::size_t memory = kAmple) {
  return {kFactoredAlphas, memory, solver};
}

// An intercept, and columns with penalties of their own.
Nuisance waving(Index n) {
  Nuisance nuisance{MatrixXd::Ones(n, 3), Eigen::Vector3d(0, 5, 40)};
  nuisance.columns.col(1) = VectorXd::LinSpaced(n, -1, 1);
  nuisance.columns.col(2) = VectorXd::LinSpaced(n, 0, 9).array().sin();
  return nuisance;
}

std::vector<InnerFold> every_third(Index n) {
  std::vector<InnerFold> folds(3);
  for (Index i = 0; i < n; ++i) {
    for (Index f = 0; f < 3; ++f) {
      auto& fold = folds[static_cast<std::size_t>(f)];
      (i % 3 == f ? fold.test : fold.train).push_back(i);
    }
  }
  return folds;
}

MatrixXd quotients(const MatrixXd& a, const MatrixXd& b) { return a.cwiseQuotient(b); }

const Tolerance kSameEquations =
    Tolerance::because(1e-9, "two solutions of equations of a condition up to 1e5");

TEST(FactoredRidge, LeavesRowsOutAsRefitsDo) {
  const Index n = 60;
  for (const auto& [p, targets] : {std::pair<Index, Index>{90, 3}, {90, 70}, {12, 3}, {12, 30}}) {
    const ManyTargets<double> data = many_targets<double>(n, p, targets);
    for (const Nuisance& nuisance : {Nuisance::none(n), Nuisance::intercept(n), waving(n)}) {
      for (const auto& folds :
           {contiguous_folds(n, 5), contiguous_folds(n, 5, 3.0), every_third(n)}) {
        const auto fit = ridge_cv(rows_of(data.x), data.y, nuisance, folds, by(Solver::factors));
        EXPECT_TRUE(fit.is_factored);
        EXPECT_EQ(fit.is_dual, p == 90);
        const RidgeRows rows{data.x, nuisance.columns, nuisance.penalty, data.y};
        EXPECT_CLOSE(
            fit.errors, ridge_error(folds, rows, kFactoredAlphas, Scale::as_given), kSameEquations);
        const RidgePath path(rows);
        const MatrixXd weights = path.weights(fit.alpha);
        EXPECT_CLOSE(fit.weights, weights, kSameEquations);
        EXPECT_CLOSE(fit.nuisance_weights, path.nuisance_weights(weights), kSameEquations);
      }
    }
  }
}

// Larger than a block of a factor, and than a panel of targets and of columns left out.
TEST(FactoredRidge, AgreesWithEigenvectorsWhereFactorsAreMadeOfBlocks) {
  const Index n = 2200, p = 2100;
  const ManyTargets<float> data = many_targets<float>(n, p, 530);
  const Nuisance nuisance = Nuisance::intercept(n);
  const auto folds = contiguous_folds(n, 3, 10.0);
  const RidgeSearch search{{300, 3000}, kAmple, Solver::factors};
  const auto factored = ridge_cv(rows_of(data.x), data.y, nuisance, folds, search);
  const auto decomposed = ridge_cv(rows_of(data.x),
                                   data.y,
                                   nuisance,
                                   folds,
                                   {search.alphas, search.memory, Solver::eigenvectors});
  EXPECT_TRUE(factored.is_factored && factored.is_dual && !factored.is_widened);
  EXPECT_TRUE(!decomposed.is_factored && decomposed.is_dual);
  EXPECT_LT(factored.peak, decomposed.peak);
  EXPECT_CLOSE(quotients(factored.errors, decomposed.errors),
               MatrixXd::Ones(2, 530).eval(),
               Tolerance::because(1e-4, "float, of which a condition of 100 leaves five digits"));
  EXPECT_EQ(factored.alpha, decomposed.alpha);
  EXPECT_CLOSE(factored.weights.cast<double>(),
               decomposed.weights.cast<double>(),
               Tolerance::because(1e-4, "float, of which a condition of 100 leaves five digits"));
}

TEST(FactoredRidge, OfAKernelIsThatOfItsFeatures) {
  const Index n = 60;
  const ManyTargets<double> data = many_targets<double>(n, 90, 7);
  const auto folds = contiguous_folds(n, 4);
  const Nuisance nuisance = waving(n);
  const auto features = ridge_cv(rows_of(data.x), data.y, nuisance, folds, by(Solver::factors));
  const Dense<double> kernel = linear_kernel(rows_of(data.x), kAmple);
  const auto of_kernel = kernel_ridge_cv(kernel, data.y, nuisance, folds, by(Solver::factors));
  EXPECT_TRUE(of_kernel.is_factored);
  EXPECT_EQ(of_kernel.alpha, features.alpha);
  EXPECT_CLOSE(of_kernel.errors, features.errors, kSameEquations);
  EXPECT_CLOSE((data.x.transpose() * of_kernel.weights).eval(), features.weights, kSameEquations);
}

// A penalty that is small beside the largest eigenvalue, and rows or features that span less than
// they are.
TEST(FactoredRidge, GoesOverToDoubleWhereFloatDoesNotCarry) {
  const Index n = 200;
  for (const Index p : {170, 60}) {
    ManyTargets<double> data = many_targets<double>(n, p, 30);
    if (p == 60) data.x.rightCols(20) = data.x.leftCols(20);
    const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
    const Dense<double> same_x = x.cast<double>(), same_y = y.cast<double>();
    const auto folds = contiguous_folds(n, 5);
    const RidgeSearch search{{1e-3, 1}, kAmple, Solver::factors};
    const auto in_float = ridge_cv(rows_of(x), y, Nuisance::none(n), folds, search);
    EXPECT_TRUE(in_float.is_widened);
    EXPECT_TRUE(in_float.is_factored);
    EXPECT_EQ(in_float.is_dual, p == 170);
    const auto in_double = ridge_cv(rows_of(same_x), same_y, Nuisance::none(n), folds, search);
    EXPECT_CLOSE(in_float.errors,
                 in_double.errors,
                 Tolerance::because(1e-10, "the same numbers, read by other chunks"));
  }
}

// What stands beside the penalty is singular to rounding: there is no factor of it, though there
// are eigenvectors.
TEST(FactoredRidge, LeavesToEigenvectorsWhatEvenDoubleHasNoFactorOf) {
  const Index n = 80;
  for (const Index p : {66, 40}) {
    ManyTargets<double> data = many_targets<double>(n, p, 4);
    if (p == 40) data.x.rightCols(10) = data.x.leftCols(10);
    const Dense<double> x = 1e6 * data.x;
    const auto folds = contiguous_folds(n, 5);
    for (const Nuisance& nuisance : {Nuisance::none(n), Nuisance::intercept(n)}) {
      const RidgeSearch factors{{1e-6, 1e12}, kAmple, Solver::factors};
      const auto fit = ridge_cv(rows_of(x), data.y, nuisance, folds, factors);
      EXPECT_FALSE(fit.is_factored);
      const RidgeSearch vectors{factors.alphas, kAmple, Solver::eigenvectors};
      const auto expected = ridge_cv(rows_of(x), data.y, nuisance, folds, vectors);
      EXPECT_EQ(fit.is_dual, p == 66);
      EXPECT_CLOSE(fit.errors.row(1).eval(), expected.errors.row(1).eval(), kSameEquations);
    }
  }
}

TEST(FactoredRidge, IsTakenWhereEigenvectorsDoNotFitInTheMemory) {
  const std::vector<double> alphas{100, 1000, 10000};
  for (const auto& [n, p] : {std::pair<Index, Index>{700, 900}, {1600, 700}}) {
    const ManyTargets<float> data = many_targets<float>(n, p, 40);
    const auto folds = contiguous_folds(n, 5);
    const Nuisance nuisance = Nuisance::intercept(n);
    const auto ample = ridge_cv(streamed(data.x), data.y, nuisance, folds, RidgeSearch{alphas});
    EXPECT_FALSE(ample.is_factored);
    const Index q = std::min(n, p);
    const std::size_t square = static_cast<std::size_t>(q * q) * sizeof(float);
    EXPECT_GT(ample.peak, 3 * square);
    const std::size_t bound = 11 * square / 4;
    const auto tight =
        ridge_cv(streamed(data.x), data.y, nuisance, folds, RidgeSearch{alphas, bound});
    EXPECT_TRUE(tight.is_factored && !tight.is_widened);
    EXPECT_EQ(tight.is_dual, n < p);
    EXPECT_LE(tight.peak, bound);
    EXPECT_EQ(tight.alpha, ample.alpha);
    EXPECT_CLOSE(quotients(tight.errors, ample.errors),
                 MatrixXd::Ones(3, 40).eval(),
                 Tolerance::because(1e-4, "float, of which a condition of 100 leaves five digits"));
    EXPECT_CLOSE(tight.weights.cast<double>(),
                 ample.weights.cast<double>(),
                 Tolerance::because(1e-4, "float, of which a condition of 100 leaves five digits"));
    EXPECT_THROW(ridge_cv(streamed(data.x), data.y, nuisance, folds, RidgeSearch{alphas, square}),
                 InputError);
  }
}

TEST(FactoredRidge, GivesTheSameBytesAtAnyNumberOfThreads) {
  const ManyTargets<float> data = many_targets<float>(1300, 1100, 530);
  const ManyTargets<float> tall = many_targets<float>(1300, 530, 530);
  std::vector<MatrixXd> errors, tall_errors;
  std::vector<Dense<float>> weights, tall_weights;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    const auto fit = ridge_cv(rows_of(data.x),
                              data.y,
                              Nuisance::intercept(1300),
                              contiguous_folds(1300, 2),
                              RidgeSearch{{100, 1000}, kAmple, Solver::factors});
    errors.push_back(fit.errors);
    weights.push_back(fit.weights);
    const auto of_features = ridge_cv(rows_of(tall.x),
                                      tall.y,
                                      Nuisance::intercept(1300),
                                      contiguous_folds(1300, 2),
                                      RidgeSearch{{100, 1000}, kAmple, Solver::factors});
    EXPECT_TRUE(of_features.is_factored && !of_features.is_dual);
    tall_errors.push_back(of_features.errors);
    tall_weights.push_back(of_features.weights);
  }
  set_threads(0);
  for (std::size_t i = 1; i < errors.size(); ++i) {
    EXPECT_EQ(errors[i], errors[0]);
    EXPECT_EQ(weights[i], weights[0]);
    EXPECT_EQ(tall_errors[i], tall_errors[0]);
    EXPECT_EQ(tall_weights[i], tall_weights[0]);
  }
}

}  // namespace
}  // namespace insula::regression
