// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/assemble.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/inference/variational_laplace.h"
#include "modules/catalogue.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

// Two runs of 360 scans at 3.22 s with one confound.
dataset::Subject subject_of_two_runs() {
  dataset::Subject subject;
  for (const char* id : {"1", "2"}) {
    dataset::Run run;
    run.id = id;
    run.duration = 360 * 3.22;
    dataset::Recording r;
    r.name = "bold";
    r.interval = 3.22;
    r.channels = {"A"};
    r.delay = {0};
    r.samples = Eigen::MatrixXd::Zero(360, 1);
    r.confounds = 5 * Eigen::MatrixXd::Random(360, 1);
    run.recordings = {std::move(r)};
    subject.runs.push_back(std::move(run));
  }
  return subject;
}

// SPM's high-pass filter of 128 s has 18 cosines for 360 scans at 3.22 s.
TEST(Nuisance, HasAConstantAndEachRunsOwnConfoundsAndCosines) {
  const Nuisance n = nuisance(subject_of_two_runs(), "bold", 128);
  EXPECT_EQ(n.first_drift, 3);
  ASSERT_EQ(n.columns.cols(), 3 + 2 * 18);
  EXPECT_EQ(n.columns.block(360, 1, 360, 1).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(n.columns.block(0, 2, 360, 1).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(n.columns.block(360, 3, 360, 18).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(n.columns.block(0, 21, 360, 18).cwiseAbs().maxCoeff(), 0);
}

TEST(Nuisance, HasColumnsOfUnitRootMeanSquareWhereTheyLive) {
  const Nuisance n = nuisance(subject_of_two_runs(), "bold", 128);
  EXPECT_CLOSE(n.columns.col(0).squaredNorm(), 720, Tolerance::rounding(1000));
  for (Eigen::Index c = 1; c < n.columns.cols(); ++c)
    EXPECT_CLOSE(n.columns.col(c).squaredNorm(), 360, Tolerance::rounding(1000));
}

TEST(Nuisance, WithoutACutoffIsTheConstantAndTheConfounds) {
  EXPECT_EQ(nuisance(subject_of_two_runs(), "bold", 0).columns.cols(), 3);
}

// What 24 confounds do in a run that is held out is not known, but it is not more than half of the
// channel's variance: three times the noise here at most. Flat, it would be 10^4 times.
TEST(Nuisance, OfARunThatIsHeldOutLeavesItPredictable) {
  const Experiment e = test::small_experiment(test::portable_kinds());
  dataset::Subject subject = e.dataset.subjects[0];
  subject.runs.push_back(subject.runs[0]);
  for (dataset::Run& run : subject.runs)
    run.recordings[0].confounds = Eigen::MatrixXd::Random(run.recordings[0].samples.rows(), 24);
  const evaluation::Fold fold{"2", {{1, 0, subject.runs[1].duration}}};
  const auto assembled = assemble(e.hypotheses[1].architecture, subject, {&fold, e.gap}, {});
  const inference::Fit fit = inference::variational_laplace(assembled->problem, {});
  for (const inference::ChannelFit& channel : fit.channels) {
    const Eigen::Index n = channel.prediction_sd.size() / 2;
    const double seen = channel.prediction_sd.head(n).mean();
    EXPECT_GT(channel.prediction_sd.tail(n).mean(), seen);
    EXPECT_LT(channel.prediction_sd.tail(n).mean(), 3 * seen);
  }
}

TEST(Scaling, BringsArbitraryUnitsToARangeOfFourFromTrainingSamplesAlone) {
  const Catalogue kinds = catalogue();
  Experiment e = test::small_experiment(kinds);
  dataset::Subject subject = e.dataset.subjects[0];
  dataset::Recording& r = subject.runs[0].recordings[0];
  r.unit = "a.u.";
  const evaluation::Fold fold = evaluation::split_blocks({subject.runs[0].duration}, 3)[2];
  const auto assembled = assemble(e.hypotheses[0].architecture, subject, {&fold, e.gap}, {});
  double range = 0;
  for (std::size_t c = 0; c < 2; ++c) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (std::size_t i = 0; i < assembled->problem.channels[c].use.size(); ++i) {
      if (!assembled->problem.channels[c].use[i]) continue;
      const double y = assembled->problem.channels[c].data[static_cast<Eigen::Index>(i)];
      low = std::min(low, y);
      high = std::max(high, y);
    }
    range = std::max(range, high - low);
  }
  EXPECT_CLOSE(range, 4, Tolerance::rounding(16));
}

TEST(Scaling, LeavesDataInTheModelsUnitsAlone) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  const auto assembled = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  for (const Scaling& s : assembled->scaling) {
    EXPECT_EQ(s.factor, 1);
    EXPECT_EQ(s.centre, 0);
  }
}

TEST(BaselineProblems, HoldNothingButTrainingSamples) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  const dataset::Subject& subject = e.dataset.subjects[0];
  const evaluation::Fold fold = evaluation::split_blocks({subject.runs[0].duration}, 3)[1];
  const BaselineProblem p = assemble_baseline(e, targets(e), "bold", subject, {&fold, e.gap});
  const dataset::Recording& r = subject.runs[0].recordings[0];
  for (Eigen::Index i = 0; i < p.runs[0].data.rows(); ++i)
    for (Eigen::Index c = 0; c < 2; ++c)
      EXPECT_EQ(std::isfinite(p.runs[0].data(i, c)),
                evaluation::part_of(fold, 0, r.time(i, c), e.gap) == evaluation::Part::train);
  EXPECT_EQ(p.runs[0].inputs.size(), 2u);
}

}  // namespace
}  // namespace insula::experiment
