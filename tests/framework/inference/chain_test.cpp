// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/chain.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "framework/inference/detail/gram.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Channel channel_with_gaps() {
  return toys::linear_problem(Noise::ar1, 0, 0, 0).problem.channels[0];
}

// Covariance of the samples in use, from the whole process.
MatrixXd covariance_in_use(const Channel& channel, const Chain& chain, double zeta) {
  const MatrixXd whole = toys::noise_covariance(channel, 0, zeta);
  MatrixXd part(chain.count(), chain.count());
  for (Index i = 0; i < chain.count(); ++i) {
    for (Index j = 0; j < chain.count(); ++j) {
      part(i, j) =
          whole(chain.used[static_cast<std::size_t>(i)], chain.used[static_cast<std::size_t>(j)]);
    }
  }
  return part;
}

MatrixXd precision_by_columns(const Chain& chain, double zeta) {
  MatrixXd precision(chain.count(), chain.count());
  for (Index i = 0; i < chain.count(); ++i) {
    precision.col(i) = precision_times(chain, zeta, VectorXd::Unit(chain.count(), i));
  }
  return precision;
}

TEST(Chain, GroupsNeighboursByTheirGap) {
  const Chain chain = make_chain(channel_with_gaps());
  std::vector<Index> lengths;
  for (const Gap& gap : chain.gaps) lengths.push_back(gap.length);
  EXPECT_EQ(lengths, (std::vector<Index>{1, 2, 3, 8}));
  EXPECT_EQ(chain.ends.size(), 4u);
}

// For noise of any colour: WᵀW = Ω = Σ w_i part_i, and squares of rows over all samples are those
// of the samples in use.
TEST(Chain, IsWhitenedByAFactorOfItsPrecision) {
  const Channel channel = channel_with_gaps();
  const Chain chain = make_chain(channel);
  const Index n = chain.count();
  Stream stream(3, "whitened");
  const MatrixXd h = toys::normal_matrix(stream, channel.data.size(), 4);
  const MatrixXd used = h(chain.used, Eigen::all);
  for (const double zeta : {-0.7, 0.0, 0.3, 2.0}) {
    const Whitening w = whitening(chain, zeta);
    MatrixXd factor = w.own.asDiagonal();
    factor.diagonal(-1) = -w.before.tail(n - 1);
    const MatrixXd precision = precision_by_columns(chain, zeta);
    EXPECT_CLOSE(MatrixXd(factor.transpose() * factor),
                 precision,
                 Tolerance::rounding(1e3, precision.cwiseAbs().maxCoeff()));
    Weights weights;
    set_weights(chain, zeta, weights);
    const std::vector<LinkRun> runs = link_runs(chain);
    std::vector<VectorXd> linked;
    for (const LinkRun& run : runs)
      linked.push_back(h.middleRows(run.begin, run.count)
                           .cwiseProduct(h.middleRows(run.begin - run.length, run.count))
                           .rowwise()
                           .sum());
    const std::vector<double> squares = part_traces(chain, runs, h.rowwise().squaredNorm(), linked);
    double sum = 0;
    for (std::size_t i = 0; i < squares.size(); ++i) sum += weights.value[i] * squares[i];
    const double expected = (factor * used).squaredNorm();
    EXPECT_CLOSE(sum, expected, Tolerance::rounding(1e4, expected)) << zeta;
  }
}

TEST(Chain, LeavesOutARunWithoutSamplesInUse) {
  Channel channel = toys::plain_channel("A", VectorXd::Ones(6));
  channel.noise = Noise::ar1;
  channel.run_start = {0, 2, 4};
  channel.use = {1, 1, 0, 0, 0, 1};
  const Chain chain = make_chain(channel);
  EXPECT_EQ(chain.used, (std::vector<Index>{0, 1, 5}));
  EXPECT_EQ(chain.ends, (std::vector<Index>{0, 1, 2, 2}));
}

TEST(Chain, HasTheExactDensityOfTheSamplesInUse) {
  const Channel channel = channel_with_gaps();
  const Chain chain = make_chain(channel);
  for (const double zeta : {-1.5, -0.3, 0.0, 0.4, 1.0, 2.5}) {
    const MatrixXd exact = covariance_in_use(channel, chain, zeta).inverse();
    // The dense inverse loses the condition number's digits: up to 1e4 at ζ = 2.5.
    EXPECT_CLOSE(precision_by_columns(chain, zeta), exact, Tolerance::rounding(1e6, 10));
    Weights weights;
    set_weights(chain, zeta, weights);
    EXPECT_CLOSE(weights.log_det, std::log(exact.determinant()), Tolerance::rounding(1e6));
  }
}

TEST(Chain, PartsAddUpToThePrecision) {
  const Chain chain = make_chain(channel_with_gaps());
  Stream stream(3, "parts");
  MatrixXd z = MatrixXd::Zero(padded_rows(chain.count()), 5);
  z.topRows(chain.count()) = toys::normal_matrix(stream, chain.count(), 5);
  MatrixXd scratch(z.rows(), z.cols()), sum;
  std::vector<MatrixXd> parts;
  set_parts(chain, z, scratch, parts);
  Weights weights;
  set_weights(chain, 0.7, weights);
  combine(parts, weights.value, sum);
  const MatrixXd used = z.topRows(chain.count());
  const MatrixXd exact = used.transpose() * precision_by_columns(chain, 0.7) * used;
  EXPECT_CLOSE(MatrixXd(sum.triangularView<Eigen::Lower>()),
               MatrixXd(exact.triangularView<Eigen::Lower>()),
               Tolerance::rounding(1000, 10));
}

TEST(Chain, WeightsHaveTheirDerivatives) {
  const Chain chain = make_chain(channel_with_gaps());
  constexpr double kStep = 1e-5;
  const auto tolerance = Tolerance::truncation(100, kStep, 2);
  for (const double zeta : {-2.0, -0.4, 0.0, 0.3, 1.8}) {
    Weights at, above, below;
    set_weights(chain, zeta, at);
    set_weights(chain, zeta + kStep, above);
    set_weights(chain, zeta - kStep, below);
    for (std::size_t i = 0; i < chain.parts(); ++i) {
      EXPECT_CLOSE(at.first[i], (above.value[i] - below.value[i]) / (2 * kStep), tolerance);
      EXPECT_CLOSE(at.second[i], (above.first[i] - below.first[i]) / (2 * kStep), tolerance);
    }
    EXPECT_CLOSE(at.log_det_first, (above.log_det - below.log_det) / (2 * kStep), tolerance);
    EXPECT_CLOSE(
        at.log_det_second, (above.log_det_first - below.log_det_first) / (2 * kStep), tolerance);
  }
}

}  // namespace
}  // namespace insula::inference::detail
