// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "framework/evaluation/scores.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

TEST(ModelProbabilities, AreInTheRatioOfTheEvidences) {
  const auto p = model_probabilities(std::vector<double>{0, std::log(3.0)});
  EXPECT_CLOSE(p[0], 0.25, Tolerance::rounding(4));
  EXPECT_CLOSE(p[1], 0.75, Tolerance::rounding(4));
}

TEST(ModelProbabilities, DoNotOverflowOrDependOnAShift) {
  const auto p = model_probabilities(std::vector<double>{-1e6, -1e6 - 3, -1e6 + 2});
  const auto q = model_probabilities(std::vector<double>{1e6, 1e6 - 3, 1e6 + 2});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_CLOSE(p[i], q[i], Tolerance::rounding(8));
  EXPECT_CLOSE(std::accumulate(p.begin(), p.end(), 0.0), 1, Tolerance::rounding(4));
}

TEST(ModelProbabilities, GiveNothingToAModelThatCannotBeAndSetAFailedOneApart) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto p = model_probabilities(std::vector<double>{5, -inf, std::nan(""), 5});
  EXPECT_EQ(p[0], 0.5);
  EXPECT_EQ(p[1], 0);
  EXPECT_TRUE(std::isnan(p[2]));
  EXPECT_EQ(p[3], 0.5);
}

TEST(ModelProbabilities, OfNoEvidenceAreNotNumbers) {
  EXPECT_TRUE(model_probabilities({}).empty());
  EXPECT_TRUE(std::isnan(model_probabilities(std::vector<double>{std::nan("")})[0]));
}

std::size_t kept(const std::vector<double>& evidence, const std::vector<std::size_t>& parameters) {
  return kept_model(evidence, parameters);
}

TEST(KeptModel, IsTheSimplestThatThreeNatsDoNotExclude) {
  EXPECT_EQ(kept({-10, -7.5}, {20, 21}), 0u) << "the larger one has not earned its parameter";
  EXPECT_EQ(kept({-10, -6.5}, {20, 21}), 1u);
  EXPECT_EQ(kept({-10, -9, -7.5}, {20, 20, 21}), 1u) << "of equally simple ones the more evident";
  EXPECT_EQ(kept({-10, -10}, {21, 20}), 1u);
  EXPECT_EQ(kept({-5}, {3}), 0u);
  EXPECT_EQ(kept({-HUGE_VAL, -5}, {1, 3}), 1u);
}

}  // namespace
}  // namespace insula::evaluation
