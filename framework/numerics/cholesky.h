// SPDX-License-Identifier: Apache-2.0
// A symmetric positive definite matrix by its Cholesky factor, A = L Lᵀ: small ones in one thread,
// large ones by dense.h.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

class Cholesky {
 public:
  Cholesky() = default;
  /// Reads the lower triangle.
  explicit Cholesky(const Eigen::MatrixXd& a) { compute(a); }
  void compute(const Eigen::MatrixXd& a);

  bool is_large() const { return factor_.rows() >= kLarge; }
  /// If not, every number had from it is NaN or meaningless.
  bool is_definite() const { return is_definite_; }
  /// L; the upper triangle is left undefined.
  const Eigen::MatrixXd& factor() const { return factor_; }
  double log_det() const;
  /// A⁻¹ b.
  Eigen::VectorXd solve(const Eigen::VectorXd& b) const;
  /// Eigen would take a matrix for its first column.
  template <typename Matrix>
  requires(Matrix::ColsAtCompileTime != 1) Eigen::VectorXd solve(const Eigen::MatrixBase<Matrix>& b)
  const = delete;
  /// b ← L⁻¹ b and b ← L⁻ᵀ b.
  void solve_lower_in_place(Eigen::Ref<Eigen::MatrixXd> b) const;
  void solve_upper_in_place(Eigen::Ref<Eigen::MatrixXd> b) const;
  /// L⁻¹, 0 above the diagonal.
  Eigen::MatrixXd inverse_factor() const;

 private:
  static constexpr Eigen::Index kLarge = 128;  // a call of LAPACK costs less than it saves
  Eigen::MatrixXd factor_;
  bool is_definite_ = true;
};

}  // namespace insula::numerics
