// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/sums.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "framework/numerics/statistics.h"
#include "tests/framework/evaluation/held_out.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

TEST(Sums, OfPartsAddUpToThoseOfTheWhole) {
  // 10⁶ away from zero, where a plain sum of squares would keep five digits of the variance.
  auto folds = simulate(4, 50, 1, 0.6, 3);
  for (HeldOut& fold : folds) fold.observed.array() += 1e6, fold.predicted.array() += 1e6;
  const auto all = all_samples(folds);
  const auto from = centres(folds);
  std::vector<ScoreSums> added(folds.size());
  for (std::size_t first = 0; first < all.size(); first += 7) {
    const auto last = std::min(all.size(), first + 7);
    const auto part = score_sums(folds, from, {all.data() + first, last - first});
    for (std::size_t f = 0; f < folds.size(); ++f) added[f].add(part[f]);
  }
  for (const Metric& one : metrics())
    EXPECT_CLOSE(one.of_sums(added), one.score(folds, all), Tolerance::rounding(200, 2));
}

TEST(Sums, GiveTheCorrelationThatCentringEachFoldGives) {
  const auto folds = simulate(1, 200, 1, 0.6, 4);
  EXPECT_CLOSE(metric("r").score(folds, all_samples(folds)),
               numerics::correlation(folds[0].observed, folds[0].predicted),
               Tolerance::rounding(200, 2));
}

TEST(Sums, KnowADrawOfConstantStretchesFromOneThatVaries) {
  // Predicted: 0.1 for the first half, then 0.7. Draws from one half alone carry no information.
  auto folds = simulate(1, 80, 1, 0.6, 5);
  folds[0].predicted.head(40).setConstant(0.1);
  folds[0].predicted.tail(40).setConstant(0.7);
  const auto all = all_samples(folds);
  const auto from = centres(folds);
  const auto half = score_sums(folds, from, {all.data(), 40});
  EXPECT_EQ(metric("r").of_sums(half), 0);
  EXPECT_NE(metric("r").of_sums(score_sums(folds, from, all)), 0);
}

}  // namespace
}  // namespace insula::evaluation
