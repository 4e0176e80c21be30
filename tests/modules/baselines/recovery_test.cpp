// SPDX-License-Identifier: Apache-2.0
// Each linear model finds again what was made by it.
#include <gtest/gtest.h>

#include "framework/regression/input_columns.h"
#include "framework/regression/varx.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using regression::InputForm;

constexpr Index kSamples = 360;
constexpr double kInterval = 2;

struct World {
  BaselineProblem problem;  // with training data of all but a block
  MatrixXd truth;           // noiseless
};

// The block 100 … 159 is held out, with gaps of 16 samples.
World hold_out(BaselineProblem problem, const MatrixXd& truth, const MatrixXd& errors) {
  problem.runs[0].data = truth + errors;
  problem.runs[0].data.middleRows(84, 92).setConstant(std::nan(""));
  return {std::move(problem), truth};
}

MatrixXd in_block(const MatrixXd& rows) { return rows.middleRows(100, 60); }

double r2(const MatrixXd& truth, const MatrixXd& prediction) {
  return 1 -
         (truth - prediction).squaredNorm() / (truth.array() - truth.mean()).matrix().squaredNorm();
}

World hrf_world(double noise_sd) {
  BaselineProblem problem = empty_problem(kSamples, kInterval, 2, 11);
  problem.runs[0].delay = {0.3, 1.4};
  MatrixXd truth(kSamples, 2);
  for (Index c = 0; c < 2; ++c) {
    const MatrixXd columns = regression::input_columns(
        problem, {problem.runs[0].delay[std::size_t(c)]}, {InputForm::Kind::hrf, 0, 0});
    VectorXd weights(9);
    weights << 2, 0.5, 0.1, -1, 0.3, 0, 1, -0.4, -0.1;
    truth.col(c) = columns * weights * (c == 0 ? 1 : -0.5);
    truth.col(c).array() += 10;
  }
  return hold_out(problem, truth, noise_sd * noise(kSamples, 2, 0.4, 12));
}

// Two runs show the same hundred stimuli, whose responses have nothing to do with their features.
// Who knows a stimulus from the other run needs no penalty; of one that was never shown, features
// tell nothing. Held out are stimuli, so the second is what must be prepared for.
TEST(RepeatedStimuli, DoNotTellThePenaltyOfTheirOwnOtherPresentation) {
  BaselineProblem problem;
  problem.recording.modality = "rate";
  problem.channels = {"c"};
  problem.nuisance_penalty = Eigen::VectorXd::Zero(1);
  BaselineRun run;
  run.interval = 2;
  run.duration = 200;
  run.delay = {0};
  run.nuisance = Eigen::MatrixXd::Ones(100, 1);
  Stream random(3, "features");
  for (int i = 0; i < 90; ++i) {
    BaselineInput input{"clip[" + std::to_string(i) + "]", {}, {}, "clip"};
    for (int s = 0; s < 100; ++s) {
      input.onset.push_back(2.0 * s);
      input.value.push_back(random.normal());
    }
    run.inputs.push_back(std::move(input));
  }
  run.data = noise(100, 1, 0, 5);
  for (int s = 0; s < 100; ++s) run.together.push_back(s);
  problem.runs = {run, run};
  problem.recording.bands = 1;
  const auto penalty = [](const BaselineKind& kind, const BaselineProblem& given) {
    for (const auto& [what, value] : kind.predict(given).tuned)
      if (what == "penalty of c" || what == "clip penalty of c") return std::stod(value);
    return std::nan("");
  };
  BaselineProblem unaware = problem;
  for (BaselineRun& each : unaware.runs) each.together.clear();
  for (const BaselineKind* kind : {&ridge, &banded_ridge}) {
    EXPECT_LT(penalty(*kind, unaware), 10) << kind->name;
    EXPECT_GT(penalty(*kind, problem), 100) << kind->name;
  }
}

TEST(HrfGlm, FindsTheResponseOfNoiselessDataExactly) {
  const World world = hrf_world(0);
  const BaselinePrediction prediction = hrf_glm.predict(world.problem);
  EXPECT_CLOSE(in_block(prediction.mean[0]),
               in_block(world.truth),
               Tolerance::because(1e-4, "drift is penalised by at most 1e8, not excluded"));
}

TEST(HrfGlm, FindsTheResponseAndTheAutocorrelationInNoise) {
  const World world = hrf_world(0.5);
  const BaselinePrediction prediction = hrf_glm.predict(world.problem);
  for (Index c = 0; c < 2; ++c) {
    EXPECT_GT(r2(in_block(world.truth.col(c)), in_block(prediction.mean[0].col(c))), 0.9);
  }
  int found = 0;
  for (const auto& [name, value] : prediction.tuned) {
    if (name.find("autocorrelation") == std::string::npos) continue;
    ++found;
    // 268 samples: five standard errors of √((1 − ρ²)/n), and a bias of (1 + 4ρ)/n per Kendall.
    EXPECT_CLOSE(std::stod(value), 0.4, Tolerance::because(0.3, "five standard errors and bias"));
  }
  EXPECT_EQ(found, 2);
}

