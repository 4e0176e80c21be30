// SPDX-License-Identifier: Apache-2.0
// Learned scales of priors: in a linear model the evidence of a scale has a closed form, a ridge
// penalty has a best value, and bands that say nothing are silenced.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "framework/base/error.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/group.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// y = A₁w₁ + A₂w₂ + ε; the noise is known to 1e-10.
struct Bands {
  Problem problem;
  MatrixXd design;
  std::vector<Index> size;
  double noise_variance = 0.25;
};

Bands bands(std::uint64_t seed, Index rows, std::vector<Index> size, std::vector<double> sd) {
  Bands b;
  Stream stream(seed, "bands");
  Index columns = 0;
  for (const Index n : size) columns += n;
  b.design = toys::normal_matrix(stream, rows, columns);
  VectorXd weight(columns);
  Index at = 0;
  for (std::size_t s = 0; s < size.size(); ++s) {
    PriorScale scale{"band " + std::to_string(s), {}, 0.3, 9};
    for (Index i = 0; i < size[s]; ++i, ++at) {
      weight[at] = sd[s] * stream.normal();
      scale.parameter.push_back(at);
    }
    b.problem.scales.push_back(std::move(scale));
  }
  VectorXd data = b.design * weight;
  for (double& y : data) y += std::sqrt(b.noise_variance) * stream.normal();
  toys::set_prior(b.problem, VectorXd::Zero(columns), VectorXd::Constant(columns, 0.5));
  Channel channel = toys::plain_channel("y", data);
  channel.lambda_mean = -std::log(b.noise_variance);
  channel.lambda_variance = 1e-10;
  b.problem.channels = {channel};
  const MatrixXd design = b.design;
  b.problem.evaluate = [design](const VectorXd& theta, bool with_jacobian) {
    Evaluation e;
    e.prediction = {design * theta};
    if (with_jacobian) e.jacobian = {design};
    return e;
  };
  b.size = std::move(size);
  return b;
}

// ln p(y | ρ) + ln p(ρ), densely: y ~ N(0, Σ_s v e^ρ_s A_s A_sᵀ + noise).
double log_evidence(const Bands& b, const VectorXd& rho) {
  const VectorXd& y = b.problem.channels[0].data;
  MatrixXd covariance = b.noise_variance * MatrixXd::Identity(y.size(), y.size());
  double prior = 0;
  Index at = 0;
  for (std::size_t s = 0; s < b.size.size(); ++s) {
    const auto block = b.design.middleCols(at, b.size[s]);
    const double r = rho[static_cast<Index>(s)];
    covariance += 0.5 * std::exp(r) * block * block.transpose();
    const PriorScale& scale = b.problem.scales[s];
    prior -= 0.5 * (std::log(2 * std::numbers::pi * scale.variance) +
                    (r - scale.mean) * (r - scale.mean) / scale.variance);
    at += b.size[s];
  }
  const Eigen::LLT<MatrixXd> factor(covariance);
  return prior - factor.matrixLLT().diagonal().array().log().sum() - 0.5 * y.dot(factor.solve(y)) -
         0.5 * static_cast<double>(y.size()) * std::log(2 * std::numbers::pi);
}

VectorXd reached(const Fit& fit) {
  VectorXd rho(static_cast<Index>(fit.scales.size()));
  for (Index s = 0; s < rho.size(); ++s) rho[s] = fit.scales[static_cast<std::size_t>(s)].log_scale;
  return rho;
}

// Central differences of step h.
VectorXd gradient(const Bands& b, const VectorXd& at, double h) {
  VectorXd g(at.size());
  for (Index s = 0; s < at.size(); ++s) {
    VectorXd up = at, down = at;
    up[s] += h, down[s] -= h;
    g[s] = (log_evidence(b, up) - log_evidence(b, down)) / (2 * h);
  }
  return g;
}
MatrixXd hessian(const Bands& b, const VectorXd& at, double h) {
  MatrixXd all(at.size(), at.size());
  for (Index s = 0; s < at.size(); ++s) {
    VectorXd up = at, down = at;
    up[s] += h, down[s] -= h;
    all.col(s) = (gradient(b, up, h) - gradient(b, down, h)) / (2 * h);
  }
  return all;
}

const std::vector<double> kSds{1.5, 0.05};

Fit tightly(const Problem& problem) { return variational_laplace(problem, toys::tight(1e-12)); }

TEST(PriorScale, EvidenceHasTheSlopesOfTheDenseModel) {
  const Bands b = bands(1, 60, {8, 12}, kSds);
  Problem fixed = b.problem;
  fixed.scales.clear();
  for (const double r : {-2.0, 0.0, 1.5}) {
    const std::vector<double> rho{r, -0.5 * r};
    fixed.prior_variance = detail::prior_variance(b.problem, rho);
    const Fit fit = tightly(fixed);
    const detail::ScaleEvidence evidence =
        detail::scale_evidence(b.problem, rho, fit.mean, fit.covariance);
    const Eigen::Vector2d at(rho[0], rho[1]);
    EXPECT_CLOSE(evidence.gradient,
                 gradient(b, at, 1e-4),
                 Tolerance::because(1e-6, "central differences of step 1e-4; noise free by 1e-10"));
    const MatrixXd exact = -hessian(b, at, 1e-3);
    if (r < -1) continue;  // not concave there
    EXPECT_CLOSE(evidence.precision, exact, Tolerance::because(1e-4, "second differences"));
  }
}

