// SPDX-License-Identifier: Apache-2.0
// Loadings that are integrated out, against dense Gaussian algebra and against loadings in θ.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/linear_algebra.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using toys::Complex;

constexpr Index kSamples = 60;
constexpr double kLambda = 2.5, kZeta = 0.4;

using Sources = std::function<Eigen::MatrixXcd(const Eigen::VectorXcd&)>;

// A damped wave and one that it drives, as they move with rate, frequency and coupling.
Eigen::MatrixXcd waves(const Eigen::VectorXcd& theta) {
  Eigen::MatrixXcd m(kSamples, 2);
  for (Index i = 0; i < kSamples; ++i) {
    const double t = 0.1 * static_cast<double>(i);
    const Complex damped = std::exp(-0.3 * std::exp(theta[0]) * t);
    m(i, 0) = damped * std::sin(2.0 * std::exp(theta[1]) * t);
    m(i, 1) = theta[2] * damped * t + std::cos(3 * t);
  }
  return m;
}

// Sources that no parameter moves.
Eigen::MatrixXcd fixed_waves(const Eigen::VectorXcd&) {
  return waves(Eigen::VectorXcd::Constant(3, 0.2));
}

std::function<Evaluation(const VectorXd&, bool)> evaluate(Sources sources, std::size_t channels) {
  const auto exact = toys::evaluate_exactly(std::move(sources));
  return [exact, channels](const VectorXd& theta, bool with_jacobian) {
    Evaluation of_sources = exact(theta, with_jacobian), all;
    all.prediction.resize(channels);
    if (with_jacobian) all.jacobian.resize(channels);
    all.sources = std::move(of_sources.prediction);
    all.source_jacobian = std::move(of_sources.jacobian);
    return all;
  };
}

MatrixXd true_loadings(Stream& stream, Index channels) {
  return toys::normal_matrix(stream, channels, 2);
}

// Channels of which the last loads on the first source alone; a constant is among the confounds,
// some samples are missing and noise is AR(1) with a known precision, and white in the second.
Problem problem_of(Sources sources, const VectorXd& truth, Index channels = 4) {
  Stream stream(51, "loadings");
  Problem problem;
  toys::set_prior(problem, VectorXd::Zero(truth.size()), VectorXd::Constant(truth.size(), 0.25));
  const MatrixXd m = sources(truth.cast<Complex>()).real();
  const MatrixXd l = true_loadings(stream, channels);
  for (Index c = 0; c < channels; ++c) {
    VectorXd y = m * l.row(c).transpose() + 0.2 * toys::normal_matrix(stream, kSamples, 1);
    y.array() += 1.5;
    Channel channel = toys::plain_channel("c" + std::to_string(c), y);
    channel.confounds = MatrixXd::Ones(kSamples, 1);
    channel.confound_precision = VectorXd::Constant(1, 0.1);
    channel.noise = c == 1 ? Noise::white : Noise::ar1;
    channel.lambda_mean = kLambda;
    channel.zeta_mean = kZeta;
    channel.lambda_variance = channel.zeta_variance = 1e-10;
    channel.sources = {0, 1};
    if (c + 1 == channels) channel.sources = {0};
    channel.loading_precision = 0.5;
    for (const Index i : {7, 8, 20}) channel.use[static_cast<std::size_t>(i + c)] = 0;
    problem.channels.push_back(std::move(channel));
  }
  problem.evaluate = evaluate(std::move(sources), static_cast<std::size_t>(channels));
  return problem;
}

// Of one channel, at samples in use: columns of confounds and sources, and Cov(y) given θ.
struct DenseChannel {
  VectorXd data;
  MatrixXd columns, noise, covariance;
  VectorXd prior_variance;
};

MatrixXd columns_at(const Channel& channel, const MatrixXd& sources) {
  MatrixXd all(kSamples, 1 + static_cast<Index>(channel.sources.size()));
  all.col(0) = channel.confounds;
  for (std::size_t r = 0; r < channel.sources.size(); ++r)
    all.col(1 + static_cast<Index>(r)) = sources.col(static_cast<Index>(channel.sources[r]));
  return all;
}

