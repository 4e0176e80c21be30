// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/ridge.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/statistics.h"
#include "framework/regression/least_squares.h"
#include "framework/regression/memory.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// A matrix above the rows that stand for nuisance penalties.
MatrixXd extend(const MatrixXd& top, Index rows) {
  MatrixXd all = MatrixXd::Zero(top.rows() + rows, top.cols());
  all.topRows(top.rows()) = top;
  return all;
}

}  // namespace

VectorXd column_factor(const MatrixXd& x, Scale scale) {
  if (x.rows() == 0) return VectorXd::Zero(x.cols());
  VectorXd factor = VectorXd::Ones(x.cols());
  for (Index j = 0; j < x.cols() && scale == Scale::unit_sd; ++j) {
    const double squares = (x.col(j).array() - x.col(j).mean()).square().sum();
    const bool constant = numerics::is_constant(squares, x.col(j).cwiseAbs().maxCoeff(), x.rows());
    factor[j] = constant ? 0 : std::sqrt(static_cast<double>(x.rows()) / squares);
  }
  return factor;
}

RidgeRows RidgeRows::select(const std::vector<Index>& rows) const {
  return {x(rows, Eigen::all), nuisance(rows, Eigen::all), nuisance_penalty, y(rows, Eigen::all)};
}

RidgeMoments ridge_moments(const RidgeRows& rows, Scale scale) {
  const Index n = rows.x.rows(), p = rows.x.cols(), k = rows.nuisance.cols();
  if (rows.y.rows() != n || rows.nuisance.rows() != n || rows.nuisance_penalty.size() != k) {
    throw InternalError("a ridge regression of unequal shapes");
  }
  RidgeMoments moments;
  moments.factor = column_factor(rows.x, scale);
  // Frisch & Waugh: what the nuisance explains is taken out of both sides.
  MatrixXd both(n, p + rows.y.cols());
  both << rows.x, rows.y;
  const MatrixXd on_nuisance = least_squares(rows.nuisance, rows.nuisance_penalty, both);
  MatrixXd nuisance = extend(rows.nuisance, k);
  nuisance.bottomRows(k).diagonal() = rows.nuisance_penalty.cwiseSqrt();
  const MatrixXd left = extend(both, k) - nuisance * on_nuisance;
  moments.x_left = left.leftCols(p) * moments.factor.asDiagonal();
  moments.y_left = left.rightCols(rows.y.cols());
  moments.x_on_nuisance = on_nuisance.leftCols(p);
  moments.y_on_nuisance = on_nuisance.rightCols(rows.y.cols());
  if (p <= moments.x_left.rows()) {
    moments.gram = moments.x_left.transpose() * moments.x_left;
    moments.cross = moments.x_left.transpose() * moments.y_left;
  }
  return moments;
}

// Moments: both sides, these beside rows of penalties, what the nuisance explains, what is left.
// A decomposition has its argument, a triangle of it, vectors and three times their space to work.
std::size_t ridge_making_bytes(Index rows, Index columns, Index nuisance, Index targets) {
  const Index n = rows + nuisance, sides = n * (columns + targets), q = std::min(n, columns);
  return bytes_of(std::max(4 * sides + 2 * q * q, 2 * sides + 7 * q * q) + 3 * n * nuisance);
}

std::size_t ridge_path_bytes(Index rows, Index columns, Index targets) {
  return bytes_of(std::min(rows, columns) * (columns + targets));
}

RidgePath::RidgePath(const RidgeMoments& moments, const VectorXd& relative_penalty)
    : x_on_nuisance_(moments.x_on_nuisance), y_on_nuisance_(moments.y_on_nuisance) {
  const Index p = moments.factor.size();
  if (relative_penalty.size() != 0 && relative_penalty.size() != p) {
    throw InternalError("ridge needs a relative penalty per column");
  }
  if (moments.x_left.size() == 0) {  // no columns or no rows, which Eigen does not decompose
    basis_.resize(p, 0);
    projected_.resize(0, moments.y_left.cols());
    return;
  }
  VectorXd root = VectorXd::Ones(p);
  if (relative_penalty.size() > 0) root = relative_penalty.cwiseSqrt().cwiseInverse();
  const VectorXd factor = moments.factor.cwiseProduct(root);
  if (p > moments.x_left.rows()) {
    const MatrixXd x = moments.x_left * root.asDiagonal();
    const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(x * x.transpose());
    eigenvalue_ = eigen.values.cwiseMax(0);
    basis_ = factor.asDiagonal() * (x.transpose() * eigen.vectors);
    projected_ = eigen.vectors.transpose() * moments.y_left;
  } else {
    const numerics::SymmetricEigen eigen =
        numerics::symmetric_eigen(root.asDiagonal() * moments.gram * root.asDiagonal());
    eigenvalue_ = eigen.values.cwiseMax(0);
    basis_ = factor.asDiagonal() * eigen.vectors;
    projected_ = eigen.vectors.transpose() * (root.asDiagonal() * moments.cross);
  }
}

MatrixXd RidgePath::weights(const VectorXd& alpha) const {
  if (alpha.size() != projected_.cols()) throw InternalError("ridge needs a penalty per target");
  MatrixXd shrunk = projected_;
  for (Index t = 0; t < alpha.size(); ++t) {
    shrunk.col(t).array() /= eigenvalue_.array() + alpha[t];
  }
  return basis_ * shrunk;
}

MatrixXd RidgePath::nuisance_weights(const MatrixXd& weights) const {
  return y_on_nuisance_ - x_on_nuisance_ * weights;
}

std::vector<MatrixXd> RidgePath::predict(const MatrixXd& x,
                                         const MatrixXd& nuisance,
                                         const std::vector<double>& alphas) const {
  const MatrixXd rotated = (x - nuisance * x_on_nuisance_) * basis_;
  const MatrixXd base = nuisance * y_on_nuisance_;
  std::vector<MatrixXd> predictions;
  for (const double alpha : alphas) {
    const VectorXd shrink = (eigenvalue_.array() + alpha).inverse();
    predictions.push_back(base + rotated * (shrink.asDiagonal() * projected_));
  }
  return predictions;
}

}  // namespace insula::regression
