// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/ridge_cv.h"

#include <gtest/gtest.h>

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

const std::vector<double> kCvAlphas{0.1, 1, 10, 100, 1000};

Nuisance drifting(Index n) {
  Nuisance nuisance{MatrixXd::Ones(n, 3), Eigen::Vector3d(0, 5, 40)};
  nuisance.columns.col(1) = VectorXd::LinSpaced(n, -1, 1);
  nuisance.columns.col(2) = VectorXd::LinSpaced(n, 0, 9).array().sin();
  return nuisance;
}

RidgeRows as_rows(const ManyTargets<double>& data, const Nuisance& nuisance) {
  return {data.x, nuisance.columns, nuisance.penalty, data.y};
}

const Tolerance kRefitSolved =
    Tolerance::because(1e-9, "two solutions of equations of a condition up to 1e5");

// More rows than features, more features than rows; more targets than eigenvectors, and fewer.
struct RidgeShape {
  Index n, p, targets;
};
const RidgeShape kRidgeShapes[] = {
    {60, 12, 4}, {60, 12, 30}, {40, 90, 3}, {40, 90, 60}, {40, 36, 5}};

TEST(RidgeCv, LeavesBlocksOutAsRefitsDo) {
  for (const RidgeShape& shape : kRidgeShapes) {
    const ManyTargets<double> data = many_targets<double>(shape.n, shape.p, shape.targets);
    for (const Nuisance& nuisance :
         {Nuisance::none(shape.n), Nuisance::intercept(shape.n), drifting(shape.n)}) {
      for (const double gap : {0.0, 3.0}) {
        const auto folds = contiguous_folds(shape.n, 5, gap);
        const auto fit = ridge_cv(rows_of(data.x), data.y, nuisance, folds, RidgeSearch{kCvAlphas});
        EXPECT_EQ(fit.is_dual, shape.p > 30);
        const RidgeRows rows = as_rows(data, nuisance);
        const MatrixXd refits = ridge_error(folds, rows, kCvAlphas, Scale::as_given);
        EXPECT_CLOSE(fit.errors, refits, kRefitSolved);
        const RidgePath path(rows);
        const MatrixXd weights = path.weights(fit.alpha);
        EXPECT_CLOSE(fit.weights, weights, kRefitSolved);
        EXPECT_CLOSE(fit.nuisance_weights, path.nuisance_weights(weights), kRefitSolved);
      }
    }
  }
}

TEST(RidgeCv, TakesFoldsOfScatteredRows) {
  const ManyTargets<double> data = many_targets<double>(60, 12, 4);
  std::vector<InnerFold> folds(3);
  for (Index i = 0; i < 60; ++i) {
    for (Index f = 0; f < 3; ++f) {
      auto& fold = folds[static_cast<std::size_t>(f)];
      (i % 3 == f ? fold.test : fold.train).push_back(i);
    }
  }
  const Nuisance nuisance = Nuisance::intercept(60);
  for (const bool in_memory : {true, false}) {
    const auto x = in_memory ? rows_of(data.x) : streamed(data.x);
    EXPECT_CLOSE(ridge_cv(x, data.y, nuisance, folds, RidgeSearch{kCvAlphas}).errors,
                 ridge_error(folds, as_rows(data, nuisance), kCvAlphas, Scale::as_given),
                 kRefitSolved);
  }
}

TEST(RidgeCv, OfFeaturesAndOfTheirKernelAreTheSame) {
  for (const RidgeShape& shape : kRidgeShapes) {
    const ManyTargets<double> data = many_targets<double>(shape.n, shape.p, shape.targets);
    for (const Nuisance& nuisance :
         {Nuisance::none(shape.n), Nuisance::intercept(shape.n), drifting(shape.n)}) {
      const auto folds = contiguous_folds(shape.n, 4);
      const RidgeSearch search{kCvAlphas};
      const auto primal = ridge_cv(rows_of(data.x), data.y, nuisance, folds, search);
      const Dense<double> kernel = linear_kernel(rows_of(data.x), 1 << 20);
      const auto dual = kernel_ridge_cv(kernel, data.y, nuisance, folds, search);
      EXPECT_TRUE(dual.is_dual);
      EXPECT_EQ(dual.alpha, primal.alpha);
      EXPECT_CLOSE(dual.errors, primal.errors, kRefitSolved);
      EXPECT_CLOSE((data.x.transpose() * dual.weights).eval(), primal.weights, kRefitSolved);
      EXPECT_CLOSE(dual.nuisance_weights, primal.nuisance_weights, kRefitSolved);
    }
  }
}

