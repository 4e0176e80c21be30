// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/weight_subspace.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/sensitivities.h"
#include "framework/numerics/dense.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::Op;

MatrixXd times(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd product(a.rows(), b.cols());
  numerics::product<double>(Op::plain, a, Op::plain, b, 1, 0, product);
  return product;
}

// Per channel and part of its noise: Jᵀ part e, e the residual at β̂.
void add_pulls(const Problem& problem,
               const std::vector<ChannelData>& data,
               const State& state,
               std::vector<MatrixXd>& columns) {
  std::vector<MatrixXd> of_all(data.size());
  parallel_for(data.size(), [&](std::size_t c) {
    const VectorXd e = residual(data[c], state.evaluation.prediction[c], state.beta[c]);
    const MatrixXd of_used = parts_times(data[c].chain, e);
    of_all[c].setZero(state.evaluation.prediction[c].size(), of_used.cols());
    of_all[c](data[c].chain.used, Eigen::all) = of_used;
  });
  std::ranges::move(pulled(problem, state.evaluation, of_all), std::back_inserter(columns));
}

MatrixXd beside(const std::vector<MatrixXd>& blocks) {
  Index columns = 0, at = 0;
  for (const MatrixXd& block : blocks) columns += block.cols();
  MatrixXd all(blocks.front().rows(), columns);
  for (const MatrixXd& block : blocks) {
    all.middleCols(at, block.cols()) = block;
    at += block.cols();
  }
  return all;
}

// P × any: columns whose rows span what a climb can want of the weights.
MatrixXd wanted(const Problem& problem,
                const std::vector<ChannelData>& data,
                const State& state,
                const Joint& joint) {
  const std::vector<Index> others = other_parameters(problem);
  const MatrixXd from_mean = 2 * moved_by_scales(problem, state.theta);
  MatrixXd known_from(state.theta.size(), 1 + from_mean.cols());
  known_from << joint.covariance * joint.gradient, from_mean;
  known_from(others, Eigen::all).setZero();
  std::vector<MatrixXd> columns =
      known_times(problem, data, state.evaluation, state.noise, joint, known_from);
  add_pulls(problem, data, state, columns);
  columns.emplace_back(state.prior_variance.cwiseInverse().asDiagonal() * from_mean);
  return beside(
      {times(joint.covariance, beside(columns)), from_mean, joint.covariance(Eigen::all, others)});
}

// An orthonormal basis of what the columns span, but for directions that rounding may have made.
MatrixXd orthonormal(MatrixXd columns) {
  constexpr double kRounding = 1e-10;  // of the largest eigenvalue, of columns of length 1
  for (Index j = 0; j < columns.cols(); ++j) {
    const double length = columns.col(j).norm();
    columns.col(j) *= length > 0 ? 1 / length : 0;
  }
  MatrixXd gram(columns.cols(), columns.cols());
  numerics::self_product<double>(Op::transposed, columns, 1, 0, gram);
  const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(gram);
  const double least = kRounding * eigen.values.tail(1)[0];
  const Index kept = (eigen.values.array() > least).count();
  return times(columns,
               eigen.vectors.rightCols(kept) *
                   eigen.values.tail(kept).cwiseSqrt().cwiseInverse().asDiagonal());
}

// Of one scale's weights in units of their prior, its rows of `wanted`.
MatrixXd basis_of(const MatrixXd& wanted) {
  if (wanted.rows() <= wanted.cols()) return MatrixXd::Identity(wanted.rows(), wanted.rows());
  return orthonormal(wanted);
}

void set_priors(const Problem& problem, const MatrixXd& wanted, WeightSubspace& few) {
  const std::vector<Index> others = other_parameters(problem);
  const auto kept = static_cast<Index>(others.size());
  const VectorXd sd = problem.prior_variance.cwiseSqrt();
  std::vector<MatrixXd> bases;
  Index count = kept;
  few.problem.scales = problem.scales;
  for (PriorScale& scale : few.problem.scales) {
    const MatrixXd rows = wanted(scale.parameter, Eigen::all);
    bases.push_back(basis_of(sd(scale.parameter).cwiseInverse().asDiagonal() * rows));
    scale.parameter.resize(static_cast<std::size_t>(bases.back().cols()));
    for (Index& i : scale.parameter) i = count++;
  }
  few.problem.channels = problem.channels;
  few.problem.prior_mean = VectorXd::Zero(count);
  few.problem.prior_variance = VectorXd::Ones(count);
  few.problem.prior_mean.head(kept) = problem.prior_mean(others);
  few.problem.prior_variance.head(kept) = problem.prior_variance(others);
  few.basis = MatrixXd::Zero(problem.prior_mean.size(), count);
  for (Index j = 0; j < kept; ++j) few.basis(others[static_cast<std::size_t>(j)], j) = 1;
  for (std::size_t s = 0; s < bases.size(); ++s) {
    const std::vector<Index>& whole = problem.scales[s].parameter;
    few.basis(whole, few.problem.scales[s].parameter) = sd(whole).asDiagonal() * bases[s];
  }
}

}  // namespace

WeightSubspace weight_subspace(const Problem& problem,
                               const std::vector<ChannelData>& data,
                               const State& state,
                               const HyperModel& model,
                               const Joint& joint) {
  WeightSubspace few;
  set_priors(problem, wanted(problem, data, state, joint), few);
  // The basis is orthonormal in the prior, so that its transpose finds where the weights stand.
  const VectorXd from_mean =
      (state.theta - problem.prior_mean).cwiseQuotient(problem.prior_variance);
  VectorXd theta = few.basis.transpose() * from_mean;
  theta = few.problem.prior_mean + theta.cwiseProduct(few.problem.prior_variance);
  few.state = {theta,
               state.beta,
               state.noise,
               state.log_scale,
               prior_variance(few.problem, state.log_scale),
               {},
               {}};
  few.state.evaluation.prediction = state.evaluation.prediction;
  const std::vector<Index> others = other_parameters(problem);
  few.state.evaluation.jacobian =
      shown(problem, state.evaluation, few.basis.rightCols(theta.size() - std::ssize(others)));
  for (std::size_t c = 0; c < data.size(); ++c) {
    MatrixXd& jacobian = few.state.evaluation.jacobian[c];
    jacobian = beside({shown_of(state.evaluation, c, others), jacobian});
  }
  few.model = model;
  few.model.theta = theta;
  few.joint = make_joint(data, theta.size());
  linearise(data, few.state.evaluation, model.beta, few.joint);
  assemble(few.problem,
           few.state.prior_variance,
           data,
           few.state.theta,
           model.beta,
           few.state.noise,
           Beta::at_optimum,
           0,
           few.joint);
  return few;
}

void widen(const Problem& problem, const WeightSubspace& subspace, const State& few, State& state) {
  state.theta = problem.prior_mean + subspace.basis * (few.theta - subspace.problem.prior_mean);
  state.noise = few.noise;
  state.log_scale = few.log_scale;
  state.prior_variance = prior_variance(problem, few.log_scale);
}

}  // namespace insula::inference::detail
