// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/least_squares.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd least_squares(const MatrixXd& x, const VectorXd& penalty, const MatrixXd& y) {
  const Index n = x.rows(), p = x.cols();
  if (penalty.size() != p || y.rows() != n) throw InternalError("least squares of unequal shapes");
  if (p == 0 || n == 0) return MatrixXd::Zero(p, y.cols());
  // A penalty is a sample that observes its column alone, at zero.
  MatrixXd columns = MatrixXd::Zero(n + p, p);
  columns.topRows(n) = x;
  columns.bottomRows(p).diagonal() = penalty.cwiseSqrt();
  MatrixXd targets = MatrixXd::Zero(n + p, y.cols());
  targets.topRows(n) = y;
  return numerics::smallest_least_squares(columns, targets);
}

MatrixXd whiten(const MatrixXd& rows, const Positions& positions, double rho) {
  if (rows.rows() != static_cast<Index>(positions.row.size()) ||
      positions.row.size() != positions.run.size()) {
    throw InternalError("whitening needs a position for each row");
  }
  MatrixXd white = rows;
  for (Index i = 1; i < rows.rows(); ++i) {
    const auto now = static_cast<std::size_t>(i);
    if (positions.run[now] != positions.run[now - 1]) continue;
    const auto step = static_cast<double>(positions.row[now] - positions.row[now - 1]);
    const double correlation = std::pow(rho, step);
    white.row(i) =
        (rows.row(i) - correlation * rows.row(i - 1)) / std::sqrt(1 - correlation * correlation);
  }
  return white;
}

double neighbour_correlation(const VectorXd& residual, const Positions& positions) {
  double product = 0, square = 0;
  for (Index i = 1; i < residual.size(); ++i) {
    const auto now = static_cast<std::size_t>(i);
    if (positions.run[now] != positions.run[now - 1]) continue;
    if (positions.row[now] != positions.row[now - 1] + 1) continue;
    product += residual[i] * residual[i - 1];
    square += 0.5 * (residual[i] * residual[i] + residual[i - 1] * residual[i - 1]);
  }
  return square > 0 ? product / square : 0;
}

Ar1Fit ar1_least_squares(const MatrixXd& x,
                         const VectorXd& penalty,
                         const VectorXd& y,
                         const Positions& positions) {
  Ar1Fit fit{least_squares(x, penalty, y), 0};
  for (int turn = 0; turn < 20; ++turn) {
    const double rho =
        std::clamp(neighbour_correlation(y - x * fit.weights, positions), -0.95, 0.95);
    if (std::abs(rho - fit.rho) < 1e-4) break;
    fit.rho = rho;
    fit.weights = least_squares(whiten(x, positions, rho), penalty, whiten(y, positions, rho));
  }
  return fit;
}

}  // namespace insula::regression
