// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula {
namespace {

// The density of the gamma distribution of integer shape n and scale 1 s.
double gamma_density(double t, int n) {
  return t <= 0 ? 0 : std::exp((n - 1) * std::log(t) - t - std::lgamma(n));
}

double response(double t) { return 1.2 * (gamma_density(t, 6) - gamma_density(t, 16) / 6); }

class BoldLinear : public testing::Test {
 protected:
  double signal(const std::vector<double>& state, double gain) {
    return test::evaluate(kind.observe, test::joined(state, {0}, {gain}))[0];
  }
  // An impulse of activity, of area 1, lifts the first stage by 1.
  static std::vector<double> after_impulse() {
    std::vector<double> x(16, 0.0);
    x[0] = 1;
    return x;
  }
  Catalogue kinds = catalogue();
  const ObservationKind& kind = *find_kind(kinds.observations, "bold_linear");
};

TEST_F(BoldLinear, AnswersAnImpulseWithTheDifferenceOfTwoGammas) {
  std::vector<double> x = after_impulse();
  for (int second = 1; second <= 40; ++second) {
    x = test::settle(kind.drift, x, {0}, {1}, 1, 50);
    // Step⁴/120 times fifth derivatives of at most some tens, over the seconds so far.
    EXPECT_CLOSE(signal(x, 1), response(second), Tolerance::truncation(1, 0.02, 4)) << second;
  }
}

TEST_F(BoldLinear, HasTheShapeOfSpmsCanonicalResponse) {
  const Eigen::VectorXd spm = test::read_tsv("numerics/hrf_0.1s.tsv").rows.col(1);
  ASSERT_EQ(spm.size(), 321);
  Eigen::VectorXd mine(spm.size());
  std::vector<double> x = after_impulse();
  for (Eigen::Index i = 0; i < spm.size(); ++i) {
    mine[i] = signal(x, 1);
    x = test::settle(kind.drift, x, {0}, {1}, 0.1, 10);
  }
  mine /= mine.sum();  // SPM scales to a sum of 1
  EXPECT_CLOSE(mine, spm, Tolerance::truncation(1, 0.01, 4));
}

TEST_F(BoldLinear, SettlesAtItsGainTimesLastingActivity) {
  const std::vector<double> x =
      test::settle(kind.drift, std::vector<double>(16, 0.0), {0.3}, {19.3}, 80, 4000);
  // What is left after 80 s is the tail of a gamma of shape 16: 1e-19 of it.
  EXPECT_CLOSE(signal(x, 19.3), 19.3 * 0.3, Tolerance::rounding(5000));
}

TEST_F(BoldLinear, IsLinearInActivity) {
  const auto path = [&](double z) {
    return test::settle(kind.drift, std::vector<double>(16, 0.0), {z}, {1}, 7, 700);
  };
  EXPECT_CLOSE(signal(path(0.75), 1),
               signal(path(0.5), 1) + signal(path(0.25), 1),
               Tolerance::rounding(5000, 1));
}

}  // namespace
}  // namespace insula
