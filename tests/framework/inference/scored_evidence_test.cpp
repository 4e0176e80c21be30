// SPDX-License-Identifier: Apache-2.0
// The free energy of scored data against the evidence by quadrature.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// ln p(y, θ), prior N(0, v) with all constants.
double log_joint(const Problem& problem, const VectorXd& theta) {
  const Evaluation at = problem.evaluate(theta, false);
  Scores scores;
  scores.value.setZero(problem.scored[0].count);
  problem.scored[0].score(at.predictors[0].value, scores, false);
  const double v = problem.prior_variance[0];
  return scores.value.sum() - 0.5 * theta.squaredNorm() / v -
         0.5 * static_cast<double>(theta.size()) * std::log(2 * std::numbers::pi * v);
}

// The trapezoidal rule over ±9 posterior sds: exact to rounding for such functions.
double log_evidence(const Problem& problem, const Fit& fit) {
  constexpr int kPoints = 120;
  const Index p = fit.mean.size();
  const VectorXd sd = fit.covariance.diagonal().cwiseSqrt();
  const double top = log_joint(problem, fit.mean);
  double sum = 0;
  for (int i = 0; i < kPoints; ++i) {
    for (int j = 0; j < (p == 1 ? 1 : kPoints); ++j) {
      VectorXd theta = fit.mean;
      theta[0] += 9 * sd[0] * (2.0 * i / (kPoints - 1) - 1);
      if (p == 2) theta[1] += 9 * sd[1] * (2.0 * j / (kPoints - 1) - 1);
      sum += std::exp(log_joint(problem, theta) - top);
    }
  }
  return top + std::log(sum) + (sd.array() * 18 / (kPoints - 1)).log().sum();
}

// Counts with one log rate: the first correction of Laplace's method, in the derivatives of the log
// joint (Tierney & Kadane 1986, J. Am. Stat. Assoc. 81:82), closes the gap to the next order.
TEST(ScoredEvidence, InOneDimensionMissesTheQuadratureByLaplacesFirstCorrection) {
  Stream stream(51, "evidence");
  for (const Index n : {3, 10, 40}) {
    const VectorXd y =
        VectorXd::Zero(n).unaryExpr([&](double) { return toys::draw_poisson(stream, 1.0); });
    const Problem problem = toys::linear_scored(toys::poisson(y), {MatrixXd::Ones(n, 1)}, 2);
    const Fit fit = variational_laplace(problem, toys::tight(1e-12));
    const double rate = static_cast<double>(n) * std::exp(fit.mean[0]);  // −third, −fourth
    const double h = rate + 0.5;
    const double correction = -rate / (8 * h * h) + 5 * rate * rate / (24 * h * h * h);
    const double exact = log_evidence(problem, fit);
    EXPECT_CLOSE(fit.free_energy.total() + correction,
                 exact,
                 Tolerance::because(0.05 / (rate * rate), "the next order of Laplace's method"));
    EXPECT_GT(std::abs(fit.free_energy.total() - exact), 0.3 * std::abs(correction));
  }
}

TEST(ScoredEvidence, InTwoDimensionsNearsTheQuadratureAsDataGrow) {
  Stream stream(52, "evidence");
  for (const Index n : {20, 200, 1000}) {
    const MatrixXd design = toys::normal_matrix(stream, n, 2);
    const VectorXd eta = design * Eigen::Vector2d(0.8, -0.4);
    const VectorXd y = eta.unaryExpr([&](double h) { return toys::draw_bernoulli(stream, h); });
    const Problem problem = toys::linear_scored(toys::bernoulli(y), {design}, 1);
    const Fit fit = variational_laplace(problem, toys::tight(1e-12));
    EXPECT_CLOSE(fit.free_energy.total(),
                 log_evidence(problem, fit),
                 Tolerance::because(2.5 / static_cast<double>(n), "Laplace's method, O(1/n)"));
  }
}

TEST(ScoredEvidence, InTwoDimensionsIsExactForGaussianData) {
  Stream stream(53, "evidence");
  const MatrixXd design = toys::normal_matrix(stream, 20, 2);
  const Problem problem =
      toys::linear_scored(toys::gaussian(toys::normal_matrix(stream, 20, 1), 2), {design}, 1);
  const Fit fit = variational_laplace(problem, toys::tight(1e-12));
  EXPECT_CLOSE(fit.free_energy.total(),
               log_evidence(problem, fit),
               Tolerance::because(1e-9, "quadrature's rounding"));
}

TEST(ScoredEvidence, ParetoCheckPassesWhereThePosteriorIsGaussianAndFailsOnABanana) {
  Stream stream(54, "evidence");
  const MatrixXd design = toys::normal_matrix(stream, 20, 2);
  const VectorXd y = VectorXd::Ones(20);
  Problem problem = toys::linear_scored(toys::gaussian(y, 400), {design}, 1);
  EXPECT_LT(variational_laplace(problem, toys::checked()).pareto_k, 0.3);
  problem.prior_mean[1] = 0.5;
  problem.evaluate = [](const VectorXd& theta, bool with_jacobian) {
    Predictors predictors{VectorXd::Constant(20, theta[0] + theta[1] * theta[1]), {}};
    const Eigen::RowVector2d slope(1, 2 * theta[1]);
    if (with_jacobian) predictors.slope = {toys::full_slope(slope.replicate(20, 1))};
    return Evaluation{{}, {}, {}, {predictors}};
  };
  EXPECT_GT(variational_laplace(problem, toys::checked()).pareto_k, pareto_k_limit(1000));
}

}  // namespace
}  // namespace insula::inference
