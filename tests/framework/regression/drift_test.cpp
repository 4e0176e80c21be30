// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/drift.h"

#include <gtest/gtest.h>

#include "framework/numerics/cosine_set.h"
#include "tests/framework/regression/random_matrix.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Channel "drifting" is a slow trend with little noise, channel "noisy" is noise alone.
BaselineProblem drifting_problem() {
  BaselineProblem p;
  p.recording.modality = "bold";
  p.channels = {"drifting", "noisy"};
  p.gap = 20;
  BaselineRun run;
  run.interval = 2;
  run.delay = {0, 0};
  run.nuisance = numerics::cosine_set(300, 8);
  run.data = random_matrix(300, 2, "data");
  run.data.col(0) = 0.1 * run.data.col(0) + 100 * run.nuisance.col(1);
  p.nuisance_penalty = Eigen::VectorXd::Ones(8);
  p.nuisance_penalty[0] = 0;
  p.runs = {run};
  return p;
}

TEST(TuneDrift, BelievesInDriftWhereItPredicts) {
  const BaselineProblem p = drifting_problem();
  Stacked all = stack(p);
  tune_drift(p, nullptr, all);
  ASSERT_EQ(all.groups.size(), 2u);
  EXPECT_EQ(all.groups[0].channels, std::vector<Index>{0});
  EXPECT_LE(all.groups[0].drift_factor, 100);
  EXPECT_EQ(all.groups[1].channels, std::vector<Index>{1});
  EXPECT_GE(all.groups[1].drift_factor, 1000);
  EXPECT_EQ(all.penalty(all.groups[1])[0], 0);
  EXPECT_EQ(drift_text(p, all).size(), 2u);
  EXPECT_EQ(drift_text(p, all)[0].first, "drift penalty of drifting");
}

TEST(TuneDrift, LeavesFreeColumnsFree) {
  BaselineProblem p = drifting_problem();
  p.nuisance_penalty.setZero();
  Stacked all = stack(p);
  tune_drift(p, nullptr, all);
  EXPECT_EQ(all.groups.size(), 1u);
  EXPECT_EQ(all.groups[0].drift_factor, 1);
  EXPECT_TRUE(drift_text(p, all).empty());
}

}  // namespace
}  // namespace insula::regression
