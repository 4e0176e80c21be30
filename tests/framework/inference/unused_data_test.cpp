// SPDX-License-Identifier: Apache-2.0
// Whole channels and sets of scored data out of use: as if they were not there, but for being
// predicted.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

Problem without_use(Problem problem, std::size_t c) {
  problem.channels[c].use.assign(problem.channels[c].use.size(), 0);
  return problem;
}

// The same without the channel: its prediction is not even made.
Problem without_channel(Problem problem, std::size_t c) {
  const auto at = static_cast<std::ptrdiff_t>(c);
  problem.channels.erase(problem.channels.begin() + at);
  problem.evaluate = [evaluate = problem.evaluate, at](const VectorXd& theta, bool with_jacobian) {
    Evaluation all = evaluate(theta, with_jacobian);
    all.prediction.erase(all.prediction.begin() + at);
    if (with_jacobian) all.jacobian.erase(all.jacobian.begin() + at);
    return all;
  };
  return problem;
}

Problem without_scored(Problem problem, std::size_t s) {
  const auto at = static_cast<std::ptrdiff_t>(s);
  problem.scored.erase(problem.scored.begin() + at);
  problem.evaluate = [evaluate = problem.evaluate, at](const VectorXd& theta, bool with_jacobian) {
    Evaluation all = evaluate(theta, with_jacobian);
    all.predictors.erase(all.predictors.begin() + at);
    return all;
  };
  return problem;
}

void expect_same(const Fit& unused, const Fit& absent) {
  // The confounds of the channel out of use are zeros in a longer sum: the same steps but for
  // rounding, which decides where the noise is settled.
  const Tolerance rounding = Tolerance::because(1e-7, "a gain of 1e-15 nats is 4e-8 sds of λ");
  EXPECT_EQ(unused.status, Fit::Status::converged);
  EXPECT_EQ(unused.iterations.size(), absent.iterations.size());
  EXPECT_CLOSE(unused.mean, absent.mean, rounding);
  EXPECT_CLOSE(unused.covariance, absent.covariance, rounding);
  EXPECT_CLOSE(unused.free_energy.total(),
               absent.free_energy.total(),
               Tolerance::because(1e-8, "determinants of flat confounds cancel"));
}

// A kind of noise, confounds, and a prior precision for these.
class UnusedChannel : public testing::TestWithParam<std::tuple<Noise, int, double>> {
 protected:
  Problem problem() const {
    const auto [noise, confounds, precision] = GetParam();
    Problem p = toys::linear_problem(noise, confounds, 0.7, 0.4).problem;
    for (Channel& channel : p.channels) {
      channel.lambda_variance = 16;
      channel.zeta_variance = 0.25;
      channel.confound_precision.setConstant(precision);
    }
    return p;
  }
};

TEST_P(UnusedChannel, LeavesTheOthersAloneAndItsNoiseAtThePrior) {
  const Problem all = problem();
  for (const std::size_t c : {0U, 1U}) {
    const Fit unused = variational_laplace(without_use(all, c), toys::tight());
    expect_same(unused, variational_laplace(without_channel(all, c), toys::tight()));
    const ChannelFit& channel = unused.channels[c];
    EXPECT_EQ(channel.lambda, all.channels[c].lambda_mean);
    EXPECT_EQ(channel.zeta, std::get<0>(GetParam()) == Noise::ar1 ? all.channels[c].zeta_mean : 0);
    EXPECT_CLOSE(channel.lambda_variance, 16, Tolerance::rounding(4));
    EXPECT_TRUE((channel.beta.array() == 0).all());
  }
}

