// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/empirical_bayes.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/inference/group.h"
#include "framework/numerics/parallel.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::Map;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd matrix_of(const nlohmann::json& json, Index rows) {
  const auto all = json.get<std::vector<double>>();
  return Map<const MatrixXd>(all.data(), rows, static_cast<Index>(all.size()) / rows);
}

nlohmann::json spm_group() {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/inference/spm_group.json");
  return nlohmann::json::parse(file);
}

GroupOfFits fits_of(const nlohmann::json& spm) {
  GroupOfFits fits;
  fits.free_energy = spm["subject_free_energy"].get<std::vector<double>>();
  const auto s = static_cast<Index>(fits.free_energy.size());
  fits.design = matrix_of(spm["design"], s);
  fits.prior_mean = matrix_of(spm["prior_mean"], 4);
  fits.prior_variance = matrix_of(spm["prior_variance"], 4);
  const MatrixXd means = matrix_of(spm["subject_means"], 4),
                 covariances = matrix_of(spm["subject_covariances"], 4);
  for (Index i = 0; i < s; ++i)
    fits.posterior.push_back({means.col(i), covariances.middleCols(4 * i, 4)});
  return fits;
}

EmpiricalBayesOptions as_spm() {
  EmpiricalBayesOptions options;
  options.is_spm = true;
  return options;
}

// SPM adds e^−16 or so to matrices before it inverts them, and climbs until nothing is gained.
const Tolerance kOfSpm = Tolerance::because(2e-6, "SPM adds exp(-16) to matrices");

TEST(EmpiricalBayes, EqualsSpm) {
  const nlohmann::json spm = spm_group();
  const EmpiricalBayes group = empirical_bayes(fits_of(spm), as_spm());
  EXPECT_TRUE(group.converged);
  EXPECT_CLOSE(group.effects.mean, matrix_of(spm["effects"], 12), kOfSpm);
  EXPECT_CLOSE(group.effects.covariance, matrix_of(spm["effects_covariance"], 12), kOfSpm);
  EXPECT_CLOSE(group.variance, matrix_of(spm["variance"], 4), kOfSpm);
  EXPECT_CLOSE(group.log_variance_sd, matrix_of(spm["log_factor_sd"], 4), kOfSpm);
  EXPECT_CLOSE(group.free_energy,
               spm["free_energy"],
               Tolerance::because(3e-4, "exp(-16) in the inverses of 14 subjects' priors of 1/64"));
  const MatrixXd means = matrix_of(spm["subject_means_in_group"], 4),
                 sds = matrix_of(spm["subject_sds_in_group"], 4);
  for (Index s = 0; s < means.cols(); ++s) {
    const GaussianBelief& one = group.subjects[static_cast<std::size_t>(s)];
    // There SPM takes posteriors as they are, without the sixteenth.
    EXPECT_CLOSE(one.mean, means.col(s), Tolerance::because(0.02, "posteriors narrowed or not"));
    EXPECT_CLOSE(VectorXd(one.covariance.diagonal().cwiseSqrt()),
                 sds.col(s),
                 Tolerance::because(0.02, "posteriors narrowed or not"));
  }
}

TEST(EmpiricalBayes, ReducedModelsOfMeanAndEffectEqualSpm) {
  const nlohmann::json spm = spm_group();
  const EmpiricalBayes group = empirical_bayes(fits_of(spm), as_spm());
  const MatrixXd on = matrix_of(spm["models_on"], 5), change = matrix_of(spm["models_change"], 5);
  for (Index i = 0; i < 5; ++i) {
    for (Index j = 0; j < 5; ++j) {
      std::vector<Switch> off;
      for (Index h = 0; h < 4; ++h) {
        // SPM switches a mean off at 0, though 1/128 was its prior.
        if (on(i, h) == 0) off.push_back({h, 0});
        if (on(j, h) == 0) off.push_back({4 + h, 0});
      }
      EXPECT_CLOSE(switch_off(group.prior, group.effects, off).log_evidence_change,
                   change(i, j),
                   Tolerance::because(
                       1e-2, "at up to -85 nats SPM's variance of what is off counts: exp(-16)"));
    }
  }
}

// Subjects whose data are Gaussian: what fits say of θ_s is exact, so the mixed model is too.
struct Drawn {
  GroupOfFits fits;
  MatrixXd effects;  // H × C
};

constexpr double kSpread = 0.4;

