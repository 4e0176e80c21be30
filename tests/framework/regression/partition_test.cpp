// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/partition.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/banded.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd r2_of(const MatrixXd& predicted, const MatrixXd& y) {
  const VectorXd error = (y - predicted).colwise().squaredNorm().transpose();
  const VectorXd variation = (y.rowwise() - y.colwise().mean()).colwise().squaredNorm().transpose();
  return 1 - error.array() / variation.array();
}

std::vector<int> blocks_of(Index rows, Index length) {
  return row_blocks(std::vector<int>(static_cast<std::size_t>(rows), 0), length);
}

TEST(VariancePartition, OfHeldOutPredictionsAddsUpToTheirR2) {
  const auto data = many_targets<double>(160, 15, 4);
  const std::vector<Index> sizes{5, 7, 3};
  const Dense<double> x = data.x.topRows(120), y = data.y.topRows(120);
  const auto fit = banded_ridge(rows_of(x),
                                sizes,
                                y,
                                Nuisance::intercept(120),
                                contiguous_folds(120, 5),
                                {{0.1, 1, 10}, simplex_candidates(3, 6, 1)});
  const Dense<double> x_test = data.x.bottomRows(40), y_test = data.y.bottomRows(40);
  const auto parts = band_predictions(x_test, sizes, fit.weights);
  const MatrixXd rest = fit.nuisance_weights.replicate(40, 1);
  const auto partition = partition_variance(parts, rest, y_test, blocks_of(40, 4), {});
  const MatrixXd predicted = x_test * fit.weights + rest;
  const Tolerance summed = Tolerance::because(1e-12, "sums of 40 rows");
  EXPECT_CLOSE(partition.r2, r2_of(predicted, y_test), summed);
  EXPECT_CLOSE(partition.share.colwise().sum().transpose().eval(), partition.r2, summed);
  EXPECT_TRUE((partition.share_low.array() <= partition.share.array()).all());
  EXPECT_TRUE((partition.share.array() <= partition.share_high.array()).all());
  EXPECT_TRUE((partition.r2_low.array() < partition.r2_high.array()).all());
}

TEST(VariancePartition, OfOrthogonalBandsIsTheR2OfEach) {
  const Index n = 64;
  MatrixXd basis = MatrixXd::Zero(n, 3);  // orthogonal and of mean zero
  for (Index i = 0; i < n; ++i) {
    basis(i, 0) = i % 2 ? 1 : -1;
    basis(i, 1) = i / 2 % 2 ? 1 : -1;
    basis(i, 2) = i / 4 % 2 ? 1 : -1;
  }
  const MatrixXd y = basis * Eigen::Vector3d(2, 1, 0.5);
  const MatrixXd first = 1.9 * basis.col(0), second = 0.7 * basis.col(1);
  const auto partition =
      partition_variance({first, second}, MatrixXd::Zero(n, 1), y, blocks_of(n, 8), {});
  EXPECT_CLOSE(partition.share(0, 0), r2_of(first, y)[0], Tolerance::rounding(64, 1));
  EXPECT_CLOSE(partition.share(1, 0), r2_of(second, y)[0], Tolerance::rounding(64, 1));
  EXPECT_CLOSE(partition.share(2, 0), 0, Tolerance::rounding(64, 1));
  // Eight rows hold all patterns: all draws of blocks are alike.
  EXPECT_CLOSE(partition.share_low(0, 0), partition.share(0, 0), Tolerance::rounding(64, 1));
  EXPECT_CLOSE(partition.share_high(0, 0), partition.share(0, 0), Tolerance::rounding(64, 1));
}

TEST(VariancePartition, BandsThatAreTheSameShareEqually) {
  const MatrixXd half = random_matrix(50, 2, "half");
  const MatrixXd y = 2 * half + random_matrix(50, 2, "noise");
  const auto partition =
      partition_variance({half, half}, MatrixXd::Zero(50, 2), y, blocks_of(50, 5), {});
  EXPECT_EQ(partition.share.row(0), partition.share.row(1));
}

TEST(VariancePartition, AMeanThatIsWrongCostsTheRest) {
  const MatrixXd signal = random_matrix(50, 1, "signal");
  const MatrixXd y = signal + random_matrix(50, 1, "noise");
  const auto right = partition_variance({signal}, MatrixXd::Zero(50, 1), y, blocks_of(50, 5), {});
  const auto wrong =
      partition_variance({signal}, MatrixXd::Constant(50, 1, 3), y, blocks_of(50, 5), {});
  EXPECT_CLOSE(wrong.r2, r2_of(signal.array() + 3, y), Tolerance::because(1e-12, "50 rows"));
  EXPECT_LT(wrong.share(1, 0), right.share(1, 0) - 1);
  EXPECT_LT(wrong.share_high(1, 0), right.share_low(1, 0));  // whatever rows were drawn
  EXPECT_LT(wrong.share_low(1, 0), wrong.share(1, 0));
  EXPECT_LT(wrong.share(1, 0), wrong.share_high(1, 0));
}

