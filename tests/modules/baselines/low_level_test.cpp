// SPDX-License-Identifier: Apache-2.0
// That something is shown, and nothing of what.
#include <gtest/gtest.h>

#include "framework/regression/input_columns.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kVolumes = 400;

// Faces and houses alternate, 8 s each with 16 s between them.
BaselineProblem faces_and_houses() {
  BaselineProblem problem = empty_problem(kVolumes, 2, 1, 3);
  BaselineRun& run = problem.runs[0];
  BaselineInput faces{"faces", {}, {}}, houses{"houses", {}, {}};
  bool is_face = true;
  for (double t = 7.3; t < run.duration - 8; t += 24, is_face = !is_face) {
    BaselineInput& input = is_face ? faces : houses;
    input.onset.insert(input.onset.end(), {t, t + 8});
    input.value.insert(input.value.end(), {1, 0});
  }
  run.inputs = {faces, houses};
  return problem;
}

// The response to each input, times a weight, and noise of half its size.
MatrixXd series(const BaselineProblem& problem, double of_faces, double of_houses) {
  const MatrixXd columns =
      regression::input_columns(problem, {0}, {regression::InputForm::Kind::hrf, 0, 0});
  const VectorXd clean = of_faces * columns.col(0) + of_houses * columns.col(3);
  const double sd = std::sqrt((clean.array() - clean.mean()).square().mean());
  return clean + 0.5 * sd * noise(kVolumes, 1, 0, 5);
}

double held_out_r(const BaselineKind& kind, const BaselineProblem& problem, const MatrixXd& y) {
  const auto folds = cross_validate(kind, problem, y, 4, 0);
  std::vector<std::pair<int, int>> samples;
  for (std::size_t f = 0; f < folds.size(); ++f)
    for (int i = 0; i < folds[f].observed.size(); ++i) samples.emplace_back(int(f), i);
  return metric("r").score(folds, samples);
}

TEST(LowLevel, PredictsWhatAnyStimulusDoes) {
  const BaselineProblem problem = faces_and_houses();
  // The noise is a fifth of the variance: r of the truth is 0.89.
  EXPECT_GT(held_out_r(low_level, problem, series(problem, 1, 1)), 0.8);
}

TEST(LowLevel, DoesNotKnowWhichStimulusItIs) {
  const BaselineProblem problem = faces_and_houses();
  const MatrixXd y = series(problem, 1, -1);
  EXPECT_LT(std::abs(held_out_r(low_level, problem, y)), 0.15);  // 400 samples, sd of r 0.05
  EXPECT_GT(held_out_r(hrf_glm, problem, y), 0.8);
}

BaselinePrediction fitted(BaselineProblem problem) {
  problem.runs[0].data = series(faces_and_houses(), 1, 0.5);
  return low_level.predict(problem);
}

TEST(LowLevel, IsTheSameWhenStimuliChangeTheirNamesOrAreCentred) {
  BaselineProblem problem = faces_and_houses();
  const BaselinePrediction before = fitted(problem);
  std::swap(problem.runs[0].inputs[0], problem.runs[0].inputs[1]);
  EXPECT_TRUE(same_bits(fitted(problem).mean, before.mean));
  for (BaselineInput& input : problem.runs[0].inputs) {
    input.onset.insert(input.onset.begin(), 0);
    input.value.insert(input.value.begin(), 0);
    for (double& value : input.value) value -= 0.2;
  }
  EXPECT_TRUE(same_bits(fitted(problem).mean, before.mean));
}

TEST(LowLevel, LooksAtNoInputThatNeverRests) {
  BaselineProblem problem = faces_and_houses();
  BaselineRun& run = problem.runs[0];
  run.inputs.resize(1);
  run.inputs[0] = {"sound", {}, {}};
  for (int i = 0; i < 800; ++i) {
    run.inputs[0].onset.push_back(i);
    run.inputs[0].value.push_back(std::sin(0.1 * i));
  }
  const BaselinePrediction with = fitted(problem);
  run.inputs.clear();
  EXPECT_TRUE(same_bits(with.mean, fitted(problem).mean));
}

TEST(LowLevel, LooksAtNoFeatures) {
  BaselineProblem problem = faces_and_houses();
  const BaselinePrediction before = fitted(problem);
  BaselineInput feature = problem.runs[0].inputs[0];
  for (double& onset : feature.onset) onset += 5;
  feature.band = "clip";
  problem.runs[0].inputs.push_back(feature);
  problem.recording.bands = 1;
  EXPECT_TRUE(same_bits(fitted(problem).mean, before.mean));
}

}  // namespace
}  // namespace insula::baselines
