// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/detail/drawn_similarity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/nan.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

// Sums of what lies below a level, while weights are added.
// source  Fenwick 1994, Softw. Pract. Exp. 24:327
class SumsBelow {
 public:
  explicit SumsBelow(int levels) : sum_(static_cast<std::size_t>(levels) + 1, 0) {}
  void add(int level, double weight) {
    for (std::size_t i = static_cast<std::size_t>(level) + 1; i < sum_.size(); i += i & (~i + 1))
      sum_[i] += weight;
  }
  // Of all levels below this one.
  double below(int level) const {
    double sum = 0;
    for (auto i = static_cast<std::size_t>(level); i > 0; i -= i & (~i + 1)) sum += sum_[i];
    return sum;
  }

 private:
  std::vector<double> sum_;
};

}  // namespace

DrawnSimilarity::DrawnSimilarity(Similarity kind,
                                 const std::vector<int>& stimuli,
                                 const Rdm& a,
                                 const Rdm& b)
    : kind_(kind) {
  std::vector<double> of_a, of_b;
  Eigen::Index pair = 0;
  for (std::size_t i = 0; i < stimuli.size(); ++i)
    for (std::size_t j = i + 1; j < stimuli.size(); ++j, ++pair) {
      if (!std::isfinite(a[pair]) || !std::isfinite(b[pair])) continue;
      pair_.push_back({stimuli[i], stimuli[j]});
      of_a.push_back(a[pair]);
      of_b.push_back(b[pair]);
    }
  a_ = side_of(of_a);
  b_ = side_of(of_b);
  if (kind != Similarity::kendall_tau_a) return;
  order_.resize(pair_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::size_t p) { return a_.level[p]; });
}

DrawnSimilarity::Side DrawnSimilarity::side_of(const std::vector<double>& value) {
  Side side{value, std::vector<int>(value.size()), 0};
  std::vector<double> different = value;
  std::ranges::sort(different);
  different.erase(std::unique(different.begin(), different.end()), different.end());
  side.levels = static_cast<int>(different.size());
  for (std::size_t p = 0; p < value.size(); ++p)
    side.level[p] =
        static_cast<int>(std::ranges::lower_bound(different, value[p]) - different.begin());
  return side;
}

// Ties have the mean of theirs.
std::vector<double> DrawnSimilarity::ranks_of(const Side& side, const std::vector<double>& weight) {
  std::vector<double> at(static_cast<std::size_t>(side.levels), 0);
  for (std::size_t p = 0; p < weight.size(); ++p)
    at[static_cast<std::size_t>(side.level[p])] += weight[p];
  double below = 0;
  for (double& here : at) {
    const double count = here;
    here = below + (count + 1) / 2;
    below += count;
  }
  std::vector<double> ranks(weight.size());
  for (std::size_t p = 0; p < weight.size(); ++p)
    ranks[p] = at[static_cast<std::size_t>(side.level[p])];
  return ranks;
}

double DrawnSimilarity::correlation_of(const std::vector<double>& x,
                                       const std::vector<double>& y,
                                       const std::vector<double>& weight) const {
  double n = 0, sum_x = 0, sum_y = 0, most_x = 0, most_y = 0;
  for (std::size_t p = 0; p < weight.size(); ++p) {
    if (weight[p] == 0) continue;
    n += weight[p];
    sum_x += weight[p] * x[p];
    sum_y += weight[p] * y[p];
    most_x = std::max(most_x, std::abs(x[p]));
    most_y = std::max(most_y, std::abs(y[p]));
  }
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t p = 0; p < weight.size(); ++p) {
    const double dx = x[p] - sum_x / n, dy = y[p] - sum_y / n;
    xx += weight[p] * dx * dx;
    yy += weight[p] * dy * dy;
    xy += weight[p] * dx * dy;
  }
  const auto count = static_cast<Eigen::Index>(n);
  if (n < 2 || numerics::is_constant(xx, most_x, count) || numerics::is_constant(yy, most_y, count))
    return kNaN;
  return xy / std::sqrt(xx * yy);
}

// Concordant less discordant, level by level of a: those of one level are ties there. Copies of a
// pair, of stimuli that were drawn more than once, are not held against each other: their ties
// would say that no model is like anything, itself included.
double DrawnSimilarity::tau_of(const std::vector<double>& weight) const {
  SumsBelow sums(b_.levels);
  double n = 0, difference = 0, of_copies = 0;
  for (std::size_t first = 0; first < order_.size();) {
    std::size_t last = first;
    for (; last < order_.size() && a_.level[order_[last]] == a_.level[order_[first]]; ++last) {
      const std::size_t p = order_[last];
      if (weight[p] == 0) continue;
      const double below = sums.below(b_.level[p]), not_above = sums.below(b_.level[p] + 1);
      difference += weight[p] * (below - (n - not_above));
    }
    for (; first < last; ++first) {
      const std::size_t p = order_[first];
      if (weight[p] == 0) continue;
      sums.add(b_.level[p], weight[p]);
      n += weight[p];
      of_copies += weight[p] * (weight[p] - 1) / 2;
    }
  }
  const double held = n * (n - 1) / 2 - of_copies;
  return held > 0 ? difference / held : kNaN;
}

DrawnSimilarity::Value DrawnSimilarity::on(const std::vector<int>& count) const {
  std::vector<double> weight(pair_.size());
  double pairs = 0;
  for (std::size_t p = 0; p < pair_.size(); ++p) {
    weight[p] =
        count[static_cast<std::size_t>(pair_[p][0])] * count[static_cast<std::size_t>(pair_[p][1])];
    pairs += weight[p];
  }
  switch (kind_) {
    case Similarity::pearson: return {correlation_of(a_.value, b_.value, weight), pairs};
    case Similarity::spearman:
      return {correlation_of(ranks_of(a_, weight), ranks_of(b_, weight), weight), pairs};
    case Similarity::kendall_tau_a: break;
  }
  return {tau_of(weight), pairs};
}

}  // namespace insula::evaluation
