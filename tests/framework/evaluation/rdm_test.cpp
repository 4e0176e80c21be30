// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rdm.h"

#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/evaluation/repeats.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

using Eigen::MatrixXd;

MatrixXd normal(Eigen::Index rows, Eigen::Index columns, Stream& random) {
  MatrixXd x(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < columns; ++j) x(i, j) = random.normal();
  return x;
}

TEST(CorrelationRdm, IsOneMinusTheCorrelationOfPatternsInTheOrderOfPairs) {
  MatrixXd patterns(3, 3);
  patterns << 1, 2, 3,  //
      6, 4, 2,          // against the first
      1, 3, 1;          // nothing to do with either
  const Rdm rdm = correlation_rdm(patterns);
  ASSERT_EQ(rdm.size(), 3);
  EXPECT_CLOSE(rdm[0], 2, Tolerance::rounding(4));
  EXPECT_CLOSE(rdm[1], 1, Tolerance::rounding(4));
  EXPECT_CLOSE(rdm[2], 1, Tolerance::rounding(4));
  patterns.row(1).setConstant(0.1);
  EXPECT_TRUE(std::isnan(correlation_rdm(patterns)[0]));
  EXPECT_TRUE(std::isnan(correlation_rdm(patterns)[2]));
  EXPECT_CLOSE(correlation_rdm(patterns)[1], 1, Tolerance::rounding(4));
}

TEST(CorrelationRdm, IgnoresGainAndOffsetOfEachPattern) {
  Stream random(1, "patterns");
  const MatrixXd patterns = normal(6, 12, random);
  MatrixXd other = patterns;
  for (Eigen::Index i = 0; i < 6; ++i)
    other.row(i) =
        (patterns.row(i) * static_cast<double>(i + 1)).array() + static_cast<double>(3 * i);
  EXPECT_CLOSE(correlation_rdm(other), correlation_rdm(patterns), Tolerance::rounding(200, 1));
}

TEST(EuclideanRdm, IsTheMeanSquaredDifference) {
  MatrixXd patterns(3, 2);
  patterns << 0, 0, 3, 4, 0, 2;
  Rdm expected(3);
  expected << 12.5, 2, (9.0 + 4.0) / 2;
  EXPECT_CLOSE(euclidean_rdm(patterns), expected, Tolerance::rounding(2));
}

// Pair by pair and partition by partition, as it is defined.
Rdm crossnobis_by_definition(const std::vector<MatrixXd>& partitions, const MatrixXd& precision) {
  const Eigen::Index n = partitions[0].rows();
  Rdm rdm(n * (n - 1) / 2);
  Eigen::Index at = 0;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = i + 1; j < n; ++j) {
      double sum = 0, count = 0;
      for (std::size_t m = 0; m < partitions.size(); ++m)
        for (std::size_t l = 0; l < partitions.size(); ++l) {
          if (m == l) continue;
          const Eigen::RowVectorXd a = partitions[m].row(i) - partitions[m].row(j);
          const Eigen::RowVectorXd b = partitions[l].row(i) - partitions[l].row(j);
          sum += (a * precision * b.transpose())(0, 0);
          ++count;
        }
      rdm[at++] = sum / count / static_cast<double>(precision.cols());
    }
  return rdm;
}

TEST(CrossnobisRdm, IsTheMeanOverPairsOfPartitions) {
  Stream random(2, "patterns");
  std::vector<MatrixXd> partitions;
  for (int m = 0; m < 4; ++m) partitions.push_back(normal(5, 7, random));
  const MatrixXd residuals = normal(40, 7, random);
  const MatrixXd precision = shrunk_covariance(residuals, 40).precision();
  EXPECT_CLOSE(crossnobis_rdm(partitions, precision),
               crossnobis_by_definition(partitions, precision),
               Tolerance::rounding(1000, 10));
}

TEST(CrossnobisRdm, IsTheMahalanobisDistanceWithoutNoise) {
  Stream random(3, "patterns");
  const MatrixXd patterns = normal(5, 7, random);
  const MatrixXd identity = MatrixXd::Identity(7, 7);
  EXPECT_CLOSE(crossnobis_rdm({patterns, patterns, patterns}, identity),
               euclidean_rdm(patterns),
               Tolerance::rounding(500, 10));
}

TEST(CrossnobisRdm, HasNoBiasWhereTheDistanceOfMeansHasTwiceTheNoise) {
  Stream random(4, "noise");
  MatrixXd truth = normal(3, 10, random);
  truth.row(1) = truth.row(0);  // a distance of 0
  const Rdm expected = euclidean_rdm(truth);
  Spread zero, other, biased;
  int negative = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<MatrixXd> partitions;
    for (int m = 0; m < 3; ++m) partitions.push_back(truth + normal(3, 10, random));
    const Rdm rdm = crossnobis_rdm(partitions, MatrixXd::Identity(10, 10));
    zero.add(rdm[0]);
    other.add(rdm[2]);
    biased.add(euclidean_rdm(partitions[0])[0]);
    negative += rdm[0] < 0;
  }
  EXPECT_CLOSE(zero.mean(), 0, Tolerance::sampling(zero.sd(), zero.count));
  EXPECT_CLOSE(other.mean(), expected[2], Tolerance::sampling(other.sd(), other.count));
  EXPECT_CLOSE(biased.mean(), 2, Tolerance::sampling(biased.sd(), biased.count));
  EXPECT_GT(negative, 300);
}

