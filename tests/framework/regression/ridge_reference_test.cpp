// SPDX-License-Identifier: Apache-2.0
// Against closed forms at 50 digits, with which himalaya agrees (tests/reference/regression).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/regression/banded.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/ridge_cv.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/framework/regression/reference.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

RidgeRows rows_in(const nlohmann::json& json, bool intercept) {
  RidgeRows rows{matrix(json["X"]), {}, {}, matrix(json["Y"])};
  rows.nuisance = MatrixXd::Ones(rows.x.rows(), intercept ? 1 : 0);
  rows.nuisance_penalty = VectorXd::Zero(intercept ? 1 : 0);
  return rows;
}

// The eigenvalues of a Gram matrix hold half the digits of the singular values.
const Tolerance kDigits = Tolerance::because(1e-9, "normal equations of a condition below 1e4");

void expect_choices(const nlohmann::json& expected,
                    const RidgeRows& rows,
                    const std::vector<double>& alphas,
                    const MatrixXd& error,
                    VectorXd& chosen) {
  chosen.resize(rows.y.cols());
  for (Index t = 0; t < rows.y.cols(); ++t) {
    const Index best = best_penalty(error.col(t));
    chosen[t] = alphas[static_cast<std::size_t>(best)];
    EXPECT_CLOSE(-error(best, t), double(expected["best_cv_score"][std::size_t(t)]), kDigits);
  }
  EXPECT_EQ(chosen, vector(expected["best_alpha"]));
}

TEST(RidgeReference, FoldScoresAreThose) {
  const auto json = reference("ridge_reference.json");
  const RidgeRows rows = rows_in(json, false);
  const std::vector<double> alphas = json["alphas"];
  const auto folds = contiguous_folds(60, 5);
  ASSERT_EQ(folds.size(), 5u);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const RidgeRows test = rows.select(folds[f].test);
    const auto predictions =
        RidgePath(rows.select(folds[f].train)).predict(test.x, test.nuisance, alphas);
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      const VectorXd score = -(test.y - predictions[a]).array().square().colwise().mean();
      EXPECT_CLOSE(score, vector(json["fold_scores_fold_alpha_target"][f][a]), kDigits);
    }
  }
}

TEST(RidgeReference, ChoicesAndWeightsAreThoseWithoutAndWithIntercept) {
  const auto json = reference("ridge_reference.json");
  const std::vector<double> alphas = json["alphas"];
  for (const bool intercept : {false, true}) {
    const auto& expected = intercept ? json["intercept_case"] : json;
    const RidgeRows rows = rows_in(json, intercept);
    VectorXd chosen;
    expect_choices(expected,
                   rows,
                   alphas,
                   ridge_error(contiguous_folds(60, 5), rows, alphas, Scale::as_given),
                   chosen);
    const RidgePath path(rows);
    const MatrixXd weights = path.weights(chosen);
    EXPECT_CLOSE(weights, matrix(expected["coef"]), kDigits);
    if (intercept) {
      EXPECT_CLOSE(
          path.nuisance_weights(weights).transpose(), vector(expected["intercept"]), kDigits);
    }
  }
}

TEST(RidgeReference, WorksWithMoreColumnsThanRows) {
  const auto json = reference("kernel_reference.json");
  const std::vector<double> alphas = json["alphas"];
  const RidgeRows rows = rows_in(json, false);
  VectorXd chosen;
  expect_choices(json,
                 rows,
                 alphas,
                 ridge_error(contiguous_folds(30, 5), rows, alphas, Scale::as_given),
                 chosen);
  EXPECT_CLOSE(RidgePath(rows).weights(chosen).topRows(10),
               matrix(json["primal_coef_first_10_rows"]),
               kDigits);
}

// The same numbers by one eigendecomposition, in both precisions: what float promises is of R2.
template <typename T>
class RidgeCvReference : public testing::Test {
 protected:
  static Tolerance promised() {
    return std::is_same_v<T, double>
               ? Tolerance::because(1e-8, "what double promises")
               : Tolerance::because(1e-3,
                                    "what float promises of R2, for targets of unit variance");
  }
};
using BothPrecisions = testing::Types<float, double>;
TYPED_TEST_SUITE(RidgeCvReference, BothPrecisions);

