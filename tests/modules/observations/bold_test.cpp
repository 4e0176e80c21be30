// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

constexpr double kGamma = 0.32, kAlpha = 0.32, kE0 = 0.4;

class Bold : public testing::Test {
 protected:
  // Where activity z has been for ever: f = 1 + z/γ, v = f^α, q = v·E(f)/E0.
  static std::vector<double> steady(double z) {
    const double f = 1 + z / kGamma, v = std::pow(f, kAlpha);
    const double extraction = 1 - std::pow(1 - kE0, 1 / f);
    return {0, std::log(f), std::log(v), std::log(v * extraction / kE0)};
  }
  double signal(const std::vector<double>& state, const std::vector<double>& with) {
    return test::evaluate(kind.observe, test::joined(state, {0}, with))[0];
  }
  Catalogue kinds = catalogue();
  const ObservationKind& kind = *find_kind(kinds.observations, "bold");
  std::vector<double> parameters = test::values(kind.parameters);
};

TEST_F(Bold, IsNothingAtRest) { EXPECT_EQ(signal({0, 0, 0, 0}, parameters), 0); }

TEST_F(Bold, StaysAtTheSteadyStateOfLastingActivity) {
  for (const double z : {-0.1, 0.05, 0.125, 0.5}) {
    const Eigen::VectorXd rate =
        test::evaluate(kind.drift, test::joined(steady(z), {z}, parameters));
    EXPECT_CLOSE(rate, Eigen::Vector4d::Zero(), Tolerance::rounding(20, 1)) << z;
  }
}

TEST_F(Bold, ReachesTheSteadyStateOfLastingActivity) {
  const std::vector<double> end =
      test::settle(kind.drift, {0, 0, 0, 0}, {0.1}, parameters, 120, 12000);
  // The slowest mode decays at about 0.32 s⁻¹: exp(−38) is left.
  for (std::size_t s = 0; s < 4; ++s)
    EXPECT_CLOSE(
        end[s], steady(0.1)[s], Tolerance::because(1e-11, "exp(-38) is left, and rounding"));
}

TEST_F(Bold, HasTheSignalOfStephansEquationAtItsSteadyState) {
  const double z = 0.125, echo_time = 0.03, epsilon = 1.3;
  const double f = 1 + z / kGamma, v = std::pow(f, kAlpha);
  const double q = v * (1 - std::pow(1 - kE0, 1 / f)) / kE0;
  const double k1 = 4.3 * 40.3 * kE0 * echo_time, k2 = epsilon * 25 * kE0 * echo_time,
               k3 = 1 - epsilon;
  EXPECT_CLOSE(signal(steady(z), {2, 0.64, epsilon, echo_time}),
               4 * (k1 * (1 - q) + k2 * (1 - q / v) + k3 * (1 - v)),
               Tolerance::rounding(50, 4));
}

TEST_F(Bold, RisesByTheDefaultGainOfTheLinearObservationPerUnitOfActivity) {
  // The slope at rest by its closed form: df = 1/γ, dv = α·df, dq = (α + (1 − E0)·ln(1 −
  // E0)/E0)·df.
  const double df = 1 / kGamma, dv = kAlpha * df,
               dq = (kAlpha + (1 - kE0) * std::log(1 - kE0) / kE0) * df;
  const double k1 = 4.3 * 40.3 * kE0 * 0.04, k2 = 25 * kE0 * 0.04;
  const double slope = 4 * (-k1 * dq - k2 * (dq - dv));
  const double h = 1e-4;
  EXPECT_CLOSE((signal(steady(h), parameters) - signal(steady(-h), parameters)) / (2 * h),
               slope,
               Tolerance::truncation(1000, h, 2));
  const double gain = find_kind(kinds.observations, "bold_linear")->parameters[0].value;
  EXPECT_CLOSE(slope, gain, Tolerance::printed_digits(3));
}

TEST_F(Bold, AnswersABriefActivityAfterFourSecondsAndThenUndershoots) {
  // One second of activity, then silence.
  std::vector<double> x = test::settle(kind.drift, {0, 0, 0, 0}, {0.5}, parameters, 1, 100);
  double peak = 0, peak_time = 0, trough = 0;
  for (int tenth = 10; tenth < 300; ++tenth) {
    const double y = signal(x, parameters);
    if (y > peak) peak = y, peak_time = tenth / 10.0;
    trough = std::min(trough, y);
    x = test::settle(kind.drift, x, {0}, parameters, 0.1, 10);
  }
  EXPECT_GT(peak_time, 3);
  EXPECT_LT(peak_time, 6);
  EXPECT_GT(peak, 0.5);
  EXPECT_LT(trough, -0.02 * peak);
  EXPECT_GT(trough, -0.5 * peak);
}

}  // namespace
}  // namespace insula
