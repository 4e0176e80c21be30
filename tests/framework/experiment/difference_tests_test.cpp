// SPDX-License-Identifier: Apache-2.0
// From held-out samples to rows of tests, over subjects and over blocks.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/experiment/run.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using report::TestRow;

// People whose choices follow the stimulus, and a hypothesis that knows it.
report::Results decided(std::size_t subjects) {
  const dataset::Folder folder;
  test::write_decisions(folder, std::vector<test::Decider>(subjects), 120, 3);
  test::write_hypothesis(folder, "follows", "kind: ddm, drift: [signal]");
  test::write_hypothesis(folder, "noisy", "kind: ddm, drift: [noise]");
  const Experiment e =
      test::load_decisions(folder,
                           "hypotheses: [follows.yaml, noisy.yaml]\nbaselines: [constant]\n"
                           "inference: {pareto_draws: 0}\nvalidation: {split: blocks, folds: 2}\n");
  return run(e, test::portable_kinds());
}

TEST(DifferenceTests, AreOverSubjectsWhereThereAreSix) {
  const report::Results results = decided(6);
  ASSERT_EQ(results.tests.size(), 2U);  // a density is of the whole answer: one channel
  const TestRow& follows = results.tests[0];
  EXPECT_EQ(follows.model, "follows");
  EXPECT_EQ(follows.other, "constant");
  EXPECT_EQ(follows.units, "subjects");
  EXPECT_EQ(follows.n, 6);
  EXPECT_EQ(follows.p, 2.0 / 64);  // all six gain: two of all flips reach as far
  EXPECT_EQ(follows.metric, "log_density");
  EXPECT_GT(follows.difference, 0.1);
  EXPECT_GT(results.tests[1].p, follows.p);
}

TEST(DifferenceTests, AreOverBlocksOfFewSubjectsAndAddUpToTheScores) {
  const report::Results results = decided(1);
  ASSERT_EQ(results.tests.size(), 2U);
  const TestRow& follows = results.tests[0];
  EXPECT_EQ(follows.units, "blocks of 10 trials");
  EXPECT_EQ(follows.n, 12);
  EXPECT_LT(follows.p_family, 0.01);
  EXPECT_LE(follows.p, follows.p_family);
  double gain = 0;
  for (const report::ComparisonRow& row : results.comparison) {
    if (row.model == "follows") gain += row.log_density;
    if (row.model == "constant") gain -= row.log_density;
  }
  EXPECT_CLOSE(follows.difference, gain, Tolerance::rounding(400, 2));
}

}  // namespace
}  // namespace insula::experiment
