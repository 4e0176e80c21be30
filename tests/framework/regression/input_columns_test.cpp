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
  p.recording.modality = "bold";
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
  p.recording.modality = "rate";
  EXPECT_EQ(input_forms(p)[0].text(), "inputs as they are");
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 8 x 0.72 s");
}

TEST(InputForms, HoldTheKernelOfTheRecordingAndBinsUpToItsEnd) {
  BaselineProblem p = two_runs();
  p.recording = {"pupil", {[](double) { return 0.2; }, 0, 5, 0.1}, 5, false};
  for (BaselineRun& run : p.runs) run.interval = 0.05;
  ASSERT_EQ(input_forms(p).size(), 2u);
  EXPECT_EQ(input_forms(p)[0].text(), "kernel and derivative");
  EXPECT_EQ(input_columns(p, {0, 0}, input_forms(p)[0]).cols(), 4);
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 25 x 0.2 s");  // a 32nd of 5 s, in whole intervals
}

TEST(InputForms, OfCountsReachOverTheMemoryOfTheirKind) {
  BaselineProblem p = two_runs();
  p.recording = {"spikes", {}, 2, true};
  p.runs[0].interval = 0.1;
  ASSERT_EQ(input_forms(p).size(), 1u);
  EXPECT_EQ(input_forms(p)[0].text(), "FIR of 20 x 0.1 s");
  p.runs[0].interval = 0.01;
  ASSERT_EQ(input_forms(p).size(), 2u);
  EXPECT_EQ(input_forms(p)[0].text(), "FIR of 32 x 0.01 s");
  EXPECT_EQ(input_forms(p)[1].text(), "FIR of 29 x 0.07 s");
  p.runs[0].interval = 4;  // longer than the memory
  EXPECT_EQ(input_forms(p)[0].text(), "FIR of 1 x 4 s");
}

TEST(InputColumns, OfCountsAreThoseOfTheStretchThatIsCounted) {
  BaselineProblem p = two_runs();  // samples at 0.5, 2.5, … s; the input is on from 3 s to 10 s
  p.recording.counts = true;
  const MatrixXd bins = input_columns(p, {0, 0}, {InputForm::Kind::fir, 2, 2});
  EXPECT_CLOSE(bins(1, 0), 0.75, Tolerance::rounding(4));  // 2.5 … 4.5 s
  EXPECT_EQ(bins(1, 1), 0);
  EXPECT_CLOSE(bins(2, 1), 0.75, Tolerance::rounding(4));
  EXPECT_EQ(bins(2, 0), 1);
  const MatrixXd held = input_columns(p, {0, 0}, {InputForm::Kind::held, 0, 0});
  EXPECT_EQ(held(0, 0), 0);  // 1.5 s
  EXPECT_EQ(held(1, 0), 1);  // 3.5 s
}

}  // namespace
}  // namespace insula::regression
