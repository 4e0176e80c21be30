// SPDX-License-Identifier: Apache-2.0
// Values of learners where their recursions have a closed form.
#include <cmath>

#include "tests/modules/learners/all_learners.h"
#include "tests/support/tolerance.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

TEST(RescorlaWagner, ApproachesALastingOutcomeGeometrically) {
  const LearnerKind& kind = learner_kind("rescorla_wagner");
  constexpr double kRate = 0.2, kFirst = -0.5, kOutcome = 3;
  const LearnerSignals signals =
      run(kind, {std::vector<double>(40, kOutcome), {}}, {kRate, kFirst});
  const VectorXd value = signal(kind, signals, "value");
  const VectorXd error = signal(kind, signals, "prediction_error");
  for (Index n = 0; n < 40; ++n) {
    const double left = std::pow(1 - kRate, n), expected = kOutcome * (1 - left) + kFirst * left;
    EXPECT_CLOSE(value[n], expected, Tolerance::rounding(100, kOutcome));
    EXPECT_CLOSE(error[n], kOutcome - expected, Tolerance::rounding(100, kOutcome));
  }
}

TEST(RescorlaWagner, MovesWithItsRateAsItsClosedFormDoes) {
  const LearnerKind& kind = learner_kind("rescorla_wagner");
  constexpr double kRate = 0.2, kFirst = -0.5, kOutcome = 3;
  const LearnerSignals signals =
      run(kind, {std::vector<double>(40, kOutcome), {}}, {kRate, kFirst}, true);
  const Index value = signal_index(kind, "value");
  for (Index n = 0; n < 40; ++n) {
    const auto count = static_cast<double>(n);
    EXPECT_CLOSE(signals.slope[static_cast<std::size_t>(value)](n, 0),
                 n == 0 ? 0 : count * std::pow(1 - kRate, count - 1) * (kOutcome - kFirst),
                 Tolerance::rounding(100, 10));
    EXPECT_CLOSE(signals.slope[static_cast<std::size_t>(value)](n, 1),
                 std::pow(1 - kRate, count),
                 Tolerance::rounding(100, 1));
  }
}

TEST(RescorlaWagner, IsLinearInOutcomesAndFirstValue) {
  const LearnerKind& kind = learner_kind("rescorla_wagner");
  Stream random(1, "linear");
  Trials a = random_trials(kind, random, 50, 1), b = a;
  for (double& r : b.outcome) r = 4 - 10 * r;
  EXPECT_CLOSE(signal(kind, run(kind, b, {0.3, 4 - 10 * 0.25}), "value"),
               VectorXd(4 - 10 * signal(kind, run(kind, a, {0.3, 0.25}), "value").array()),
               Tolerance::rounding(50, 10));
}

TEST(PearceHall, WithoutRateOfAssociabilityIsRescorlaWagner) {
  const LearnerKind &hybrid = learner_kind("pearce_hall"), &plain = learner_kind("rescorla_wagner");
  Stream random(2, "hybrid");
  const Trials trials = random_trials(hybrid, random, 60, 2);
  const LearnerSignals found = run(hybrid, trials, {0.6, 0, 0.25, 0.5});
  EXPECT_CLOSE(signal(hybrid, found, "value"),
               signal(plain, run(plain, trials, {0.3, 0.25}), "value"),
               Tolerance::rounding(20, 1));
  EXPECT_EQ(signal(hybrid, found, "associability"), VectorXd::Constant(60, 0.5));
}

// With η = 1 the associability is the last error's size, so that a lasting outcome leaves
// δ ← δ·(1 − κ·|δ before|).
TEST(PearceHall, WithFullRateWeighsEachErrorByTheLast) {
  const LearnerKind& kind = learner_kind("pearce_hall");
  constexpr double kScale = 0.7;
  const LearnerSignals signals = run(kind, {std::vector<double>(20, 1), {}}, {kScale, 1, 0.2, 0.9});
  const VectorXd error = signal(kind, signals, "prediction_error");
  const VectorXd associability = signal(kind, signals, "associability");
  EXPECT_EQ(associability[0], 0.9);
  for (Index n = 1; n < 20; ++n) {
    EXPECT_EQ(associability[n], std::abs(error[n - 1]));
    EXPECT_CLOSE(
        error[n], error[n - 1] * (1 - kScale * associability[n - 1]), Tolerance::rounding(20, 1));
  }
}

TEST(PearceHall, LearnsFasterAfterSurprises) {
  const LearnerKind& kind = learner_kind("pearce_hall");
  std::vector<double> outcome(40, 1);
  outcome[30] = 0;
  const VectorXd associability =
      signal(kind, run(kind, {outcome, {}}, {0.5, 0.3, 0, 1}), "associability");
  EXPECT_LT(associability[30], 0.05);
  EXPECT_GT(associability[31], 0.25);
}

}  // namespace
}  // namespace insula::test
