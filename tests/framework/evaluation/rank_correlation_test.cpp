// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rank_correlation.h"

#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

Eigen::VectorXd drawn(Eigen::Index n, std::uint64_t levels, Stream& random) {
  Eigen::VectorXd x(n);
  for (double& value : x) value = static_cast<double>(random.below(levels));
  return x;
}

double pair_by_pair(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  double sum = 0, pairs = 0;
  for (Eigen::Index i = 0; i < a.size(); ++i)
    for (Eigen::Index j = 0; j < i; ++j, ++pairs) {
      const double product = (a[i] - a[j]) * (b[i] - b[j]);
      sum += product > 0 ? 1 : product < 0 ? -1 : 0;
    }
  return sum / pairs;
}

TEST(KendallTauA, CountsConcordantPairsMinusDiscordantOnes) {
  Stream random(1, "tau");
  for (const std::uint64_t levels : {2, 5, 1000})
    for (const Eigen::Index n : {2, 3, 17, 64, 101}) {
      const Eigen::VectorXd a = drawn(n, levels, random), b = drawn(n, levels, random);
      EXPECT_EQ(kendall_tau_a(a, b), pair_by_pair(a, b)) << n << " of " << levels;
    }
}

TEST(KendallTauA, IsOneOnlyWithoutTies) {
  const Eigen::VectorXd a = Eigen::VectorXd::LinSpaced(6, 0, 5);
  EXPECT_EQ(kendall_tau_a(a, a), 1);
  EXPECT_EQ(kendall_tau_a(a, -a), -1);
  Eigen::VectorXd two(6);
  two << 0, 0, 0, 1, 1, 1;
  EXPECT_CLOSE(kendall_tau_a(two, two), 9.0 / 15, Tolerance::rounding(1));
  EXPECT_EQ(kendall_tau_a(a, Eigen::VectorXd::Ones(6)), 0);
}

TEST(Ranks, ShareTheirMeanWhereValuesAreTied) {
  Eigen::VectorXd x(5), expected(5);
  x << 3, 1, 3, 9, 3;
  expected << 3, 1, 3, 5, 3;
  EXPECT_EQ(ranks(x), expected);
}

TEST(Spearman, KnowsOnlyOrder) {
  Eigen::VectorXd a(5), b(5);
  a << 1, 2, 3, 4, 5;
  b << 2, 1, 4, 3, 5;
  // 1 − 6 Σ d² / (n (n² − 1))
  EXPECT_CLOSE(spearman(a, b), 1 - 6.0 * 4 / 120, Tolerance::rounding(10));
  EXPECT_CLOSE(spearman(a.array().exp(), b.array().cube()), spearman(a, b), Tolerance::rounding(1));
  EXPECT_TRUE(std::isnan(spearman(a, Eigen::VectorXd::Ones(5))));
}

TEST(RankCorrelations, RefuseSeriesOfDifferentLengths) {
  EXPECT_THROW(spearman(Eigen::VectorXd::Zero(3), Eigen::VectorXd::Zero(4)), InternalError);
  EXPECT_THROW(kendall_tau_a(Eigen::VectorXd::Zero(3), Eigen::VectorXd::Zero(4)), InternalError);
}

}  // namespace
}  // namespace insula::evaluation
