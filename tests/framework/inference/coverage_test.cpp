// SPDX-License-Identifier: Apache-2.0
// 95 % intervals hold the truth 95 times in a hundred, when the truth is drawn from the prior.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr int kSets = 200;

int covered(const Fit& fit, const VectorXd& truth) {
  const VectorXd sd = fit.covariance.diagonal().cwiseSqrt();
  int count = 0;
  for (Index i = 0; i < truth.size(); ++i) {
    count += std::abs(fit.mean[i] - truth[i]) <= normal_quantile(0.975) * sd[i];
  }
  return count;
}

// Three binomial standard deviations of `trials` around 95 %; intervals of one set are a little
// dependent, which widens nothing that matters here.
void expect_nominal(int covered, int trials) {
  const double rate = static_cast<double>(covered) / trials;
  EXPECT_NEAR(rate, 0.95, 3 * std::sqrt(0.95 * 0.05 / trials));
}

TEST(Coverage, IsNominalForALinearModelWithConfoundsAndAr1Noise) {
  int count = 0;
  for (int set = 0; set < kSets; ++set) {
    Stream stream(21, "coverage/linear/" + std::to_string(set));
    toys::Linear linear = toys::linear_problem(Noise::ar1, 2, 0, 0);
    Problem& problem = linear.problem;
    const VectorXd truth = problem.prior_mean + problem.prior_variance.cwiseSqrt().cwiseProduct(
                                                    toys::normal_matrix(stream, 4, 1));
    for (std::size_t c = 0; c < 2; ++c) {
      Channel& channel = problem.channels[c];
      channel.lambda_variance = channel.zeta_variance = 0.25;
      const double rho = std::tanh(0.5 * stream.normal());
      double noise = stream.normal() / std::sqrt(1 - rho * rho);
      channel.data =
          linear.design[c] * truth + channel.confounds * toys::normal_matrix(stream, 2, 1) * 2;
      for (Index i = 0; i < channel.data.size(); ++i) {
        if (i == channel.run_start[1]) noise = stream.normal() / std::sqrt(1 - rho * rho);
        channel.data[i] += noise;
        noise = rho * noise + stream.normal();
      }
    }
    const Fit fit = variational_laplace(problem);
    ASSERT_TRUE(fit.converged()) << fit.reason;
    count += covered(fit, truth);
  }
  expect_nominal(count, 4 * kSets);
}

TEST(Coverage, IsNominalForANonlinearModel) {
  int count = 0;
  for (int set = 0; set < kSets; ++set) {
    Stream stream(22, "coverage/decay/" + std::to_string(set));
    const Eigen::Vector2d truth(std::sqrt(0.5) * stream.normal(), 0.5 * stream.normal());
    const Fit fit =
        variational_laplace(toys::decay_problem(1000 + static_cast<std::uint64_t>(set), truth));
    ASSERT_TRUE(fit.converged()) << fit.reason;
    count += covered(fit, truth);
  }
  expect_nominal(count, 2 * kSets);
}

}  // namespace
}  // namespace insula::inference
