// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/sign_flip.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A column's units, their sum of squares, and how many there are. Flips leave the squares as they
// are, so that |t| grows with |mean| alone.
struct Columns {
  MatrixXd value;  // NaN replaced by 0
  VectorXd count, squares;

  explicit Columns(const MatrixXd& differences)
      : value(differences.array().isNaN().select(0, differences)),
        count(differences.array().isNaN().cast<double>().matrix().colwise().sum()),
        squares(value.colwise().squaredNorm()) {
    count = static_cast<double>(value.rows()) - count.array();
  }

  double t(Index c, double sum) const {
    const double n = count[c], mean = sum / n;
    const double variance = (squares[c] / n - mean * mean) * n / (n - 1);
    // All units the same to rounding: no spread to hold the mean against.
    if (n < 2 || !(variance > 1e-24 * squares[c])) return kNaN;
    return mean / std::sqrt(variance / n);
  }
};

// Sums that are as large but for rounding count as as large.
bool reaches(double statistic, double observed) {
  return std::abs(statistic) >= std::abs(observed) * (1 - 1e-10);
}

// The signs of one flip; of an enumeration bit u of `flip` is that of unit u.
void set_signs(bool is_exact, std::size_t flip, Stream& random, VectorXd& sign) {
  for (Index u = 0; u < sign.size(); ++u) {
    const bool turns = is_exact ? ((flip >> u) & 1) != 0 : random.below(2) == 1;
    sign[u] = turns ? -1 : 1;
  }
}

}  // namespace

std::vector<double> false_discovery_rates(const std::vector<double>& p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> q(p.size(), kNaN);
  const auto n = static_cast<double>(order.size());
  double least = 1;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    least = std::min(least, p[order[rank]] * n / static_cast<double>(rank + 1));
    q[order[rank]] = least;
  }
  return q;
}

std::vector<SignFlipTest> sign_flip(const MatrixXd& differences, const SignFlips& options) {
  if (options.draws < 1) throw InternalError("a test by sign flips needs at least one draw");
  const Index n = differences.rows(), k = differences.cols();
  const Columns columns(differences);
  std::vector<SignFlipTest> tests(static_cast<std::size_t>(k));
  const VectorXd sums = columns.value.colwise().sum();
  for (Index c = 0; c < k; ++c) {
    SignFlipTest& test = tests[static_cast<std::size_t>(c)];
    test.mean = columns.count[c] > 0 ? sums[c] / columns.count[c] : kNaN;
    test.t = columns.t(c, sums[c]);
  }
  const auto draws = static_cast<std::size_t>(options.draws);
  const bool is_exact = n < 31 && (std::size_t{1} << n) <= draws;
  const std::size_t flips = is_exact ? std::size_t{1} << n : draws;
  // Draws at random know of the observed signs as of one more.
  const double observed = is_exact ? 0 : 1;
  std::vector<double> alone(tests.size(), observed), any(alone);
  Stream random(options.seed, options.task);
  VectorXd sign(n);
  for (std::size_t flip = 0; flip < flips; ++flip) {
    set_signs(is_exact, flip, random, sign);
    const VectorXd flipped = columns.value.transpose() * sign;
    double largest = 0;
    for (Index c = 0; c < k; ++c) {
      const double t = columns.t(c, flipped[c]);
      const auto at = static_cast<std::size_t>(c);
      // A flip that makes all units the same has the largest mean there can be.
      const bool is_all_same = std::isnan(t);
      if (is_all_same || reaches(t, tests[at].t)) alone[at] += 1;
      if (!std::isnan(tests[at].t))
        largest = is_all_same ? HUGE_VAL : std::max(largest, std::abs(t));
    }
    for (std::size_t c = 0; c < tests.size(); ++c)
      if (reaches(largest, tests[c].t)) any[c] += 1;
  }
  const double all = static_cast<double>(flips) + observed;
  std::vector<double> p;
  for (std::size_t c = 0; c < tests.size(); ++c) {
    const bool is_known = !std::isnan(tests[c].t);
    tests[c].p = is_known ? alone[c] / all : kNaN;
    tests[c].p_family = is_known ? any[c] / all : kNaN;
    p.push_back(tests[c].p);
  }
  const std::vector<double> q = false_discovery_rates(p);
  for (std::size_t c = 0; c < tests.size(); ++c) tests[c].q = q[c];
  return tests;
}

}  // namespace insula::evaluation
