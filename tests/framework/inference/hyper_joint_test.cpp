// SPDX-License-Identifier: Apache-2.0
// Parameters, learned scales and noise in one step, where many weights have a learned scale.
#include "framework/inference/detail/hyper_joint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/weight_subspace.h"
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

// A state that has been solved for, and what is known around it.
struct Known {
  explicit Known(const Problem& p) : problem(p), data(detail::make_data(p.channels)) {
    Stream stream(2, "where");
    VectorXd theta = toys::normal_matrix(stream, 1 + kFeatures, 1);
    theta[0] = 1.2;
    here = detail::make_state(problem, data, theta);
    here.noise = {{0.4, 0.3}};
    here.log_scale = {0.2};
    here.prior_variance = detail::prior_variance(problem, here.log_scale);
    here.beta = {detail::best_beta(data[0], here.evaluation.prediction[0], here.noise[0])};
    joint = detail::make_joint(data, problem.prior_mean.size());
    EXPECT_TRUE(detail::linearise(data, here.evaluation, here.beta, joint));
    detail::solve(problem,
                  here.prior_variance,
                  data,
                  here.theta,
                  here.beta,
                  here.noise,
                  detail::Beta::at_optimum,
                  0,
                  joint);
    model = detail::hyper_model(
        problem, data, here, here.beta, joint, detail::spreads(joint).parts, {});
  }
  // What steps climb, the model run there.
  double objective(detail::State at) const {
    at.evaluation = problem.evaluate(at.theta, true);
    return detail::log_joint(
               problem, at.prior_variance, data, at.theta, at.evaluation, {}, at.beta, at.noise) +
           detail::beside_log_joint(problem, data, *model, at);
  }
  const Problem& problem;
  std::vector<detail::ChannelData> data;
  detail::State here;
  detail::Joint joint;
  std::optional<detail::HyperModel> model;
};

TEST(HyperJoint, HasTheGradientOfWhatStepsClimb) {
  const Problem problem = amplified_in_coloured_noise(1);
  Known known(problem);
  ASSERT_TRUE(known.model);
  const detail::HyperJoint h =
      detail::hyper_joint(problem, known.data, *known.model, known.here, known.joint);
  ASSERT_EQ(h.gradient.size(), 1 + kFeatures + 1 + 2);  // θ, ρ, λ and ζ
  const auto climbed = [&](const VectorXd& delta) {
    detail::State there = known.here;
    detail::move(problem, *known.model, delta, there);
    return known.objective(there);
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

// The noise, the scale and the weights are far from where they belong; it takes several steps to
// get there, and one run of the model to see that they were right.
TEST(HyperJoint, ClimbsFarWithoutRunningTheModel) {
  const Problem problem = amplified_in_coloured_noise(1);
  Known known(problem);
  ASSERT_TRUE(known.model);
  const detail::HyperJoint first =
      detail::hyper_joint(problem, known.data, *known.model, known.here, known.joint);
  const detail::Climb climb =
      detail::climb(problem, known.data, *known.model, first, known.here, 1e3, known.joint);
  const double gain = known.objective(climb.end) - known.objective(known.here);
  EXPECT_GT(climb.gain, 20);
  // The amplifier is taken for an exponential one, and is not.
  EXPECT_CLOSE(gain, climb.gain, Tolerance::because(0.2 * climb.gain, "a linear amplifier"));
  // A short way is kept to.
  EXPECT_LE(
      detail::climb(problem, known.data, *known.model, first, known.here, 0.5, known.joint).length,
      0.51);
}

// Few combinations of the weights are all that a step uses: its promise is the whole problem's, and
// a climb gains as much.
TEST(WeightSubspace, HoldsTheFirstStepWholeAndTheOthersNearly) {
  const Problem problem = amplified_in_coloured_noise(1);
  Known known(problem);
  ASSERT_TRUE(known.model);
  detail::WeightSubspace few =
      detail::weight_subspace(problem, known.data, known.here, *known.model, known.joint);
  EXPECT_LT(few.state.theta.size(), 16);
  detail::State there = known.here;
  detail::widen(problem, few, few.state, there);
  EXPECT_CLOSE(
      (there.theta - known.here.theta).norm(), 0, Tolerance::because(1e-6, "of its basis"));

  const detail::HyperJoint first =
      detail::hyper_joint(few.problem, known.data, few.model, few.state, few.joint);
  const detail::HyperJoint whole =
      detail::hyper_joint(problem, known.data, *known.model, known.here, known.joint);
  EXPECT_CLOSE(first.promise,
               whole.promise,
               Tolerance::because(1e-7 * whole.promise, "of a basis orthonormal to 1e-8"));
  const detail::Climb climb =
      detail::climb(problem, known.data, *known.model, whole, known.here, 1e3, known.joint);
  const detail::Climb narrow =
      detail::climb(few.problem, known.data, few.model, first, few.state, 1e3, few.joint);
  EXPECT_CLOSE(narrow.gain, climb.gain, Tolerance::because(0.02 * climb.gain, "its steps' ends"));
  detail::widen(problem, few, narrow.end, there);
  EXPECT_CLOSE(known.objective(there) - known.objective(known.here),
               known.objective(climb.end) - known.objective(known.here),
               Tolerance::because(0.02 * climb.gain, "its steps' ends"));
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