Drawn draw(Index subjects, std::uint64_t seed) {
  Stream random(seed, "group of fits");
  Drawn drawn;
  drawn.effects.resize(2, 2);
  drawn.effects << 0.5, 0.8, -0.3, 0;
  GroupOfFits& fits = drawn.fits;
  fits.prior_mean = Eigen::Vector2d(0, 0.1);
  fits.prior_variance = Eigen::Vector2d(1, 0.5);
  fits.design.setOnes(subjects, 2);
  for (Index s = 0; s < subjects; ++s) fits.design(s, 1) = random.normal();
  fits.design.col(1).array() -= fits.design.col(1).mean();
  for (Index s = 0; s < subjects; ++s) {
    MatrixXd a(3, 2);
    for (double& x : a.reshaped()) x = random.normal();
    VectorXd theta = drawn.effects * fits.design.row(s).transpose();
    for (double& x : theta) x += kSpread * random.normal();
    VectorXd y = a * theta;
    for (double& x : y) x += random.normal();
    MatrixXd precision = a.transpose() * a;
    precision.diagonal() += fits.prior_variance.cwiseInverse();
    GaussianBelief belief;
    belief.covariance = LLT<MatrixXd>(precision).solve(MatrixXd::Identity(2, 2));
    const VectorXd e = y - a * fits.prior_mean;
    belief.mean = fits.prior_mean + belief.covariance * (a.transpose() * e);
    MatrixXd of_data = a * fits.prior_variance.asDiagonal() * a.transpose();
    of_data.diagonal().array() += 1;
    const LLT<MatrixXd> factor(of_data);
    const VectorXd whitened = factor.matrixL().solve(e);
    fits.free_energy.push_back(-0.5 *
                                   (whitened.squaredNorm() + 3 * std::log(2 * std::numbers::pi)) -
                               MatrixXd(factor.matrixL()).diagonal().array().log().sum());
    fits.posterior.push_back(std::move(belief));
  }
  return drawn;
}

TEST(EmpiricalBayes, IntervalsOfEffectsCoverTheTruth) {
  int covered = 0, all = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const Drawn drawn = draw(20, seed);
    const EmpiricalBayes group = empirical_bayes(drawn.fits);
    ASSERT_TRUE(group.converged);
    for (Index i = 0; i < 4; ++i, ++all) {
      const double away = group.effects.mean[i] - drawn.effects.reshaped()[i];
      covered += std::abs(away) < 1.96 * std::sqrt(group.effects.covariance(i, i));
    }
  }
  // Five standard errors below 95 %.
  EXPECT_GE(covered, all * 0.95 - 5 * std::sqrt(all * 0.95 * 0.05));
}

TEST(EmpiricalBayes, FindsTheSpreadOfSubjects) {
  const Drawn drawn = draw(400, 3);
  const EmpiricalBayes group = empirical_bayes(drawn.fits);
  for (Index h = 0; h < 2; ++h)
    EXPECT_CLOSE(std::log(group.variance[h]),
                 2 * std::log(kSpread),
                 Tolerance::because(4 * group.log_variance_sd[h], "four posterior sds"));
}

// ln p(y | v) of the mixed model with means integrated out, by dense algebra.
double log_evidence_given(const GroupOfFits& fits, const VectorXd& variance) {
  const auto s = static_cast<Index>(fits.posterior.size());
  // Take the priors out and let what is left be data: θ̃_s ~ N(θ_s, C_s).
  MatrixXd covariance = MatrixXd::Zero(2 * s, 2 * s);
  VectorXd e(2 * s);
  double rest = 0;
  for (Index i = 0; i < s; ++i) {
    const GaussianBelief& belief = fits.posterior[static_cast<std::size_t>(i)];
    MatrixXd precision = belief.covariance.inverse();
    const VectorXd pull =
        precision * belief.mean - fits.prior_mean.cwiseQuotient(fits.prior_variance);
    precision.diagonal() -= fits.prior_variance.cwiseInverse();
    const MatrixXd own = precision.inverse();
    covariance.block(2 * i, 2 * i, 2, 2) = own;
    e.segment(2 * i, 2) = own * pull - fits.prior_mean;
    // p(y | θ) = e^{F} N(θ̃; θ, C) / N(θ̃; m₀, C + V₀)
    MatrixXd before = own;
    before.diagonal() += fits.prior_variance;
    const VectorXd away = e.segment(2 * i, 2);
    rest += fits.free_energy[static_cast<std::size_t>(i)] +
            0.5 * (away.dot(before.inverse() * away) + std::log(before.determinant()) +
                   2 * std::log(2 * std::numbers::pi));
  }
  const VectorXd mean_square = fits.design.colwise().squaredNorm() / static_cast<double>(s);
  for (Index i = 0; i < s; ++i)
    for (Index j = 0; j < s; ++j)
      for (Index h = 0; h < 2; ++h) {
        for (Index c = 0; c < 2; ++c)
          covariance(2 * i + h, 2 * j + h) +=
              fits.design(i, c) * fits.design(j, c) * fits.prior_variance[h] / mean_square[c];
        if (i == j) covariance(2 * i + h, 2 * j + h) += variance[h];
      }
  const LLT<MatrixXd> factor(covariance);
  const VectorXd whitened = factor.matrixL().solve(e);
  return rest - 0.5 * whitened.squaredNorm() -
         MatrixXd(factor.matrixL()).diagonal().array().log().sum() -
         static_cast<double>(s) * std::log(2 * std::numbers::pi);
}