DenseChannel dense(const Channel& channel, const MatrixXd& sources) {
  const double zeta = channel.noise == Noise::white ? 0 : kZeta;
  const MatrixXd all = columns_at(channel, sources);
  const MatrixXd noise = toys::noise_covariance(channel, kLambda, zeta);
  std::vector<Index> used;
  for (Index i = 0; i < kSamples; ++i)
    if (channel.use[static_cast<std::size_t>(i)]) used.push_back(i);
  DenseChannel d;
  d.data = channel.data(used);
  d.columns = all(used, Eigen::all);
  d.noise = noise(used, used);
  d.prior_variance = VectorXd::Constant(all.cols(), 1 / channel.loading_precision);
  d.prior_variance[0] = 1 / channel.confound_precision[0];
  d.covariance = d.noise + d.columns * d.prior_variance.asDiagonal() * d.columns.transpose();
  return d;
}

double log_normal(const VectorXd& y, const MatrixXd& covariance) {
  const Eigen::LLT<MatrixXd> factor(covariance);
  const double n = static_cast<double>(y.size());
  return -0.5 * (n * std::log(2 * std::numbers::pi) +
                 numerics::log_det_of_factor(factor.matrixLLT()) + y.dot(factor.solve(y)));
}

// ln p(y | θ), dense.
double log_evidence(const Problem& problem, const Sources& sources, const VectorXd& theta) {
  const MatrixXd m = sources(theta.cast<Complex>()).real();
  double sum = 0;
  for (const Channel& channel : problem.channels) {
    const DenseChannel d = dense(channel, m);
    sum += log_normal(d.data, d.covariance);
  }
  return sum;
}

struct Linearised {
  detail::State state;
  detail::Joint joint;
  double log_joint;
};

Linearised at(const Problem& problem, const VectorXd& theta) {
  const std::vector<detail::ChannelData> data = detail::make_data(problem.channels);
  Linearised l{detail::make_state(problem, data, theta),
               detail::make_joint(data, problem.prior_mean.size()),
               0};
  detail::State& s = l.state;
  EXPECT_TRUE(detail::linearise(s.with_sources, s.evaluation, s.beta, l.joint));
  const VectorXd& v = problem.prior_variance;
  const auto& own = s.with_sources;
  constexpr auto kAtOptimum = detail::Beta::at_optimum;
  detail::solve(problem, v, own, theta, s.beta, s.noise, kAtOptimum, 0, l.joint);
  l.log_joint = detail::log_joint(problem, v, own, theta, s.evaluation, s.scores, s.beta, s.noise);
  return l;
}

const VectorXd kTruth = Eigen::Vector3d(0.3, -0.2, 0.5);

// What one evaluation left behind does not show in the next one's.
TEST(Loadings, MemoryUsedAgainHoldsWhatNewMemoryDoes) {
  const Problem problem = problem_of(waves, kTruth);
  const std::vector<detail::ChannelData> data = detail::make_data(problem.channels);
  std::vector<detail::ChannelData> own;
  for (const double shift : {0.0, 0.7, -0.4}) {
    const VectorXd theta = kTruth.array() + shift;
    const Evaluation evaluation = problem.evaluate(theta, false);
    const double* confounds = own.empty() ? nullptr : own[0].confounds.data();
    detail::set_sources(data, evaluation, own);
    EXPECT_TRUE(confounds == nullptr || own[0].confounds.data() == confounds);
    std::vector<detail::ChannelData> fresh;
    detail::set_sources(data, evaluation, fresh);
    ASSERT_EQ(own.size(), problem.channels.size());
    for (std::size_t c = 0; c < own.size(); ++c) {
      EXPECT_EQ(own[c].confounds, fresh[c].confounds);
      for (std::size_t i = 0; i < own[c].confound_parts.size(); ++i)
        EXPECT_EQ(MatrixXd(own[c].confound_parts[i].triangularView<Eigen::Lower>()),
                  MatrixXd(fresh[c].confound_parts[i].triangularView<Eigen::Lower>()));
    }
  }
}

TEST(Loadings, LogJointIsTheDenseDensityOfTheDataAndThePrior) {
  const Problem problem = problem_of(waves, kTruth);
  for (const VectorXd& theta : {VectorXd(kTruth), VectorXd(Eigen::Vector3d(-0.4, 0.1, -0.7))}) {
    const double prior = -0.5 * (theta.array().square() / problem.prior_variance.array()).sum();
    EXPECT_CLOSE(at(problem, theta).log_joint,
                 log_evidence(problem, waves, theta) + prior,
                 Tolerance::because(1e-8, "two ways to invert covariances of condition 1e4"));
  }
}

