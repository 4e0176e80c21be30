// SPDX-License-Identifier: Apache-2.0
// Many weights under a learned scale, and a parameter that amplifies them: the amplifier belongs
// where the marginal posterior has it, not where the mode over everything runs off to.
#include "framework/inference/detail/weight_spread.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/likelihood.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kRows = 300, kWeights = 150;
constexpr double kAmplifierSd = 0.3, kNoiseVariance = 1;

// y = a Φ w + ε, a ~ N(1, 0.3²), w ~ N(0, e^ρ); θ = (a, w). The noise is known to 1e-10.
struct Amplified {
  Problem problem;
  MatrixXd design;
};

Amplified amplified(std::uint64_t seed) {
  Amplified toy;
  Stream stream(seed, "amplified");
  toy.design = toys::normal_matrix(stream, kRows, kWeights) / std::sqrt(double(kWeights));
  VectorXd data = toy.design * (1.5 * toys::normal_matrix(stream, kWeights, 1));
  for (double& y : data) y += std::sqrt(kNoiseVariance) * stream.normal();
  VectorXd mean = VectorXd::Zero(1 + kWeights), variance = VectorXd::Ones(1 + kWeights);
  mean[0] = 1;
  variance[0] = kAmplifierSd * kAmplifierSd;
  toys::set_prior(toy.problem, mean, variance);
  Channel channel = toys::plain_channel("y", data);
  channel.lambda_mean = -std::log(kNoiseVariance);
  channel.lambda_variance = 1e-10;
  toy.problem.channels = {channel};
  PriorScale scale{"w.scale", {}};
  for (Index i = 0; i < kWeights; ++i) scale.parameter.push_back(1 + i);
  toy.problem.scales = {scale};
  toy.problem.evaluate = [design = toy.design](const VectorXd& theta, bool with_jacobian) {
    Evaluation e;
    const VectorXd drive = design * theta.tail(kWeights);
    e.prediction = {theta[0] * drive};
    MatrixXd jacobian(kRows, 1 + kWeights);
    jacobian << drive, theta[0] * design;
    if (with_jacobian) e.jacobian = {jacobian};
    return e;
  };
  return toy;
}

// ln p(y | a, ρ) + ln p(a) + ln p(ρ) + constant, the weights integrated out: a function of a and ρ
// through the eigenvalues of ΦΦᵀ.
struct Marginal {
  explicit Marginal(const Amplified& toy) : scale(toy.problem.scales[0]) {
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(toy.design * toy.design.transpose());
    value = eigen.eigenvalues();
    square = (eigen.eigenvectors().transpose() * toy.problem.channels[0].data).array().square();
  }
  double at(double a, double rho) const {
    const Eigen::ArrayXd variance = kNoiseVariance + a * a * std::exp(rho) * value.array();
    return -0.5 * (variance.log().sum() + (square.array() / variance).sum() +
                   (a - 1) * (a - 1) / (kAmplifierSd * kAmplifierSd) +
                   (rho - scale.mean) * (rho - scale.mean) / scale.variance);
  }
  PriorScale scale;
  VectorXd value, square;
};

TEST(WeightSpread, LeavesAnAmplifierWhereTheMarginalPosteriorHasIt) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Amplified toy = amplified(seed);
    const Fit fit = variational_laplace(toy.problem, {});
    ASSERT_TRUE(fit.converged()) << fit.reason;
    const Marginal marginal(toy);
    double best = -std::numeric_limits<double>::infinity(), a_best = 0, rho_best = 0;
    for (double a = 0.6; a < 2; a += 0.02)
      for (double rho = -1; rho < 2; rho += 0.02)
        if (const double value = marginal.at(a, rho); value > best)
          best = value, a_best = a, rho_best = rho;
    // Half a step of the grid, and what 0.02 nats are worth along the ridge of a and ρ.
    EXPECT_NEAR(fit.mean[0], a_best, 0.01 + 0.2 * kAmplifierSd);
    ASSERT_EQ(fit.scales.size(), 1U);
    EXPECT_NEAR(
        fit.scales[0].log_scale + 2 * std::log(fit.mean[0]), rho_best + 2 * std::log(a_best), 0.1);
  }
}

// Moments and evidence by sums over a grid of a and ρ.
struct OnGrid {
  double log_evidence = 0, scale_sd = 0, amplifier_sd = 0;
};

OnGrid on_grid(const Amplified& toy) {
  constexpr double kStep = 0.02;
  const Marginal marginal(toy);
  const double most = marginal.at(1, 0);
  double sum = 0, a1 = 0, a2 = 0, rho1 = 0, rho2 = 0;
  for (double a = 0.02; a < 3; a += kStep)
    for (double rho = -4; rho < 9; rho += kStep) {
      const double weight = std::exp(marginal.at(a, rho) - most);
      sum += weight, a1 += weight * a, a2 += weight * a * a;
      rho1 += weight * rho, rho2 += weight * rho * rho;
    }
  const auto sd = [&](double first, double second) {
    return std::sqrt(second / sum - first * first / (sum * sum));
  };
  const double densities = static_cast<double>(kRows) + 2;  // of the data, of a and of ρ
  return {most + std::log(sum * kStep * kStep) -
              0.5 * (densities * std::log(2 * std::numbers::pi) +
                     std::log(kAmplifierSd * kAmplifierSd * marginal.scale.variance)),
          sd(rho1, rho2),
          sd(a1, a2)};
}

