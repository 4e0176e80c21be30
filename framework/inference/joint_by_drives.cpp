// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/joint_by_drives.h"

#include <algorithm>
#include <utility>

#include "framework/inference/detail/sensitivities.h"
#include "framework/inference/detail/spreads_by_drives.h"
#include "framework/numerics/dense.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::ImpulseBlock;
using numerics::Op;

// Columns of a product that are made together: with the rows of a run they fit the nearer caches.
constexpr Index kPanelColumns = 64;

using In = numerics::DenseIn<double>;

MatrixXd product(Op op_a, const In& a, Op op_b, const In& b) {
  MatrixXd c(op_a == Op::plain ? a.rows() : a.cols(), op_b == Op::plain ? b.cols() : b.rows());
  numerics::product<double>(op_a, a, op_b, b, 1, 0, c);
  return c;
}

// W times what a block's drives show of one channel, from a position among its samples in use.
struct WhitenedEffect {
  Index first = 0;
  MatrixXd value;  // positions × drives
  Index end() const { return first + value.rows(); }
};

WhitenedEffect whitened(const Chain& chain,
                        const Whitening& w,
                        const ImpulseBlock& block,
                        std::size_t channel) {
  const MatrixXd& effect = block.effect[channel];
  const Index sample = block.sample[channel];
  const auto position = [&](Index of) {
    return std::ranges::lower_bound(chain.used, of) - chain.used.begin();
  };
  const Index first = position(sample), last = position(sample + effect.rows());
  if (effect.rows() == 0 || first == last) return {};
  const Index end = std::min(last + 1, chain.count());  // the next one is compared with the last
  WhitenedEffect all{first, MatrixXd(end - first, effect.cols())};
  const auto row = [&](Index at) { return chain.used[static_cast<std::size_t>(at)] - sample; };
  for (Index j = 0; j < effect.cols(); ++j) {
    double before = 0;
    for (Index t = first; t < end; ++t) {
      const double here = t < last ? effect(row(t), j) : 0;
      all.value(t - first, j) = w.own[t] * here - w.before[t] * before;
      before = here;
    }
  }
  return all;
}

MatrixXd whitened(const Whitening& w, const In& z) {
  MatrixXd all = w.own.asDiagonal() * z;
  if (z.rows() == 0) return all;
  const Index links = z.rows() - 1;
  all.bottomRows(links) -= w.before.tail(links).asDiagonal() * z.topRows(links);
  return all;
}

// What all channels together know of the drives, group after group: D of them.
struct DriveForm {
  struct Pair {
    std::size_t row = 0, column = 0;  // blocks, row ≥ column
    MatrixXd value;                   // of M: drives × drives
  };
  std::vector<Pair> pairs;
  MatrixXd others;     // D × Q: with the parameters of no group
  MatrixXd explained;  // confounds of all channels × D: what they explain, halved
  VectorXd gradient;   // D
};

// D × any: rows of a block's drives among those of all groups.
template <typename Body>
void each_group(const ImpulseBlock& block, Index drives, Index groups, const Body& body) {
  for (Index g = 0; g < groups; ++g) body(g * drives + block.first, g * block.count);
}