TEST(CrossnobisRdm, DoesNotDependOnTheUnitsOfChannelsOnceNoiseIsWhitened) {
  Stream random(5, "units");
  const MatrixXd mixing = MatrixXd::Identity(4, 4) + 0.3 * normal(4, 4, random);
  const std::vector<MatrixXd> partitions{normal(5, 4, random), normal(5, 4, random)};
  const MatrixXd covariance = mixing.transpose() * mixing;
  EXPECT_CLOSE(crossnobis_rdm({partitions[0] * mixing, partitions[1] * mixing},
                              ShrunkCovariance{covariance, 0}.precision()),
               crossnobis_rdm(partitions, MatrixXd::Identity(4, 4)),
               Tolerance::rounding(1e5, 1));
}

TEST(ShrunkCovariance, IsLedoitAndWolfsByTheirSums) {
  Stream random(6, "residuals");
  MatrixXd x = normal(12, 5, random) * (MatrixXd::Identity(5, 5) + normal(5, 5, random));
  const MatrixXd s = x.transpose() * x / 12;
  const double mu = s.trace() / 5;
  const double d = (s - mu * MatrixXd::Identity(5, 5)).squaredNorm();
  double b = 0;
  for (Eigen::Index k = 0; k < 12; ++k)
    b += (x.row(k).transpose() * x.row(k) - s).squaredNorm() / (12 * 12);
  const ShrunkCovariance c = shrunk_covariance(x, 12);
  EXPECT_CLOSE(c.shrinkage, b / d, Tolerance::rounding(1e4));
  EXPECT_LT(c.shrinkage, 1);
  EXPECT_CLOSE(c.covariance,
               MatrixXd((1 - b / d) * s + b / d * mu * MatrixXd::Identity(5, 5)),
               Tolerance::rounding(1e4, mu));
  EXPECT_CLOSE(shrunk_covariance(x, 9).covariance,
               MatrixXd(c.covariance * 12 / 9),
               Tolerance::rounding(10, mu));
}

TEST(ShrunkCovariance, IsNearerToTheTruthThanTheSampleAndHasAnInverse) {
  Stream random(7, "wide");
  double shrunk = 0, sample = 0;
  for (int i = 0; i < 20; ++i) {
    const MatrixXd x = normal(15, 40, random);  // more channels than samples; the truth is I
    const ShrunkCovariance c = shrunk_covariance(x, 15);
    const MatrixXd identity = MatrixXd::Identity(40, 40);
    shrunk += (c.covariance - identity).squaredNorm();
    sample += (x.transpose() * x / 15 - identity).squaredNorm();
    EXPECT_CLOSE(MatrixXd(c.precision() * c.covariance), identity, Tolerance::rounding(1e4, 1));
  }
  EXPECT_LT(shrunk, 0.1 * sample);
  const MatrixXd many = normal(20000, 3, random) * Eigen::Vector3d(1, 2, 3).asDiagonal();
  EXPECT_LT(shrunk_covariance(many, 20000).shrinkage, 0.01);
}