// What is known of a scale is what the marginal posterior knows, the amplifier that trades with it
// being unknown too; given that, its sd would be 1/√(weights/2) or so, half of the truth here.
TEST(WeightSpread, KnowsAScaleAsWellAsTheMarginalPosteriorDoes) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Amplified toy = amplified(seed);
    const Fit fit = variational_laplace(toy.problem, {});
    ASSERT_EQ(fit.scales.size(), 1U);
    const double sd = on_grid(toy).scale_sd, given = std::sqrt(2.0 / kWeights);
    // A normal approximation at the mode, of a posterior that is a little skewed.
    EXPECT_NEAR(std::sqrt(fit.scales[0].variance), sd, 0.15 * sd) << seed;
    EXPECT_GT(sd, 1.5 * given) << seed;
  }
}

// The amplifier and the scale trade: either alone may be anything that the priors allow, as long as
// their product is what the data say. Given the scale the amplifier's sd would be 0.1.
TEST(WeightSpread, KnowsAnAmplifierAsWellAsTheMarginalPosteriorDoes) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Amplified toy = amplified(seed);
    const Fit fit = variational_laplace(toy.problem, {});
    const OnGrid exact = on_grid(toy);
    // Normal at the mode; the prior's own shape is most of it.
    EXPECT_NEAR(std::sqrt(fit.covariance(0, 0)), exact.amplifier_sd, 0.05 * exact.amplifier_sd);
    EXPECT_GT(exact.amplifier_sd, 0.95 * kAmplifierSd);
    ASSERT_EQ(fit.weak_directions.size(), 1U);  // the data leave it as unknown as it was
    // Weights go the other way; w/a has the variance of 1/a and what the data leave.
    const VectorXd with_amplifier = fit.covariance.col(0).tail(kWeights);
    EXPECT_LT(with_amplifier.dot(fit.mean.tail(kWeights)), 0);
    ASSERT_EQ(fit.scale_covariance.rows(), 1 + kWeights);
    EXPECT_LT(fit.scale_covariance(0, 0),
              -0.8 * std::sqrt(fit.covariance(0, 0) * fit.scales[0].variance));
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<MatrixXd>(fit.covariance).eigenvalues()[0], 0);
  }
}

// To 0.1 nats, which is what a normal posterior of a and ρ misses of the true one's skew.
TEST(WeightSpread, HasTheEvidenceOfTheMarginalLikelihood) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Amplified toy = amplified(seed);
    const Fit fit = variational_laplace(toy.problem, {});
    EXPECT_NEAR(fit.free_energy.total(), on_grid(toy).log_evidence, 0.1);
  }
}

MatrixXd drawn(Index count) {
  Stream stream(5, "draws");
  MatrixXd draws = toys::normal_matrix(stream, 1 + kWeights, count);
  draws.row(0).setZero();
  return draws;
}

// y = a Φ w: what the draws show is a² zᵀΦᵀΦz.
TEST(WeightSpread, KnowsWhatDrawsShowAndHowItIsAmplified) {
  const Amplified toy = amplified(4);
  const auto data = detail::make_data(toy.problem.channels);
  Stream stream(5, "draws");
  MatrixXd draws = toys::normal_matrix(stream, 1 + kWeights, 4);
  draws.row(0).setZero();
  VectorXd theta = toys::normal_matrix(stream, 1 + kWeights, 1);
  theta[0] = 1.2;
  const std::vector<detail::ChannelSpread> spread = detail::weight_spread(
      toy.problem, data, {{0.3, 0}}, theta, toy.problem.evaluate(theta, true), {draws, {}, 0});
  ASSERT_EQ(spread.size(), 1U);
  ASSERT_EQ(spread[0].squares.size(), 1U);
  const double shown = 1.2 * 1.2 * (toy.design * draws.bottomRows(kWeights)).squaredNorm() / 4;
  EXPECT_CLOSE(spread[0].squares[0](0, 0), shown, Tolerance::rounding(1e4, shown));
  ASSERT_EQ(spread[0].amplification.size(), 1);
  EXPECT_CLOSE(spread[0].amplification[0], 1 / 1.2, Tolerance::rounding(1e4, 1));
}

