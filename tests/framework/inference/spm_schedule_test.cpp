// SPDX-License-Identifier: Apache-2.0
// SPM's own inversions of four small models are reproduced, step for step.
#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/spm_toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

class SpmSchedule : public testing::TestWithParam<const char*> {
 protected:
  toys::SpmToy toy_ = toys::read_spm_toy(GetParam());
  VectorXd spm_sd() const { return toy_.covariance.diagonal().cwiseSqrt(); }
};

std::string kept(const Fit& fit) {
  std::string signs;
  for (const Iteration& iteration : fit.iterations) signs += iteration.accepted ? '+' : '-';
  return signs;
}

// With SPM's own difference quotients, nothing but rounding is left between the two. Rounding is
// magnified by the quotients, whose steps are 3e-4, and by the path.
TEST_P(SpmSchedule, IsReproducedWithItsDerivatives) {
  toy_.problem.evaluate = toys::evaluate_by_differences(toy_.model);
  const Fit fit = spm_variational_laplace(toy_.problem);
  const auto magnified = [](double value) {
    return Tolerance::because(value, "magnified rounding");
  };
  EXPECT_TRUE(fit.converged());
  EXPECT_EQ(kept(fit), toy_.kept);
  EXPECT_CLOSE(fit.free_energy.total(), toy_.free_energy, magnified(1e-6));
  EXPECT_CLOSE(fit.free_energy.accuracy, toy_.free_energy_parts[0], magnified(1e-5));
  EXPECT_CLOSE(fit.free_energy.parameters, toy_.free_energy_parts[1], magnified(1e-5));
  EXPECT_CLOSE(fit.free_energy.hyperparameters, toy_.free_energy_parts[2], magnified(1e-5));
  EXPECT_CLOSE((fit.mean - toy_.mean).cwiseQuotient(spm_sd()),
               VectorXd::Zero(fit.mean.size()),
               magnified(1e-5));
  EXPECT_CLOSE(fit.covariance.cwiseQuotient(spm_sd() * spm_sd().transpose()),
               toy_.covariance.cwiseQuotient(spm_sd() * spm_sd().transpose()),
               magnified(1e-5));
  for (std::size_t c = 0; c < fit.channels.size(); ++c) {
    EXPECT_CLOSE(fit.channels[c].lambda, toy_.lambda[static_cast<Index>(c)], magnified(1e-6));
  }
}

TEST_P(SpmSchedule, EndsWhereSpmEndsWithExactDerivatives) {
  toy_.problem.evaluate = toys::evaluate_exactly(toy_.model);
  const Fit fit = spm_variational_laplace(toy_.problem);
  const auto differences =
      Tolerance::because(0.01, "SPM's difference quotients are off by about exp(-8)");
  EXPECT_TRUE(fit.converged());
  EXPECT_CLOSE(fit.free_energy.total(), toy_.free_energy, differences);
  EXPECT_CLOSE(
      (fit.mean - toy_.mean).cwiseQuotient(spm_sd()), VectorXd::Zero(fit.mean.size()), differences);
}

// The oscillation has mirror images; eight starts find the right one.
TEST_P(SpmSchedule, AgreesWithTheDefaultSchedule) {
  toy_.problem.evaluate = toys::evaluate_exactly(toy_.model);
  Options options;
  options.starts = 8;
  const Fit fit = variational_laplace(toy_.problem, options);
  const auto early = [](double value) {
    return Tolerance::because(value, "SPM stops at a promise of 0.1 nats");
  };
  EXPECT_TRUE(fit.converged()) << fit.reason;
  EXPECT_CLOSE(fit.free_energy.total(), toy_.free_energy, early(0.01));
  EXPECT_CLOSE(
      (fit.mean - toy_.mean).cwiseQuotient(spm_sd()), VectorXd::Zero(fit.mean.size()), early(0.1));
}

INSTANTIATE_TEST_SUITE_P(Toys,
                         SpmSchedule,
                         testing::Values("decay", "oscillation", "growth", "tone"));

TEST(SpmSchedule, RefusesNoiseThatSpmDoesNotKnow) {
  Problem problem = toys::decay_problem(1, {0.5, 0.3});
  problem.channels[0].noise = Noise::ar1;
  EXPECT_THROW(spm_variational_laplace(problem), InternalError);
}

TEST(SpmSchedule, StopsOnRequestWithWhatItHas) {
  Options options;
  options.stop = [] { return true; };
  const Fit fit = spm_variational_laplace(toys::decay_problem(1, {0.5, 0.3}), options);
  EXPECT_EQ(fit.status, Fit::Status::interrupted);
  EXPECT_EQ(fit.iterations.size(), 1u);
  EXPECT_EQ(fit.mean.size(), 2);
}

TEST(SpmSchedule, RetreatsFourTimesAndThenSaysThatItFailed) {
  Problem problem = toys::decay_problem(1, {0.5, 0.3});
  int calls = 0;
  problem.evaluate = [&calls, evaluate = problem.evaluate](const VectorXd& theta, bool jacobian) {
    Evaluation evaluation = evaluate(theta, jacobian);
    if (++calls > 3) evaluation = {{Outcome::Kind::diverged, "V5", 3, "run-1"}, {}, {}};
    return evaluation;
  };
  const Fit fit = spm_variational_laplace(problem);
  EXPECT_EQ(calls, 3 + 5);
  EXPECT_EQ(fit.status, Fit::Status::stalled);
  EXPECT_EQ(fit.outcome.where, "V5");
  EXPECT_EQ(fit.iterations.size(), 3u);
}

}  // namespace
}  // namespace insula::inference