DriveForm drive_form(const Problem& problem,
                     const std::vector<ChannelData>& data,
                     const std::vector<ImpulseBlock>& impulses,
                     const std::vector<NoiseValue>& noise,
                     const Joint& joint) {
  const auto groups = static_cast<Index>(problem.drives.size());
  const Index drives = problem.drives[0].design.rows();
  std::vector<Whitening> w;
  std::vector<MatrixXd> z, cross;
  for (std::size_t c = 0; c < data.size(); ++c) {
    w.push_back(whitening(data[c].chain, noise[c].zeta));
    z.push_back(whitened(w[c], joint.blocks[c].z.topRows(data[c].chain.count())));
    cross.emplace_back(MatrixXd::Zero(groups * drives, z[c].cols()));
  }
  std::vector<std::vector<WhitenedEffect>> effect(impulses.size());
  parallel_for(impulses.size(), [&](std::size_t b) {
    for (std::size_t c = 0; c < data.size(); ++c) {
      effect[b].push_back(whitened(data[c].chain, w[c], impulses[b], c));
      const WhitenedEffect& f = effect[b][c];
      if (f.value.rows() == 0) continue;
      const MatrixXd with_z =
          joint.blocks[c].scale *
          product(Op::transposed, f.value, Op::plain, z[c].middleRows(f.first, f.value.rows()));
      each_group(impulses[b], drives, groups, [&](Index row, Index at) {
        cross[c].middleRows(row, impulses[b].count) = with_z.middleRows(at, impulses[b].count);
      });
    }
  });

  std::vector<std::vector<DriveForm::Pair>> pairs(impulses.size());
  parallel_for(impulses.size(), [&](std::size_t b) {
    for (std::size_t d = 0; d <= b; ++d) {
      MatrixXd sum;
      for (std::size_t c = 0; c < data.size(); ++c) {
        const WhitenedEffect &f = effect[b][c], &e = effect[d][c];
        const Index first = std::max(f.first, e.first), rows = std::min(f.end(), e.end()) - first;
        if (rows <= 0) continue;
        if (sum.size() == 0) sum = MatrixXd::Zero(f.value.cols(), e.value.cols());
        numerics::product<double>(Op::transposed,
                                  f.value.middleRows(first - f.first, rows),
                                  Op::plain,
                                  e.value.middleRows(first - e.first, rows),
                                  joint.blocks[c].scale,
                                  1,
                                  sum);
      }
      if (sum.size() > 0) pairs[b].push_back({b, d, std::move(sum)});
    }
  });

  DriveForm form;
  for (auto& of_block : pairs) std::ranges::move(of_block, std::back_inserter(form.pairs));
  form.gradient = VectorXd::Zero(groups * drives);
  const Index q = joint.precision_lower.rows();
  form.others = MatrixXd::Zero(groups * drives, q);
  form.explained.resize(joint.explained.rows(), groups * drives);
  form.explained.setZero();
  Index at = 0;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const ChannelBlock& block = joint.blocks[c];
    const Index k = block.shift.size();
    MatrixXd half = cross[c].middleCols(q, k).transpose();
    form.gradient += cross[c].col(q + k);
    form.others += cross[c].leftCols(q);
    if (k == 0) continue;
    block.confound_precision.matrixL().solveInPlace(half);
    form.gradient.noalias() -= cross[c].middleCols(q, k) * block.shift;
    numerics::product<double>(
        Op::transposed, half, Op::plain, block.half_coupling, -1, 1, form.others);
    form.explained.middleRows(at, k) = half;
    at += k;
  }
  return form;
}

// Puts a block into the lower triangle of a matrix, at rows and columns in any order.
void set_lower(const std::vector<Index>& rows,
               const std::vector<Index>& columns,
               const MatrixXd& block,
               MatrixXd& lower) {
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      lower(std::max(rows[i], columns[j]), std::min(rows[i], columns[j])) =
          block(static_cast<Index>(i), static_cast<Index>(j));
}

std::vector<Index> from(const std::vector<Index>& list, Index first) {
  return {list.begin() + first, list.end()};
}

// M's rows of a group times `columns` of another group's drives.
MatrixXd times_band(const DriveForm& form,
                    const std::vector<ImpulseBlock>& impulses,
                    Index row_group,
                    Index column_group,
                    const In& columns) {
  MatrixXd all = MatrixXd::Zero(columns.rows(), columns.cols());
  const auto add = [&](const ImpulseBlock& rows, const ImpulseBlock& of, Op op, const In& m) {
    numerics::product<double>(op,
                              m,
                              Op::plain,
                              columns.middleRows(of.first, of.count),
                              1,
                              1,
                              all.middleRows(rows.first, rows.count));
  };
  for (const DriveForm::Pair& pair : form.pairs) {
    const ImpulseBlock &b = impulses[pair.row], &d = impulses[pair.column];
    add(b,
        d,
        Op::plain,
        pair.value.block(row_group * b.count, column_group * d.count, b.count, d.count));
    if (pair.row != pair.column)
      add(d,
          b,
          Op::transposed,
          pair.value.block(column_group * b.count, row_group * d.count, b.count, d.count));
  }
  return all;
}