TEST(Loadings, GradientIsThatOfTheDensityWithLoadingsIntegratedOut) {
  const Problem problem = problem_of(waves, kTruth);
  Stream stream(52, "points");
  for (int k = 0; k < 4; ++k) {
    const VectorXd theta = kTruth + 0.5 * toys::normal_matrix(stream, 3, 1);
    const VectorXd gradient = at(problem, theta).joint.gradient;
    for (Index i = 0; i < 3; ++i) {
      constexpr double kStep = 1e-4;
      VectorXd more = theta, less = theta;
      more[i] += kStep;
      less[i] -= kStep;
      const double slope =
          (at(problem, more).log_joint - at(problem, less).log_joint) / (2 * kStep);
      EXPECT_CLOSE(gradient[i],
                   slope,
                   Tolerance::because(1e-6 * std::max(1.0, std::abs(slope)),
                                      "central differences, relative 1e-6"));
    }
  }
}

MatrixXd information_at(const Problem& problem, const VectorXd& theta) {
  MatrixXd s = at(problem, theta).joint.precision_lower.selfadjointView<Eigen::Lower>();
  s.diagonal() -= problem.prior_variance.cwiseInverse();
  return s;
}

TEST(Loadings, CurvatureIsPositiveSemiDefiniteEverywhere) {
  const Problem problem = problem_of(waves, kTruth);
  Stream stream(53, "curvature");
  for (int k = 0; k < 20; ++k) {
    const MatrixXd s = information_at(problem, 1.5 * toys::normal_matrix(stream, 3, 1));
    EXPECT_GT(numerics::symmetric_eigen(s).values[0], -1e-9 * s.norm());
  }
}

// θ mixes two fixed sources: all that it does stays in their span, where the curvature is Fisher's
// information ½ tr V⁻¹V_j V⁻¹V_k, whatever the data.
Eigen::MatrixXcd mixed(const Eigen::VectorXcd& theta) {
  const Eigen::MatrixXcd fixed = fixed_waves(theta);
  Eigen::Matrix2cd mixing;
  mixing << std::exp(theta[0]), theta[1], -theta[1] + theta[2], 1.0;
  return fixed * mixing;
}

TEST(Loadings, WithinTheSpanOfTheSourcesCurvatureIsFishersInformation) {
  Problem problem = problem_of(mixed, kTruth);
  problem.channels.back().sources = {0, 1};
  const MatrixXd m = mixed(kTruth.cast<Complex>()).real();
  const Evaluation e = problem.evaluate(kTruth, true);
  MatrixXd fisher = MatrixXd::Zero(3, 3);
  for (const Channel& channel : problem.channels) {
    const DenseChannel d = dense(channel, m);
    std::vector<Index> used;
    for (Index i = 0; i < kSamples; ++i)
      if (channel.use[static_cast<std::size_t>(i)]) used.push_back(i);
    std::vector<MatrixXd> whitened;
    for (Index j = 0; j < 3; ++j) {
      MatrixXd slope = MatrixXd::Zero(d.data.size(), d.data.size());
      for (Index r = 0; r < 2; ++r) {
        const VectorXd change = e.source_jacobian[static_cast<std::size_t>(r)].col(j)(used);
        const VectorXd source = m.col(r)(used);
        slope +=
            (change * source.transpose() + source * change.transpose()) / channel.loading_precision;
      }
      whitened.push_back(d.covariance.llt().solve(slope));
    }
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 3; ++k)
        fisher(j, k) +=
            0.5 *
            (whitened[static_cast<std::size_t>(j)] * whitened[static_cast<std::size_t>(k)]).trace();
  }
  EXPECT_CLOSE(information_at(problem, kTruth),
               fisher,
               Tolerance::because(1e-6, "differences of numbers of size 1e4 in double precision"));
}

