// SPDX-License-Identifier: Apache-2.0
// Held-out data must not reach a prediction, and time must not pass for knowledge.
#include <gtest/gtest.h>

#include "tests/modules/baselines/problem.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

class Leak : public testing::TestWithParam<const BaselineKind*> {};
INSTANTIATE_TEST_SUITE_P(Baselines, Leak, testing::ValuesIn(kKinds), [](const auto& each) {
  return std::string(each.param->name);
});

TEST_P(Leak, DoesNotSeeAMarkerOutsideTheTrainingPart) {
  const BaselineProblem empty = empty_problem(240, 3.22, 3, 1);
  const MatrixXd observed = noise(240, 3, 0.5, 2);
  for (const auto& fold : evaluation::split_blocks({empty.runs[0].duration}, 4)) {
    MatrixXd marked = observed;
    for (Index s = 0; s < 240; ++s) {
      if (evaluation::part_of(fold, 0, double(s) * 3.22, 32) != evaluation::Part::train) {
        marked.row(s).setConstant(1e6);
      }
    }
    const BaselinePrediction clean = GetParam()->predict(with_training(empty, {observed}, fold));
    const BaselinePrediction dirty = GetParam()->predict(with_training(empty, {marked}, fold));
    EXPECT_TRUE(same_bits(clean.mean, dirty.mean));
    EXPECT_TRUE(same_bits(clean.sd, dirty.sd));
    EXPECT_EQ(clean.tuned, dirty.tuned);
  }
}

TEST_P(Leak, SeesAMarkerInsideTheTrainingPart) {
  // The test above could pass by not looking at data at all.
  const BaselineProblem empty = empty_problem(240, 3.22, 3, 1);
  MatrixXd observed = noise(240, 3, 0.5, 2);
  const auto fold = evaluation::split_blocks({empty.runs[0].duration}, 4)[0];
  const BaselinePrediction clean = GetParam()->predict(with_training(empty, {observed}, fold));
  observed(200, 0) += 1;
  const BaselinePrediction other = GetParam()->predict(with_training(empty, {observed}, fold));
  EXPECT_FALSE(same_bits(clean.mean, other.mean));
}

TEST_P(Leak, PredictsHeldOutSamplesFromInputsAlone) {
  // A change of the inputs near the end leaves the fit and all predictions before it as they are,
  // and changes those after it, although there are no data.
  BaselineProblem problem = empty_problem(240, 3.22, 1, 1);
  problem.runs[0].data = noise(240, 1, 0.5, 2);
  for (Index s = 0; s < 240; ++s)
    problem.runs[0].data(s, 0) += held_at(problem.runs[0].inputs[1], 3.22 * double(s) - 6);
  problem.runs[0].data.bottomRows(70).setConstant(std::nan(""));
  BaselineProblem changed = problem;
  for (BaselineInput& input : changed.runs[0].inputs) {
    for (std::size_t i = 0; i < input.onset.size(); ++i) {
      if (input.onset[i] > 3.22 * 175) input.value[i] += 1;
    }
  }
  const MatrixXd before = GetParam()->predict(problem).mean[0];
  const MatrixXd after = GetParam()->predict(changed).mean[0];
  EXPECT_EQ(before.topRows(175), after.topRows(175));
  const bool has_inputs = GetParam() != &mean && GetParam() != &time_only;
  EXPECT_EQ(before.bottomRows(60) != after.bottomRows(60), has_inputs);
}

// Autocorrelated noise without any signal, its drift columns free.
struct Trap {
  BaselineProblem empty = empty_problem(360, 3.22, 1, 5);
  MatrixXd observed = noise(360, 1, 0.8, 6);

  explicit Trap(double penalty) {
    empty.nuisance_penalty.tail(empty.nuisance_penalty.size() - 1).setConstant(penalty);
  }
  std::vector<evaluation::HeldOut> in_blocks(const BaselineKind& kind) const {
    return cross_validate(kind, empty, observed, 6, 0);
  }
  /// Every other sample held out, as a shuffled split does.
  std::vector<evaluation::HeldOut> interleaved(const BaselineKind& kind) const {
    BaselineProblem problem = empty;
    std::vector<Index> test;
    for (Index s = 0; s < 360; ++s) {
      if (s % 2 == 0) {
        problem.runs[0].data(s, 0) = observed(s, 0);
      } else {
        test.push_back(s);
      }
    }
    return {held_out(problem, observed, kind.predict(problem), test, 0)};
  }
};

TEST(ShuffledTime, LetsPositionPassForKnowledgeAndBlocksDoNot) {
  for (const char* name : {"r2", "log_density"}) {
    for (const double penalty : {0.0, 1.0}) {
      const Trap trap(penalty);
      const auto blocks = evaluation::difference(
          metric(name), trap.in_blocks(time_only), trap.in_blocks(mean), {32, 1000, 1, "blocks"});
      EXPECT_LE(blocks.low, 0) << name << " with drift penalty " << penalty;
    }
  }
  const Trap trap(0);
  const auto shuffled = evaluation::difference(
      metric("r2"), trap.interleaved(time_only), trap.interleaved(mean), {32, 1000, 1, "shuffled"});
  EXPECT_GT(shuffled.low, 0);
}

TEST(Inputs, HelpNobodyWhereTheyDoNothing) {
  const Trap trap(1);
  for (const BaselineKind* kind : {&hrf_glm, &kernel_ridge, &pls, &ridge, &var}) {
    const auto gain = evaluation::difference(
        metric("r2"), trap.in_blocks(*kind), trap.in_blocks(mean), {32, 1000, 1, "blocks"});
    EXPECT_LE(gain.low, 0) << kind->name;
    EXPECT_GT(gain.value, -0.5) << kind->name << ": tuning keeps an empty model from harm";
  }
}

}  // namespace
}  // namespace insula::baselines
