// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/hrf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

constexpr HrfBasis kBases[] = {HrfBasis::canonical, HrfBasis::temporal, HrfBasis::dispersion};

class SpmTable : public testing::TestWithParam<const char*> {};

TEST_P(SpmTable, IsTheCanonicalResponseUpToItsSum) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/numerics/" + GetParam());
  ASSERT_TRUE(file) << GetParam();
  std::string header;
  std::getline(file, header);
  std::vector<double> ours, spm;
  double sum = 0;
  for (double t, value; file >> t >> value;) {
    ours.push_back(hrf(HrfBasis::canonical, t));
    spm.push_back(value);
    sum += ours.back();
  }
  ASSERT_GE(ours.size(), 10u);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    // SPM forms times from 16th parts of the interval and takes logarithms of the gammas.
    EXPECT_CLOSE(ours[i] / sum, spm[i], Tolerance::rounding(200, 0.1)) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Intervals,
                         SpmTable,
                         testing::Values("hrf_0.1s.tsv", "hrf_2s.tsv", "hrf_3.22s.tsv"));

TEST(Hrf, HasUnitIntegralAndItsDerivativesHaveNone) {
  EXPECT_CLOSE(hrf_integral(HrfBasis::canonical, 100), 1, Tolerance::rounding(4));
  EXPECT_CLOSE(hrf_integral(HrfBasis::temporal, 100), 0, Tolerance::rounding(4, 1));
  EXPECT_CLOSE(hrf_integral(HrfBasis::dispersion, 100), 0, Tolerance::rounding(1000, 1));
  EXPECT_EQ(hrf(HrfBasis::canonical, -0.1), 0);
  EXPECT_EQ(hrf(HrfBasis::canonical, 32.1), 0);
}

TEST(Hrf, IntegralIsThatOfThePoissonSumForWholeShapes) {
  // P(n, x) = 1 − e⁻ˣ Σ_{k<n} xᵏ/k!
  const auto whole = [](int shape, double x) {
    double term = 1, sum = 0;
    for (int k = 0; k < shape; ++k) sum += term, term *= x / (k + 1);
    return 1 - std::exp(-x) * sum;
  };
  const double norm = whole(6, 32) - whole(16, 32) / 6;
  for (double t = 0; t <= 32; t += 0.37) {
    EXPECT_CLOSE(hrf_integral(HrfBasis::canonical, t),
                 (whole(6, t) - whole(16, t) / 6) / norm,
                 Tolerance::rounding(20, 1.2))
        << t;
  }
}

TEST(Hrf, IsTheSlopeOfItsIntegral) {
  for (const HrfBasis basis : kBases) {
    for (double t = 0.5; t < 31; t += 1.3) {
      const double step = 1e-4;
      const double slope =
          (hrf_integral(basis, t + step) - hrf_integral(basis, t - step)) / (2 * step);
      EXPECT_CLOSE(slope, hrf(basis, t), Tolerance::truncation(10, step, 2)) << t;
    }
  }
}

TEST(HrfResponse, IsTheConvolutionOfStepsWithTheKernel) {
  Stream random(1, "hrf steps");
  std::vector<double> onset, value;
  for (double t = 0.3; t < 120; t += 7 * random.uniform()) {
    onset.push_back(t);
    value.push_back(random.normal());
  }
  Eigen::VectorXd time(100);
  for (Eigen::Index s = 0; s < 100; ++s) time[s] = 150 * random.uniform();
  for (const HrfBasis basis : kBases) {
    const Eigen::VectorXd response = hrf_response(basis, onset, value, time);
    for (Eigen::Index s = 0; s < time.size(); ++s) {
      double sum = 0;
      for (std::size_t i = 0; i < onset.size(); ++i) {
        const double next = i + 1 < onset.size() ? onset[i + 1] : 1e9;
        sum += value[i] * (hrf_integral(basis, std::max(0.0, time[s] - onset[i])) -
                           hrf_integral(basis, std::max(0.0, time[s] - next)));
      }
      // Hermite cubics: step⁴/384 times the fourth derivative of the integral, over the steps.
      EXPECT_CLOSE(response[s], sum, Tolerance::truncation(0.01, 0.01, 4));
    }
  }
}

TEST(HrfResponse, IsZeroBeforeTheFirstOnsetAndSettlesAtTheInput) {
  const std::vector<double> onset{10}, value{3};
  const Eigen::Vector3d time(9.99, 42.0, 1000.0);
  const Eigen::VectorXd response = hrf_response(HrfBasis::canonical, onset, value, time);
  EXPECT_EQ(response[0], 0);
  EXPECT_CLOSE(response[1], 3, Tolerance::rounding(10));
  EXPECT_CLOSE(response[2], 3, Tolerance::rounding(10));
}

TEST(HrfResponse, NeedsAsManyValuesAsOnsets) {
  const std::vector<double> onset{1, 2}, value{3};
  EXPECT_THROW(hrf_response(HrfBasis::canonical, onset, value, Eigen::VectorXd::Zero(1)),
               InternalError);
}

}  // namespace
}  // namespace insula::numerics