// Independent bands of known weights: y = a f + b g + noise has shares a² and b² of the variance.
TEST(VariancePartition, IntervalsCoverTheTruthAsOftenAsTheySay) {
  const Index n = 240, simulations = 400;
  const double a = 0.8, b = 0.5, noise = 1.0;
  const double truth = a * a / (a * a + b * b + noise * noise);
  const MatrixXd f = a * random_matrix(n, simulations, "f");
  const MatrixXd g = b * random_matrix(n, simulations, "g");
  const MatrixXd y = f + g + noise * random_matrix(n, simulations, "noise");
  PartitionBootstrap bootstrap;
  bootstrap.draws = 400;
  bootstrap.coverage = 0.9;
  const auto partition =
      partition_variance({f, g}, MatrixXd::Zero(n, simulations), y, blocks_of(n, 4), bootstrap);
  double covered = 0;
  for (Index t = 0; t < simulations; ++t) {
    if (partition.share_low(0, t) <= truth && truth <= partition.share_high(0, t)) covered += 1;
  }
  // Percentiles of 60 blocks are known to cover a little less than they say.
  EXPECT_CLOSE(covered / double(simulations),
               0.9,
               Tolerance::because(0.02 + 5 * std::sqrt(0.9 * 0.1 / double(simulations)),
                                  "five standard errors, and two percent of 60 blocks"));
}

TEST(VariancePartition, GivesTheSameBytesAtAnyNumberOfThreads) {
  const MatrixXd half = random_matrix(50, 7, "half");
  const MatrixXd y = 2 * half + random_matrix(50, 7, "noise");
  std::vector<VariancePartition> all;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    all.push_back(partition_variance({half, half}, MatrixXd::Zero(50, 7), y, blocks_of(50, 5), {}));
    EXPECT_EQ(all.back().share_low, all[0].share_low);
    EXPECT_EQ(all.back().share_high, all[0].share_high);
  }
  set_threads(0);
}

TEST(VariancePartition, RefusesWhatContradictsItself) {
  const MatrixXd y = random_matrix(10, 2, "y");
  const auto part = [&](const MatrixXd& band, std::vector<int> block) {
    return partition_variance({band}, MatrixXd::Zero(10, 2), y, block, {});
  };
  EXPECT_THROW(part(MatrixXd::Zero(9, 2), blocks_of(10, 2)), InternalError);
  EXPECT_THROW(part(y, blocks_of(9, 2)), InternalError);
  std::vector<int> gap(10, 0);
  gap[9] = 2;
  EXPECT_THROW(part(y, gap), InternalError);
  EXPECT_TRUE(std::isnan(
      partition_variance({y}, MatrixXd::Zero(10, 2), MatrixXd::Ones(10, 2), blocks_of(10, 2), {})
          .r2[0]));
}

TEST(VariancePartition, MeansOverTargetsHoldTheirDrawsTogether) {
  const MatrixXd half = random_matrix(60, 130, "half");  // more targets than are worked on at once
  MatrixXd y = 2 * half + random_matrix(60, 130, "noise");
  const auto all = partition_variance({half}, MatrixXd::Zero(60, 130), y, blocks_of(60, 5), {});
  EXPECT_CLOSE(all.mean_share[0], all.share.row(0).mean(), Tolerance::rounding(200));
  EXPECT_CLOSE(all.mean_r2, all.r2.mean(), Tolerance::rounding(200));
  // Targets are independent given the rows: their mean is known better than any of them.
  EXPECT_LT(all.mean_share_high[0] - all.mean_share_low[0],
            (all.share_high - all.share_low).minCoeff());
  // The same target again and again varies as it does alone.
  const MatrixXd one = y.col(0).replicate(1, 3), part = half.col(0).replicate(1, 3);
  const auto same = partition_variance({part}, MatrixXd::Zero(60, 3), one, blocks_of(60, 5), {});
  EXPECT_CLOSE(same.mean_share_low[0], same.share_low(0, 0), Tolerance::rounding(20));
  EXPECT_CLOSE(same.mean_r2_high, same.r2_high[0], Tolerance::rounding(20));
}

TEST(VariancePartition, AgainstAKnownMeanRowsOfZerosSayNothing) {
  const MatrixXd half = random_matrix(40, 1, "half");
  const MatrixXd y = (2 * half + random_matrix(40, 1, "noise")).array() + 0.3;
  const auto plain =
      partition_variance({half}, MatrixXd::Zero(40, 1), y, blocks_of(40, 5), {}, Reference::zero);
  const VectorXd error = (y - half).colwise().squaredNorm().transpose();
  EXPECT_CLOSE(plain.r2[0], 1 - error[0] / y.squaredNorm(), Tolerance::rounding(40));
  MatrixXd longer_y = MatrixXd::Zero(45, 1), longer_half = longer_y;
  longer_y.topRows(40) = y, longer_half.topRows(40) = half;
  std::vector<int> block = blocks_of(40, 5);
  block.insert(block.end(), 5, 7);  // in the last block
  const auto longer = partition_variance(
      {longer_half}, MatrixXd::Zero(45, 1), longer_y, block, {}, Reference::zero);
  EXPECT_EQ(longer.share(0, 0), plain.share(0, 0));
  EXPECT_EQ(longer.share_low(0, 0), plain.share_low(0, 0));
}

TEST(RowBlocks, StayWithinRuns) {
  EXPECT_EQ(row_blocks({0, 0, 0, 0, 0, 1, 1, 1, 2}, 2),
            (std::vector<int>{0, 0, 1, 1, 1, 2, 2, 2, 3}));
}

}  // namespace
}  // namespace insula::regression
