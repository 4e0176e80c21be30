// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rank_correlation.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

void require_same_size(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  if (a.size() != b.size())
    throw InternalError("a rank correlation needs two series of one length");
}

// Pairs of neighbours in a sorted series that `same` calls equal, all pairs of each stretch.
template <class Same>
double tied_pairs(std::size_t n, Same same) {
  double pairs = 0, length = 1;
  for (std::size_t i = 1; i <= n; ++i) {
    if (i < n && same(i - 1, i)) {
      ++length;
      continue;
    }
    pairs += length * (length - 1) / 2;
    length = 1;
  }
  return pairs;
}

// Sorts and counts the pairs that were the wrong way round.
double sort_and_count(std::vector<double>& x,
                      std::vector<double>& room,
                      std::size_t from,
                      std::size_t to) {
  if (to - from < 2) return 0;
  const std::size_t middle = (from + to) / 2;
  double count = sort_and_count(x, room, from, middle) + sort_and_count(x, room, middle, to);
  std::size_t left = from, right = middle;
  for (std::size_t at = from; at < to; ++at) {
    if (right < to && (left == middle || x[right] < x[left])) {
      count += static_cast<double>(middle - left);
      room[at] = x[right++];
    } else {
      room[at] = x[left++];
    }
  }
  std::copy(room.begin() + static_cast<long>(from),
            room.begin() + static_cast<long>(to),
            x.begin() + static_cast<long>(from));
  return count;
}

}  // namespace

Eigen::VectorXd ranks(const Eigen::VectorXd& x) {
  std::vector<Eigen::Index> order(x.size());
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::sort(order.begin(), order.end(), [&x](auto i, auto j) { return x[i] < x[j]; });
  Eigen::VectorXd rank(x.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && x[order[end]] == x[order[i]]) ++end;
    const double mean = 0.5 * static_cast<double>(i + 1 + end);
    for (; i < end; ++i) rank[order[i]] = mean;
  }
  return rank;
}

double spearman(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  require_same_size(a, b);
  return numerics::correlation(ranks(a), ranks(b));
}

double kendall_tau_a(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  require_same_size(a, b);
  const std::size_t n = a.size();
  if (n < 2) return kNaN;
  std::vector<Eigen::Index> order(n);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::sort(order.begin(), order.end(), [&](auto i, auto j) {
    return a[i] < a[j] || (a[i] == a[j] && b[i] < b[j]);
  });
  const auto at = [&order](std::size_t i) { return order[i]; };
  const double in_a = tied_pairs(n, [&](auto i, auto j) { return a[at(i)] == a[at(j)]; });
  const double in_both =
      tied_pairs(n, [&](auto i, auto j) { return a[at(i)] == a[at(j)] && b[at(i)] == b[at(j)]; });
  std::vector<double> other(n), room(n);
  for (std::size_t i = 0; i < n; ++i) other[i] = b[order[i]];
  const double discordant = sort_and_count(other, room, 0, n);
  const double in_b = tied_pairs(n, [&](auto i, auto j) { return other[i] == other[j]; });
  const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  return (pairs - in_a - in_b + in_both - 2 * discordant) / pairs;
}

}  // namespace insula::evaluation
