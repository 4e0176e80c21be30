// SPDX-License-Identifier: Apache-2.0
// The exact curvature of scored data, used once at the optimum where it can be.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Mean and log sd of one sample, flat priors but for a trace: both curvatures are known by hand.
Problem mean_and_scale(const VectorXd& y) {
  const MatrixXd zero = VectorXd::Zero(y.size()), one = VectorXd::Ones(y.size());
  MatrixXd first(y.size(), 2), second(y.size(), 2);
  first << one, zero;
  second << zero, one;
  return toys::linear_scored(toys::gaussian_with_scale(y), {first, second}, 1e6);
}

TEST(ObservedInformation, GivesCovarianceAndEvidenceOfTheDataAtHand) {
  Stream stream(41, "observed");
  const Problem problem = mean_and_scale(toys::normal_matrix(stream, 40, 1));
  Problem outer = problem;  // the noisiest stand-in: each gradient's outer product
  const auto score = problem.scored[0].score;
  outer.scored[0].score = [score](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    score(eta, scores, with_derivatives);
    if (!with_derivatives) return;
    for (Index n = 0; n < eta.rows(); ++n) {
      const double a = scores.gradient(n, 0), b = scores.gradient(n, 1);
      scores.curvature.row(n) << a * a, a * b, b * b;
    }
  };
  Problem alone = outer;
  alone.scored[0].observed_information = nullptr;
  const Fit fit = variational_laplace(problem, toys::tight()),
            same = variational_laplace(outer, toys::tight());
  const Fit noisy = variational_laplace(alone, toys::tight());
  EXPECT_EQ(fit.curvature, Curvature::observed);
  EXPECT_EQ(same.curvature, Curvature::observed);
  EXPECT_EQ(noisy.curvature, Curvature::stand_in);
  const auto path = Tolerance::because(1e-6, "promises of 1e-14 nats, in units of 0.1 sd");
  EXPECT_CLOSE(same.mean, fit.mean, path);
  EXPECT_CLOSE(same.covariance, fit.covariance, path);
  EXPECT_CLOSE(same.free_energy.total(), fit.free_energy.total(), path);
  // At the maximum Σ e² = N σ²: variances σ²/N and 1/(2N), and no correlation.
  const double variance = std::exp(2 * fit.mean[1]) / 40;
  const auto flat = Tolerance::because(1e-6, "priors of variance 1e6");
  EXPECT_CLOSE(fit.covariance(0, 0), variance, flat);
  EXPECT_CLOSE(fit.covariance(1, 1), 1.0 / 80, flat);
  EXPECT_CLOSE(fit.covariance(0, 1), 0, flat);
  EXPECT_GT(std::abs(noisy.covariance(1, 1) - 1.0 / 80), 1e-3);
}

TEST(ObservedInformation, IsRefusedWhereItHasNoMaximum) {
  Stream stream(42, "observed");
  Problem problem = mean_and_scale(toys::normal_matrix(stream, 40, 1));
  Problem alone = problem;
  alone.scored[0].observed_information = nullptr;
  problem.scored[0].observed_information = [](const MatrixXd&, MatrixXd& information) {
    information.setConstant(-1);
  };
  const Fit fit = variational_laplace(problem), expected = variational_laplace(alone);
  EXPECT_EQ(fit.curvature, Curvature::stand_in);
  EXPECT_EQ(fit.covariance, expected.covariance);
  EXPECT_EQ(fit.free_energy.total(), expected.free_energy.total());
}

// Beside Gaussian data with confounds: Σ⁻¹ changes by the difference of the two curvatures alone.
TEST(ObservedInformation, LeavesGaussianDataAsTheyAre) {
  Problem problem = toys::joint_problem(43, {0.2, 0.3, 0.1, -0.2});
  const Fit before = variational_laplace(problem);
  const auto score = problem.scored[1].score;
  problem.scored[1].observed_information = [score](const MatrixXd& eta, MatrixXd& information) {
    information = 1.5 * eta.array().exp();
  };
  const Fit fit = variational_laplace(problem);
  ASSERT_EQ(fit.curvature, Curvature::observed);
  EXPECT_EQ(fit.mean, before.mean);
  EXPECT_EQ(fit.channels[0].beta, before.channels[0].beta);
  MatrixXd expected = MatrixXd::Zero(4, 4);
  const Evaluation at = problem.evaluate(fit.mean, true);
  const Slope& slope = at.predictors[1].slope[0];
  for (Index n = 0; n < 80; ++n) {
    Eigen::Vector4d j = Eigen::Vector4d::Zero();
    for (std::size_t i = 0; i < 2; ++i)
      j[slope.parameter[i]] = slope.value(n, static_cast<Index>(i));
    expected += 0.5 * std::exp(at.predictors[1].value(n, 0)) * j * j.transpose();
  }
  EXPECT_CLOSE(fit.information - before.information, expected, Tolerance::rounding(1000, 300));
}

}  // namespace
}  // namespace insula::inference