TEST(Rdms, RefuseWhatIsNoPattern) {
  const MatrixXd identity = MatrixXd::Identity(3, 3);
  MatrixXd holes = identity;
  holes(1, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(correlation_rdm(identity.topRows(1)), InternalError);
  EXPECT_THROW(euclidean_rdm(holes), InternalError);
  EXPECT_THROW(crossnobis_rdm({identity}, identity), InternalError);
  EXPECT_THROW(crossnobis_rdm({identity, identity.topRows(2)}, identity), InternalError);
  EXPECT_THROW(crossnobis_rdm({identity, identity}, identity.topRows(2)), InternalError);
  EXPECT_THROW(shrunk_covariance(identity, 4), InternalError);
  EXPECT_THROW(shrunk_covariance(MatrixXd::Zero(4, 2), 3).precision(), InternalError);
}

// Subjects' RDMs: a truth, each subject's own way, and noise.
std::vector<Rdm> simulated_subjects(int subjects, const Rdm& truth, double own, Stream& random) {
  std::vector<Rdm> all;
  for (int s = 0; s < subjects; ++s)
    all.push_back(truth + own * ar1_series(truth.size(), 0, random));
  return all;
}

TEST(RdmScore, IsTheMeanSimilarityAndTheSameAtAnyThreadCount) {
  Stream random(8, "score");
  const Rdm truth = euclidean_rdm(normal(10, 5, random));
  const std::vector<Rdm> subjects = simulated_subjects(5, truth, 1, random);
  double mean = 0;
  for (const Rdm& subject : subjects) mean += similarity(Similarity::spearman, truth, subject) / 5;
  const RdmBootstrap bootstrap{Drawn::both, 50, 1, "test"};
  const RdmScore one = rdm_score(Similarity::spearman, truth, subjects, bootstrap);
  EXPECT_CLOSE(one.value, mean, Tolerance::rounding(10));
  set_threads(1);
  const RdmScore alone = rdm_score(Similarity::spearman, truth, subjects, bootstrap);
  set_threads(0);
  EXPECT_EQ(alone.low, one.low);
  EXPECT_EQ(alone.standard_error, one.standard_error);
  const RdmScore none = rdm_difference(Similarity::spearman, truth, truth, subjects, bootstrap);
  EXPECT_EQ(none.value, 0);
  EXPECT_EQ(none.standard_error, 0);
}

TEST(RdmScore, HasTheStandardErrorOfAMeanOverSubjects) {
  // Drawing subjects alone is the bootstrap of a mean, whose standard error has a closed form.
  Stream random(9, "score");
  const Rdm truth = euclidean_rdm(normal(10, 5, random));
  const std::vector<Rdm> subjects = simulated_subjects(8, truth, 1, random);
  Spread like;
  for (const Rdm& subject : subjects)
    like.add(similarity(Similarity::kendall_tau_a, truth, subject));
  const int draws = 4000;
  const RdmScore score = rdm_score(
      Similarity::kendall_tau_a, truth, subjects, {Drawn::subjects, draws, 1, "closed form"});
  const double exact = like.sd() / std::sqrt(like.count);
  // The sd of an estimated sd is 1/√(2 draws) of it.
  EXPECT_CLOSE(score.standard_error, exact, Tolerance::sampling(exact / std::sqrt(2.0), draws));
}

TEST(RdmScore, LeavesPairsOfAStimulusWithItselfOut) {
  // Were they kept as zeros, they would agree perfectly and every draw would be too like.
  Stream random(10, "score");
  const Rdm a = 1 + 0.1 * ar1_series(45, 0, random).array();
  const Rdm b = 1 + 0.1 * ar1_series(45, 0, random).array();
  const RdmScore score =
      rdm_score(Similarity::pearson, a, {b}, {Drawn::stimuli, 500, 1, "diagonal"});
  EXPECT_GT(score.standard_error, 0.08);  // with the zeros r is 0.97 in every draw
  EXPECT_LT(score.standard_error, 0.4);
}

TEST(RdmScore, VariesAsMuchAsNewStimuliAndSubjectsDo) {
  // Stimuli and subjects are drawn anew each time: the spread of scores is what the standard error
  // of each should be.
  Spread values, with_both, with_stimuli;
  for (int i = 0; i < 150; ++i) {
    Stream random(100 + i, "anew");
    const MatrixXd patterns = normal(16, 6, random);
    const Rdm model = euclidean_rdm(patterns);
    std::vector<Rdm> subjects;
    for (int s = 0; s < 6; ++s)
      subjects.push_back(euclidean_rdm(patterns + 2 * random.uniform() * normal(16, 6, random)));
    const RdmScore both =
        rdm_score(Similarity::pearson, model, subjects, {Drawn::both, 100, 1, "anew"});
    values.add(both.value);
    with_both.add(both.standard_error * both.standard_error);
    with_stimuli.add(
        std::pow(rdm_score(Similarity::pearson, model, subjects, {Drawn::stimuli, 100, 1, "anew"})
                     .standard_error,
                 2));
  }
  // The sd of 150 scores is known to 6 %; r is not linear in stimuli, which the rest is for.
  const double ratio = std::sqrt(with_both.mean()) / values.sd();
  RecordProperty("standard_error_over_sd", std::to_string(ratio));
  EXPECT_GT(ratio, 0.8);
  EXPECT_LT(ratio, 1.35);
  EXPECT_GE(with_both.mean(), 0.99 * with_stimuli.mean());
}

TEST(RdmScore, RefusesTooFewOfWhatIsDrawn) {
  const Rdm rdm = cosine(3, 45);
  EXPECT_THROW(rdm_score(Similarity::pearson, rdm, {rdm}, {}), InternalError);
  EXPECT_THROW(rdm_score(Similarity::pearson, rdm, {}, {Drawn::stimuli, 10, 1, "few"}),
               InternalError);
  EXPECT_THROW(
      rdm_score(Similarity::pearson, rdm.head(44), {rdm.head(44)}, {Drawn::stimuli, 10, 1, "few"}),
      InternalError);
  EXPECT_THROW(rdm_score(Similarity::pearson, rdm, {rdm, rdm}, {Drawn::both, 1, 1, "one"}),
               InternalError);
}

}  // namespace
}  // namespace insula::evaluation
