// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"

namespace insula::numerics {

double quantile(std::vector<double> values, double p) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const double position = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double share = position - static_cast<double>(below);
  return share == 0 ? values[below] : (1 - share) * values[below] + share * values[above];
}

bool is_constant(double squared_deviations, double largest, Eigen::Index count) {
  const double spread = 1e-12 * largest;
  return squared_deviations <= static_cast<double>(count) * spread * spread;
}

double correlation(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  if (a.size() != b.size()) throw InternalError("a correlation needs two series of one length");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (a.size() < 2) return nan;
  const Eigen::VectorXd da = a.array() - a.mean(), db = b.array() - b.mean();
  const double aa = da.squaredNorm(), bb = db.squaredNorm();
  if (is_constant(aa, a.cwiseAbs().maxCoeff(), a.size()) ||
      is_constant(bb, b.cwiseAbs().maxCoeff(), b.size())) {
    return nan;
  }
  return std::clamp(da.dot(db) / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

double student_distribution(double t, int degrees) {
  const double theta = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double c = std::cos(theta), s = std::sin(theta);
  const bool odd = degrees % 2 == 1;
  // A(t | ν), the probability of |T| < |t| with the sign of t.
  double term = odd ? c : 1, sum = degrees == 1 ? 0 : term;
  for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= c * c * (k - 1) / k;
    sum += term;
  }
  const double inside = odd ? 2 / std::numbers::pi * (theta + s * sum) : s * sum;
  return 0.5 + 0.5 * inside;
}

double student_quantile(double p, int degrees) {
  if (p == 0.5) return 0;
  double low = 0, high = 1;
  const double upper = std::max(p, 1 - p);
  while (student_distribution(high, degrees) < upper) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (student_distribution(middle, degrees) < upper ? low : high) = middle;
  }
  return p < 0.5 ? -high : high;
}

}  // namespace insula::numerics
