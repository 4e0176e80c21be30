// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/linear_algebra.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <limits>
#include <memory>

#include "framework/numerics/dense.h"

namespace insula::numerics {

using Eigen::MatrixXd;
using Eigen::VectorXd;

SymmetricEigen symmetric_eigen(const MatrixXd& a) {
  const MatrixXd lower = a.triangularView<Eigen::Lower>();
  if (!lower.allFinite()) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {VectorXd::Constant(a.rows(), none), MatrixXd::Constant(a.rows(), a.rows(), none)};
  }
  if (a.rows() == 0) return {};
  constexpr Eigen::Index kLarge = 128;  // from here on a call of LAPACK costs less than it saves
  if (a.rows() >= kLarge) {
    SymmetricEigen eigen{{}, lower};
    const auto entries = static_cast<std::size_t>(eigen_workspace(a.rows()));
    const auto work = std::make_unique_for_overwrite<double[]>(entries);
    if (symmetric_eigen_in_place<double>(eigen.vectors, eigen.values, work.get())) return eigen;
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(lower);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

MatrixXd smallest_least_squares(const MatrixXd& a, const MatrixXd& b) {
  const Eigen::Index m = a.rows(), n = a.cols();
  if (m == 0 || n == 0) return MatrixXd::Zero(n, b.cols());
  if (m <= n) return Eigen::CompleteOrthogonalDecomposition<MatrixXd>(a).solve(b);
  // A plain QR first: it is blocked, and leaves only n rows to the one that finds the rank.
  const Eigen::HouseholderQR<MatrixXd> tall(a);
  MatrixXd rotated = b;
  rotated.applyOnTheLeft(tall.householderQ().adjoint());
  const MatrixXd square = tall.matrixQR().topRows(n).triangularView<Eigen::Upper>();
  return Eigen::CompleteOrthogonalDecomposition<MatrixXd>(square).solve(rotated.topRows(n));
}

MatrixXd solve(const MatrixXd& a, const MatrixXd& b) {
  return Eigen::PartialPivLU<MatrixXd>(a).solve(b);
}

double log_det_of_factor(const MatrixXd& lower) { return 2 * lower.diagonal().array().log().sum(); }

double spectral_radius(const MatrixXd& a) {
  if (a.rows() == 0) return 0;
  return Eigen::EigenSolver<MatrixXd>(a, false).eigenvalues().cwiseAbs().maxCoeff();
}

double spectral_abscissa(const MatrixXd& a, VectorXd* mode) {
  if (mode) mode->setConstant(a.rows(), std::numeric_limits<double>::quiet_NaN());
  if (!a.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  if (a.rows() == 0) return -std::numeric_limits<double>::infinity();
  const Eigen::EigenSolver<MatrixXd> solver(a, mode != nullptr);
  Eigen::Index leading = 0;
  const double abscissa = solver.eigenvalues().real().maxCoeff(&leading);
  if (mode) *mode = solver.eigenvectors().col(leading).cwiseAbs();
  return abscissa;
}

}  // namespace insula::numerics