TEST(RidgeCv, StreamedFeaturesGiveTheSameAnswer) {
  for (const RidgeShape& shape : kRidgeShapes) {
    const ManyTargets<double> data = many_targets<double>(shape.n, shape.p, shape.targets);
    const auto folds = contiguous_folds(shape.n, 4);
    const Nuisance nuisance = drifting(shape.n);
    const auto whole = ridge_cv(rows_of(data.x), data.y, nuisance, folds, RidgeSearch{kCvAlphas});
    for (const std::size_t memory : {std::size_t{1} << 30, whole.peak}) {
      const auto pieces =
          ridge_cv(streamed(data.x), data.y, nuisance, folds, RidgeSearch{kCvAlphas, memory});
      EXPECT_LE(pieces.peak, memory);
      EXPECT_CLOSE(pieces.errors, whole.errors, kRefitSolved);
      EXPECT_CLOSE(pieces.weights, whole.weights, kRefitSolved);
    }
  }
}

// R² of a held-out error: 1 − error / variance of the target.
VectorXd r2(const VectorXd& error, const MatrixXd& y) {
  const VectorXd variance =
      ((y.rowwise() - y.colwise().mean()).array().square().colwise().mean()).transpose();
  return 1 - error.array() / variance.array();
}

TEST(RidgeCv, InFloatScoresAsInDouble) {
  const Tolerance promised = Tolerance::because(1e-3, "what float promises of R2");
  for (const RidgeShape& shape :
       {RidgeShape{300, 80, 150}, RidgeShape{300, 80, 20}, RidgeShape{200, 500, 40}}) {
    const ManyTargets<double> data = many_targets<double>(shape.n, shape.p, shape.targets);
    const Nuisance nuisance = Nuisance::intercept(shape.n);
    const auto folds = contiguous_folds(shape.n, 5);
    const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
    const auto in_float = ridge_cv(rows_of(x), y, nuisance, folds, RidgeSearch{kCvAlphas});
    const auto in_double =
        ridge_cv(rows_of(data.x), data.y, nuisance, folds, RidgeSearch{kCvAlphas});
    EXPECT_FALSE(in_float.is_widened);
    EXPECT_CLOSE(r2(in_float.error, data.y), r2(in_double.error, data.y), promised);
    EXPECT_CLOSE(in_float.weights.cast<double>(),
                 in_double.weights,
                 Tolerance::because(1e-3, "float after a condition of 1e3"));
  }
}

// The trap of float: a tiny penalty, and as many rows to train on as features; and features that
// nearly repeat each other.
TEST(RidgeCv, GoesOverToDoubleWhereFloatDoesNotCarry) {
  const Tolerance promised = Tolerance::because(1e-3, "what float promises of R2");
  for (const bool repeats : {false, true}) {
    ManyTargets<double> data = many_targets<double>(200, repeats ? 40 : 158, 30);
    if (repeats) {
      data.x.rightCols(20) = data.x.leftCols(20) + 1e-4 * random_matrix(200, 20, "nearly the same");
    }
    const auto folds = contiguous_folds(200, 5);
    const std::vector<double> alphas{1e-6, 1e-3};
    const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
    const Nuisance nuisance = Nuisance::intercept(200);
    const auto in_float = ridge_cv(rows_of(x), y, nuisance, folds, RidgeSearch{alphas});
    EXPECT_TRUE(in_float.is_widened);
    const Dense<double> same_x = x.cast<double>(), same_y = y.cast<double>();
    const auto in_double = ridge_cv(rows_of(same_x), same_y, nuisance, folds, RidgeSearch{alphas});
    EXPECT_CLOSE(r2(in_float.error, data.y), r2(in_double.error, data.y), promised);
    const Dense<float> kernel = linear_kernel(rows_of(x), 1 << 20);
    const auto of_kernel = kernel_ridge_cv(kernel, y, nuisance, folds, RidgeSearch{alphas});
    EXPECT_EQ(of_kernel.is_widened, true);
  }
}