TEST(PriorScale, ReachesTheTopOfTheEvidence) {
  const Bands b = bands(2, 80, {10, 15}, kSds);
  const Fit fit = tightly(b.problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  ASSERT_EQ(fit.scales.size(), 2u);
  const VectorXd rho = reached(fit);
  EXPECT_CLOSE(gradient(b, rho, 1e-4),
               VectorXd::Zero(2),
               Tolerance::because(1e-4, "stops within 1e-12 nats, where slopes are below 1e-5"));
  // The posterior of a scale is as wide as the evidence's top.
  const MatrixXd variance = (-hessian(b, rho, 1e-3)).inverse();
  for (Index s = 0; s < 2; ++s)
    EXPECT_CLOSE(fit.scales[static_cast<std::size_t>(s)].variance,
                 variance(s, s),
                 Tolerance::because(1e-3 * variance(s, s), "second differences"));
}

// Laplace's value of ∫ p(y | ρ) p(ρ) dρ, which is what the free energy must be here.
TEST(PriorScale, FreeEnergyIsTheEvidenceWithScalesIntegratedOut) {
  const Bands b = bands(3, 70, {20}, {0.8});
  const Fit fit = tightly(b.problem);
  const VectorXd rho = reached(fit);
  const double laplace = log_evidence(b, rho) + 0.5 * std::log(2 * std::numbers::pi) -
                         0.5 * std::log(-hessian(b, rho, 1e-3)(0, 0));
  EXPECT_CLOSE(fit.free_energy.total(), laplace, Tolerance::because(1e-5, "second differences"));
  // By quadrature: the evidence of a scale is nearly normal where there are 20 weights.
  double sum = 0;
  const double sd = std::sqrt(fit.scales[0].variance), step = 0.02;
  for (double z = -8; z <= 8; z += step)
    sum += step * sd * std::exp(log_evidence(b, rho.array() + z * sd) - log_evidence(b, rho));
  EXPECT_CLOSE(fit.free_energy.total(),
               log_evidence(b, rho) + std::log(sum),
               Tolerance::because(0.05, "what Laplace's formula leaves out"));
}

TEST(PriorScale, SilencesABandThatSaysNothing) {
  const Bands b = bands(4, 100, {12, 12}, {1, 0});
  const Fit fit = tightly(b.problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_GT(fit.scales[0].log_scale, -1);  // v e^ρ should be 1: ρ = 0.7
  EXPECT_LT(fit.scales[1].log_scale, -3);
  EXPECT_LT(fit.mean.tail(12).norm(), 0.15 * fit.mean.head(12).norm());
}

TEST(PriorScale, DoesNotChangeWhereParametersLieBeforeTheyHaveMoved) {
  // From a start far off and from the prior's mean, the same end.
  const Bands b = bands(5, 80, {10, 15}, kSds);
  Options options = toys::tight(1e-12);
  const VectorXd from_mean = reached(variational_laplace(b.problem, options));
  options.start = VectorXd::Constant(25, 3);
  EXPECT_CLOSE(reached(variational_laplace(b.problem, options)),
               from_mean,
               Tolerance::because(1e-4, "stops within 1e-12 nats"));
}

TEST(PriorScale, CoversTheTruthAsOftenAsItSays) {
  int inside = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Bands b = bands(100 + seed, 60, {15, 15}, {0.7, 2});
    const Fit fit = variational_laplace(b.problem);
    for (std::size_t s = 0; s < 2; ++s) {
      // v e^ρ is the square of the sd that weights were drawn with.
      const double truth = 2 * std::log(s == 0 ? 0.7 : 2.0) - std::log(0.5);
      const double half = 1.96 * std::sqrt(fit.scales[s].variance);
      inside += std::abs(fit.scales[s].log_scale - truth) < half ? 1 : 0;
      all += 1;
    }
  }
  RecordProperty("inside", inside);
  EXPECT_GE(inside, 177);  // 95 % of 200 less three standard errors, and skewness of 15 weights
}

TEST(PriorScale, ParetoTrustsAPosteriorThatIsNearlyGaussian) {
  const Bands b = bands(6, 100, {25}, {1});
  Options options = toys::checked();
  const Fit fit = variational_laplace(b.problem, options);
  EXPECT_LT(fit.pareto_k, 0.7);
}

TEST(PriorScale, OfAnotherProblemIsRefused) {
  Bands b = bands(7, 20, {3}, {1});
  b.problem.scales[0].parameter = {0, 3};
  EXPECT_THROW(static_cast<void>(variational_laplace(b.problem)), InternalError);
  b.problem.scales[0].parameter = {0, 1, 0};
  EXPECT_THROW(static_cast<void>(variational_laplace(b.problem)), InternalError);
  b.problem.scales[0].parameter = {};
  EXPECT_THROW(static_cast<void>(variational_laplace(b.problem)), InternalError);
}

}  // namespace
}  // namespace insula::inference
