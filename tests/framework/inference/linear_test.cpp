// SPDX-License-Identifier: Apache-2.0
// A linear model with known noise has a closed form: Bayesian linear regression, written here
// densely and without any of the engine's shortcuts.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <numbers>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Regression {
  VectorXd mean;
  MatrixXd covariance;
  double log_evidence;
};

Regression regress(const toys::Dense& d) {
  const MatrixXd weight = d.noise.inverse();
  const MatrixXd prior = d.prior_variance.asDiagonal();
  Regression r;
  r.covariance = (d.design.transpose() * weight * d.design + MatrixXd(prior.inverse())).inverse();
  r.mean = r.covariance * (d.design.transpose() * (weight * d.data) +
                           d.prior_mean.cwiseQuotient(d.prior_variance));
  const MatrixXd total = d.noise + d.design * prior * d.design.transpose();
  const Eigen::LLT<MatrixXd> factor(total);
  const VectorXd residual = d.data - d.design * d.prior_mean;
  const double log_det = 2 * MatrixXd(factor.matrixL()).diagonal().array().log().sum();
  r.log_evidence = -0.5 * (residual.dot(factor.solve(residual)) + log_det +
                           static_cast<double>(d.data.size()) * std::log(2 * std::numbers::pi));
  return r;
}

// λ and ζ have prior variance 1e-10: they move by less than 1e-8, and F's part for them by as much.
const Tolerance kTightPrior = Tolerance::because(2e-7, "prior variance 1e-10 of the noise");

struct Case {
  Noise noise;
  Index confounds;
  double zeta;
};

class LinearModel : public testing::TestWithParam<Case> {
 protected:
  static constexpr double kLambda = -0.7;
  toys::Linear linear_ =
      toys::linear_problem(GetParam().noise, GetParam().confounds, kLambda, GetParam().zeta);
  Regression exact_ = regress(toys::dense_model(linear_, kLambda, GetParam().zeta));
  Fit fit_ = variational_laplace(linear_.problem);
};

TEST_P(LinearModel, ConvergesInOneStep) {
  EXPECT_TRUE(fit_.converged()) << fit_.reason;
  EXPECT_EQ(fit_.iterations.size(), 1u);
  EXPECT_LT(fit_.gradient_norm, 1e-6);
}

TEST_P(LinearModel, HasThePosteriorOfBayesianRegression) {
  const Index p = fit_.mean.size(), k = GetParam().confounds;
  EXPECT_CLOSE(fit_.mean, exact_.mean.head(p), kTightPrior);
  EXPECT_CLOSE(fit_.covariance, exact_.covariance.topLeftCorner(p, p), kTightPrior);
  for (Index c = 0; c < 2; ++c) {
    const ChannelFit& channel = fit_.channels[static_cast<std::size_t>(c)];
    EXPECT_CLOSE(channel.beta, exact_.mean.segment(p + c * k, k), kTightPrior);
    EXPECT_CLOSE(
        channel.beta_covariance, exact_.covariance.block(p + c * k, p + c * k, k, k), kTightPrior);
  }
}

TEST_P(LinearModel, HasTheExactLogEvidence) {
  EXPECT_CLOSE(fit_.free_energy.total(), exact_.log_evidence, kTightPrior);
}

TEST_P(LinearModel, PredictsEverySampleWithTheVarianceOfANewDatum) {
  const Index p = fit_.mean.size(), k = GetParam().confounds;
  for (Index c = 0; c < 2; ++c) {
    const Channel& channel = linear_.problem.channels[static_cast<std::size_t>(c)];
    MatrixXd design = MatrixXd::Zero(channel.data.size(), exact_.mean.size());
    design.leftCols(p) = linear_.design[static_cast<std::size_t>(c)];
    design.middleCols(p + c * k, k) = channel.confounds;
    const VectorXd variance = (design * exact_.covariance * design.transpose() +
                               toys::noise_covariance(channel, kLambda, GetParam().zeta))
                                  .diagonal();
    const ChannelFit& fit = fit_.channels[static_cast<std::size_t>(c)];
    EXPECT_CLOSE(fit.prediction, design * exact_.mean, kTightPrior);
    EXPECT_CLOSE(fit.prediction_sd, variance.cwiseSqrt(), kTightPrior);
  }
}

TEST_P(LinearModel, ShrinksByPosteriorOverPriorVariance) {
  const Index p = fit_.mean.size();
  EXPECT_CLOSE(fit_.shrinkage,
               exact_.covariance.diagonal().head(p).cwiseQuotient(linear_.problem.prior_variance),
               kTightPrior);
}

INSTANTIATE_TEST_SUITE_P(Noises,
                         LinearModel,
                         testing::Values(Case{Noise::white, 0, 0},
                                         Case{Noise::white, 3, 0},
                                         Case{Noise::ar1, 0, 0.5},
                                         Case{Noise::ar1, 3, 0.5},
                                         Case{Noise::ar1, 3, -0.8},
                                         Case{Noise::ar1, 2, 2.0},
                                         Case{Noise::ar1, 2, 0.0}));

}  // namespace
}  // namespace insula::inference
