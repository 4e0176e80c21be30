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

MatrixXd pulled(const Problem& problem,
                const Evaluation& evaluation,
                std::size_t channel,
                const MatrixXd& v) {
  const MatrixXd& jacobian = evaluation.jacobian[channel];
  MatrixXd of_columns(jacobian.cols(), v.cols());
  numerics::product<double>(Op::transposed, jacobian, Op::plain, v, 1, 0, of_columns);
  if (!evaluation.impulses) return of_columns;
  MatrixXd all(problem.prior_mean.size(), v.cols());
  all(columns_of(problem, evaluation), Eigen::all) = of_columns;
  for (std::size_t g = 0; g < problem.drives.size(); ++g) {
    const DriveGroup& group = problem.drives[g];
    MatrixXd of_drives = MatrixXd::Zero(group.design.rows(), v.cols());
    for (const ImpulseBlock& block : *evaluation.impulses) {
      const MatrixXd& effect = block.effect[channel];
      if (effect.rows() == 0) continue;
      numerics::product<double>(Op::transposed,
                                effect.middleCols(static_cast<Index>(g) * block.count, block.count),
                                Op::plain,
                                v.middleRows(block.sample[channel], effect.rows()),
                                1,
                                0,
                                of_drives.middleRows(block.first, block.count));
    }
    MatrixXd of_weights(group.design.cols(), v.cols());
    numerics::product<double>(Op::transposed, group.design, Op::plain, of_drives, 1, 0, of_weights);
    all(group.parameter, Eigen::all) = of_weights;
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
    all[c] = pulled(problem, evaluation, c, all[c]);
  });
  return all;
}

}  // namespace insula::inference::detail
