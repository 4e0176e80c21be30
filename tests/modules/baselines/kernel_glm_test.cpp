// SPDX-License-Identifier: Apache-2.0
// Inputs through a kernel: what was made by it is found again.
#include <gtest/gtest.h>

#include "framework/regression/least_squares.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kKernelSamples = 500;
constexpr double kKernelInterval = 0.2, kKernelLength = 12;  // s

// A gamma density of shape 4 and scale 0.6 s: a response that is over after 12 s.
double kernel_response(double t) {
  const double x = t / 0.6;
  return x > 0 ? x * x * x * std::exp(-x) / 6 / 0.6 : 0;
}
// Its derivative.
double kernel_bend(double t) {
  const double x = t / 0.6;
  return x > 0 ? (3 * x * x - x * x * x) * std::exp(-x) / 6 / 0.36 : 0;
}

// Three inputs in a recording that the kernel shows, and a constant.
BaselineProblem kernel_problem() {
  BaselineProblem problem = empty_problem(kKernelSamples, kKernelInterval, 1, 21);
  problem.recording = {"pupil", {kernel_response, 0, kKernelLength, 0.1}, kKernelLength, false};
  problem.gap = kKernelLength;
  problem.runs[0].nuisance = MatrixXd::Ones(kKernelSamples, 1);
  problem.nuisance_penalty = VectorXd::Zero(1);
  return problem;
}

// The convolutions by brute force: midpoints of a grid of 2 ms.
MatrixXd hand_made_design(const BaselineProblem& problem) {
  constexpr double kStep = 0.002;
  MatrixXd design = MatrixXd::Zero(kKernelSamples, 7);
  for (Index s = 0; s < kKernelSamples; ++s)
    for (std::size_t k = 0; k < 3; ++k)
      for (double lag = kStep / 2; lag < kKernelLength; lag += kStep) {
        const double input = held_at(problem.runs[0].inputs[k], double(s) * kKernelInterval - lag);
        design(s, 2 * Index(k)) += kStep * kernel_response(lag) * input;
        design(s, 2 * Index(k) + 1) += kStep * kernel_bend(lag) * input;
      }
  design.col(6).setOnes();
  return design;
}

TEST(KernelGlm, IsLeastSquaresOnAHandMadeDesign) {
  BaselineProblem problem = kernel_problem();
  const MatrixXd design = hand_made_design(problem);
  const VectorXd weights = (VectorXd(7) << 3, 0.5, -2, 0, 1, -0.7, 10).finished();
  problem.runs[0].data = design * weights + 0.3 * noise(kKernelSamples, 1, 0.6, 22);
  const BaselinePrediction prediction = kernel_glm.predict(problem);
  regression::Positions positions;
  for (Index s = 0; s < kKernelSamples; ++s) {
    positions.row.push_back(s);
    positions.run.push_back(0);
  }
  const regression::Ar1Fit fit = regression::ar1_least_squares(
      design, VectorXd::Zero(7), problem.runs[0].data.col(0), positions);
  // An onset between two midpoints misplaces a step by at most 1 ms: 4e-4 of a kernel of height
  // 0.37/s, three inputs, weights of 3.
  EXPECT_CLOSE(prediction.mean[0].col(0),
               VectorXd(design * fit.weights),
               Tolerance::because(4e-3, "the grid of the hand-made design"));
  ASSERT_EQ(prediction.tuned.size(), 1u);
  EXPECT_EQ(prediction.tuned[0].first, "autocorrelation of c0");
  EXPECT_CLOSE(std::stod(prediction.tuned[0].second), fit.rho, Tolerance::because(1e-3, "printed"));
}

TEST(KernelGlm, FindsTheResponseInAHeldOutBlock) {
  BaselineProblem problem = kernel_problem();
  const MatrixXd design = hand_made_design(problem);
  const VectorXd weights = (VectorXd(7) << 3, 0.5, -2, 0, 1, -0.7, 10).finished();
  const VectorXd truth = design * weights;
  problem.runs[0].data = truth + 0.3 * noise(kKernelSamples, 1, 0.6, 23);
  problem.runs[0].data.middleRows(140, 220).setConstant(std::nan(""));
  const VectorXd error = (kernel_glm.predict(problem).mean[0].col(0) - truth).segment(200, 100);
  const double sd = std::sqrt((truth.array() - truth.mean()).square().mean());
  EXPECT_LT(std::sqrt(error.array().square().mean()), 0.25 * sd);
}

TEST(KernelGlm, PutsAnImpulseInThePlaceOfAKernelThatThereIsNot) {
  BaselineProblem problem = kernel_problem();
  problem.recording = {"rate", {}, 2, false};
  VectorXd truth(kKernelSamples);
  for (Index s = 0; s < kKernelSamples; ++s)
    truth[s] = 4 + 2 * held_at(problem.runs[0].inputs[1], double(s) * kKernelInterval);
  problem.runs[0].data = truth;
  EXPECT_CLOSE(kernel_glm.predict(problem).mean[0].col(0),
               truth,
               Tolerance::because(1e-9, "noiseless, through QR"));
}

TEST(Explains, EachKindSaysWhichRecordings) {
  const BaselineRecording bold{"bold", {}, 32, false}, rate{"rate", {}, 2, false},
      pupil = kernel_problem().recording, spikes{"spikes", {}, 2, true};
  const auto all = [&](const BaselineKind& kind) {
    std::string letters;
    for (const BaselineRecording* one : {&bold, &rate, &pupil, &spikes})
      if (explains(kind, *one)) letters += one->modality[0];
    return letters;
  };
  EXPECT_EQ(all(mean), "brps");
  EXPECT_EQ(all(time_only), "brps");
  EXPECT_EQ(all(ridge), "brps");
  EXPECT_EQ(all(var), "brp");
  EXPECT_EQ(all(hrf_glm), "b");
  EXPECT_EQ(all(kernel_glm), "rp");
  EXPECT_EQ(all(poisson_glm), "s");
}

}  // namespace
}  // namespace insula::baselines
