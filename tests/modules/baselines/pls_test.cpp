// SPDX-License-Identifier: Apache-2.0
// Partial least squares as a baseline: few directions of many inputs.
#include <gtest/gtest.h>

#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kSeconds = 300;
constexpr int kFeatures = 40;

// Forty features that change every second and follow two courses but for a tenth; the first drives
// four channels, each in its own strength. Noise of sd 1 beside a signal of sd 1, times `signal`.
struct Shared {
  BaselineProblem problem = empty_problem(kSeconds, 1, 4, 1);
  MatrixXd observed;

  Shared(double signal, std::uint64_t seed) {
    problem.recording = {"rate", {}, 1, false, 1};
    problem.gap = 2;
    BaselineRun& run = problem.runs[0];
    run.nuisance = run.nuisance.leftCols(1).eval();
    problem.nuisance_penalty = VectorXd::Zero(1);
    run.inputs.clear();
    const MatrixXd course = noise(kSeconds, 2, 0, seed),
                   own = noise(kSeconds, kFeatures, 0, seed + 1);
    for (int i = 0; i < kFeatures; ++i) {
      BaselineInput input{"clip[" + std::to_string(i + 1) + "]", {}, {}, "clip"};
      for (Index s = 0; s < kSeconds; ++s) {
        input.onset.push_back(static_cast<double>(s));
        input.value.push_back(course(s, i % 2) + 0.1 * own(s, i));
      }
      run.inputs.push_back(std::move(input));
    }
    observed =
        signal * course.col(0) * Eigen::RowVector4d(1, -1, 1, -1) + noise(kSeconds, 4, 0, seed + 2);
  }
};

std::vector<int> components(const BaselinePrediction& prediction) {
  std::vector<int> all;
  for (const auto& [what, value] : prediction.tuned)
    if (what.starts_with("components of ")) all.push_back(std::stoi(value));
  return all;
}

TEST(Pls, FindsTheDirectionThatChannelsShare) {
  Shared shared(1, 10);
  for (Index c = 0; c < 4; ++c)
    EXPECT_GT(evaluation::score(metric("r"),
                                cross_validate(pls, shared.problem, shared.observed, 4, c),
                                {2, 100, 1, "shared"})
                  .value,
              0.6);  // at best √½, with the course known
  shared.problem.runs[0].data = shared.observed;
  for (const int count : components(pls.predict(shared.problem))) {
    EXPECT_GE(count, 1);
    EXPECT_LE(count, 2);
  }
}

TEST(Pls, HasNoComponentsWhereInputsSayNothing) {
  for (const std::uint64_t seed : {20, 30, 40}) {
    Shared nothing(0, seed);
    nothing.problem.runs[0].data = nothing.observed;
    const BaselinePrediction prediction = pls.predict(nothing.problem);
    const std::vector<int> counts = components(prediction);
    ASSERT_EQ(counts.size(), 4U);
    int without = 0;
    for (Index c = 0; c < 4; ++c) {
      if (counts[static_cast<std::size_t>(c)] > 0) continue;
      ++without;
      const VectorXd mean =
          VectorXd::Constant(kSeconds, nothing.observed.col(c).mean());  // the nuisance alone
      EXPECT_CLOSE(prediction.mean[0].col(c), mean, Tolerance::rounding(kSeconds, 1));
    }
    EXPECT_GE(without, 2) << seed;
  }
}

TEST(Pls, DoesNotCareForTheUnitsOfOneChannel) {
  Shared shared(1, 10);
  BaselineProblem scaled = shared.problem;
  shared.problem.runs[0].data = shared.observed;
  scaled.runs[0].data = shared.observed;
  scaled.runs[0].data.col(2) *= 1e4;
  const MatrixXd a = pls.predict(shared.problem).mean[0];
  MatrixXd b = pls.predict(scaled).mean[0];
  b.col(2) /= 1e4;
  EXPECT_CLOSE(b, a, Tolerance::because(1e-9, "directions through an eigendecomposition"));
}

}  // namespace
}  // namespace insula::baselines