// ΦᵀMΦ, into the lower triangle.
void set_weights(const Problem& problem,
                 const std::vector<ImpulseBlock>& impulses,
                 const DriveForm& form,
                 MatrixXd& lower) {
  struct Panel {
    std::size_t group;
    Index first, count;  // its weights
  };
  std::vector<Panel> panels;
  for (std::size_t g = 0; g < problem.drives.size(); ++g)
    for (Index first = 0, all = problem.drives[g].design.cols(); first < all;
         first += kPanelColumns)
      panels.push_back({g, first, std::min(kPanelColumns, all - first)});
  parallel_for(panels.size(), [&](std::size_t p) {
    const auto [g, first, count] = panels[p];
    const DriveGroup& of = problem.drives[g];
    const std::vector<Index> columns(of.parameter.begin() + first,
                                     of.parameter.begin() + first + count);
    for (std::size_t r = g; r < problem.drives.size(); ++r) {
      const DriveGroup& rows = problem.drives[r];
      const MatrixXd band = times_band(form,
                                       impulses,
                                       static_cast<Index>(r),
                                       static_cast<Index>(g),
                                       of.design.middleCols(first, count));
      const Index begin = r == g ? first : 0;  // the rest is another panel's
      const MatrixXd value = product(
          Op::transposed, rows.design.rightCols(rows.design.cols() - begin), Op::plain, band);
      set_lower(from(rows.parameter, begin), columns, value, lower);
    }
  });
}

// S, the gradient and what confounds do, over all parameters.
void assemble_by_drives(const Problem& problem,
                        const VectorXd& prior_variance,
                        const std::vector<ChannelData>& data,
                        const Evaluation& evaluation,
                        const VectorXd& theta,
                        const std::vector<VectorXd>& beta,
                        const std::vector<NoiseValue>& noise,
                        Joint& joint) {
  const std::vector<Index> others = columns_of(problem, evaluation);
  Problem few;
  few.prior_mean = problem.prior_mean(others);
  assemble(
      few, prior_variance(others), data, theta(others), beta, noise, Beta::at_optimum, 0, joint);
  const DriveForm form = drive_form(problem, data, *evaluation.impulses, noise, joint);
  const Index p = theta.size(), drives = problem.drives[0].design.rows();
  MatrixXd lower(p, p);
  set_lower(others, others, joint.precision_lower.selfadjointView<Eigen::Lower>(), lower);
  set_weights(problem, *evaluation.impulses, form, lower);
  VectorXd gradient = (problem.prior_mean - theta).cwiseQuotient(prior_variance);
  gradient(others) = joint.gradient;
  MatrixXd explained = MatrixXd::Zero(form.explained.rows(), p);
  for (std::size_t g = 0; g < problem.drives.size(); ++g) {
    const DriveGroup& group = problem.drives[g];
    const Index at = static_cast<Index>(g) * drives;
    gradient(group.parameter) += group.design.transpose() * form.gradient.segment(at, drives);
    set_lower(group.parameter,
              others,
              product(Op::transposed, group.design, Op::plain, form.others.middleRows(at, drives)),
              lower);
    explained(Eigen::all, group.parameter) =
        product(Op::plain, form.explained.middleCols(at, drives), Op::plain, group.design);
  }
  // Of the others it has been taken off; with the weights, too.
  numerics::self_product<double>(Op::transposed, explained, -1, 1, lower);
  for (const DriveGroup& group : problem.drives)
    for (const Index i : group.parameter) lower(i, i) += 1 / prior_variance[i];

  Index at = 0;
  for (ChannelBlock& block : joint.blocks) {
    const Index k = block.shift.size();
    const MatrixXd of_others = block.half_coupling;
    block.half_coupling = explained.middleRows(at, k);
    block.half_coupling(Eigen::all, others) = of_others;
    at += k;
  }
  joint.precision_lower.swap(lower);
  joint.gradient.swap(gradient);
}

}  // namespace

Spreads solve_by_drives(const Problem& problem,
                        const VectorXd& prior_variance,
                        const std::vector<ChannelData>& data,
                        const Evaluation& evaluation,
                        const VectorXd& theta,
                        const std::vector<VectorXd>& beta,
                        const std::vector<NoiseValue>& noise,
                        Joint& joint) {
  assemble_by_drives(problem, prior_variance, data, evaluation, theta, beta, noise, joint);
  joint.precision.compute(joint.precision_lower);
  const MatrixXd inverse_factor = joint.precision.inverse_factor();
  invert(inverse_factor, joint);
  return spreads_by_drives(problem, data, evaluation, inverse_factor, joint);
}

}  // namespace insula::inference::detail
