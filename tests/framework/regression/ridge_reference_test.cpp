// SPDX-License-Identifier: Apache-2.0
// Against closed forms at 50 digits, with which himalaya agrees (tests/reference/regression).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/regression/cross_validation.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

nlohmann::json reference(const std::string& name) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/regression/" + name);
  return nlohmann::json::parse(file);
}

MatrixXd matrix(const nlohmann::json& rows) {
  MatrixXd m(rows.size(), rows[0].size());
  for (Index i = 0; i < m.rows(); ++i) {
    for (Index j = 0; j < m.cols(); ++j) m(i, j) = rows[std::size_t(i)][std::size_t(j)];
  }
  return m;
}

VectorXd vector(const nlohmann::json& values) {
  VectorXd v(values.size());
  for (Index i = 0; i < v.size(); ++i) v[i] = values[std::size_t(i)];
  return v;
}

// 60 or 30 rows in contiguous folds without a gap.
std::vector<InnerFold> folds_of(Index rows, int folds) {
  std::vector<Index> all(static_cast<std::size_t>(rows));
  for (Index i = 0; i < rows; ++i) all[static_cast<std::size_t>(i)] = i;
  return inner_folds(std::vector<int>(all.size(), 0),
                     VectorXd::LinSpaced(rows, 0, double(rows - 1)),
                     all,
                     0,
                     folds);
}

RidgeRows rows_of(const nlohmann::json& json, bool intercept) {
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
  const RidgeRows rows = rows_of(json, false);
  const std::vector<double> alphas = json["alphas"];
  const auto folds = folds_of(60, 5);
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
    const RidgeRows rows = rows_of(json, intercept);
    VectorXd chosen;
    expect_choices(expected,
                   rows,
                   alphas,
                   ridge_error(folds_of(60, 5), rows, alphas, Scale::as_given),
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
  const RidgeRows rows = rows_of(json, false);
  VectorXd chosen;
  expect_choices(
      json, rows, alphas, ridge_error(folds_of(30, 5), rows, alphas, Scale::as_given), chosen);
  EXPECT_CLOSE(RidgePath(rows).weights(chosen).topRows(10),
               matrix(json["primal_coef_first_10_rows"]),
               kDigits);
}

}  // namespace
}  // namespace insula::regression
