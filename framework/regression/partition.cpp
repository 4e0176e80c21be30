// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/partition.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <typename T>
std::vector<MatrixXd> band_predictions(const Dense<T>& x,
                                       const std::vector<Index>& band_sizes,
                                       const Dense<T>& weights) {
  if (x.cols() != weights.rows() ||
      std::accumulate(band_sizes.begin(), band_sizes.end(), Index{0}) != x.cols()) {
    throw InternalError("predictions of bands of unequal shapes");
  }
  std::vector<MatrixXd> predictions;
  Index first = 0;
  Dense<T> part(x.rows(), weights.cols());
  for (const Index size : band_sizes) {
    numerics::product<T>(numerics::Op::plain,
                         x.middleCols(first, size),
                         numerics::Op::plain,
                         weights.middleRows(first, size),
                         1,
                         0,
                         part);
    predictions.push_back(part.template cast<double>());
    first += size;
  }
  return predictions;
}

namespace {

// Sums over rows that R² and its shares are made of, for one target whose mean was taken out of y
// and of the rest. Each row: the sums of one block. Columns: rows, y, y², f, f y, f²; then of each
// part (bands, rest) g: g, g y, g f.
constexpr Index kCommon = 6;

MatrixXd block_sums(const std::vector<MatrixXd>& predictions,
                    const MatrixXd& rest,
                    const MatrixXd& y,
                    const std::vector<int>& block,
                    Index blocks,
                    Index target,
                    Reference reference) {
  const Index rows = y.rows(), bands = static_cast<Index>(predictions.size());
  const double mean = reference == Reference::zero ? 0 : y.col(target).mean();
  MatrixXd sums = MatrixXd::Zero(blocks, kCommon + 3 * (bands + 1));
  VectorXd part(bands + 1);
  for (Index i = 0; i < rows; ++i) {
    for (Index b = 0; b < bands; ++b) part[b] = predictions[static_cast<std::size_t>(b)](i, target);
    part[bands] = rest(i, target) - mean;
    const double truth = y(i, target) - mean, f = part.sum();
    auto sum = sums.row(block[static_cast<std::size_t>(i)]);
    sum.head(kCommon) +=
        Eigen::Matrix<double, 1, kCommon>(1, truth, truth * truth, f, f * truth, f * f);
    for (Index b = 0; b <= bands; ++b) {
      sum.segment(kCommon + 3 * b, 3) += part[b] * Eigen::RowVector3d(1, truth, f);
    }
  }
  return sums;
}

// Bands, rest, R².
VectorXd shares(const Eigen::RowVectorXd& sum, Reference reference) {
  const Index parts = (sum.size() - kCommon) / 3;
  const double rows = sum[0], mean = reference == Reference::zero ? 0 : sum[1] / rows;
  const double variation = sum[2] - rows * mean * mean;
  VectorXd result(parts + 1);
  for (Index b = 0; b < parts; ++b) {
    const auto part = sum.segment(kCommon + 3 * b, 3);
    // Σ g (2 (y − m) − (f − m)), with g − m in place of g for the rest.
    result[b] = 2 * (part[1] - mean * part[0]) - (part[2] - mean * part[0]);
  }
  result[parts - 1] += mean * (sum[3] - rows * mean);
  result[parts] = result.head(parts).sum();
  if (!(variation > 0)) {
    return VectorXd::Constant(parts + 1, std::numeric_limits<double>::quiet_NaN());
  }
  return result / variation;
}

// How often each draw takes each block: draws × blocks.
MatrixXd block_draws(Index blocks, const PartitionBootstrap& bootstrap) {
  MatrixXd draws = MatrixXd::Zero(bootstrap.draws, blocks);
  for (Index draw = 0; draw < draws.rows(); ++draw) {
    Stream random(bootstrap.seed, "variance partition/draw " + std::to_string(draw));
    for (Index i = 0; i < blocks; ++i) {
      draws(draw, static_cast<Index>(random.below(static_cast<std::uint64_t>(blocks)))) += 1;
    }
  }
  return draws;
}

Index checked_blocks(const std::vector<MatrixXd>& predictions,
                     const MatrixXd& rest,
                     const MatrixXd& y,
                     const std::vector<int>& block,
                     const PartitionBootstrap& bootstrap) {
  bool fits = !block.empty() && rest.rows() == y.rows() && rest.cols() == y.cols() &&
              static_cast<Index>(block.size()) == y.rows() && bootstrap.draws > 0;
  for (const MatrixXd& p : predictions) fits &= p.rows() == y.rows() && p.cols() == y.cols();
  if (!fits) throw InternalError("a variance partition of unequal shapes");
  std::vector<bool> seen(static_cast<std::size_t>(*std::max_element(block.begin(), block.end())) +
                         1);
  for (const int b : block) seen.at(static_cast<std::size_t>(b)) = true;
  if (std::count(seen.begin(), seen.end(), false) > 0) {
    throw InternalError("a block without rows in a variance partition");
  }
  return static_cast<Index>(seen.size());
}

// One target: shares of bands, the rest and R², of all rows and of each draw (a column).
struct OfTarget {
  VectorXd whole;
  MatrixXd drawn;
};

double bound_of(const Eigen::RowVectorXd& draws, double probability) {
  std::vector<double> finite;
  for (const double value : draws)
    if (std::isfinite(value)) finite.push_back(value);
  return numerics::quantile(std::move(finite), probability);
}

// Targets that are worked on together, so that means over them need no memory of all draws.
constexpr Index kTogether = 64;

}  // namespace

