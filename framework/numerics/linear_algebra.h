// SPDX-License-Identifier: Apache-2.0
// Dense decompositions, compiled once: they are the slowest part of Eigen to build.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

/// A symmetric matrix as vectors · diag(values) · vectorsᵀ, values ascending.
struct SymmetricEigen {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};

/// Reads the lower triangle. Values and vectors are NaN if an entry is not finite.
/// cost    O(n³)
SymmetricEigen symmetric_eigen(const Eigen::MatrixXd& a);

/// The x that minimises ‖A x − b‖, of all those the smallest.
///
/// shape  a m × n, b m × k → n × k; zeros if m is 0
/// cost   O(m n²)
Eigen::MatrixXd smallest_least_squares(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

/// A⁻¹ b for a square matrix that is not singular.
Eigen::MatrixXd solve(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

/// ln|L Lᵀ| of a Cholesky factor, whose upper triangle is not read.
double log_det_of_factor(const Eigen::MatrixXd& lower);

/// The largest magnitude of an eigenvalue of a square matrix; 0 if it is empty.
double spectral_radius(const Eigen::MatrixXd& a);

/// The largest real part of an eigenvalue of a square matrix, below 0 if ẋ = a·x dies away; −∞ if
/// it is empty, NaN if an entry is not finite. `mode`, if given, receives the magnitudes of that
/// eigenvalue's eigenvector, of length 1.
/// cost    O(n³)
double spectral_abscissa(const Eigen::MatrixXd& a, Eigen::VectorXd* mode = nullptr);

}  // namespace insula::numerics
