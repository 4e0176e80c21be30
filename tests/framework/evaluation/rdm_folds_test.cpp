// SPDX-License-Identifier: Apache-2.0
// RDMs of held-out data and of predictions: why pairs count within folds alone, and the quick road
// to a similarity on drawn stimuli against the plain one.
#include <gtest/gtest.h>

#include <numeric>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/evaluation/detail/drawn_similarity.h"
#include "framework/evaluation/rdm.h"
#include "framework/numerics/linear_algebra.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

using Eigen::MatrixXd;

constexpr int kStimuli = 12, kFolds = 3, kChannels = 6;

MatrixXd drawn_matrix(Eigen::Index rows, Eigen::Index columns, Stream& random) {
  MatrixXd x(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < columns; ++j) x(i, j) = random.normal();
  return x;
}

// What least squares with an intercept predicts of each row from rows of other folds.
MatrixXd predicted_from_other_folds(const MatrixXd& x, const MatrixXd& y) {
  MatrixXd all(y.rows(), y.cols());
  const Eigen::Index size = y.rows() / kFolds;
  MatrixXd with_ones(x.rows(), x.cols() + 1);
  with_ones << MatrixXd::Ones(x.rows(), 1), x;
  for (int f = 0; f < kFolds; ++f) {
    MatrixXd in_x = with_ones, in_y = y;
    in_x.middleRows(f * size, size).setZero();
    in_y.middleRows(f * size, size).setZero();
    const MatrixXd gram = in_x.transpose() * in_x;
    all.middleRows(f * size, size) =
        with_ones.middleRows(f * size, size) *
        numerics::solve(gram, MatrixXd::Identity(gram.rows(), gram.cols())) * in_x.transpose() *
        in_y;
  }
  return all;
}

RdmFolds within_folds(const MatrixXd& predicted, const MatrixXd& data) {
  RdmFolds folds;
  const Eigen::Index size = data.rows() / kFolds;
  for (int f = 0; f < kFolds; ++f) {
    std::vector<int> stimuli(static_cast<std::size_t>(size));
    std::iota(stimuli.begin(), stimuli.end(), f * static_cast<int>(size));
    folds.push_back({stimuli,
                     euclidean_rdm(data.middleRows(f * size, size)),
                     {euclidean_rdm(predicted.middleRows(f * size, size))}});
  }
  return folds;
}

TEST(RdmsOfFolds, OfTheTrainingMeanAreNothingWithinFoldsAndTheDataThemselvesAcross) {
  Stream random(3, "mean");
  const MatrixXd data = drawn_matrix(kStimuli, kChannels, random);
  // Each stimulus a fold: what is left when it is taken away.
  MatrixXd mean(kStimuli, kChannels);
  for (Eigen::Index i = 0; i < kStimuli; ++i)
    mean.row(i) = (data.colwise().sum() - data.row(i)) / (kStimuli - 1);
  EXPECT_EQ(similarity(Similarity::kendall_tau_a, euclidean_rdm(mean), euclidean_rdm(data)), 1);
  const MatrixXd of_folds = predicted_from_other_folds(MatrixXd(kStimuli, 0), data);
  for (const RdmFold& fold : within_folds(of_folds, data))
    EXPECT_LT(fold.models[0].cwiseAbs().maxCoeff(), 1e-20);
}

// Noise alone, and three columns that have nothing to do with it.
TEST(RdmsOfFolds, OfARegressionOnNoiseAreLikeThoseOfTheDataByChanceAlone) {
  constexpr int kDatasets = 3000;
  double mean = 0, squares = 0;
  for (int d = 0; d < kDatasets; ++d) {
    Stream random(4, "regression/" + std::to_string(d));
    const MatrixXd x = drawn_matrix(kStimuli, 3, random);
    const MatrixXd data = drawn_matrix(kStimuli, kChannels, random);
    const MatrixXd predicted = predicted_from_other_folds(x, data);
    const double like = rdm_similarity(Similarity::kendall_tau_a, within_folds(predicted, data), 0);
    mean += like / kDatasets, squares += like * like / kDatasets;
  }
  EXPECT_CLOSE(mean, 0, Tolerance::sampling(std::sqrt(squares), kDatasets));
}

