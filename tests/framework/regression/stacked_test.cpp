// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/stacked.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/error.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

BaselineProblem delayed_problem() {
  BaselineProblem p;
  p.recording.modality = "bold";
  p.channels = {"a", "b", "c", "d"};
  p.gap = 4;
  p.nuisance_penalty = Eigen::Vector2d(0, 1);
  for (int r = 0; r < 2; ++r) {
    BaselineRun run;
    run.interval = 2;
    run.start = 1;
    run.delay = {0, 0.5, 0, 0};
    run.data = random_matrix(20 + r, 4, "data");
    run.data(3, 3) = std::nan("");
    run.nuisance = 7 * random_matrix(20 + r, 2, "nuisance");
    p.runs.push_back(run);
  }
  return p;
}

TEST(Stack, GroupsChannelsOfOneDelayAndTheSameTrainingRows) {
  const Stacked all = stack(delayed_problem());
  ASSERT_EQ(all.groups.size(), 3u);
  EXPECT_EQ(all.groups[0].channels, (std::vector<Eigen::Index>{0, 2}));
  EXPECT_EQ(all.groups[1].channels, (std::vector<Eigen::Index>{1}));
  EXPECT_EQ(all.groups[2].channels, (std::vector<Eigen::Index>{3}));
  EXPECT_EQ(all.groups[0].train.size(), 41u);
  EXPECT_EQ(all.groups[2].train.size(), 39u);
  EXPECT_EQ(all.groups[0].folds.size(), 5u);
}

TEST(Stack, LaysRunsEndToEnd) {
  const Stacked all = stack(delayed_problem());
  EXPECT_EQ(all.rows(), 41);
  EXPECT_EQ(all.run_start, (std::vector<Eigen::Index>{0, 20}));
  EXPECT_EQ(all.run[19], 0);
  EXPECT_EQ(all.run[20], 1);
  EXPECT_EQ(all.time[20], 1);
  EXPECT_EQ(all.time[40], 41);
}

TEST(Stack, GivesNuisanceColumnsUnitSize) {
  const Stacked all = stack(delayed_problem());
  const VectorXd size = all.nuisance.array().square().colwise().mean().sqrt();
  EXPECT_CLOSE(size, VectorXd::Ones(2), Tolerance::rounding(8));
}

TEST(Unstack, IsTheInverseOfStack) {
  const BaselineProblem p = delayed_problem();
  const Stacked all = stack(p);
  const BaselinePrediction back = unstack(p, all.data, Eigen::Vector4d(1, 2, 3, 4));
  ASSERT_EQ(back.mean.size(), 2u);
  EXPECT_EQ(back.mean[1].leftCols(3), p.runs[1].data.leftCols(3));
  EXPECT_EQ(back.sd[0].rows(), 20);
  EXPECT_EQ(back.sd[0](7, 2), 3);
}

TEST(PredictiveSd, IsThatOfHeldOutErrorsWhereThereAreAny) {
  MatrixXd residual(2, 2);
  residual << 1, 2, -1, -2;
  const VectorXd sd = predictive_sd(Eigen::Vector2d(9, std::nan("")), residual);
  EXPECT_EQ(sd, Eigen::Vector2d(3, 2));
}

TEST(Stack, RefusesAProblemThatContradictsItself) {
  BaselineProblem p = delayed_problem();
  p.runs[1].delay.pop_back();
  EXPECT_THROW(stack(p), InternalError);
  p = delayed_problem();
  p.runs[0].nuisance(0, 0) = std::nan("");
  EXPECT_THROW(stack(p), InternalError);
  p.runs.clear();
  EXPECT_THROW(stack(p), InternalError);
}

}  // namespace
}  // namespace insula::regression