template <typename T>
void expect_fit(const nlohmann::json& expected, const RidgeFit<T>& fit, const Tolerance& promised) {
  EXPECT_EQ(fit.alpha, vector(expected["best_alpha"]));
  EXPECT_CLOSE((-fit.error).eval(), vector(expected["best_cv_score"]), promised);
}

TYPED_TEST(RidgeCvReference, ChoicesAndWeightsAreThoseWithoutAndWithIntercept) {
  using T = TypeParam;
  const auto json = reference("ridge_reference.json");
  const Dense<T> x = matrix(json["X"]).template cast<T>(), y = matrix(json["Y"]).template cast<T>();
  const RidgeSearch search{json["alphas"]};
  for (const bool intercept : {false, true}) {
    const auto& expected = intercept ? json["intercept_case"] : json;
    const Nuisance nuisance = intercept ? Nuisance::intercept(60) : Nuisance::none(60);
    const auto fit = ridge_cv(rows_of(x), y, nuisance, contiguous_folds(60, 5), search);
    expect_fit(expected, fit, this->promised());
    EXPECT_CLOSE(fit.weights.template cast<double>(), matrix(expected["coef"]), this->promised());
    if (!intercept) continue;
    EXPECT_CLOSE(fit.nuisance_weights.transpose(), vector(expected["intercept"]), this->promised());
  }
}

TYPED_TEST(RidgeCvReference, KernelAndFeaturesGiveItsWeights) {
  using T = TypeParam;
  const auto json = reference("kernel_reference.json");
  const Dense<T> x = matrix(json["X"]).template cast<T>(), y = matrix(json["Y"]).template cast<T>();
  const RidgeSearch search{json["alphas"]};
  const auto folds = contiguous_folds(30, 5);
  const Dense<T> kernel = linear_kernel(rows_of(x), 1 << 20);
  const auto dual = kernel_ridge_cv(kernel, y, Nuisance::none(30), folds, search);
  expect_fit(json, dual, this->promised());
  EXPECT_CLOSE(dual.weights.template cast<double>(), matrix(json["dual_coef"]), this->promised());
  const auto primal = ridge_cv(rows_of(x), y, Nuisance::none(30), folds, search);
  expect_fit(json, primal, this->promised());
  EXPECT_CLOSE(primal.weights.topRows(10).template cast<double>(),
               matrix(json["primal_coef_first_10_rows"]),
               this->promised());
}

TYPED_TEST(RidgeCvReference, BandsAreWeightedAsThere) {
  using T = TypeParam;
  const auto data = reference("ridge_reference.json");
  const auto json = reference("banded_reference.json");
  const Dense<T> x = matrix(data["X"]).template cast<T>(), y = matrix(data["Y"]).template cast<T>();
  const std::vector<Index> sizes = json["band_sizes"];
  const BandedSearch search{data["alphas"], matrix(json["gammas"])};
  const auto fit =
      banded_ridge(rows_of(x), sizes, y, Nuisance::none(60), contiguous_folds(60, 5), search);
  EXPECT_CLOSE((-fit.errors).eval(), matrix(json["cv_score_candidate_target"]), this->promised());
  EXPECT_EQ(fit.best_alphas, matrix(json["best_alpha_candidate_target"]));
  EXPECT_EQ(fit.candidate, std::vector<Index>(json["best_candidate"]));
  EXPECT_EQ(fit.alpha, vector(json["best_alpha"]));
  EXPECT_CLOSE((-fit.error).eval(), vector(json["best_cv_score"]), this->promised());
  EXPECT_CLOSE(fit.weights.template cast<double>(), matrix(json["coef"]), this->promised());
  for (Index t = 0; t < 4; ++t) {
    EXPECT_CLOSE((fit.band_weights.col(t) / fit.alpha[t]).array().log().matrix().eval(),
                 matrix(json["deltas"]).col(t),
                 Tolerance::rounding(8, 10));
  }
}

}  // namespace
}  // namespace insula::regression
