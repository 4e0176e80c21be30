// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/exponential.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace insula::simulation {
namespace {

double row_norm(const Eigen::MatrixXd& a) { return a.cwiseAbs().rowwise().sum().maxCoeff(); }

}  // namespace

Eigen::MatrixXd exponential(Eigen::MatrixXd a) {
  // Below ½ the approximant's own error is under 1e-16.
  int halvings = 0;
  const double norm = row_norm(a);
  if (!std::isfinite(norm)) return Eigen::MatrixXd::Constant(a.rows(), a.cols(), norm - norm);
  if (norm > 0.5) std::frexp(2 * norm, &halvings);
  a *= std::ldexp(1.0, -halvings);

  // N(a)/N(−a) with N = Σ c_k a^k; even powers make one matrix, odd ones another.
  const Eigen::Index n = a.rows();
  const Eigen::MatrixXd one = Eigen::MatrixXd::Identity(n, n);
  const Eigen::MatrixXd a2 = a * a, a4 = a2 * a2;
  const Eigen::MatrixXd even =
      one + (5.0 / 44) * a2 + (1.0 / 792) * a4 + (1.0 / 665280) * (a4 * a2);
  const Eigen::MatrixXd odd = a * (0.5 * one + (1.0 / 66) * a2 + (1.0 / 15840) * a4);
  Eigen::MatrixXd e = Eigen::PartialPivLU<Eigen::MatrixXd>(even - odd).solve(even + odd);
  for (int h = 0; h < halvings; ++h) e = (e * e).eval();
  return e;
}

void propagate(const Eigen::MatrixXd& a, Eigen::VectorXd& x) {
  const double norm = row_norm(a);
  if (!std::isfinite(norm)) {
    x.setConstant(norm - norm);  // NaN, which the caller takes for divergence
    return;
  }
  const int steps = std::max(1, static_cast<int>(std::ceil(norm / 2)));
  Eigen::VectorXd term(x.size()), next(x.size());
  for (int s = 0; s < steps; ++s) {
    term = x;
    // 2^k / k! is below 1e-17 from k = 28 on.
    for (int k = 1; k <= 30; ++k) {
      next.noalias() = a * term;
      term = next * (1.0 / (static_cast<double>(steps) * k));
      x += term;
      if (term.lpNorm<Eigen::Infinity>() <= 1e-17 * x.lpNorm<Eigen::Infinity>()) break;
    }
  }
}

}  // namespace insula::simulation