TEST_P(UnusedChannel, IsPredictedWithAWidthThatItsConfoundsHave) {
  const Problem all = problem();
  const Fit fit = variational_laplace(without_use(all, 1), toys::tight());
  const Evaluation at = all.evaluate(fit.mean, true);
  const Channel& channel = all.channels[1];
  EXPECT_CLOSE(fit.channels[1].prediction, at.prediction[1], Tolerance::rounding(0));
  for (Index i = 0; i < channel.data.size(); ++i) {
    double variance = at.jacobian[1].row(i) * fit.covariance * at.jacobian[1].row(i).transpose();
    variance += std::pow(fit.channels[1].noise_sd, 2);
    for (Index k = 0; k < channel.confounds.cols(); ++k)
      variance += std::pow(channel.confounds(i, k), 2) / channel.confound_precision[k];
    EXPECT_CLOSE(fit.channels[1].prediction_sd[i], std::sqrt(variance), Tolerance::rounding(1e4));
  }
}

TEST_P(UnusedChannel, HasItsParetoCheckAndMayHoldAnything) {
  Problem spoilt = without_use(problem(), 0);
  Options options = toys::checked();
  const Fit clean = variational_laplace(spoilt, options);
  spoilt.channels[0].data.setConstant(std::numeric_limits<double>::quiet_NaN());
  const Fit blank = variational_laplace(spoilt, options);
  EXPECT_LT(clean.pareto_k, 0.7);  // a linear model has a Gaussian posterior, but for its noise
  EXPECT_EQ(clean.pareto_k, blank.pareto_k);
  EXPECT_EQ(clean.mean, blank.mean);
  EXPECT_EQ(clean.covariance, blank.covariance);
}

INSTANTIATE_TEST_SUITE_P(Noises,
                         UnusedChannel,
                         testing::Combine(testing::Values(Noise::white, Noise::ar1),
                                          testing::Values(0, 3),
                                          testing::Values(1e-8, 2.0)));

TEST(UnusedData, EveryChannelOutOfUseLeavesThePrior) {
  Problem problem = toys::linear_problem(Noise::ar1, 3, 0.7, 0.4).problem;
  for (const std::size_t c : {0U, 1U}) problem = without_use(problem, c);
  const Fit fit = variational_laplace(problem, toys::tight());
  EXPECT_EQ(fit.status, Fit::Status::converged);
  EXPECT_CLOSE(fit.mean, problem.prior_mean, Tolerance::rounding(4));
  EXPECT_CLOSE(fit.covariance.diagonal().eval(), problem.prior_variance, Tolerance::rounding(8, 1));
  EXPECT_CLOSE(fit.free_energy.total(), 0, Tolerance::because(1e-9, "cancelling determinants"));
}

// Gaussian samples, choices and counts: any of them may be out of use.
TEST(UnusedData, OfAnyKindAreAsGoodAsAbsent) {
  const Problem all = toys::joint_problem(5, {0.3, -0.4, 0.2, 0.5});
  const Options tight = toys::tight(1e-10);  // below it rounding decides
  expect_same(variational_laplace(without_use(all, 0), tight),
              variational_laplace(without_channel(all, 0), tight));
  for (const std::size_t s : {0U, 1U}) {
    Problem unused = all;
    unused.scored[s].use.assign(unused.scored[s].use.size(), 0);
    const Fit fit = variational_laplace(unused, tight);
    expect_same(fit, variational_laplace(without_scored(all, s), tight));
    EXPECT_TRUE(fit.scored[s].predictor.allFinite());
    EXPECT_TRUE(fit.scored[s].log_density.array().isNaN().all());
  }
}

// A parameter that nothing in use depends on keeps its prior, and takes nothing from the others.
TEST(UnusedData, LeaveParametersOfTheirOwnAtThePrior) {
  Problem problem = toys::joint_problem(6, {0.3, -0.4, 0.2, 0.5});
  problem.scored[1].use.assign(problem.scored[1].use.size(), 0);  // only the counts know θ3
  const Fit fit = variational_laplace(problem, toys::tight());
  EXPECT_CLOSE(fit.mean[3], problem.prior_mean[3], Tolerance::rounding(4, 1));
  EXPECT_CLOSE(fit.covariance(3, 3), problem.prior_variance[3], Tolerance::rounding(8));
  EXPECT_CLOSE(fit.covariance.col(3).head(3).norm(), 0, Tolerance::because(1e-12, "rounding"));
}

}  // namespace
}  // namespace insula::inference
