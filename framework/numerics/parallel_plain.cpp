// SPDX-License-Identifier: Apache-2.0
// parallel.h on plain threads, in place of parallel.cpp under the thread sanitizer: oneTBB as
// Debian builds it is not instrumented, and the sanitizer takes what it orders for races. Bodies
// are the same, and it is they that are looked at.
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/numerics/parallel.h"

namespace insula {
namespace {

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

std::atomic<int> allowed{cores()};
thread_local bool is_inside = false;  // nested loops run in their thread

}  // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  const auto workers = std::min(count, static_cast<std::size_t>(allowed));
  if (is_inside || workers < 2) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::exception_ptr first;
  std::mutex telling;
  const auto work = [&] {
    is_inside = true;
    try {
      for (std::size_t i = next++; i < count; i = next++) body(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(telling);
      if (!first) first = std::current_exception();
    }
    is_inside = false;
  };
  std::vector<std::thread> threads;
  for (std::size_t w = 1; w < workers; ++w) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

void set_threads(int threads) { allowed = threads > 0 ? threads : cores(); }

int threads() { return allowed; }

}  // namespace insula
