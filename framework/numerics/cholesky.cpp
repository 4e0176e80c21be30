// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/cholesky.h"

#include <Eigen/Cholesky>
#include <limits>

#include "framework/numerics/dense.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::numerics {

using Eigen::Lower;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void Cholesky::compute(const MatrixXd& a) {
  factor_ = a;
  if (is_large()) {
    is_definite_ = factor_in_place<double>(factor_);
    if (!is_definite_) factor_.setConstant(std::numeric_limits<double>::quiet_NaN());
  } else {
    is_definite_ = Eigen::LLT<Eigen::Ref<MatrixXd>>(factor_).info() == Eigen::Success;
  }
}

double Cholesky::log_det() const { return log_det_of_factor(factor_); }

VectorXd Cholesky::solve(const VectorXd& b) const {
  VectorXd x = factor_.triangularView<Lower>().solve(b);
  factor_.triangularView<Lower>().transpose().solveInPlace(x);
  return x;
}

void Cholesky::solve_lower_in_place(Eigen::Ref<MatrixXd> b) const {
  if (is_large())
    half_solve_with_factor<double>(Op::plain, factor_, b);
  else
    factor_.triangularView<Lower>().solveInPlace(b);
}

void Cholesky::solve_upper_in_place(Eigen::Ref<MatrixXd> b) const {
  if (is_large())
    half_solve_with_factor<double>(Op::transposed, factor_, b);
  else
    factor_.triangularView<Lower>().transpose().solveInPlace(b);
}

MatrixXd Cholesky::inverse_factor() const {
  MatrixXd inverse(factor_.rows(), factor_.cols());
  if (is_large()) {
    invert_factor<double>(factor_, inverse);
  } else {
    inverse.setIdentity();
    factor_.triangularView<Lower>().solveInPlace(inverse);
  }
  return inverse;
}

}  // namespace insula::numerics
