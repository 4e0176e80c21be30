// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/noise_posterior.h"

#include <gtest/gtest.h>

#include "framework/inference/detail/joint.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference::detail {
namespace {

using Eigen::VectorXd;

// A problem with two channels at a θ that is not its optimum.
struct Setting {
  explicit Setting(Noise noise) : problem(toys::linear_problem(noise, 3, 0.2, 0.1).problem) {
    for (Channel& channel : problem.channels) channel.lambda_variance = channel.zeta_variance = 2;
    data = make_data(problem.channels);
    joint = make_joint(data, problem.prior_mean.size());
    theta = problem.prior_mean.array() + 0.3;
    beta.assign(2, VectorXd::Zero(3));
    EXPECT_TRUE(linearise(data, problem.evaluate(theta, true), beta, joint));
  }
  // The free energy but for the hyperparameters' own uncertainty, Σ and β̂ at their best.
  double free_energy_at(const std::vector<NoiseValue>& noise) {
    solve(problem, problem.prior_variance, data, theta, beta, noise, Beta::at_optimum, 0, joint);
    const FreeEnergy f =
        free_energy(problem, problem.prior_variance, data, theta, beta, noise, 0, joint);
    double prior = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      const double lambda = noise[c].lambda - problem.channels[c].lambda_mean;
      const double zeta = noise[c].zeta - problem.channels[c].zeta_mean;
      prior -= 0.25 * (lambda * lambda + zeta * zeta);  // variance 2
    }
    return f.accuracy + f.parameters + prior;
  }
  NoiseEnergy energy(std::size_t c, const std::vector<NoiseValue>& noise) {
    solve(problem, problem.prior_variance, data, theta, beta, noise, Beta::at_optimum, 0, joint);
    return noise_energy(
        problem.channels[c], data[c].chain, spread(joint.blocks[c], joint), noise[c]);
  }
  Problem problem;
  std::vector<ChannelData> data;
  Joint joint;
  VectorXd theta;
  std::vector<VectorXd> beta;
};

constexpr double kStep = 1e-4;

TEST(NoisePosterior, GradientIsThatOfTheFreeEnergyWithItsTraceTerm) {
  Setting setting(Noise::ar1);
  std::vector<NoiseValue> noise{{-0.4, 0.6}, {0.3, -0.5}};
  for (std::size_t c = 0; c < 2; ++c) {
    const Eigen::Vector2d gradient = setting.energy(c, noise).gradient;
    for (double NoiseValue::*coordinate : {&NoiseValue::lambda, &NoiseValue::zeta}) {
      const double centre = noise[c].*coordinate;
      noise[c].*coordinate = centre + kStep;
      const double above = setting.free_energy_at(noise);
      noise[c].*coordinate = centre - kStep;
      const double below = setting.free_energy_at(noise);
      noise[c].*coordinate = centre;
      const double slope = gradient[coordinate == &NoiseValue::lambda ? 0 : 1];
      EXPECT_CLOSE(slope, (above - below) / (2 * kStep), Tolerance::truncation(100, kStep, 2));
    }
  }
}

TEST(NoisePosterior, WhiteGradientIsThatOfTheFreeEnergy) {
  Setting setting(Noise::white);
  const double gradient = setting.energy(1, {{-0.4, 0}, {0.3, 0}}).gradient[0];
  const double above = setting.free_energy_at({{-0.4, 0}, {0.3 + kStep, 0}});
  const double below = setting.free_energy_at({{-0.4, 0}, {0.3 - kStep, 0}});
  EXPECT_CLOSE(gradient, (above - below) / (2 * kStep), Tolerance::truncation(100, kStep, 2));
}

TEST(NoisePosterior, HessianIsTheGradientsDerivative) {
  const Setting setting(Noise::ar1);
  const Channel& channel = setting.problem.channels[0];
  const Chain& chain = setting.data[0].chain;
  const std::vector<double> spread{3, 1, 2, 0.5, 1.5, 0.2, 0.7, 0.4, 0.9};
  ASSERT_EQ(spread.size(), chain.parts());
  const auto at = [&](double lambda, double zeta) {
    return noise_energy(channel, chain, spread, {lambda, zeta});
  };
  const Eigen::Matrix2d hessian = at(0.4, -0.7).hessian;
  Eigen::Matrix2d differences;
  differences.row(0) =
      (at(0.4 + kStep, -0.7).gradient - at(0.4 - kStep, -0.7).gradient) / (2 * kStep);
  differences.row(1) =
      (at(0.4, -0.7 + kStep).gradient - at(0.4, -0.7 - kStep).gradient) / (2 * kStep);
  EXPECT_CLOSE(hessian, differences, Tolerance::truncation(1000, kStep, 2));
}

TEST(NoisePosterior, EndsAtTheSameMaximumFromAnyStart) {
  Setting setting(Noise::ar1);
  setting.energy(0, {{0, 0}, {0, 0}});
  const Channel& channel = setting.problem.channels[0];
  const Chain& chain = setting.data[0].chain;
  const std::vector<double> t = spread(setting.joint.blocks[0], setting.joint);
  const NoiseValue best = best_noise(channel, chain, t, {0, 0});
  for (const NoiseValue start : {NoiseValue{-30, 0}, {30, 0}, {0, 3}, {5, -3}, {-3, -8}}) {
    const NoiseValue found = best_noise(channel, chain, t, start);
    EXPECT_LT(noise_energy(channel, chain, t, found).gradient.norm(), 1e-6);
    EXPECT_CLOSE(found.lambda, best.lambda, Tolerance::because(1e-6, "Newton's last step"));
    EXPECT_CLOSE(found.zeta, best.zeta, Tolerance::because(1e-6, "Newton's last step"));
  }
}

TEST(NoisePosterior, StaysAtThePriorWithoutData) {
  Channel channel = toys::plain_channel("A", VectorXd::Zero(4));
  channel.use.assign(4, 0);
  channel.lambda_mean = 1.5;
  const NoiseValue best = best_noise(channel, make_chain(channel), {0}, {0, 0});
  EXPECT_CLOSE(best.lambda, 1.5, Tolerance::rounding(10));
}

}  // namespace
}  // namespace insula::inference::detail
