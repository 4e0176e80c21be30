// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/parallel.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <memory>

namespace insula {
namespace {

// An arena of our own, because TBB's own never has more threads than the machine has cores; the
// control lifts the same bound of its pool.
struct Threads {
  explicit Threads(int count)
      : control(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count)),
        arena(count) {}
  tbb::global_control control;
  tbb::task_arena arena;
};

std::unique_ptr<Threads>& current() {
  static auto threads = std::make_unique<Threads>(tbb::info::default_concurrency());
  return threads;
}

}  // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  if (count == 1) return body(0);
  current()->arena.execute([&] {
    // Isolated: a thread that waits here takes no unrelated outer task onto its stack.
    tbb::this_task_arena::isolate(
        [&] { tbb::parallel_for(std::size_t{0}, count, body, tbb::simple_partitioner{}); });
  });
}

void set_threads(int threads) {
  const int count = threads > 0 ? threads : tbb::info::default_concurrency();
  current().reset();
  current() = std::make_unique<Threads>(count);
}

int threads() { return current()->arena.max_concurrency(); }

}  // namespace insula
