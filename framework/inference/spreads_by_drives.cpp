// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/spreads_by_drives.h"

#include <algorithm>
#include <set>
#include <utility>

#include "framework/inference/detail/sensitivities.h"
#include "framework/numerics/dense.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::DenseIn;
using numerics::ImpulseBlock;
using numerics::Op;

// Tasks that a channel's blocks are dealt to, each with its sums over all samples: more than one
// only where channels are few.
std::size_t tasks_of_blocks(std::size_t channels) { return channels < 8 ? 4 : 1; }
constexpr Index kPanelColumns = 128;

MatrixXd times_transposed(const DenseIn<double>& a, const DenseIn<double>& b) {
  MatrixXd c(a.rows(), b.rows());
  numerics::product<double>(Op::plain, a, Op::transposed, b, 1, 0, c);
  return c;
}

// The first row of each block in H: drives block after block, group after group within each; then
// the others.
std::vector<Index> rows_of(const Problem& problem, const std::vector<ImpulseBlock>& impulses) {
  std::vector<Index> first{0};
  for (const ImpulseBlock& block : impulses)
    first.push_back(first.back() + std::ssize(problem.drives) * block.count);
  return first;
}

// Drives and others as functions of θ, times L⁻ᵀ: H, so that HHᵀ is their covariance. In panels of
// columns, the longest first: L⁻¹ is 0 above its diagonal, so that earlier columns see fewer
// weights, which a group names in ascending order.
MatrixXd half_covariance(const Problem& problem,
                         const std::vector<ImpulseBlock>& impulses,
                         const std::vector<Index>& others,
                         const std::vector<Index>& row_of,
                         const MatrixXd& inverse_factor) {
  const Index p = inverse_factor.rows(), panels = (p + kPanelColumns - 1) / kPanelColumns;
  MatrixXd half(row_of.back() + std::ssize(others), p);
  half.bottomRows(std::ssize(others)) = inverse_factor(Eigen::all, others).transpose();
  parallel_for(static_cast<std::size_t>(panels), [&](std::size_t task) {
    const Index at = p * (panels - 1 - static_cast<Index>(task)) / panels;
    const Index end = p * (panels - static_cast<Index>(task)) / panels;
    for (std::size_t g = 0; g < problem.drives.size(); ++g) {
      const DriveGroup& group = problem.drives[g];
      const auto seen = std::ranges::lower_bound(group.parameter, end) - group.parameter.begin();
      const MatrixXd factor = inverse_factor(
          Eigen::seq(at, end - 1),
          std::vector<Index>(group.parameter.begin(), group.parameter.begin() + seen));
      const MatrixXd of_group = times_transposed(group.design.leftCols(seen), factor);
      for (std::size_t b = 0; b < impulses.size(); ++b)
        half.block(row_of[b] + static_cast<Index>(g) * impulses[b].count,
                   at,
                   impulses[b].count,
                   end - at) = of_group.middleRows(impulses[b].first, impulses[b].count);
    }
  });
  return half;
}

// Samples.
struct Range {
  Index first = 0, end = 0;
};
Range range_of(const ImpulseBlock& block, std::size_t channel) {
  return {block.sample[channel], block.sample[channel] + block.effect[channel].rows()};
}

// A covariance of one channel's samples, as far as its noise asks for it.
struct Covariance {
  VectorXd variance;             // per sample
  std::vector<VectorXd> linked;  // per run of links

  Covariance(Index samples, const std::vector<LinkRun>& runs) : variance(VectorXd::Zero(samples)) {
    for (const LinkRun& run : runs) linked.push_back(VectorXd::Zero(run.count));
  }
  void operator+=(const Covariance& more) {
    variance += more.variance;
    for (std::size_t r = 0; r < linked.size(); ++r) linked[r] += more.linked[r];
  }
};

// Σ_j a(t, j) b(t − length, j) of a run's samples t, a and b over ranges of samples and 0 beyond.
void add_linked(const LinkRun& run,
                const MatrixXd& a,
                Range of_a,
                const MatrixXd& b,
                Range of_b,
                VectorXd& sum) {
  const Index first = std::max({run.begin, of_a.first, of_b.first + run.length});
  const Index count = std::min({run.begin + run.count, of_a.end, of_b.end + run.length}) - first;
  if (count <= 0) return;
  auto part = sum.segment(first - run.begin, count);
  for (Index j = 0; j < a.cols(); ++j)
    part += a.col(j)
                .segment(first - of_a.first, count)
                .cwiseProduct(b.col(j).segment(first - run.length - of_b.first, count));
}

