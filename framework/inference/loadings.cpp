// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/loadings.h"

#include <Eigen/Cholesky>
#include <algorithm>

#include "framework/inference/detail/gram.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::Lower;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Below this ratio of its pivots G says nothing of its directions that rounding does not.
constexpr double kSmallestPivot = 1e-7;

// `padded` and `scratch` lend their memory from one channel to the next.
void set_sources(const Evaluation& evaluation,
                 ChannelData& data,
                 MatrixXd& padded,
                 MatrixXd& scratch) {
  const Index n = data.chain.count(), k = data.confounds.cols() - data.loadings();
  for (Index r = 0; r < data.loadings(); ++r) {
    const VectorXd& source = evaluation.sources[data.sources[static_cast<std::size_t>(r)]];
    for (Index i = 0; i < n; ++i)
      data.confounds(i, k + r) = source[data.chain.used[static_cast<std::size_t>(i)]];
  }
  padded.resize(padded_rows(n), data.confounds.cols());
  padded.topRows(n) = data.confounds;
  padded.bottomRows(padded.rows() - n).setZero();
  scratch.resizeLike(padded);
  set_parts(data.chain, padded, scratch, data.confound_parts);
}

// Tᵀ over the samples in use.
MatrixXd transposed_t(const ChannelData& data,
                      double scale,
                      double zeta,
                      const ChannelBlock& block) {
  const Index k = data.confounds.cols(), r = data.loadings();
  MatrixXd unit = MatrixXd::Zero(k, r);
  unit.bottomRows(r).setIdentity();
  MatrixXd t = data.confounds * block.confound_precision.solve(unit);
  for (Index i = 0; i < r; ++i) t.col(i) = scale * precision_times(data.chain, zeta, t.col(i));
  return t;
}

}  // namespace

void set_sources(const std::vector<ChannelData>& data,
                 const Evaluation& evaluation,
                 std::vector<ChannelData>& own) {
  const auto is_loaded = [](const ChannelData& channel) { return channel.loadings() > 0; };
  if (own.empty() && std::ranges::any_of(data, is_loaded)) own = data;
  MatrixXd padded, scratch;
  for (ChannelData& channel : own)
    if (is_loaded(channel)) set_sources(evaluation, channel, padded, scratch);
}

MatrixXd loaded_jacobian(const ChannelData& data,
                         const Evaluation& evaluation,
                         const VectorXd& beta) {
  const MatrixXd& first = evaluation.source_jacobian[data.sources[0]];
  MatrixXd sum = MatrixXd::Zero(first.rows(), first.cols());
  for (Index r = 0; r < data.loadings(); ++r)
    sum += beta[beta.size() - data.loadings() + r] *
           evaluation.source_jacobian[data.sources[static_cast<std::size_t>(r)]];
  return sum;
}

MatrixXd confounds_with_sources(const Channel& channel, const Evaluation& evaluation) {
  const Index k = channel.confounds.cols();
  MatrixXd all(channel.data.size(), k + static_cast<Index>(channel.sources.size()));
  if (k > 0) all.leftCols(k) = channel.confounds;
  for (std::size_t r = 0; r < channel.sources.size(); ++r)
    all.col(k + static_cast<Index>(r)) = evaluation.sources[channel.sources[r]];
  return all;
}

void add_loadings(const ChannelData& data,
                  const std::vector<MatrixXd>& source_jacobian,
                  const VectorXd& beta,
                  double scale,
                  double zeta,
                  const ChannelBlock& block,
                  MatrixXd& precision_lower,
                  VectorXd& gradient) {
  const Index r = data.loadings(), p = gradient.size();
  const MatrixXd t = transposed_t(data, scale, zeta, block);
  MatrixXd everywhere = MatrixXd::Zero(r, source_jacobian[data.sources[0]].rows());
  for (Index i = 0; i < t.rows(); ++i)
    everywhere.col(data.chain.used[static_cast<std::size_t>(i)]) = t.row(i).transpose();
  // Column q of K_j for all j at once.
  std::vector<MatrixXd> k;
  for (Index q = 0; q < r; ++q) {
    k.emplace_back(everywhere * source_jacobian[data.sources[static_cast<std::size_t>(q)]]);
    gradient -= k.back().row(q).transpose();
  }
  const MatrixXd g = t.transpose() * data.confounds.rightCols(r);
  const Eigen::LLT<MatrixXd> factor(0.5 * (g + g.transpose()));
  if (factor.info() != Eigen::Success) return;
  const VectorXd pivots = factor.matrixLLT().diagonal();
  if (!(pivots.minCoeff() > kSmallestPivot * pivots.maxCoeff())) return;
  const VectorXd l = (beta + block.shift).tail(r);
  MatrixXd spread(r * r, p), at_mean(r, p), k_j(r, r);
  for (Index j = 0; j < p; ++j) {
    for (Index q = 0; q < r; ++q) k_j.col(q) = k[static_cast<std::size_t>(q)].col(j);
    factor.matrixL().solveInPlace(k_j);
    at_mean.col(j) = std::sqrt(data.precision[data.precision.size() - 1]) * (k_j * l);
    const MatrixXd y = k_j * MatrixXd(factor.matrixL());
    spread.col(j) = (y + y.transpose()).reshaped();
  }
  precision_lower.template selfadjointView<Lower>().rankUpdate(spread.transpose(), 0.5);
  precision_lower.template selfadjointView<Lower>().rankUpdate(at_mean.transpose(), -1);
}

}  // namespace insula::inference::detail