VariancePartition partition_variance(const std::vector<MatrixXd>& predictions,
                                     const MatrixXd& rest,
                                     const MatrixXd& y,
                                     const std::vector<int>& block,
                                     const PartitionBootstrap& bootstrap,
                                     Reference reference) {
  const Index blocks = checked_blocks(predictions, rest, y, block, bootstrap);
  const Index parts = static_cast<Index>(predictions.size()) + 1, targets = y.cols();
  const MatrixXd draws = block_draws(blocks, bootstrap);
  const double outside = (1 - bootstrap.coverage) / 2;
  VariancePartition all;
  for (MatrixXd* m : {&all.share, &all.share_low, &all.share_high}) m->resize(parts, targets);
  for (VectorXd* v : {&all.r2, &all.r2_low, &all.r2_high}) v->resize(targets);
  OfTarget sum{VectorXd::Zero(parts + 1), MatrixXd::Zero(parts + 1, draws.rows())};
  double vary = 0;
  for (Index first = 0; first < targets; first += kTogether) {
    std::vector<OfTarget> some(static_cast<std::size_t>(std::min(kTogether, targets - first)));
    parallel_for(some.size(), [&](std::size_t task) {
      const Index t = first + static_cast<Index>(task);
      const MatrixXd sums = block_sums(predictions, rest, y, block, blocks, t, reference);
      OfTarget& own = some[task];
      own.whole = shares(sums.colwise().sum(), reference);
      const MatrixXd drawn = draws * sums;
      own.drawn.resize(parts + 1, draws.rows());
      for (Index d = 0; d < draws.rows(); ++d) own.drawn.col(d) = shares(drawn.row(d), reference);
      all.share.col(t) = own.whole.head(parts);
      all.r2[t] = own.whole[parts];
      for (Index b = 0; b < parts; ++b) {
        all.share_low(b, t) = bound_of(own.drawn.row(b), outside);
        all.share_high(b, t) = bound_of(own.drawn.row(b), 1 - outside);
      }
      all.r2_low[t] = bound_of(own.drawn.row(parts), outside);
      all.r2_high[t] = bound_of(own.drawn.row(parts), 1 - outside);
    });
    for (const OfTarget& own : some) {
      if (!own.whole.allFinite()) continue;
      sum.whole += own.whole;
      sum.drawn += own.drawn;
      ++vary;
    }
  }
  sum.whole /= vary;
  sum.drawn /= vary;
  all.mean_share = sum.whole.head(parts);
  all.mean_r2 = sum.whole[parts];
  all.mean_share_low.resize(parts);
  all.mean_share_high.resize(parts);
  for (Index b = 0; b < parts; ++b) {
    all.mean_share_low[b] = bound_of(sum.drawn.row(b), outside);
    all.mean_share_high[b] = bound_of(sum.drawn.row(b), 1 - outside);
  }
  all.mean_r2_low = bound_of(sum.drawn.row(parts), outside);
  all.mean_r2_high = bound_of(sum.drawn.row(parts), 1 - outside);
  return all;
}

std::vector<int> row_blocks(const std::vector<int>& run, Index length) {
  if (length < 1) throw InternalError("blocks of no rows");
  std::vector<int> block(run.size());
  int next = 0;
  for (std::size_t begin = 0, end = 0; begin < run.size(); begin = end) {
    for (end = begin; end < run.size() && run[end] == run[begin];) ++end;
    const std::size_t each = static_cast<std::size_t>(length);
    const std::size_t count = std::max<std::size_t>(1, (end - begin) / each);
    for (std::size_t i = begin; i < end; ++i) {
      block[i] = next + static_cast<int>(std::min((i - begin) / each, count - 1));
    }
    next += static_cast<int>(count);
  }
  return block;
}

template std::vector<MatrixXd> band_predictions<float>(const Dense<float>&,
                                                       const std::vector<Index>&,
                                                       const Dense<float>&);
template std::vector<MatrixXd> band_predictions<double>(const Dense<double>&,
                                                        const std::vector<Index>&,
                                                        const Dense<double>&);

}  // namespace insula::regression
