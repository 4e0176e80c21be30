// SPDX-License-Identifier: Apache-2.0
// What every baseline keeps to, whatever it is.
#include <gtest/gtest.h>

#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

class Kind : public testing::TestWithParam<const BaselineKind*> {
 protected:
  const BaselineKind& kind() const { return *GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Baselines, Kind, testing::ValuesIn(kKinds), [](const auto& each) {
  return std::string(each.param->name);
});

BaselineRecording of_rates() {
  BaselineRecording recording;
  recording.modality = "rate";
  return recording;
}

// Those that explain a recording of rates; what each explains: kernel_glm_test.cpp.
std::vector<const BaselineKind*> kinds_of_rates() {
  std::vector<const BaselineKind*> kinds;
  for (const BaselineKind* kind : kKinds)
    if (explains(*kind, of_rates())) kinds.push_back(kind);
  return kinds;
}
class KindOfRates : public Kind {};
INSTANTIATE_TEST_SUITE_P(Baselines,
                         KindOfRates,
                         testing::ValuesIn(kinds_of_rates()),
                         [](const auto& each) { return std::string(each.param->name); });

BaselineProblem filled(std::uint64_t seed = 1) {
  BaselineProblem problem = empty_problem(200, 2, 3, seed);
  problem.runs[0].delay = {0, 0.7, 0};
  problem.runs[0].data = noise(200, 3, 0.4, seed);
  problem.runs[0].data.middleRows(60, 50).setConstant(std::nan(""));
  return problem;
}

TEST_P(Kind, SaysWhatItIs) {
  EXPECT_FALSE(kind().name.empty());
  EXPECT_FALSE(kind().summary.empty());
  EXPECT_FALSE(kind().source.empty());
}

TEST_P(Kind, PredictsEverySampleOfEveryRun) {
  BaselineProblem problem = filled();
  problem.runs.push_back(problem.runs[0]);
  problem.runs[1].data.conservativeResize(120, 3);
  problem.runs[1].nuisance.conservativeResize(120, problem.runs[1].nuisance.cols());
  problem.runs[1].data.setConstant(std::nan(""));
  const BaselinePrediction prediction = kind().predict(problem);
  ASSERT_EQ(prediction.mean.size(), 2u);
  ASSERT_EQ(prediction.sd.size(), 2u);
  EXPECT_EQ(prediction.mean[1].rows(), 120);
  EXPECT_EQ(prediction.sd[0].cols(), 3);
  for (const auto& mean : prediction.mean) EXPECT_TRUE(mean.allFinite());
  for (const auto& sd : prediction.sd) EXPECT_GT(sd.minCoeff(), 0);
}

TEST_P(Kind, GivesTheSameBytesTwice) {
  const BaselinePrediction first = kind().predict(filled()), second = kind().predict(filled());
  EXPECT_TRUE(same_bits(first.mean, second.mean));
  EXPECT_TRUE(same_bits(first.sd, second.sd));
  EXPECT_EQ(first.tuned, second.tuned);
}

TEST_P(Kind, DoesNotCareForTheOrderOfChannels) {
  BaselineProblem problem = filled(), turned = problem;
  const std::vector<Index> order{2, 0, 1};
  turned.runs[0].data = problem.runs[0].data(Eigen::all, order);
  for (std::size_t c = 0; c < 3; ++c) {
    turned.runs[0].delay[c] = problem.runs[0].delay[std::size_t(order[c])];
    turned.channels[c] = problem.channels[std::size_t(order[c])];
  }
  const MatrixXd expected = kind().predict(problem).mean[0](Eigen::all, order);
  EXPECT_CLOSE(kind().predict(turned).mean[0],
               expected,
               Tolerance::because(1e-7, "sums in another order, through an eigendecomposition"));
}

TEST_P(Kind, DoesNotCareForTheUnitsOfTheData) {
  BaselineProblem problem = filled(), scaled = problem;
  scaled.runs[0].data = 1e3 * problem.runs[0].data.array() + 5e3;
  const BaselinePrediction a = kind().predict(problem), b = kind().predict(scaled);
  EXPECT_CLOSE(
      (b.mean[0].array() - 5e3).matrix() / 1e3,
      a.mean[0],
      Tolerance::because(1e-7, "the start of a VAR's course hangs on the mean to rounding"));
  EXPECT_CLOSE(b.sd[0] / 1e3, a.sd[0], Tolerance::because(1e-7, "the same"));
}

TEST_P(Kind, LeavesAChannelWithoutTrainingSamplesUnknown) {
  BaselineProblem problem = filled();
  problem.runs[0].data.col(1).setConstant(std::nan(""));
  const BaselinePrediction prediction = kind().predict(problem);
  EXPECT_TRUE(prediction.mean[0].col(1).array().isNaN().all());
  EXPECT_TRUE(prediction.mean[0].col(0).allFinite());
  EXPECT_TRUE(prediction.mean[0].col(2).allFinite());
  problem.runs[0].data.setConstant(std::nan(""));
  EXPECT_TRUE(kind().predict(problem).mean[0].array().isNaN().all());
}

TEST_P(Kind, LivesWithScatteredMissingSamples) {
  for (const double share : {0.1, 0.6}) {  // the latter leaves a VAR no row with all its lags
    BaselineProblem problem = filled();
    Stream random(1, "missing");
    for (double& value : problem.runs[0].data.reshaped()) {
      if (random.uniform() < share) value = std::nan("");
    }
    const BaselinePrediction prediction = kind().predict(problem);
    EXPECT_TRUE(prediction.mean[0].allFinite());
    // Noise is not predictable: no prediction leaves its range, and none is surer than it should
    // be.
    EXPECT_LT(prediction.mean[0].cwiseAbs().maxCoeff(), 6) << share;
    EXPECT_GT(prediction.sd[0].minCoeff(), 0.6) << share;
  }
}

TEST_P(Kind, LivesWithVeryFewSamplesAndConstantData) {
  BaselineProblem problem = filled();
  problem.runs[0].data.topRows(196).setConstant(std::nan(""));
  EXPECT_TRUE(kind().predict(problem).mean[0].allFinite());
  problem = filled();
  problem.runs[0].data.col(0).setConstant(3);
  const BaselinePrediction prediction = kind().predict(problem);
  EXPECT_CLOSE(prediction.mean[0].col(0),
               Eigen::VectorXd::Constant(200, 3),
               Tolerance::because(1e-9, "a constant, through QR and eigendecompositions"));
  EXPECT_TRUE(prediction.mean[0].allFinite());
}

TEST_P(Kind, LivesWithoutInputsAndWithoutNuisance) {
  BaselineProblem problem = filled();
  problem.runs[0].inputs.clear();
  EXPECT_TRUE(kind().predict(problem).mean[0].allFinite());
  problem.runs[0].nuisance.resize(200, 0);
  problem.nuisance_penalty.resize(0);
  EXPECT_TRUE(kind().predict(problem).mean[0].allFinite());
}

TEST_P(Kind, LivesWithInputsThatTrainingDoesNotShow) {
  BaselineProblem problem = filled();
  for (BaselineInput& input : problem.runs[0].inputs) input = {input.name, {390}, {1}};
  problem.runs[0].data.bottomRows(10).setConstant(std::nan(""));
  EXPECT_TRUE(kind().predict(problem).mean[0].allFinite());
}

TEST_P(KindOfRates, TakesInputsAsTheyAreWhereThereIsNoHaemodynamics) {
  BaselineProblem problem = empty_problem(300, 0.5, 1, 3);
  problem.recording = of_rates();
  problem.gap = 4;
  const MatrixXd truth = MatrixXd::NullaryExpr(300, 1, [&](Index s, Index) {
    const auto& input = problem.runs[0].inputs[0];
    double value = 0;
    for (std::size_t i = 0; i < input.onset.size(); ++i) {
      if (input.onset[i] <= 0.5 * double(s)) value = input.value[i];
    }
    return 2 * value;
  });
  problem.runs[0].data = truth + 0.1 * noise(300, 1, 0, 4);
  problem.runs[0].data.middleRows(200, 60).setConstant(std::nan(""));
  const MatrixXd error =
      kind().predict(problem).mean[0].middleRows(200, 60) - truth.middleRows(200, 60);
  const double rms = std::sqrt(error.array().square().mean());
  const bool has_inputs = &kind() != &mean && &kind() != &time_only && &kind() != &low_level;
  if (has_inputs) {
    EXPECT_LT(rms, 0.1);
  } else {
    EXPECT_GT(rms, 0.5);
  }
}

TEST(Mean, IsThatOfTheTrainingSamples) {
  BaselineProblem problem = empty_problem(20, 2, 1, 1);
  for (Index s = 0; s < 20; ++s) problem.runs[0].data(s, 0) = s < 10 ? 1 : 3;
  problem.runs[0].data.bottomRows(5).setConstant(std::nan(""));
  const BaselinePrediction prediction = mean.predict(problem);
  EXPECT_CLOSE(prediction.mean[0], MatrixXd::Constant(20, 1, 25.0 / 15), Tolerance::rounding(8));
}

TEST(Tuned, NamesWhatWasChosen) {
  const auto text = [](const BaselineKind& kind) {
    std::vector<std::string> names;
    for (const auto& [name, value] : kind.predict(filled()).tuned) names.push_back(name);
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(text(mean), Names{});
  EXPECT_EQ(text(time_only)[0], "drift penalty of c0");
  EXPECT_EQ(text(hrf_glm)[3], "autocorrelation of c0");
  EXPECT_EQ(text(ridge)[3], "inputs of c0");
  EXPECT_EQ(text(ridge)[4], "penalty of c0");
  const Names var_names{"lags", "inputs", "penalty", "penalty of lags"};
  const Names found = text(var);
  EXPECT_EQ(Names(found.begin() + 3, found.end()), var_names);
}

}  // namespace
}  // namespace insula::baselines
