// SPDX-License-Identifier: Apache-2.0
// What corruptions ask of training samples.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "framework/contract/corruption.h"

namespace insula::corruptions {

inline bool is_known(const CorruptibleSeries& s, Eigen::Index i) {
  return s.trains[static_cast<std::size_t>(i)] != 0 && std::isfinite(s.value[i]);
}

/// Mean and standard deviation of a series' training samples; 0 if there are none.
struct Moments {
  double mean = 0, sd = 0;
};
inline Moments moments(const CorruptibleSeries& s) {
  double n = 0, sum = 0, square = 0;
  for (Eigen::Index i = 0; i < s.value.size(); ++i)
    if (is_known(s, i)) n += 1, sum += s.value[i];
  const double mean = n > 0 ? sum / n : 0;
  for (Eigen::Index i = 0; i < s.value.size(); ++i)
    if (is_known(s, i)) square += (s.value[i] - mean) * (s.value[i] - mean);
  return {mean, n > 0 ? std::sqrt(square / n) : 0};
}

/// Puts the listed values into a random order among themselves.
/// source  Fisher & Yates 1938; Durstenfeld 1964, Commun. ACM 7:420
inline void shuffle(std::vector<std::size_t>& order, Stream& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

/// Of those that train, each with this probability.
inline std::vector<std::size_t> chosen(const std::vector<char>& trains,
                                       double share,
                                       Stream& random) {
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < trains.size(); ++i)
    if (random.uniform() < share && trains[i] != 0) list.push_back(i);
  return list;
}

}  // namespace insula::corruptions
