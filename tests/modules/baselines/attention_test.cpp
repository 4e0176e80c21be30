// SPDX-License-Identifier: Apache-2.0
// The real attention-to-motion series: what baselines reach there is what hypotheses must beat.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/modules/baselines/problem.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd table(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<double> values;
  Index rows = 0;
  for (; std::getline(file, line); ++rows) {
    std::istringstream row(line);
    for (double value; row >> value;) values.push_back(value);
  }
  if (rows == 0) return {};
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<RowMajor>(values.data(), rows, Index(values.size()) / rows);
}

constexpr double kBin = 0.20125;  // s, a row of inputs.tsv

TEST(AttentionToMotion, IsPredictedByItsInputsAndNotByTime) {
  const char* data = std::getenv("INSULA_DATA");
  if (data == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
  const std::filesystem::path folder = std::filesystem::path(data) / "attention-to-motion";
  const MatrixXd bold = table(folder / "bold.tsv"), inputs = table(folder / "inputs.tsv");
  ASSERT_EQ(bold.rows(), 360);
  ASSERT_EQ(bold.cols(), 4);
  BaselineProblem empty = empty_problem(360, 3.22, 3, 1);
  BaselineRun& run = empty.runs[0];
  run.delay = {1.61, 1.61, 1.61};
  for (Index k = 0; k < 3; ++k) {
    BaselineInput& input = run.inputs[std::size_t(k)];
    input.onset.clear();
    input.value.clear();
    for (Index t = 0; t < inputs.rows(); ++t) {
      if (inputs(t, k) == (t == 0 ? 0 : inputs(t - 1, k))) continue;
      input.onset.push_back(kBin * double(t));
      input.value.push_back(inputs(t, k));
    }
  }
  const MatrixXd observed = bold.rightCols(3);
  // Measured: R² of 0.81 to 0.82, 0.54 to 0.57 and 0.42 in V1, V5 and SPC for the linear models,
  // and 0.83, 0.60 and 0.44 for kernel_ridge.
  const double reached[] = {0.75, 0.48, 0.34};
  for (Index c = 0; c < 3; ++c) {
    const auto r2 = [&](const BaselineKind& kind) {
      return evaluation::score(
          metric("r2"), cross_validate(kind, empty, observed, 6, c), {32, 200, 1, "attention"});
    };
    const double of_time = r2(time_only).high;
    for (const BaselineKind* kind : {&hrf_glm, &kernel_ridge, &pls, &ridge, &var}) {
      const auto score = r2(*kind);
      EXPECT_GT(score.value, reached[c]) << kind->name << ' ' << c;
      EXPECT_GT(score.low, of_time) << kind->name << ' ' << c;
    }
    EXPECT_GT(r2(time_only).value, -0.05);
    EXPECT_LT(r2(time_only).low, 0);
  }
}

}  // namespace
}  // namespace insula::baselines
