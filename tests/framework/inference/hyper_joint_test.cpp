// SPDX-License-Identifier: Apache-2.0
// Parameters, learned scales and noise in one step, where many weights have a learned scale.
#include "framework/inference/detail/hyper_joint.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kSamples = 400, kFeatures = 150;

// y = a Φ w + X β + ε, a ~ N(1, 0.3²), w ~ N(0, e^ρ), ε an AR(1) process of which nothing is known.
Problem amplified_in_coloured_noise(std::uint64_t seed) {
  Stream stream(seed, "amplified in coloured noise");
  const MatrixXd design =
      toys::normal_matrix(stream, kSamples, kFeatures) / std::sqrt(double(kFeatures));
  VectorXd data = design * (1.5 * toys::normal_matrix(stream, kFeatures, 1));
  double noise = 0;
  for (double& y : data) y += noise = 0.5 * noise + 0.6 * stream.normal();
  Problem problem;
  VectorXd mean = VectorXd::Zero(1 + kFeatures), variance = VectorXd::Ones(1 + kFeatures);
  mean[0] = 1;
  variance[0] = 0.09;
  toys::set_prior(problem, mean, variance);
  Channel channel = toys::plain_channel("y", data);
  channel.noise = Noise::ar1;
  channel.confounds = toys::normal_matrix(stream, kSamples, 2);
  channel.confound_precision = VectorXd::Constant(2, 0.1);
  problem.channels = {channel};
  PriorScale scale{"w.scale", {}};
  for (Index i = 0; i < kFeatures; ++i) scale.parameter.push_back(1 + i);
  problem.scales = {scale};
  problem.evaluate = [design](const VectorXd& theta, bool with_jacobian) {
    Evaluation e;
    const VectorXd drive = design * theta.tail(kFeatures);
    e.prediction = {theta[0] * drive};
    MatrixXd jacobian(kSamples, 1 + kFeatures);
    jacobian << drive, theta[0] * design;
    if (with_jacobian) e.jacobian = {jacobian};
    return e;
  };
  return problem;
}

TEST(HyperJoint, HasTheGradientOfWhatStepsClimb) {
  const Problem problem = amplified_in_coloured_noise(1);
  const auto data = detail::make_data(problem.channels);
  Stream stream(2, "where");
  VectorXd theta = toys::normal_matrix(stream, 1 + kFeatures, 1);
  theta[0] = 1.2;
  detail::State here = detail::make_state(problem, data, theta);
  here.noise = {{0.4, 0.3}};
  here.log_scale = {0.2};
  here.prior_variance = detail::prior_variance(problem, here.log_scale);
  here.beta = {detail::best_beta(data[0], here.evaluation.prediction[0], here.noise[0])};
  detail::Joint joint = detail::make_joint(problem, data);
  ASSERT_TRUE(detail::linearise(data, here.evaluation, here.beta, joint));
  detail::solve(problem,
                here.prior_variance,
                data,
                here.theta,
                here.beta,
                here.noise,
                detail::Beta::at_optimum,
                0,
                joint);
  detail::NoiseHere noise{{}, detail::spreads(joint)};
  noise.energy = {
      detail::noise_energy(problem.channels[0], data[0].chain, noise.spread[0], here.noise[0])};
  const detail::HyperJoint h = detail::hyper_joint(problem, data, here, joint, noise, {});
  ASSERT_EQ(h.gradient.size(), 1 + kFeatures + 1 + 2);  // θ, ρ, λ and ζ
  const auto climbed = [&](const VectorXd& delta) {
    detail::State there = here;
    detail::move(problem, h, {delta, 0, 0, 0}, there);
    there.evaluation = problem.evaluate(there.theta, true);
    return detail::log_joint(problem,
                             there.prior_variance,
                             data,
                             there.theta,
                             there.evaluation,
                             {},
                             there.beta,
                             there.noise) +
           detail::objective_beside_log_joint(problem, data, h, here, there);
  };
  for (const Index i :
       {Index{0}, Index{1}, Index{77}, 1 + kFeatures, 2 + kFeatures, 3 + kFeatures}) {
    VectorXd delta = VectorXd::Zero(h.gradient.size());
    delta[i] = 1e-5;
    const double slope = (climbed(delta) - climbed(-delta)) / 2e-5;
    EXPECT_CLOSE(
        h.gradient[i], slope, Tolerance::because(1e-6 * (1 + std::abs(slope)), "differences"))
        << i;
  }
}

// Weights, their scale and the noise pull on one another: in turns each would go half of what is
// left.
TEST(HyperJoint, EndsInFewStepsWhereTurnsWouldCreep) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Fit fit = variational_laplace(amplified_in_coloured_noise(seed), {});
    EXPECT_TRUE(fit.converged()) << fit.reason;
    EXPECT_LE(fit.iterations.size(), 10U) << seed;
  }
}

}  // namespace
}  // namespace insula::inference
