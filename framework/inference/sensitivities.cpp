// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/sensitivities.h"

#include <cmath>
#include <numeric>

#include "framework/numerics/dense.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::ImpulseBlock;
using numerics::Op;

std::vector<Index> columns_of(const Problem& problem, const Evaluation& evaluation) {
  std::vector<Index> list(static_cast<std::size_t>(problem.prior_mean.size()));
  std::iota(list.begin(), list.end(), Index{0});
  if (!evaluation.impulses) return list;
  for (const DriveGroup& group : problem.drives)
    for (const Index i : group.parameter) list[static_cast<std::size_t>(i)] = -1;
  std::erase(list, -1);
  return list;
}

std::vector<MatrixXd> driven(const Problem& problem, const MatrixXd& columns) {
  std::vector<MatrixXd> drives;
  for (const DriveGroup& group : problem.drives) {
    const MatrixXd weights = columns(group.parameter, Eigen::all);
    drives.emplace_back(group.design.rows(), columns.cols());
    numerics::product<double>(Op::plain, group.design, Op::plain, weights, 1, 0, drives.back());
  }
  return drives;
}

void add_effects(const Evaluation& evaluation,
                 std::size_t channel,
                 const std::vector<Eigen::Ref<const MatrixXd>>& drives,
                 MatrixXd& shown) {
  for (const ImpulseBlock& block : *evaluation.impulses) {
    const MatrixXd& effect = block.effect[channel];
    for (std::size_t g = 0; g < drives.size() && effect.rows() > 0; ++g)
      numerics::product<double>(Op::plain,
                                effect.middleCols(static_cast<Index>(g) * block.count, block.count),
                                Op::plain,
                                drives[g].middleRows(block.first, block.count),
                                1,
                                1,
                                shown.middleRows(block.sample[channel], effect.rows()));
  }
}

std::vector<MatrixXd> shown(const Problem& problem,
                            const Evaluation& evaluation,
                            const MatrixXd& columns) {
  const bool is_by_drives = evaluation.impulses != nullptr;
  const MatrixXd others =
      is_by_drives ? MatrixXd(columns(columns_of(problem, evaluation), Eigen::all)) : MatrixXd();
  const std::vector<MatrixXd> drives =
      is_by_drives ? driven(problem, columns) : std::vector<MatrixXd>();
  std::vector<MatrixXd> all(evaluation.jacobian.size());
  parallel_for(all.size(), [&](std::size_t c) {
    all[c].resize(evaluation.jacobian[c].rows(), columns.cols());
    if (is_by_drives && others.isZero(0))
      all[c].setZero();
    else
      numerics::product<double>(Op::plain,
                                evaluation.jacobian[c],
                                Op::plain,
                                is_by_drives ? others : columns,
                                1,
                                0,
                                all[c]);
    if (is_by_drives) add_effects(evaluation, c, {drives.begin(), drives.end()}, all[c]);
  });
  return all;
}

MatrixXd shown_of(const Evaluation& evaluation,
                  std::size_t channel,
                  const std::vector<Index>& others) {
  const MatrixXd& jacobian = evaluation.jacobian[channel];
  return evaluation.impulses ? jacobian : MatrixXd(jacobian(Eigen::all, others));
}

std::vector<MatrixXd> pulled(const Problem& problem,
                             const Evaluation& evaluation,
                             const std::vector<MatrixXd>& v) {
  std::vector<Index> first{0};  // of each channel among the columns of all
  for (const MatrixXd& of_channel : v) first.push_back(first.back() + of_channel.cols());
  std::vector<MatrixXd> all(v.size());
  std::vector<MatrixXd> of_drives;  // per group
  for (std::size_t g = 0; evaluation.impulses && g < problem.drives.size(); ++g)
    of_drives.emplace_back(MatrixXd::Zero(problem.drives[g].design.rows(), first.back()));
  const std::vector<Index> columns = columns_of(problem, evaluation);
  parallel_for(v.size(), [&](std::size_t c) {
    const MatrixXd& jacobian = evaluation.jacobian[c];
    MatrixXd of_columns(jacobian.cols(), v[c].cols());
    numerics::product<double>(Op::transposed, jacobian, Op::plain, v[c], 1, 0, of_columns);
    if (!evaluation.impulses) {
      all[c].swap(of_columns);
      return;
    }
    all[c].resize(problem.prior_mean.size(), v[c].cols());
    all[c](columns, Eigen::all) = of_columns;
    for (const ImpulseBlock& block : *evaluation.impulses) {
      const MatrixXd& effect = block.effect[c];
      for (std::size_t g = 0; g < of_drives.size() && effect.rows() > 0; ++g)
        numerics::product<double>(
            Op::transposed,
            effect.middleCols(static_cast<Index>(g) * block.count, block.count),
            Op::plain,
            v[c].middleRows(block.sample[c], effect.rows()),
            1,
            0,
            of_drives[g].block(block.first, first[c], block.count, v[c].cols()));
    }
  });
  for (std::size_t g = 0; g < of_drives.size(); ++g) {
    const DriveGroup& group = problem.drives[g];
    MatrixXd of_weights(group.design.cols(), first.back());
    numerics::product<double>(
        Op::transposed, group.design, Op::plain, of_drives[g], 1, 0, of_weights);
    for (std::size_t c = 0; c < v.size(); ++c)
      all[c](group.parameter, Eigen::all) = of_weights.middleCols(first[c], v[c].cols());
  }
  return all;
}

std::vector<MatrixXd> known_times(const Problem& problem,
                                  const std::vector<ChannelData>& data,
                                  const Evaluation& evaluation,
                                  const std::vector<NoiseValue>& noise,
                                  const Joint& joint,
                                  const MatrixXd& columns) {
  std::vector<MatrixXd> all = shown(problem, evaluation, columns);
  parallel_for(all.size(), [&](std::size_t c) {
    const ChannelBlock& block = joint.blocks[c];
    MatrixXd used = all[c](data[c].chain.used, Eigen::all);
    if (block.coupling.rows() > 0) used.noalias() -= data[c].confounds * (block.coupling * columns);
    all[c].setZero();
    for (Index j = 0; j < used.cols(); ++j)
      all[c](data[c].chain.used, j) =
          block.scale * precision_times(data[c].chain, noise[c].zeta, used.col(j));
  });
  return pulled(problem, evaluation, all);
}

}  // namespace insula::inference::detail
