// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/predictive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double log_normal_density(double e, double variance) {
  return -0.5 * (std::log(2 * std::numbers::pi * variance) + e * e / variance);
}

ScoredFit posterior(const MatrixXd& mean, const MatrixXd& covariance) {
  return {mean, {}, covariance, {}};
}

TEST(Predict, SendsTheCovarianceThroughTheSlopes) {
  Stream stream(61, "predict");
  const MatrixXd root = toys::normal_matrix(stream, 4, 4), covariance = root * root.transpose();
  const MatrixXd first = toys::normal_matrix(stream, 6, 2),
                 second = toys::normal_matrix(stream, 6, 3);
  const Predictors at{toys::normal_matrix(stream, 6, 2), {{{3, 1}, first}, {{0, 1, 2}, second}}};
  const ScoredFit fit = predict(at, covariance);
  for (Index n = 0; n < 6; ++n) {
    MatrixXd j = MatrixXd::Zero(2, 4);
    j(0, 3) = first(n, 0);
    j(0, 1) = first(n, 1);
    j.row(1).head(3) = second.row(n);
    const MatrixXd c = j * covariance * j.transpose();
    const Eigen::Vector3d lower(c(0, 0), c(1, 0), c(1, 1));
    EXPECT_CLOSE(fit.predictor_covariance.row(n).transpose(), lower, Tolerance::rounding(100, 50));
    EXPECT_CLOSE(fit.predictor_sd(n, 1), std::sqrt(c(1, 1)), Tolerance::rounding(100));
  }
  EXPECT_EQ(fit.predictor, at.value);
}

// Gaussian data: the predictive density is N(η̂, C + 1/precision).
TEST(LogPredictiveDensity, IsTheClosedFormOfGaussianData) {
  Stream stream(62, "predictive");
  const Index n = 500;
  const VectorXd variance = toys::normal_matrix(stream, n, 1).cwiseAbs2();
  const VectorXd y =
      (variance.array() + 0.5).sqrt().matrix().cwiseProduct(toys::normal_matrix(stream, n, 1));
  const VectorXd got = log_predictive_density(
      toys::gaussian(y, 2), posterior(VectorXd::Zero(n), variance), {200, 5, "gaussian"});
  double mean_error = 0, square = 0, square_of_independent = 0;
  for (Index i = 0; i < n; ++i) {
    const double exact = log_normal_density(y[i], variance[i] + 0.5);
    mean_error += (got[i] - exact) / static_cast<double>(n);
    square += (got[i] - exact) * (got[i] - exact);
    // The variance of a mean of 200 independent densities, relative to its square.
    const double second_moment =
        log_normal_density(y[i], variance[i] + 0.25) - 0.5 * std::log(4 * std::numbers::pi * 0.5);
    square_of_independent += std::expm1(second_moment - 2 * exact) / 200;
  }
  EXPECT_CLOSE(mean_error, 0, Tolerance::because(2e-3, "errors of 500 data, independent"));
  EXPECT_LT(square, square_of_independent / 16) << "four times closer than independent draws";
}

TEST(LogPredictiveDensity, KnowsHowPredictorsHangTogether) {
  // y ~ N(η0 + η1, 1): what matters is the variance of the sum.
  Scored scored = toys::gaussian(Eigen::Vector4d(-1, 0, 1, 2), 1);
  scored.predictors = 2;
  scored.score = [one = scored.score](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    one(eta.rowwise().sum(), scores, with_derivatives);
  };
  MatrixXd covariance(4, 3);
  covariance.rowwise() = Eigen::RowVector3d(1, -0.6, 0.5);
  const ScoredFit fit = posterior(MatrixXd::Zero(4, 2), covariance);
  const VectorXd got = log_predictive_density(scored, fit, {2000, 1, ""});
  for (Index i = 0; i < 4; ++i) {
    EXPECT_CLOSE(got[i],
                 log_normal_density(static_cast<double>(i) - 1, 1 + 1 - 1.2 + 0.5),
                 Tolerance::because(5e-3, "2000 points spread over two dimensions"));
  }
}

TEST(LogPredictiveDensity, OfChoicesAddsUpToOneAndIsLessSureThanTheMean) {
  const Eigen::Vector3d mean(-1, 0.5, 3), variance(1, 4, 9);
  const ScoredFit fit = posterior(mean, variance);
  const VectorXd yes = log_predictive_density(toys::bernoulli(VectorXd::Ones(3)), fit);
  const VectorXd no = log_predictive_density(toys::bernoulli(VectorXd::Zero(3)), fit);
  for (Index i = 0; i < 3; ++i) {
    EXPECT_CLOSE(std::exp(yes[i]) + std::exp(no[i]), 1, Tolerance::rounding(1000));
    EXPECT_LT(std::abs(std::exp(yes[i]) - 0.5), std::abs(1 / (1 + std::exp(-mean[i])) - 0.5));
  }
}

TEST(LogPredictiveDensity, WithoutUncertaintyIsTheScore) {
  const VectorXd y = Eigen::Vector3d(0, 2, 5), eta = Eigen::Vector3d(0.1, 0.7, 1.5);
  Scores scores;
  scores.value.resize(3);
  toys::poisson(y).score(eta, scores, false);
  EXPECT_CLOSE(log_predictive_density(toys::poisson(y), posterior(eta, VectorXd::Zero(3))),
               scores.value,
               Tolerance::rounding(100));
}

TEST(LogPredictiveDensity, TellsImpossibleDataFromUnusedOnes) {
  Scored scored = toys::gaussian(Eigen::Vector3d(0, 0, 0), 1);
  scored.use[1] = 0;
  scored.score = [one = scored.score](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    one(eta, scores, with_derivatives);
    scores.value[0] = -std::numeric_limits<double>::infinity();
    if (eta(2, 0) < 0) scores.value[2] = -std::numeric_limits<double>::infinity();
  };
  const VectorXd got =
      log_predictive_density(scored, posterior(VectorXd::Zero(3), VectorXd::Ones(3)), {400, 0, ""});
  EXPECT_EQ(got[0], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(got[1]));
  EXPECT_CLOSE(got[2],
               log_normal_density(0, 2) - std::log(2),
               Tolerance::because(0.02, "half of 400 draws count"));
}

TEST(LogPredictiveDensity, DependsOnItsKeyAndOnNothingElse) {
  const ScoredFit fit = posterior(Eigen::Vector2d(0, 1), Eigen::Vector2d(1, 2));
  const Scored scored = toys::poisson(Eigen::Vector2d(1, 3));
  EXPECT_EQ(log_predictive_density(scored, fit, {200, 1, "a"}),
            log_predictive_density(scored, fit, {200, 1, "a"}));
  EXPECT_NE(log_predictive_density(scored, fit, {200, 1, "a"}),
            log_predictive_density(scored, fit, {200, 1, "b"}));
}

TEST(LogPredictiveDensity, RefusesSizesThatDisagree) {
  const Scored scored = toys::poisson(Eigen::Vector2d(1, 3));
  EXPECT_THROW(log_predictive_density(scored, posterior(VectorXd::Zero(3), VectorXd::Zero(3))),
               InternalError);
  EXPECT_THROW(
      log_predictive_density(scored, posterior(VectorXd::Zero(2), VectorXd::Zero(2)), {0, 0, ""}),
      InternalError);
}

}  // namespace
}  // namespace insula::inference