// Near by, what the draws show is new, and how it is amplified as it was: nothing is run.
TEST(WeightSpread, TakesAmplificationFromNearBy) {
  Amplified toy = amplified(4);
  const auto data = detail::make_data(toy.problem.channels);
  const MatrixXd draws = drawn(2);
  VectorXd theta = VectorXd::Zero(1 + kWeights);
  theta[0] = 1.2;
  const auto there = detail::weight_spread(
      toy.problem, data, {{0.3, 0}}, theta, toy.problem.evaluate(theta, true), {draws, {}, 0});
  theta[0] = 1.25;
  const Evaluation here = toy.problem.evaluate(theta, true);
  toy.problem.evaluate = nullptr;
  const auto spread =
      detail::weight_spread(toy.problem, data, {{0.3, 0}}, theta, here, {draws, {}, 0}, &there);
  EXPECT_EQ(spread[0].amplification, there[0].amplification);
  const double shown = 1.25 * 1.25 * (toy.design * draws.bottomRows(kWeights)).squaredNorm() / 2;
  EXPECT_CLOSE(spread[0].squares[0](0, 0), shown, Tolerance::rounding(1e4, shown));
}

// Where the model fails at the draws, shorter ones say the same.
TEST(WeightSpread, ShortensDrawsWhereTheModelCannotBeRun) {
  Amplified toy = amplified(4);
  const auto data = detail::make_data(toy.problem.channels);
  const MatrixXd draws = drawn(2);
  VectorXd theta = VectorXd::Zero(1 + kWeights);
  theta[0] = 1.2;
  const auto whole = toy.problem.evaluate;
  double reach = 0.3 * draws.col(0).norm();
  toy.problem.evaluate = [&](const VectorXd& at, bool with_jacobian) {
    Evaluation e = whole(at, with_jacobian);
    if (at.tail(kWeights).norm() <= reach) return e;
    Evaluation failed;
    failed.outcome.kind = Outcome::Kind::diverged;
    return failed;
  };
  const auto spread = detail::weight_spread(
      toy.problem, data, {{0.3, 0}}, theta, whole(theta, true), {draws, {}, 0});
  ASSERT_EQ(spread.size(), 1U);
  EXPECT_CLOSE(spread[0].amplification[0], 1 / 1.2, Tolerance::rounding(1e4, 1));
  reach = 1e-3;
  EXPECT_TRUE(detail::weight_spread(
                  toy.problem, data, {{0.3, 0}}, theta, whole(theta, true), {draws, {}, 0})
                  .empty());
}

// A drift that takes up what forty directions of the weights show leaves nothing of them to know.
TEST(WeightSpread, DoesNotCountAsKnownWhatConfoundsTakeUp) {
  Amplified toy = amplified(6);
  Channel& channel = toy.problem.channels[0];
  constexpr Index kTakenUp = 40;
  channel.confounds = toy.design.leftCols(kTakenUp) * 10;
  channel.confound_precision = VectorXd::Constant(kTakenUp, 1e-8);
  const auto data = detail::make_data(toy.problem.channels);
  VectorXd theta = VectorXd::Zero(1 + kWeights);
  theta[0] = 1.2;
  const detail::State here = detail::make_state(toy.problem, data, theta);
  detail::Joint joint = detail::make_joint(data, toy.problem.prior_mean.size());
  ASSERT_TRUE(detail::linearise(data, here.evaluation, here.beta, joint));
  detail::solve(toy.problem,
                here.prior_variance,
                data,
                theta,
                here.beta,
                here.noise,
                detail::Beta::at_optimum,
                0,
                joint);
  detail::spreads(joint);

  const MatrixXd seen = here.evaluation.jacobian[0].rightCols(kWeights);
  const MatrixXd& x = channel.confounds;
  const MatrixXd left = seen - x * x.colPivHouseholderQr().solve(seen);
  const MatrixXd known = std::exp(here.noise[0].lambda) * left.transpose() * left;
  const MatrixXd share =
      (known + MatrixXd::Identity(kWeights, kWeights)).ldlt().solve(known);  // prior variance 1
  double twice = 0;
  constexpr int kSeeds = 25;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    Options options;
    options.seed = static_cast<std::uint64_t>(seed);
    const detail::WeightDraws draws = detail::draw_weights(
        toy.problem, data, here.evaluation, here.prior_variance, here.noise, joint, options);
    twice += draws.twice_known / kSeeds;
    const MatrixXd shown = seen * draws.value.bottomRows(kWeights) + x * draws.confounds[0];
    const auto count = static_cast<double>(shown.cols());
    EXPECT_CLOSE(std::exp(here.noise[0].lambda) * shown.squaredNorm() / count,
                 share.trace(),
                 Tolerance::because(1e-5 * share.trace(), "flat prior"));
    EXPECT_LT((x.transpose() * shown).norm(), 1e-4 * x.norm() * shown.norm());
  }
  EXPECT_CLOSE(twice,
               (share * share).trace(),
               Tolerance::because(0.03 * share.trace(), "the mean of a hundred draws"));
}

TEST(WeightSpread, IsNotAskedForWhereWeightsAreAllThereIs) {
  Amplified toy = amplified(6);
  EXPECT_TRUE(detail::has_weight_spread(toy.problem));
  toy.problem.scales[0].parameter.push_back(0);
  EXPECT_FALSE(detail::has_weight_spread(toy.problem));
  toy.problem.scales.clear();
  EXPECT_FALSE(detail::has_weight_spread(toy.problem));
}

}  // namespace
}  // namespace insula::inference
