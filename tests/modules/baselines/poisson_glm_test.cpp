// SPDX-License-Identifier: Apache-2.0
// What the regression of counts keeps to, and what it finds.
#include <gtest/gtest.h>

#include "framework/regression/input_columns.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kCountInterval = 0.2;

// Counts until the product of uniforms is below e^{−mean}: Knuth 1997, TAOCP 2, sec. 3.4.1.
MatrixXd drawn(const MatrixXd& mean, std::uint64_t seed) {
  Stream random(seed, "counts");
  return mean.unaryExpr([&](double each) {
    double count = 0;
    for (double product = random.uniform(); product > std::exp(-each); product *= random.uniform())
      count += 1;
    return count;
  });
}

BaselineProblem count_problem(Index samples, int channels) {
  BaselineProblem problem = empty_problem(samples, kCountInterval, channels, 31);
  problem.recording = {"spikes", {}, 2, true};
  problem.gap = 2;
  problem.runs[0].nuisance = MatrixXd::Ones(samples, 1);
  problem.nuisance_penalty = VectorXd::Zero(1);
  return problem;
}

// Rates of 8 spikes/s that the first input doubles after 0.4 s and the second one halves.
struct CountWorld {
  BaselineProblem problem;
  MatrixXd mean, counts;

  explicit CountWorld(Index samples = 900, int channels = 1)
      : problem(count_problem(samples, channels)) {
    const MatrixXd bins = regression::input_columns(
        problem, {0}, {regression::InputForm::Kind::fir, 10, kCountInterval});
    const VectorXd eta =
        std::log(8.0) + std::log(2.0) * bins.col(2).array() - std::log(2.0) * bins.col(10).array();
    mean = (kCountInterval * eta.array().exp()).matrix().replicate(1, channels);
    counts = drawn(mean, 32);
    problem.runs[0].data = counts;
  }
};

TEST(PoissonGlm, FindsTheRateOfAHeldOutBlock) {
  CountWorld world;
  world.problem.runs[0].data.middleRows(380, 220).setConstant(std::nan(""));
  const BaselinePrediction prediction = poisson_glm.predict(world.problem);
  EXPECT_TRUE(prediction.counts);
  const auto log_rate = [](const MatrixXd& mean) {
    return VectorXd((mean.col(0).segment(400, 180) / kCountInterval).array().log());
  };
  const VectorXd error = log_rate(prediction.mean[0]) - log_rate(world.mean);
  // The rates themselves differ by a factor of up to 4: an sd of about 0.5.
  EXPECT_LT(std::sqrt(error.squaredNorm() / 180), 0.2);
  EXPECT_TRUE((prediction.sd[0].array() == prediction.mean[0].array().sqrt()).all());
  ASSERT_EQ(prediction.tuned.size(), 2u);
  EXPECT_EQ(prediction.tuned[0],
            std::pair(std::string("inputs of c0"), std::string("FIR of 10 x 0.2 s")));
  EXPECT_EQ(prediction.tuned[1].first, "penalty of c0");
}

TEST(PoissonGlm, IsTheMeanCountWithoutInputs) {
  CountWorld world;
  world.problem.runs[0].inputs.clear();
  world.problem.runs[0].data.middleRows(0, 100).setConstant(std::nan(""));
  EXPECT_CLOSE(poisson_glm.predict(world.problem).mean[0].col(0),
               VectorXd::Constant(900, world.counts.col(0).tail(800).mean()),
               Tolerance::because(1e-12, "the closed form of a constant rate"));
}

TEST(PoissonGlm, KnowsTheLengthOfASample) {
  // Rate times interval: a second run of samples twice as long holds twice the counts.
  BaselineProblem problem = count_problem(200, 1);
  problem.runs[0].inputs.clear();
  problem.runs.push_back(problem.runs[0]);
  problem.runs[1].interval = 2 * kCountInterval;
  problem.runs[0].data = drawn(MatrixXd::Constant(200, 1, 2), 33);
  const double rate = problem.runs[0].data.mean() / kCountInterval;
  EXPECT_CLOSE(poisson_glm.predict(problem).mean[1].col(0),
               VectorXd::Constant(200, rate * 2 * kCountInterval),
               Tolerance::because(1e-12, "the closed form of a constant rate"));
}

TEST(PoissonGlm, ShrinksInputsThatDoNothing) {
  BaselineProblem problem = count_problem(600, 1);
  problem.runs[0].data = drawn(MatrixXd::Constant(600, 1, 1.5), 34);
  const MatrixXd mean = poisson_glm.predict(problem).mean[0];
  const double spread = std::sqrt((mean.array() - mean.mean()).square().mean());
  EXPECT_LT(spread, 0.1 * mean.mean());
}