TEST(Ridge, FindsAnyLinearResponse) {
  // A response that the canonical one is not: a plateau from 8 s to 16 s, then a dip.
  BaselineProblem problem = empty_problem(kSamples, kInterval, 1, 13);
  const MatrixXd columns =
      regression::input_columns(problem, {0}, {InputForm::Kind::fir, 16, kInterval});
  VectorXd weights = VectorXd::Zero(48);
  for (Index k = 0; k < 3; ++k) {
    weights.segment(16 * k + 4, 4).setConstant(double(k) - 0.5);
    weights.segment(16 * k + 10, 3).setConstant(-0.3);
  }
  const World world = hold_out(problem, columns * weights, 0.2 * noise(kSamples, 1, 0.3, 14));
  const BaselinePrediction prediction = ridge.predict(world.problem);
  EXPECT_GT(r2(in_block(world.truth), in_block(prediction.mean[0])), 0.95);
  EXPECT_EQ(prediction.tuned[1].second, "FIR of 16 x 2 s");
  EXPECT_LT(r2(in_block(world.truth), in_block(hrf_glm.predict(world.problem).mean[0])), 0.9);
}

TEST(Ridge, ChoosesTheCanonicalResponseWhereItIsTheTruth) {
  const World world = hrf_world(2);
  const BaselinePrediction prediction = ridge.predict(world.problem);
  for (const auto& [name, value] : prediction.tuned) {
    if (name != "inputs of c0") continue;
    EXPECT_EQ(value, "HRF and derivatives");
  }
}

TEST(Var, FollowsALaggedNetworkFromInputsAlone) {
  // A chain of three channels, only the first of which an input drives.
  BaselineProblem problem = empty_problem(kSamples, kInterval, 3, 15);
  MatrixXd a(3, 3);
  a << 0.6, 0, 0, 0.5, 0.5, 0, 0, -0.6, 0.6;
  const MatrixXd columns =
      regression::input_columns(problem, {0}, {InputForm::Kind::fir, 1, kInterval});
  MatrixXd drive = MatrixXd::Zero(kSamples, 3);
  drive.col(0) = columns.col(0) - columns.col(1);
  const MatrixXd truth = regression::simulate({{a}}, drive, VectorXd::Zero(3), {0});
  const MatrixXd innovation = 0.3 * noise(kSamples, 3, 0, 16);
  const MatrixXd noisy = regression::simulate({{a}}, drive + innovation, VectorXd::Zero(3), {0});
  const World world = hold_out(problem, truth, noisy - truth);
  const BaselinePrediction prediction = var.predict(world.problem);
  for (Index c = 0; c < 3; ++c) {
    EXPECT_GT(r2(in_block(world.truth.col(c)), in_block(prediction.mean[0].col(c))), 0.9) << c;
  }
}

TEST(Var, IsStableOnARandomWalk) {
  // A random walk has a spectral radius of 1; its simulation must not leave the data's range.
  BaselineProblem problem = empty_problem(kSamples, kInterval, 2, 17);
  MatrixXd walk = noise(kSamples, 2, 0, 18);
  for (Index t = 1; t < kSamples; ++t) walk.row(t) += walk.row(t - 1);
  const World world = hold_out(problem, walk, MatrixXd::Zero(kSamples, 2));
  const MatrixXd course = var.predict(world.problem).mean[0];
  EXPECT_LT(course.cwiseAbs().maxCoeff(), 2 * walk.cwiseAbs().maxCoeff());
}

TEST(PredictiveSd, IsThatOfHeldOutErrors) {
  // Standardised held-out errors of all folds have unit size: 360 samples of noise with ρ = 0.4 are
  // worth 260 (Bayley & Hammersley 1946, for squares), five standard errors of a size are 0.22.
  const World world = hrf_world(1);
  const MatrixXd observed = world.truth + noise(kSamples, 2, 0.4, 12);
  for (const BaselineKind* kind : kKinds) {
    double squares = 0, count = 0;
    for (const auto& held : cross_validate(*kind, world.problem, observed, 5, 0)) {
      squares += ((held.observed - held.predicted).array() / held.sd.array()).square().sum();
      count += double(held.observed.size());
    }
    EXPECT_CLOSE(std::sqrt(squares / count), 1, Tolerance::because(0.22, "five standard errors"))
        << kind->name;
  }
}

}  // namespace
}  // namespace insula::baselines
