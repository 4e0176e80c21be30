// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/spreads_by_drives.h"

#include <algorithm>

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

// Tasks that a channel's blocks are dealt to; each sums over all samples.
constexpr std::size_t kSums = 4;

MatrixXd times_transposed(const DenseIn<double>& a, const DenseIn<double>& b) {
  MatrixXd c(a.rows(), b.rows());
  numerics::product<double>(Op::plain, a, Op::transposed, b, 1, 0, c);
  return c;
}

// Drives block after block, group after group within each; then the others; then each channel's
// confounds.
struct Rows {
  std::vector<Index> of_block, of_confounds;
  Index others = 0, all = 0;
};

Rows rows_of(const Problem& problem,
             const std::vector<ImpulseBlock>& impulses,
             Index others,
             const Joint& joint) {
  Rows rows;
  for (const ImpulseBlock& block : impulses) {
    rows.of_block.push_back(rows.others);
    rows.others += std::ssize(problem.drives) * block.count;
  }
  rows.all = rows.others + others;
  for (const ChannelBlock& block : joint.blocks) {
    rows.of_confounds.push_back(rows.all);
    rows.all += block.coupling.rows();
  }
  return rows;
}

// All of these as functions of θ, times L⁻ᵀ: H, so that HHᵀ is their covariance.
MatrixXd half_covariance(const Problem& problem,
                         const std::vector<ImpulseBlock>& impulses,
                         const std::vector<Index>& others,
                         const Rows& rows,
                         const MatrixXd& inverse_factor,
                         const Joint& joint) {
  MatrixXd whole = MatrixXd::Zero(rows.all, inverse_factor.rows());
  for (std::size_t b = 0; b < impulses.size(); ++b)
    for (std::size_t g = 0; g < problem.drives.size(); ++g) {
      const DriveGroup& group = problem.drives[g];
      const Index first = rows.of_block[b] + static_cast<Index>(g) * impulses[b].count;
      whole(Eigen::seqN(first, impulses[b].count), group.parameter) =
          group.design.middleRows(impulses[b].first, impulses[b].count);
    }
  for (std::size_t j = 0; j < others.size(); ++j)
    whole(rows.others + static_cast<Index>(j), others[j]) = 1;
  for (std::size_t c = 0; c < joint.blocks.size(); ++c)
    whole.middleRows(rows.of_confounds[c], joint.blocks[c].coupling.rows()) =
        joint.blocks[c].coupling;
  MatrixXd half(rows.all, inverse_factor.rows());
  numerics::product_with_lower<double>(whole, inverse_factor, half);
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

// Two blocks of drives that a channel shows at once or at the two ends of a link.
struct Pair {
  std::size_t row = 0, column = 0;  // row ≥ column
  MatrixXd covariance;              // drives × drives
};

std::vector<Pair> pairs_of(const std::vector<ImpulseBlock>& impulses,
                           const std::vector<std::vector<LinkRun>>& runs) {
  std::vector<Pair> pairs;
  for (std::size_t b = 0; b < impulses.size(); ++b)
    for (std::size_t d = 0; d <= b; ++d)
      for (std::size_t c = 0; c < runs.size(); ++c) {
        Index longest = 0;
        for (const LinkRun& run : runs[c]) longest = std::max(longest, run.length);
        const Range of_b = range_of(impulses[b], c), of_d = range_of(impulses[d], c);
        if (of_b.first == of_b.end || of_d.first == of_d.end ||
            std::max(of_b.first, of_d.first) >= std::min(of_b.end, of_d.end) + longest)
          continue;
        pairs.push_back({b, d, {}});
        break;
      }
  return pairs;
}

void add_pair(const std::vector<ImpulseBlock>& impulses,
              const Pair& pair,
              std::size_t channel,
              const std::vector<LinkRun>& runs,
              Covariance& sum) {
  const MatrixXd &of_row = impulses[pair.row].effect[channel],
                 &column = impulses[pair.column].effect[channel];
  if (of_row.rows() == 0 || column.rows() == 0) return;
  const Range at_row = range_of(impulses[pair.row], channel),
              at_column = range_of(impulses[pair.column], channel);
  MatrixXd row(of_row.rows(), column.cols());
  numerics::product<double>(Op::plain, of_row, Op::plain, pair.covariance, 1, 0, row);
  const bool is_twice = pair.row != pair.column;
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

// What the others and confounds add: `own` their covariance, `with_drives` theirs with the drives.
void add_others(const std::vector<ImpulseBlock>& impulses,
                const Rows& rows,
                const MatrixXd& shown,
                std::size_t channel,
                const MatrixXd& own,
                const MatrixXd& with_drives,
                const std::vector<LinkRun>& runs,
                Covariance& sum) {
  MatrixXd by_own(shown.rows(), shown.cols()),
      by_drives = MatrixXd::Zero(shown.rows(), shown.cols());
  numerics::product<double>(Op::plain, shown, Op::plain, own, 1, 0, by_own);
  for (std::size_t b = 0; b < impulses.size(); ++b) {
    const MatrixXd& effect = impulses[b].effect[channel];
    if (effect.rows() > 0)
      numerics::product<double>(Op::plain,
                                effect,
                                Op::plain,
                                with_drives.middleRows(rows.of_block[b], effect.cols()),
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

}  // namespace

Spreads spreads_by_drives(const Problem& problem,
                          const std::vector<ChannelData>& data,
                          const Evaluation& evaluation,
                          const MatrixXd& inverse_factor,
                          Joint& joint) {
  const std::vector<ImpulseBlock>& impulses = *evaluation.impulses;
  for (ChannelBlock& block : joint.blocks) {
    block.coupling = block.half_coupling;
    block.confound_precision.matrixU().solveInPlace(block.coupling);
  }
  const std::vector<Index> others = columns_of(problem, evaluation);
  const auto q = static_cast<Index>(others.size());
  const Rows rows = rows_of(problem, impulses, q, joint);
  const MatrixXd half = half_covariance(problem, impulses, others, rows, inverse_factor, joint);
  const auto of_drives = half.topRows(rows.others),
             of_rest = half.bottomRows(rows.all - rows.others);
  const MatrixXd rest = times_transposed(of_rest, of_rest),
                 with_drives = times_transposed(of_drives, of_rest);

  std::vector<std::vector<LinkRun>> runs;
  for (const ChannelData& channel : data) runs.push_back(link_runs(channel.chain));
  std::vector<Pair> pairs = pairs_of(impulses, runs);
  parallel_for(pairs.size(), [&](std::size_t i) {
    const auto of_block = [&](std::size_t b) {
      return half.middleRows(rows.of_block[b], std::ssize(problem.drives) * impulses[b].count);
    };
    pairs[i].covariance = times_transposed(of_block(pairs[i].row), of_block(pairs[i].column));
  });

  std::vector<Covariance> sums;
  for (std::size_t task = 0; task < data.size() * (kSums + 1); ++task)
    sums.emplace_back(problem.channels[task % data.size()].data.size(), runs[task % data.size()]);
  parallel_for(sums.size(), [&](std::size_t task) {
    const std::size_t c = task % data.size(), part = task / data.size();
    if (part < kSums) {
      for (std::size_t i = part; i < pairs.size(); i += kSums)
        add_pair(impulses, pairs[i], c, runs[c], sums[task]);
      return;
    }
    const Index k = joint.blocks[c].shift.size(), first = rows.of_confounds[c] - rows.others;
    std::vector<Index> mine;  // others and this channel's confounds
    for (Index i = 0; i < q + k; ++i) mine.push_back(i < q ? i : first + i - q);
    MatrixXd shown(sums[task].variance.size(), q + k);
    shown.leftCols(q) = evaluation.jacobian[c];
    if (k > 0) shown.rightCols(k) = -problem.channels[c].confounds;
    add_others(impulses,
               rows,
               shown,
               c,
               rest(mine, mine),
               with_drives(Eigen::all, mine),
               runs[c],
               sums[task]);
  });

  Spreads all;
  for (std::size_t c = 0; c < data.size(); ++c) {
    ChannelBlock& block = joint.blocks[c];
    Covariance& sum = sums[c];
    for (std::size_t part = 1; part <= kSums; ++part) sum += sums[c + part * data.size()];
    all.parts.push_back(part_traces(data[c].chain, runs[c], sum.variance, sum.linked));
    all.variance.push_back(sum.variance.cwiseMax(0));  // of rounding where nothing is open
    const std::vector<double> at_theta = squares_at_theta(block);
    for (std::size_t i = 0; i < at_theta.size(); ++i) all.parts[c][i] += at_theta[i];
    const Index k = block.shift.size();
    block.covariance_beta = block.confound_precision.solve(MatrixXd::Identity(k, k));
    if (k == 0) continue;
    const Index first = rows.of_confounds[c] - rows.others;
    block.covariance_beta += rest.block(first, first, k, k);
    MatrixXd from_beta = problem.channels[c].confounds.transpose();
    block.confound_precision.matrixL().solveInPlace(from_beta);
    all.variance[c] += from_beta.colwise().squaredNorm().transpose();
  }
  return all;
}

}  // namespace insula::inference::detail