TEST(Loadings, EvidenceAndPredictionsAreThoseOfTheDenseGaussianWhereNoParameterMovesSources) {
  const Problem problem = problem_of(fixed_waves, Eigen::VectorXd::Zero(1));
  const Fit fit = variational_laplace(problem, toys::tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  const VectorXd theta = VectorXd::Zero(1);
  EXPECT_CLOSE(fit.free_energy.accuracy + fit.free_energy.parameters,
               log_evidence(problem, fixed_waves, theta),
               Tolerance::because(1e-4, "λ and ζ have prior sds of 1e-5, not 0"));
  const MatrixXd m = fixed_waves(theta.cast<Complex>()).real();
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    const DenseChannel d = dense(problem.channels[c], m);
    const MatrixXd all = columns_at(problem.channels[c], m);
    const MatrixXd cross = all * d.prior_variance.asDiagonal() * d.columns.transpose();
    const MatrixXd prior = all * d.prior_variance.asDiagonal() * all.transpose();
    const Eigen::LLT<MatrixXd> factor(d.covariance);
    const VectorXd mean = cross * factor.solve(d.data);
    const double noise = std::pow(fit.channels[c].noise_sd, 2);
    const VectorXd variance =
        (prior - cross * factor.solve(cross.transpose())).diagonal().array() + noise;
    EXPECT_CLOSE(fit.channels[c].prediction, mean, Tolerance::because(1e-4, "the same"));
    EXPECT_CLOSE(fit.channels[c].prediction_sd,
                 VectorXd(variance.cwiseSqrt()),
                 Tolerance::because(1e-4, "the same"));
  }
}

TEST(Loadings, PosteriorOfOneParameterIsThatOfQuadrature) {
  const Sources one = [](const Eigen::VectorXcd& theta) {
    Eigen::VectorXcd all(3);
    all << 0.3, theta[0], 0.5;
    return waves(all);
  };
  const Problem problem = problem_of(one, VectorXd::Constant(1, -0.2));
  const Fit fit = variational_laplace(problem, toys::tight(1e-10));
  ASSERT_TRUE(fit.converged()) << fit.reason;
  const double sd = std::sqrt(fit.covariance(0, 0));
  double mass = 0, first = 0, second = 0;
  double top = log_evidence(problem, one, fit.mean) - 2 * fit.mean[0] * fit.mean[0];
  constexpr int kPoints = 200;
  for (int i = -kPoints; i <= kPoints; ++i) {
    const double x = fit.mean[0] + 6 * sd * i / kPoints;
    const double p =
        std::exp(log_evidence(problem, one, VectorXd::Constant(1, x)) - 2 * x * x - top);
    mass += p;
    first += p * x;
    second += p * x * x;
  }
  const double mean = first / mass, exact_sd = std::sqrt(second / mass - mean * mean);
  EXPECT_CLOSE(fit.mean[0], mean, Tolerance::because(0.1 * exact_sd, "a tenth of the sd: Laplace"));
  EXPECT_CLOSE(sd, exact_sd, Tolerance::because(0.1 * exact_sd, "Gauss-Newton, 230 samples"));
  const double evidence =
      top + std::log(mass * 6 * sd / kPoints) - 0.5 * std::log(2 * std::numbers::pi * 0.25);
  EXPECT_CLOSE(fit.free_energy.accuracy + fit.free_energy.parameters,
               evidence,
               Tolerance::because(0.1, "nats: Laplace's error at 230 samples"));
}

// The independent road: the loadings stand in θ, and nothing is integrated out.
Problem with_loadings_in_theta(const Problem& loaded, const Sources& sources) {
  Problem all = loaded;
  const Index p = loaded.prior_mean.size();
  std::vector<Index> first;
  Index next = p;
  for (Channel& channel : all.channels) {
    first.push_back(next);
    next += static_cast<Index>(channel.sources.size());
  }
  VectorXd variance(next);
  variance.head(p) = loaded.prior_variance;
  VectorXd mean = VectorXd::Zero(next);
  for (std::size_t c = 0; c < all.channels.size(); ++c)
    for (std::size_t r = 0; r < loaded.channels[c].sources.size(); ++r)
      variance[first[c] + static_cast<Index>(r)] = 1 / loaded.channels[c].loading_precision;
  toys::set_prior(all, mean, variance);
  all.evaluate =
      toys::evaluate_exactly([=, channels = loaded.channels](const Eigen::VectorXcd& theta) {
        const Eigen::MatrixXcd m = sources(theta.head(p));
        Eigen::MatrixXcd y = Eigen::MatrixXcd::Zero(kSamples, static_cast<Index>(channels.size()));
        for (std::size_t c = 0; c < channels.size(); ++c)
          for (std::size_t r = 0; r < channels[c].sources.size(); ++r)
            y.col(static_cast<Index>(c)) += theta[first[c] + static_cast<Index>(r)] *
                                            m.col(static_cast<Index>(channels[c].sources[r]));
        return y;
      });
  for (Channel& channel : all.channels) channel.sources.clear();
  return all;
}