TEST(PoissonGlm, DoesNotSeeAMarkerOutsideTheTrainingPart) {
  const CountWorld world(400, 2);
  BaselineProblem empty = world.problem;
  for (const auto& fold : evaluation::split_blocks({empty.runs[0].duration}, 3)) {
    MatrixXd marked = world.counts, seen = world.counts;
    Index train = -1;
    for (Index s = 0; s < 400; ++s) {
      const auto part = evaluation::part_of(fold, 0, double(s) * kCountInterval, empty.gap);
      if (part == evaluation::Part::train)
        train = s;
      else
        marked.row(s).setConstant(1e5);
    }
    seen(train, 0) += 5;
    const auto predict = [&](const MatrixXd& data) {
      return poisson_glm.predict(with_training(empty, {data}, fold));
    };
    const BaselinePrediction clean = predict(world.counts), dirty = predict(marked);
    EXPECT_TRUE(same_bits(clean.mean, dirty.mean));
    EXPECT_EQ(clean.tuned, dirty.tuned);
    EXPECT_FALSE(same_bits(clean.mean, predict(seen).mean)) << "or it looks at no data at all";
  }
}

TEST(PoissonGlm, PredictsHeldOutSamplesFromInputsAlone) {
  CountWorld world;
  world.problem.runs[0].data.bottomRows(300).setConstant(std::nan(""));
  BaselineProblem changed = world.problem;
  for (BaselineInput& input : changed.runs[0].inputs)
    for (std::size_t i = 0; i < input.onset.size(); ++i)
      if (input.onset[i] > kCountInterval * 650) input.value[i] += 1;
  const MatrixXd before = poisson_glm.predict(world.problem).mean[0];
  const MatrixXd after = poisson_glm.predict(changed).mean[0];
  EXPECT_EQ(before.topRows(650), after.topRows(650));
  EXPECT_NE(before.bottomRows(150), after.bottomRows(150));
}

TEST(PoissonGlm, LivesWithWhatRecordingsHold) {
  CountWorld world(300, 3);
  MatrixXd& data = world.problem.runs[0].data;
  Stream random(1, "missing");
  for (double& value : data.col(0).reshaped())
    if (random.uniform() < 0.4) value = std::nan("");
  data.col(1).setZero();                  // a silent neuron
  data.col(2).setConstant(std::nan(""));  // none
  const BaselinePrediction prediction = poisson_glm.predict(world.problem);
  EXPECT_TRUE(prediction.mean[0].leftCols(2).allFinite());
  EXPECT_CLOSE(prediction.mean[0].col(1),
               VectorXd::Constant(300, 0.5 / 300),
               Tolerance::rounding(10));  // half a spike in all that trained
  EXPECT_TRUE(prediction.mean[0].col(2).array().isNaN().all());
  data.topRows(296).setConstant(std::nan(""));  // too few for inner folds
  EXPECT_TRUE(poisson_glm.predict(world.problem).mean[0].col(0).allFinite());
}

TEST(PoissonGlm, ChoosesHowStronglyDriftIsBelieved) {
  // Noise around one rate, beside columns of drift that could follow it: they are held down.
  BaselineProblem problem = empty_problem(600, 2, 1, 35);
  problem.recording = {"spikes", {}, 2, true};
  problem.gap = 32;
  problem.runs[0].inputs.clear();
  problem.runs[0].data = drawn(MatrixXd::Constant(600, 1, 3), 36);
  problem.runs[0].data.middleRows(200, 150).setConstant(std::nan(""));
  const BaselinePrediction prediction = poisson_glm.predict(problem);
  EXPECT_LT((prediction.mean[0].middleRows(200, 150).array() / 3).log().cwiseAbs().maxCoeff(), 0.2);
  ASSERT_EQ(prediction.tuned.size(), 3u);
  EXPECT_EQ(prediction.tuned[2].first, "drift penalty of c0");
  EXPECT_GE(std::stod(prediction.tuned[2].second), 100);
}

TEST(PoissonGlm, GivesTheSameBytesTwiceAndToEachChannelItsOwn) {
  const CountWorld world(400, 1);
  const BaselinePrediction one = poisson_glm.predict(world.problem);
  EXPECT_TRUE(same_bits(one.mean, poisson_glm.predict(world.problem).mean));
  CountWorld two(400, 2);
  two.problem.runs[0].data.col(0) = two.counts.col(1);
  two.problem.runs[0].data.col(1) = world.counts;
  EXPECT_EQ(poisson_glm.predict(two.problem).mean[0].col(1), one.mean[0].col(0));
}

}  // namespace
}  // namespace insula::baselines
