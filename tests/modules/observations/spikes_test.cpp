// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

using Eigen::VectorXd;

class Spikes : public testing::Test {
 protected:
  SampleScores score(const std::vector<double>& counts, const VectorXd& eta) const {
    const VectorXd none = VectorXd::Zero(eta.size());
    SampleScores scores{none, none, none};
    kind.likelihood.score(counts, interval, eta, scores, true);
    return scores;
  }
  double log_density(double count, double eta) const {
    return score({count}, VectorXd::Constant(1, eta)).value[0];
  }
  Catalogue kinds = catalogue();
  const ObservationKind& kind = *find_kind(kinds.observations, "spikes");
  double interval = 0.05;
};

TEST_F(Spikes, HaveProbabilitiesThatSumToOne) {
  for (const double eta : {-40.0, -2.0, 0.0, 3.0, 40.0, 900.0}) {
    double sum = 0;
    for (int count = 0; count < 400; ++count) sum += std::exp(log_density(count, eta));
    EXPECT_CLOSE(sum, 1, Tolerance::rounding(1e4)) << eta;
  }
}

TEST_F(Spikes, ArePoissonWithASoftThreshold) {
  const double mean = std::log1p(std::exp(3.0)) * interval;
  EXPECT_CLOSE(log_density(2, 3), 2 * std::log(mean) - mean - std::log(2), Tolerance::rounding(16));
  EXPECT_CLOSE(kind.likelihood.mean(3, interval), mean, Tolerance::rounding(8));
  EXPECT_EQ(kind.likelihood.variance(3, interval), kind.likelihood.mean(3, interval));
  EXPECT_CLOSE(kind.likelihood.mean(500, interval), 500 * interval, Tolerance::rounding(8));
}

TEST_F(Spikes, HaveSlopesThatEqualCentralDifferences) {
  constexpr double h = 1e-4;
  for (const double eta : {-45.0, -29.9, -4.0, 0.0, 0.7, 25.0})
    for (const double count : {0.0, 1.0, 7.0}) {
      const SampleScores at = score({count}, VectorXd::Constant(1, eta));
      const double slope = (log_density(count, eta + h) - log_density(count, eta - h)) / (2 * h);
      EXPECT_CLOSE(at.gradient[0],
                   slope,
                   Tolerance::because(1e-6 * (1 + count), "h² of third derivatives, and rounding"))
          << eta << " " << count;
      VectorXd information = VectorXd::Zero(1);
      kind.likelihood.observed_information(
          std::vector<double>{count}, interval, VectorXd::Constant(1, eta), information);
      const double bend = (score({count}, VectorXd::Constant(1, eta + h)).gradient[0] -
                           score({count}, VectorXd::Constant(1, eta - h)).gradient[0]) /
                          (2 * h);
      EXPECT_CLOSE(information[0],
                   -bend,
                   Tolerance::because(1e-6 * (1 + count), "h² of fourth derivatives, and rounding"))
          << eta << " " << count;
    }
}

TEST_F(Spikes, HaveTheExpectedInformationAsCurvature) {
  for (const double eta : {-3.0, 0.0, 60.0}) {
    double expected = 0;
    for (int count = 0; count < 100; ++count) {
      VectorXd information = VectorXd::Zero(1);
      kind.likelihood.observed_information(std::vector<double>{static_cast<double>(count)},
                                           interval,
                                           VectorXd::Constant(1, eta),
                                           information);
      expected += std::exp(log_density(count, eta)) * information[0];
    }
    EXPECT_CLOSE(
        score({1}, VectorXd::Constant(1, eta)).curvature[0], expected, Tolerance::rounding(1e4))
        << eta;
  }
}

TEST_F(Spikes, HaveCurvatureThatIsNotNegativeAtAnyPrediction) {
  Stream stream(1, "curvature");
  for (int k = 0; k < 10000; ++k) {
    const double eta = 200 * stream.normal();
    const SampleScores at = score({std::floor(20 * stream.uniform())}, VectorXd::Constant(1, eta));
    EXPECT_TRUE(std::isfinite(at.value[0])) << eta;
    EXPECT_TRUE(std::isfinite(at.gradient[0])) << eta;
    EXPECT_GE(at.curvature[0], 0) << eta;
  }
}

TEST_F(Spikes, ThatAreMissingAreNotScored) {
  const SampleScores at = score({std::nan(""), 1}, VectorXd::Constant(2, 3.0));
  EXPECT_EQ(at.value[0], 0);
  EXPECT_EQ(at.gradient[0], 0);
  EXPECT_EQ(at.curvature[0], 0);
  EXPECT_NE(at.value[1], 0);
}

TEST_F(Spikes, AreDrawnWithTheirMeanAndVariance) {
  for (const double eta : {-1.0, 12.0, 700.0}) {
    Stream stream(3, "draws");
    constexpr int kDraws = 20000;
    double sum = 0, squares = 0;
    const double mean = kind.likelihood.mean(eta, interval);
    for (int k = 0; k < kDraws; ++k) {
      const double y = kind.likelihood.draw(eta, interval, stream);
      sum += y;
      squares += (y - mean) * (y - mean);
    }
    EXPECT_CLOSE(sum / kDraws, mean, Tolerance::sampling(std::sqrt(mean), kDraws)) << eta;
    // The variance of (y − μ)² is μ + 2μ².
    EXPECT_CLOSE(
        squares / kDraws, mean, Tolerance::sampling(std::sqrt(mean + 2 * mean * mean), kDraws))
        << eta;
  }
}

}  // namespace
}  // namespace insula