TEST(RidgeCv, FloatDoesNotMindLargeMeansBesideAnIntercept) {
  ManyTargets<double> data = many_targets<double>(300, 20, 5);
  const auto folds = contiguous_folds(300, 5);
  const auto before =
      ridge_cv(rows_of(data.x), data.y, Nuisance::intercept(300), folds, RidgeSearch{kCvAlphas});
  data.x.array() += 300;
  const Dense<float> x = data.x.cast<float>(), y = data.y.cast<float>();
  const auto after =
      ridge_cv(rows_of(x), y, Nuisance::intercept(300), folds, RidgeSearch{kCvAlphas});
  EXPECT_FALSE(after.is_widened);
  EXPECT_CLOSE(after.error,
               before.error,
               Tolerance::because(1e-4, "features near 300 are rounded to 1.5e-5 of their sd"));
}

TEST(RidgeCv, GivesTheSameBytesAtAnyNumberOfThreads) {
  const ManyTargets<float> data = many_targets<float>(700, 130, 1100);
  const ManyTargets<float> wide = many_targets<float>(300, 600, 530);
  std::vector<MatrixXd> errors;
  std::vector<Dense<float>> weights;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    for (const auto* each : {&data, &wide}) {
      const Index n = each->x.rows();
      const auto fit = ridge_cv(rows_of(each->x),
                                each->y,
                                Nuisance::intercept(n),
                                contiguous_folds(n, 5),
                                RidgeSearch{kCvAlphas});
      errors.push_back(fit.errors);
      weights.push_back(fit.weights);
    }
  }
  set_threads(0);
  for (std::size_t i = 2; i < errors.size(); ++i) {
    EXPECT_EQ(errors[i], errors[i % 2]);
    EXPECT_EQ(weights[i], weights[i % 2]);
  }
}

// What a fold neither trains on nor scores has no say in its error; what it trains on has.
TEST(RidgeCv, RowsThatAreLeftOutMoveNothing) {
  for (const Index p : {12, 90}) {
    ManyTargets<double> data = many_targets<double>(60, p, 4);
    InnerFold fold;
    for (Index i = 0; i < 60; ++i) {
      if (i < 20) fold.test.push_back(i);
      if (i >= 30) fold.train.push_back(i);
    }
    const auto fit = [&] {
      return ridge_cv(
          rows_of(data.x), data.y, Nuisance::intercept(60), {fold}, RidgeSearch{kCvAlphas});
    };
    const MatrixXd before = fit().errors;
    data.x.middleRows(20, 10).array() += 7;
    data.y.middleRows(20, 10).array() -= 50;
    EXPECT_CLOSE(fit().errors, before, Tolerance::because(1e-8, "rows of size 50 cancel"));
    data.y(40, 0) += 1;
    EXPECT_NE(fit().errors(0, 0), before(0, 0));
  }
}

TEST(RidgeCv, RefusesWhatContradictsItself) {
  const ManyTargets<double> data = many_targets<double>(20, 3, 2);
  const auto folds = contiguous_folds(20, 4);
  const Nuisance none = Nuisance::none(20);
  const auto x = rows_of(data.x);
  EXPECT_THROW(ridge_cv(x, data.y, none, {}, RidgeSearch{kCvAlphas}), InternalError);
  EXPECT_THROW(ridge_cv(x, data.y, none, folds, RidgeSearch{{1, 0.1}}), InternalError);
  EXPECT_THROW(ridge_cv(x, data.y, none, folds, RidgeSearch{{0}}), InternalError);
  EXPECT_THROW(ridge_cv(x, data.y, none, contiguous_folds(21, 4), RidgeSearch{kCvAlphas}),
               InternalError);
  EXPECT_THROW(ridge_cv(x, data.y, Nuisance::none(19), folds, RidgeSearch{kCvAlphas}),
               InternalError);
}

TEST(RidgeCv, SaysThatFeaturesAreNotFinite) {
  ManyTargets<double> data = many_targets<double>(20, 3, 2);
  data.x(4, 1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW(ridge_cv(rows_of(data.x),
                        data.y,
                        Nuisance::none(20),
                        contiguous_folds(20, 4),
                        RidgeSearch{kCvAlphas}),
               InputError);
}

}  // namespace
}  // namespace insula::regression
