// SPDX-License-Identifier: Apache-2.0
// How every benchmark takes its times: one warm-up, then the median of a few runs.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace insula::benchmark {

struct Timing {
  double median = 0, deviation = 0;  // s; median absolute deviation
};

inline double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of an odd number of runs.
inline Timing summary(std::vector<double> seconds) {
  const auto middle = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + static_cast<long>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  Timing t{middle(seconds), 0};
  for (double& s : seconds) s = std::abs(s - t.median);
  t.deviation = middle(seconds);
  return t;
}

/// `runs` is odd.
inline Timing timed(const std::function<void()>& work, std::size_t runs = 9) {
  std::vector<double> seconds;
  work();
  for (std::size_t i = 0; i < runs; ++i) seconds.push_back(seconds_of(work));
  return summary(std::move(seconds));
}

/// Two of them by turns, so that both have the machine's good and bad moments.
inline std::pair<Timing, Timing> timed_by_turns(const std::function<void()>& one,
                                                const std::function<void()>& other,
                                                std::size_t runs = 9) {
  std::vector<double> first, second;
  one();
  other();
  for (std::size_t i = 0; i < runs; ++i) {
    first.push_back(seconds_of(one));
    second.push_back(seconds_of(other));
  }
  return {summary(std::move(first)), summary(std::move(second))};
}

}  // namespace insula::benchmark
