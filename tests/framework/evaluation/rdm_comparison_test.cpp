// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rdm_comparison.h"

#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "tests/framework/evaluation/repeats.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

constexpr Similarity kAll[] = {
    Similarity::pearson, Similarity::spearman, Similarity::kendall_tau_a};

std::vector<Rdm> rows_of(const Eigen::MatrixXd& y) {
  std::vector<Rdm> rows;
  for (Eigen::Index i = 0; i < y.rows(); ++i) rows.push_back(y.row(i).transpose());
  return rows;
}

TEST(RdmCeiling, IsExactForPearsonWhereNoiseIsUncorrelated) {
  const double signal = 2, noise = 3;
  for (const int n : {2, 5}) {
    const RdmCeiling c =
        rdm_ceiling(Similarity::pearson, rows_of(exact_repeats(n, 45, signal, noise)));
    EXPECT_CLOSE(c.lower,
                 signal / std::sqrt((signal + noise) * (signal + noise / (n - 1))),
                 Tolerance::rounding(1000, 1));
    EXPECT_CLOSE(
        c.upper, std::sqrt((signal + noise / n) / (signal + noise)), Tolerance::rounding(1000, 1));
  }
}

TEST(RdmCeiling, HoldsTheTrueRdmBetweenItsBounds) {
  for (const Similarity kind : kAll) {
    Stream random(3, "subjects");
    Spread below, above;
    for (int i = 0; i < 100; ++i) {
      const Rdm truth = ar1_series(66, 0, random);
      std::vector<Rdm> subjects;
      for (int s = 0; s < 6; ++s) subjects.push_back(truth + 1.5 * ar1_series(66, 0, random));
      const RdmCeiling c = rdm_ceiling(kind, subjects);
      double of_truth = 0;
      for (const Rdm& subject : subjects) of_truth += similarity(kind, truth, subject) / 6;
      EXPECT_LT(of_truth, c.upper);  // no RDM is more like these subjects on average
      EXPECT_LT(c.lower, c.upper);
      below.add(of_truth - c.lower);
      above.add(c.upper - of_truth);
    }
    EXPECT_GT(below.mean(), 5 * below.sd() / 10);
    EXPECT_GT(above.mean(), 5 * above.sd() / 10);
  }
}

TEST(RdmCeiling, IsOneForSubjectsThatAgreeUpToWhatASimilarityIgnores) {
  const Rdm rdm = cosine(3, 45) + cosine(7, 45);
  const std::vector<Rdm> scaled{rdm, 2 * rdm, (3 * rdm.array() + 5).matrix()};
  const RdmCeiling c = rdm_ceiling(Similarity::pearson, scaled);
  EXPECT_CLOSE(c.lower, 1, Tolerance::rounding(100));
  EXPECT_CLOSE(c.upper, 1, Tolerance::rounding(100));
  const std::vector<Rdm> ordered{rdm, rdm.array().exp().matrix(), rdm.array().cube().matrix()};
  EXPECT_CLOSE(rdm_ceiling(Similarity::spearman, ordered).lower, 1, Tolerance::rounding(100));
}

TEST(RdmCeiling, DoesNotLetASubjectIntoItsOwnLowerBound) {
  // Two subjects without anything in common: only the one who is part of the mean is like it.
  const std::vector<Rdm> two{cosine(3, 45), cosine(5, 45)};
  const RdmCeiling c = rdm_ceiling(Similarity::pearson, two);
  EXPECT_CLOSE(c.lower, 0, Tolerance::rounding(100, 1));
  EXPECT_CLOSE(c.upper, std::sqrt(0.5), Tolerance::rounding(100));
}

TEST(Similarity, LeavesUnknownPairsOut) {
  Rdm a = cosine(3, 45), b = cosine(3, 45) + 0.5 * cosine(5, 45);
  Rdm short_a = a.head(40), short_b = b.head(40);
  a.tail(5).setConstant(std::numeric_limits<double>::quiet_NaN());
  for (const Similarity kind : kAll)
    EXPECT_EQ(similarity(kind, a, b), similarity(kind, short_a, short_b));
  a.setConstant(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(std::isnan(similarity(Similarity::pearson, a, b)));
}

TEST(Pooled, IsMostLikeAllOnAverage) {
  Stream random(5, "pool");
  std::vector<Rdm> subjects;
  for (int s = 0; s < 4; ++s) subjects.push_back((s + 1) * ar1_series(30, 0.3, random));
  const auto mean_similarity = [&](Similarity kind, const Rdm& rdm) {
    double mean = 0;
    for (const Rdm& subject : subjects) mean += similarity(kind, rdm, subject) / 4;
    return mean;
  };
  for (const Similarity kind : {Similarity::pearson, Similarity::spearman}) {
    const Rdm best = pooled(kind, subjects);
    const double value = mean_similarity(kind, best);
    for (int i = 0; i < 200; ++i)
      EXPECT_LE(mean_similarity(kind, best + 0.1 * best.norm() / 5 * ar1_series(30, 0, random)),
                value + 1e-12);
  }
}

TEST(RdmComparison, RefusesOneSubjectAndDifferentStimuli) {
  const Rdm rdm = cosine(3, 45);
  EXPECT_THROW(rdm_ceiling(Similarity::pearson, {rdm}), InternalError);
  EXPECT_THROW(similarity(Similarity::pearson, rdm, rdm.head(36)), InternalError);
  EXPECT_THROW(pooled(Similarity::pearson, {rdm, rdm.head(36)}), InternalError);
  EXPECT_THROW(pooled(Similarity::pearson, {}), InternalError);
}

}  // namespace
}  // namespace insula::evaluation
