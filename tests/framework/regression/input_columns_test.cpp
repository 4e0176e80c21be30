// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/input_columns.h"

#include <gtest/gtest.h>

#include "framework/numerics/hrf.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

BaselineProblem two_runs() {
  BaselineProblem p;
  p.modality = "bold";
  BaselineRun run;
  run.interval = 2;
  run.start = 0.5;
  run.inputs = {{"a", {3, 10}, {1, 0}}, {"b", {20.5}, {2}}};
  run.data = MatrixXd::Zero(30, 1);
  p.runs = {run, run};
  p.runs[1].inputs[0].onset = {5, 6};
  p.runs[1].data = MatrixXd::Zero(10, 1);
  return p;
}

TEST(MeanInput, IsTheIntegralOverTheStretch) {
  const BaselineInput input{"a", {1, 2, 4}, {3, -1, 0}};
  EXPECT_EQ(mean_input(input, -5, 1), 0);
  EXPECT_CLOSE(mean_input(input, 0, 2), 1.5, Tolerance::rounding(2));
  EXPECT_CLOSE(mean_input(input, 0, 5), (3.0 - 2.0) / 5, Tolerance::rounding(4));
  EXPECT_EQ(mean_input(input, 1.25, 1.75), 3);
  EXPECT_EQ(mean_input(input, 10, 11), 0);
}

TEST(InputColumns, HoldTheInputAtTheTrueSampleTime) {
  const MatrixXd columns = input_columns(two_runs(), {0.4, 0.5}, {InputForm::Kind::held, 0, 0});
  ASSERT_EQ(columns.rows(), 40);
  ASSERT_EQ(columns.cols(), 2);
  EXPECT_EQ(columns(1, 0), 0);   // 2.9 s
  EXPECT_EQ(columns(2, 0), 1);   // 4.9 s
  EXPECT_EQ(columns(32, 0), 1);  // second run, 5 s: at the onset
  EXPECT_EQ(columns(33, 0), 0);
  EXPECT_EQ(columns(10, 1), 2);  // 20.9 s
}

TEST(InputColumns, OfFiniteResponsesAreMeansOverBinsInThePast) {
  const InputForm form{InputForm::Kind::fir, 3, 2};
  const MatrixXd columns = input_columns(two_runs(), {0, 0}, form);
  ASSERT_EQ(columns.cols(), 6);
  // Sample 2 at 4.5 s: the input came on at 3 s.
  EXPECT_CLOSE(columns(2, 0), 0.75, Tolerance::rounding(4));
  EXPECT_EQ(columns(2, 1), 0);
  // Sample 6 at 12.5 s: it was on until 10 s.
  EXPECT_EQ(columns(6, 0), 0);
  EXPECT_CLOSE(columns(6, 1), 0.75, Tolerance::rounding(4));
  EXPECT_EQ(columns(6, 2), 1);
}

TEST(InputColumns, ShiftWithTheDelayOfTheChannel) {
  BaselineProblem late = two_runs();
  for (BaselineRun& run : late.runs) run.start += 0.7;
  for (const InputForm& form : input_forms(late)) {
    EXPECT_CLOSE(input_columns(two_runs(), {0.7, 0.7}, form),
                 input_columns(late, {0, 0}, form),
                 Tolerance::rounding(100, 10));
  }
}

TEST(InputColumns, AreConvolvedAtTheTrueSampleTime) {
  const BaselineProblem p = two_runs();
  const MatrixXd columns = input_columns(p, {0.3, 0}, {InputForm::Kind::hrf, 0, 0});
  ASSERT_EQ(columns.cols(), 6);
  const double t = 0.5 + 2 * 7 + 0.3;
  using numerics::HrfBasis;
  EXPECT_CLOSE(columns(7, 0),
               numerics::hrf_integral(HrfBasis::canonical, t - 3) -
                   numerics::hrf_integral(HrfBasis::canonical, t - 10),
               Tolerance::truncation(0.01, 0.01, 4));
  EXPECT_CLOSE(columns(7, 1),
               numerics::hrf_integral(HrfBasis::temporal, t - 3) -
                   numerics::hrf_integral(HrfBasis::temporal, t - 10),
               Tolerance::truncation(0.01, 0.01, 4));
}

TEST(InputForms, CoverTheHaemodynamicResponseInBinsOfAtLeastTwoSeconds) {
  BaselineProblem p = two_runs();
  p.runs[0].interval = 3.22;
  EXPECT_EQ(input_forms(p)[0].kind, InputForm::Kind::hrf);
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 10 x 3.22 s");
  p.runs[0].interval = 0.72;
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 16 x 2 s");
  p.modality = "rate";
  EXPECT_EQ(input_forms(p)[0].text(), "inputs as they are");
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 8 x 0.72 s");
}

}  // namespace
}  // namespace insula::regression
