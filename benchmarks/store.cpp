// SPDX-License-Identifier: Apache-2.0
// What does it cost to lose nothing?
//
// Tasks of 10 KB are kept one by one, each in a transaction of its own, and found again; then a
// plan of a million tasks is stored, its state asked for, and all of it looked up, as a run that
// resumes does. Goals: 2 ms a task; 60 s and 1 GB for the million.
#include <sys/resource.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "benchmarks/timing.h"
#include "framework/schedule/store.h"

namespace insula {
namespace {

namespace fs = std::filesystem;
using schedule::PlannedTask;

constexpr int kTasks = 5000, kPlanned = 1000000;

std::string key(int i) {
  char text[65];
  std::snprintf(text, sizeof text, "%064d", i);
  return text;
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace
}  // namespace insula

int main() {
  using namespace insula;
  const fs::path folder = fs::temp_directory_path() / "insula-store";
  fs::remove_all(folder);
  {
    schedule::Store store(folder.string());
    const schedule::FinishedTask finished{"converged", "", 1, std::string(10000, 'x')};
    const double kept = seconds([&] {
      for (int i = 0; i < kTasks; ++i) store.keep({key(i), "gated, fold 1"}, finished);
    });
    const double found = seconds([&] {
      for (int i = 0; i < kTasks; ++i) store.find(key(i));
    });
    std::printf("%d tasks of 10 KB: kept in %.3f ms each, found in %.3f ms each (the goal is 2)\n",
                kTasks,
                1e3 * kept / kTasks,
                1e3 * found / kTasks);
    std::vector<PlannedTask> plan;
    const double built = seconds([&] {
      for (int i = 0; i < kPlanned; ++i)
        plan.push_back({key(i), "gated, s01, fold " + std::to_string(i)});
    });
    const double stored = seconds([&] { store.plan("benchmark", 2, plan); });
    const double asked = seconds([&] { schedule::status_of(folder.string()); });
    const double looked_up = seconds([&] {
      for (const PlannedTask& task : plan) store.find(task.key);
    });
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "a plan of %d: built %.1f s, stored %.1f s, state %.1f s, looked up %.1f s; %.0f MB at "
        "most "
        "(the goals are 60 s and 1000 MB)\n",
        kPlanned,
        built,
        stored,
        asked,
        looked_up,
        static_cast<double>(usage.ru_maxrss) / 1024);
  }
  fs::remove_all(folder);
}