TEST(Loadings, GiveWhatLoadingsAmongTheParametersGive) {
  const Problem problem = problem_of(waves, kTruth);
  const Problem in_theta = with_loadings_in_theta(problem, waves);
  const Fit integrated = variational_laplace(problem, toys::tight(1e-10));
  Options options = toys::tight(1e-10);
  options.start = in_theta.prior_mean;
  options.start.head(3) = integrated.mean;
  Index at = 3;
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    const auto n = static_cast<Index>(problem.channels[c].sources.size());
    options.start.segment(at, n) = integrated.channels[c].beta.tail(n);
    at += n;
  }
  const Fit joint = variational_laplace(in_theta, options);
  ASSERT_TRUE(integrated.converged() && joint.converged());
  for (Index i = 0; i < 3; ++i) {
    const double sd = std::sqrt(integrated.covariance(i, i));
    EXPECT_CLOSE(
        integrated.mean[i],
        joint.mean[i],
        Tolerance::because(0.4 * sd,
                           "the joint mode does not know the width of 7 loadings, 228 samples"));
    EXPECT_CLOSE(sd,
                 std::sqrt(joint.covariance(i, i)),
                 Tolerance::because(0.15 * sd, "Fisher's information in the span of the sources"));
  }
  EXPECT_CLOSE(integrated.free_energy.total(),
               joint.free_energy.total(),
               Tolerance::because(1, "nats: the joint density has its mode elsewhere"));
  for (std::size_t c = 0; c < problem.channels.size(); ++c)
    EXPECT_LT(
        (integrated.channels[c].prediction - joint.channels[c].prediction).cwiseAbs().maxCoeff(),
        0.1 * integrated.channels[c].noise_sd);
}

TEST(Loadings, AndParametersAreRecovered) {
  const Problem problem = problem_of(waves, kTruth, 12);
  const Fit fit = variational_laplace(problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  for (Index i = 0; i < 3; ++i)
    EXPECT_LT(std::abs(fit.mean[i] - kTruth[i]), 4 * std::sqrt(fit.covariance(i, i)));
  Stream stream(51, "loadings");
  const MatrixXd truth = true_loadings(stream, 12);
  double cosine = 0;
  for (Index c = 0; c < 11; ++c) {
    const ChannelFit& channel = fit.channels[static_cast<std::size_t>(c)];
    const VectorXd found = channel.beta.tail(2), expected = truth.row(c).transpose();
    const MatrixXd covariance = channel.beta_covariance.bottomRightCorner(2, 2);
    const VectorXd away = found - expected;
    // χ² of two degrees of freedom: 23 is five sds of one.
    EXPECT_LT(away.dot(covariance.llt().solve(away)), 25) << c;
    cosine += found.normalized().dot(expected.normalized()) / 11;
  }
  EXPECT_GT(cosine, 0.98);
}

TEST(Loadings, AreLearnedFromDataInUseAlone) {
  const auto fit = [](double marker) {
    Problem problem = problem_of(waves, kTruth);
    for (Channel& channel : problem.channels)
      for (std::size_t i = 0; i < channel.use.size(); ++i)
        if (!channel.use[i]) channel.data[static_cast<Index>(i)] = marker;
    Options options = toys::checked();
    options.pareto_draws = 50;
    return toys::bytes_of(variational_laplace(problem, options));
  };
  const std::string clean = fit(0);
  EXPECT_EQ(fit(1e9), clean);
  EXPECT_EQ(fit(std::numeric_limits<double>::quiet_NaN()), clean);
}

TEST(Loadings, AreNotForSpmsSchedule) {
  EXPECT_THROW(spm_variational_laplace(problem_of(waves, kTruth)), InternalError);
}

}  // namespace
}  // namespace insula::inference
