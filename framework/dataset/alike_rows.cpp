// SPDX-License-Identifier: Apache-2.0
// Stimuli that are nearly the same: two pictures of one scene, one picture under two names.
#include <Eigen/Core>
#include <algorithm>
#include <span>

#include "framework/dataset/features.h"

namespace insula::dataset {
namespace {

constexpr double kAlike = 0.999;
constexpr std::size_t kColumnsToCompare = 16;
// More take long.
constexpr std::size_t kMostStimuli = 4000;
constexpr std::size_t kMostProducts = 4'000'000'000;

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> alike_rows(const FeatureBand& band,
                                                            const std::vector<bool>& is_used) {
  const Array& values = band.values;
  const std::size_t columns = values.columns();
  const auto used = static_cast<std::size_t>(std::ranges::count(is_used, true));
  if (band.is_by_sample() || columns < kColumnsToCompare || used < 2) return {};
  if (used > kMostStimuli || used * used > kMostProducts / columns) return {};
  std::vector<std::size_t> rows;
  Eigen::MatrixXd each(columns, used);
  std::vector<double> row(columns);
  for (std::size_t r = 0; r < values.rows(); ++r) {
    if (!is_used[r]) continue;
    values.read_rows(r, r + 1, std::span<double>(row));
    const Eigen::Map<const Eigen::VectorXd> numbers(row.data(), static_cast<Eigen::Index>(columns));
    if (!numbers.allFinite()) return {};
    each.col(static_cast<Eigen::Index>(rows.size())) = numbers;
    rows.push_back(r);
  }
  each.colwise() -= each.rowwise().mean().eval();  // what all stimuli share is no likeness
  each.colwise().normalize();
  const Eigen::MatrixXd likeness = each.transpose() * each;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t b = 1; b < used; ++b)
    for (std::size_t a = 0; a < b; ++a)
      if (likeness(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) > kAlike)
        pairs.emplace_back(rows[a], rows[b]);
  return pairs;
}

}  // namespace insula::dataset