TEST(DrawnSimilarity, IsThatOfTheListOfDrawnPairs) {
  for (const Similarity kind :
       {Similarity::pearson, Similarity::spearman, Similarity::kendall_tau_a})
    for (int draw = 0; draw < 20; ++draw) {
      Stream random(5, "drawn/" + std::to_string(draw));
      const std::vector<int> stimuli{0, 2, 3, 4, 6, 7, 9};
      Rdm a(21), b(21);
      for (Eigen::Index p = 0; p < 21; ++p) {
        a[p] = static_cast<double>(random.below(5));  // with ties
        b[p] = draw % 2 == 0 ? random.normal() : static_cast<double>(random.below(4));
      }
      a[3] = b[11] = std::nan("");
      std::vector<int> count(10, 0);
      for (int k = 0; k < 10; ++k) ++count[random.below(10)];
      std::vector<double> of_a, of_b;
      double of_copies = 0, known = 0;
      Eigen::Index pair = 0;
      for (std::size_t i = 0; i < stimuli.size(); ++i)
        for (std::size_t j = i + 1; j < stimuli.size(); ++j, ++pair) {
          const int copies = count[static_cast<std::size_t>(stimuli[i])] *
                             count[static_cast<std::size_t>(stimuli[j])];
          if (std::isfinite(a[pair]) && std::isfinite(b[pair])) {
            known += copies;
            of_copies += 0.5 * copies * (copies - 1);
          }
          for (int k = 0; k < copies; ++k) {
            of_a.push_back(a[pair]);
            of_b.push_back(b[pair]);
          }
        }
      const auto n = static_cast<Eigen::Index>(of_a.size());
      double plain = similarity(
          kind, Eigen::Map<const Rdm>(of_a.data(), n), Eigen::Map<const Rdm>(of_b.data(), n));
      if (kind == Similarity::kendall_tau_a) {
        // Copies of a pair, which are ties of both, are not held against each other.
        const double held = known * (known - 1) / 2;
        plain *= held / (held - of_copies);
      }
      const double quick = DrawnSimilarity(kind, stimuli, a, b).on(count).similarity;
      if (std::isnan(plain))
        EXPECT_TRUE(std::isnan(quick));
      else
        EXPECT_CLOSE(quick, plain, Tolerance::rounding(400));
    }
}

// Stimuli that are drawn twice make ties, which are no doubt that a model is like itself.
TEST(RdmScores, OfTheDataThemselvesAreCertain) {
  Stream random(8, "certain");
  const Rdm rdm = euclidean_rdm(drawn_matrix(6, kChannels, random));
  for (const Similarity kind :
       {Similarity::pearson, Similarity::spearman, Similarity::kendall_tau_a}) {
    const RdmScore score = rdm_score(kind, rdm, {rdm}, {Drawn::stimuli, 200, 3, "certain"});
    EXPECT_CLOSE(score.value, 1, Tolerance::rounding(100));
    EXPECT_CLOSE(score.low, 1, Tolerance::rounding(100));
  }
}

// Student's quantile with one degree of freedom is 12.7.
TEST(RdmScores, OfTwoSubjectsStayWithinTheRangeOfACorrelation) {
  Stream random(9, "two");
  const Rdm one = euclidean_rdm(drawn_matrix(kStimuli, kChannels, random)),
            other = euclidean_rdm(drawn_matrix(kStimuli, kChannels, random));
  const RdmScores scores =
      rdm_scores(Similarity::kendall_tau_a,
                 {{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, one, {one, other}}},
                  {{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, other, {one, other}}}},
                 kStimuli,
                 {Drawn::both, 200, 3, "two"});
  EXPECT_EQ(scores.score[0].low, -1);
  EXPECT_EQ(scores.score[0].high, 1);
  EXPECT_EQ(scores.difference[0][1].low, -2);
}

TEST(RdmScores, OfAModelWithoutOrderHaveNoInterval) {
  Stream random(10, "constant");
  const Rdm rdm = euclidean_rdm(drawn_matrix(6, kChannels, random));
  const RdmScore score = rdm_score(
      Similarity::spearman, Rdm::Ones(rdm.size()), {rdm}, {Drawn::stimuli, 200, 3, "constant"});
  EXPECT_TRUE(std::isnan(score.value));
  EXPECT_TRUE(std::isnan(score.low));
  EXPECT_TRUE(std::isnan(score.high));
}

TEST(RdmScores, OfSeveralModelsAreThoseOfEachAlone) {
  Stream random(6, "several");
  std::vector<RdmFolds> subjects;
  std::vector<Rdm> of_subjects;
  std::vector<int> stimuli(kStimuli);
  std::iota(stimuli.begin(), stimuli.end(), 0);
  std::vector<Rdm> models;
  for (int m = 0; m < 3; ++m)
    models.push_back(euclidean_rdm(drawn_matrix(kStimuli, kChannels, random)));
  for (int s = 0; s < 4; ++s) {
    of_subjects.push_back(euclidean_rdm(drawn_matrix(kStimuli, kChannels, random)) + models[0]);
    subjects.push_back({{stimuli, of_subjects.back(), models}});
  }
  const RdmBootstrap bootstrap{Drawn::both, 50, 2, "several"};
  const RdmScores all = rdm_scores(Similarity::spearman, subjects, kStimuli, bootstrap);
  for (std::size_t m = 0; m < 3; ++m) {
    const RdmScore one = rdm_score(Similarity::spearman, models[m], of_subjects, bootstrap);
    EXPECT_EQ(all.score[m].value, one.value);
    EXPECT_EQ(all.score[m].low, one.low);
    const RdmScore less =
        rdm_difference(Similarity::spearman, models[m], models[0], of_subjects, bootstrap);
    EXPECT_EQ(all.difference[m][0].high, less.high);
    EXPECT_EQ(all.difference[m][0].value, one.value - all.score[0].value);
  }
}

TEST(RdmScores, RefuseStimuliThatDoNotAscend) {
  const RdmFold fold{{0, 0, 1}, Rdm::Zero(3), {Rdm::Zero(3)}};
  EXPECT_THROW(rdm_scores(Similarity::pearson, {{fold}}, 3, {Drawn::stimuli, 10, 1, "x"}),
               InternalError);
}

}  // namespace
}  // namespace insula::evaluation
