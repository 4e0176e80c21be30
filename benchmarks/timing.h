// SPDX-License-Identifier: Apache-2.0
// How every benchmark takes its times: one warm-up, then the median of a few runs.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

namespace insula::benchmark {

struct Timing {
  double median = 0, deviation = 0;  // s; median absolute deviation
};

/// `runs` is odd.
inline Timing timed(const std::function<void()>& work, std::size_t runs = 9) {
  std::vector<double> seconds;
  work();
  for (std::size_t i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  const auto middle = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + static_cast<long>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  Timing t{middle(seconds), 0};
  for (double& s : seconds) s = std::abs(s - t.median);
  t.deviation = middle(seconds);
  return t;
}

}  // namespace insula::benchmark