// One dimension after the other, by sums over a grid that is fine beside the posterior's width.
TEST(EmpiricalBayes, FreeEnergyIsTheLogEvidenceOfTheMixedModel) {
  const GroupOfFits fits = draw(30, 5).fits;
  const GroupOptions options;
  const VectorXd centre = (fits.prior_variance * options.variance_ratio).array().log();
  const double sd = std::sqrt(options.log_variance_variance), step = 0.2;
  std::vector<double> log_terms;
  for (double a = -4 * sd; a <= 4 * sd; a += step)
    for (double b = -4 * sd; b <= 4 * sd; b += step) {
      const VectorXd away = Eigen::Vector2d(a, b);
      const VectorXd variance = (centre + away).array().exp();
      log_terms.push_back(log_evidence_given(fits, variance) -
                          0.5 * away.squaredNorm() / (sd * sd) -
                          std::log(2 * std::numbers::pi * sd * sd) + 2 * std::log(step));
    }
  const double top = *std::max_element(log_terms.begin(), log_terms.end());
  double sum = 0;
  for (const double term : log_terms) sum += std::exp(term - top);
  EXPECT_CLOSE(empirical_bayes(fits).free_energy,
               top + std::log(sum),
               Tolerance::because(0.3,
                                  "Laplace's method for two log variances that 30 subjects "
                                  "tell by some 30 % each"));
}

TEST(EmpiricalBayes, GivesTheSameBytesAtAnyNumberOfThreads) {
  const GroupOfFits fits = draw(25, 8).fits;
  const auto bytes = [&] {
    const EmpiricalBayes group = empirical_bayes(fits);
    std::vector<double> all(group.effects.mean.begin(), group.effects.mean.end());
    all.push_back(group.free_energy);
    for (const CovariatePrediction& one : predict_covariate(fits, 1)) all.push_back(one.mean);
    return all;
  };
  set_threads(1);
  const std::vector<double> alone = bytes();
  set_threads(4);
  EXPECT_EQ(alone, bytes());
  set_threads(0);
}

// The leak that would flatter most: a subject's own covariate in the group that predicts it.
TEST(PredictCovariate, DoesNotSeeTheCovariateThatItPredicts) {
  GroupOfFits fits = draw(25, 11).fits;
  const std::vector<CovariatePrediction> before = predict_covariate(fits, 1);
  fits.design(7, 1) = 40;
  const std::vector<CovariatePrediction> after = predict_covariate(fits, 1);
  EXPECT_EQ(before[7].mean, after[7].mean);
  EXPECT_EQ(before[7].sd, after[7].sd);
  EXPECT_NE(before[6].mean, after[6].mean);
}

TEST(PredictCovariate, IntervalsCoverTheTruthAndFollowIt) {
  int covered = 0;
  double product = 0, of_truth = 0, of_prediction = 0;
  const Index n = 120;
  const GroupOfFits fits = draw(n, 12).fits;
  const std::vector<CovariatePrediction> predicted = predict_covariate(fits, 1);
  for (Index s = 0; s < n; ++s) {
    const CovariatePrediction& one = predicted[static_cast<std::size_t>(s)];
    const double truth = fits.design(s, 1);
    covered += std::abs(one.mean - truth) < 1.96 * one.sd;
    product += one.mean * truth;
    of_truth += truth * truth;
    of_prediction += one.mean * one.mean;
  }
  EXPECT_GE(covered, 0.95 * n - 5 * std::sqrt(0.95 * 0.05 * n));
  // An effect of 0.8 over a spread of 0.4 and a subject's own sd of some 0.6: r is near 0.7.
  EXPECT_GT(product / std::sqrt(of_truth * of_prediction), 0.5);
}

// As sampled posteriors may be: of one subject, a direction of which its data say nothing is a
// little wider than the prior.
TEST(EmpiricalBayes, TakesADirectionWiderThanThePriorAsThePrior) {
  GroupOfFits fits = fits_of(spm_group());
  MatrixXd covariance = fits.prior_variance.asDiagonal();
  covariance(0, 0) *= 0.3;
  fits.posterior[0] = {fits.prior_mean, covariance};
  const EmpiricalBayes exact = empirical_bayes(fits);
  fits.posterior[0].covariance(3, 3) *= 1.05;
  const EmpiricalBayes wider = empirical_bayes(fits);
  ASSERT_TRUE(exact.converged && wider.converged);
  const Tolerance rounding = Tolerance::because(1e-9, "an eigendecomposition and back");
  EXPECT_CLOSE(wider.effects.mean, exact.effects.mean, rounding);
  EXPECT_CLOSE(wider.effects.covariance, exact.effects.covariance, rounding);
  EXPECT_CLOSE(wider.variance, exact.variance, rounding);
}

TEST(EmpiricalBayes, RefusesFitsThatDisagree) {
  GroupOfFits fits = draw(10, 1).fits;
  fits.design.conservativeResize(9, 2);
  EXPECT_THROW(empirical_bayes(fits), InternalError);
  fits = draw(10, 1).fits;
  fits.posterior[3].mean.conservativeResize(1);
  EXPECT_THROW(empirical_bayes(fits), InternalError);
  EXPECT_THROW(predict_covariate(draw(10, 1).fits, 0), InternalError);
}

}  // namespace
}  // namespace insula::inference