// Two blocks of drives, the later one first.
using BlockPair = std::pair<std::size_t, std::size_t>;

// Those that a channel shows at once or at the two ends of a link.
std::vector<BlockPair> pairs_of(const std::vector<ImpulseBlock>& impulses,
                                std::size_t channel,
                                const std::vector<LinkRun>& runs) {
  std::set<BlockPair> pairs;
  const auto add_where_shown = [&](std::size_t b, Index first, Index end) {
    for (std::size_t d = 0; d < impulses.size(); ++d) {
      const Range other = range_of(impulses[d], channel);
      if (std::max(first, other.first) < std::min(end, other.end))
        pairs.emplace(std::max(b, d), std::min(b, d));
    }
  };
  for (std::size_t b = 0; b < impulses.size(); ++b) {
    const Range range = range_of(impulses[b], channel);
    add_where_shown(b, range.first, range.end);
    for (const LinkRun& run : runs) {
      const Index first = std::max(range.first, run.begin),
                  end = std::min(range.end, run.begin + run.count);
      if (first < end) add_where_shown(b, first - run.length, end - run.length);
    }
  }
  return {pairs.begin(), pairs.end()};
}

void add_pair(const std::vector<ImpulseBlock>& impulses,
              BlockPair pair,
              const MatrixXd& of_drives,
              std::size_t channel,
              const std::vector<LinkRun>& runs,
              Covariance& sum) {
  const ImpulseBlock &later = impulses[pair.first], &earlier = impulses[pair.second];
  const MatrixXd &of_row = later.effect[channel], &column = earlier.effect[channel];
  const Range at_row = range_of(later, channel), at_column = range_of(earlier, channel);
  MatrixXd row(of_row.rows(), column.cols());
  numerics::product<double>(Op::plain, of_row, Op::plain, of_drives, 1, 0, row);
  const bool is_twice = pair.first != pair.second;
  const Index first = std::max(at_row.first, at_column.first);
  if (const Index count = std::min(at_row.end, at_column.end) - first; count > 0) {
    auto part = sum.variance.segment(first, count);
    for (Index j = 0; j < row.cols(); ++j)
      part += (is_twice ? 2 : 1) *
              row.col(j)
                  .segment(first - at_row.first, count)
                  .cwiseProduct(column.col(j).segment(first - at_column.first, count));
  }
  for (std::size_t r = 0; r < runs.size(); ++r) {
    add_linked(runs[r], row, at_row, column, at_column, sum.linked[r]);
    if (is_twice) add_linked(runs[r], column, at_column, row, at_row, sum.linked[r]);
  }
}

// What drives, others and confounds have in common: H of the first two, and what is made of it.
struct Common {
  MatrixXd half;
  std::vector<Index> row_of;
  MatrixXd others, with_others;  // covariances: of the others; drives × others
};

// What the others and confounds add to a channel. `confounds`: the rows of H of −β̂(θ).
void add_others(const std::vector<ImpulseBlock>& impulses,
                const Common& common,
                const MatrixXd& confounds,
                const MatrixXd& shown,
                std::size_t channel,
                const std::vector<LinkRun>& runs,
                Covariance& sum) {
  const Index q = common.others.rows(), k = confounds.rows();
  const MatrixXd crossed = times_transposed(confounds, common.half.bottomRows(q));
  MatrixXd own(q + k, q + k);
  own << common.others, crossed.transpose(), crossed, times_transposed(confounds, confounds);
  MatrixXd by_own(shown.rows(), q + k), by_drives = MatrixXd::Zero(shown.rows(), q + k);
  numerics::product<double>(Op::plain, shown, Op::plain, own, 1, 0, by_own);
  for (std::size_t b = 0; b < impulses.size(); ++b) {
    const MatrixXd& effect = impulses[b].effect[channel];
    if (effect.rows() == 0) continue;
    MatrixXd with(effect.cols(), q + k);
    with.leftCols(q) = common.with_others.middleRows(common.row_of[b], effect.cols());
    with.rightCols(k) =
        times_transposed(common.half.middleRows(common.row_of[b], effect.cols()), confounds);
    numerics::product<double>(Op::plain,
                              effect,
                              Op::plain,
                              with,
                              1,
                              1,
                              by_drives.middleRows(impulses[b].sample[channel], effect.rows()));
  }
  for (Index j = 0; j < shown.cols(); ++j)
    sum.variance += shown.col(j).cwiseProduct(by_own.col(j) + 2 * by_drives.col(j));
  by_own += by_drives;
  const Range all{0, shown.rows()};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    add_linked(runs[r], by_own, all, shown, all, sum.linked[r]);
    add_linked(runs[r], shown, all, by_drives, all, sum.linked[r]);
  }
}

