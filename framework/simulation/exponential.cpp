// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/exponential.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "framework/numerics/linear_algebra.h"

namespace insula::simulation {
namespace {

// Of norm 2 each; beyond these squaring a dense matrix is cheaper.
constexpr double kManySteps = 128;

std::size_t z(Eigen::Index i) { return static_cast<std::size_t>(i); }

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
  Eigen::MatrixXd e = numerics::solve(even - odd, even + odd);
  for (int h = 0; h < halvings; ++h) e = (e * e).eval();
  return e;
}

CompressedRows compressed(const Eigen::MatrixXd& a) {
  CompressedRows rows;
  std::vector<double> values;
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    rows.first.push_back(static_cast<int>(values.size()));
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      if (a(i, j) == 0) continue;
      rows.column.push_back(static_cast<int>(j));
      values.push_back(a(i, j));
    }
  }
  rows.first.push_back(static_cast<int>(values.size()));
  rows.value = Eigen::Map<const Eigen::VectorXd>(values.data(), std::ssize(values));
  return rows;
}

Eigen::VectorXd entries(const CompressedRows& pattern, const Eigen::MatrixXd& a) {
  Eigen::VectorXd values(pattern.value.size());
  for (Eigen::Index i = 0; i + 1 < std::ssize(pattern.first); ++i)
    for (int e = pattern.first[z(i)]; e < pattern.first[z(i + 1)]; ++e)
      values[e] = a(i, pattern.column[z(e)]);
  return values;
}

void propagate(const CompressedRows& a, Eigen::VectorXd& x) {
  const Eigen::Index rows = x.size();
  double norm = 0;
  for (Eigen::Index i = 0; i < rows; ++i) {
    const int from = a.first[z(i)], count = a.first[z(i + 1)] - from;
    const double sum = a.value.segment(from, count).lpNorm<1>();
    norm = sum <= norm ? norm : sum;  // keeps NaN
    if (std::isnan(norm)) break;
  }
  if (!(norm <= kManySteps)) {
    Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(rows, rows);
    for (Eigen::Index i = 0; i < rows; ++i)
      for (int e = a.first[z(i)]; e < a.first[z(i + 1)]; ++e) dense(i, a.column[z(e)]) = a.value[e];
    x = (exponential(std::move(dense)) * x).eval();
    return;
  }
  const int steps = std::max(1, static_cast<int>(std::ceil(norm / 2)));
  Eigen::VectorXd term(rows), next(rows);
  for (int s = 0; s < steps; ++s) {
    term = x;
    // 2^k / k! is below 1e-17 from k = 28 on.
    for (int k = 1; k <= 30; ++k) {
      const double factor = 1.0 / (static_cast<double>(steps) * k);
      double size = 0, total = 0;
      for (Eigen::Index i = 0; i < rows; ++i) {
        double sum = 0;
        for (int e = a.first[z(i)]; e < a.first[z(i + 1)]; ++e)
          sum += a.value[e] * term[a.column[z(e)]];
        next[i] = sum * factor;
        x[i] += next[i];
        size = std::max(size, std::abs(next[i]));
        total = std::max(total, std::abs(x[i]));
      }
      std::swap(term, next);
      if (size <= 1e-17 * total) break;
    }
  }
}

}  // namespace insula::simulation