// Covariances of the pairs of blocks that any channel shows, in the order of their list.
struct Band {
  std::vector<BlockPair> pair;
  std::vector<MatrixXd> covariance;  // drives × drives

  const MatrixXd& of(BlockPair which) const {
    return covariance[static_cast<std::size_t>(std::ranges::lower_bound(pair, which) -
                                               pair.begin())];
  }
};

Band band_of(const std::vector<std::vector<BlockPair>>& pairs, const Common& common) {
  std::set<BlockPair> all;
  for (const auto& of_channel : pairs) all.insert(of_channel.begin(), of_channel.end());
  Band band{{all.begin(), all.end()}, std::vector<MatrixXd>(all.size())};
  const auto of_block = [&](std::size_t b) {
    return common.half.middleRows(common.row_of[b], common.row_of[b + 1] - common.row_of[b]);
  };
  parallel_for(band.pair.size(), [&](std::size_t i) {
    band.covariance[i] =
        times_transposed(of_block(band.pair[i].first), of_block(band.pair[i].second));
  });
  return band;
}

}  // namespace

Spreads spreads_by_drives(const Problem& problem,
                          const std::vector<ChannelData>& data,
                          const Evaluation& evaluation,
                          const MatrixXd& inverse_factor,
                          Joint& joint) {
  const std::vector<ImpulseBlock>& impulses = *evaluation.impulses;
  const std::vector<Index> others = columns_of(problem, evaluation);
  const auto q = static_cast<Index>(others.size());
  Common common{{}, rows_of(problem, impulses), {}, {}};
  common.half = half_covariance(problem, impulses, others, common.row_of, inverse_factor);
  const auto of_others = common.half.bottomRows(q);
  common.others = times_transposed(of_others, of_others);
  common.with_others = times_transposed(common.half.topRows(common.row_of.back()), of_others);

  std::vector<std::vector<LinkRun>> runs(data.size());
  std::vector<std::vector<BlockPair>> pairs(data.size());
  parallel_for(data.size(), [&](std::size_t c) {
    runs[c] = link_runs(data[c].chain);
    pairs[c] = pairs_of(impulses, c, runs[c]);
  });
  const Band band = band_of(pairs, common);

  const std::size_t parts = tasks_of_blocks(data.size());
  std::vector<Covariance> sums;
  for (std::size_t task = 0; task < data.size() * (parts + 1); ++task)
    sums.emplace_back(problem.channels[task % data.size()].data.size(), runs[task % data.size()]);
  parallel_for(sums.size(), [&](std::size_t task) {
    const std::size_t c = task % data.size(), part = task / data.size();
    if (part < parts) {
      for (std::size_t i = part; i < pairs[c].size(); i += parts)
        add_pair(impulses, pairs[c][i], band.of(pairs[c][i]), c, runs[c], sums[task]);
      return;
    }
    ChannelBlock& block = joint.blocks[c];
    const Index k = block.shift.size();
    block.coupling = block.half_coupling;
    block.confound_precision.matrixU().solveInPlace(block.coupling);
    MatrixXd confounds(k, inverse_factor.rows()), shown(sums[task].variance.size(), q + k);
    numerics::product_with_lower<double>(block.coupling, inverse_factor, confounds);
    shown.leftCols(q) = evaluation.jacobian[c];
    if (k > 0) shown.rightCols(k) = -problem.channels[c].confounds;
    add_others(impulses, common, confounds, shown, c, runs[c], sums[task]);
    block.covariance_beta = block.confound_precision.solve(MatrixXd::Identity(k, k)) +
                            times_transposed(confounds, confounds);
  });

  Spreads all;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const ChannelBlock& block = joint.blocks[c];
    Covariance& sum = sums[c];
    for (std::size_t part = 1; part <= parts; ++part) sum += sums[c + part * data.size()];
    all.parts.push_back(part_traces(data[c].chain, runs[c], sum.variance, sum.linked));
    all.variance.push_back(sum.variance.cwiseMax(0));  // of rounding where nothing is open
    const std::vector<double> at_theta = squares_at_theta(block);
    for (std::size_t i = 0; i < at_theta.size(); ++i) all.parts[c][i] += at_theta[i];
    if (block.shift.size() == 0) continue;
    MatrixXd from_beta = problem.channels[c].confounds.transpose();
    block.confound_precision.matrixL().solveInPlace(from_beta);
    all.variance[c] += from_beta.colwise().squaredNorm().transpose();
  }
  return all;
}

}  // namespace insula::inference::detail
