// SPDX-License-Identifier: Apache-2.0
// Tasks whose result is one value, kept in the store as it is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/experiment/detail/tasks.h"
#include "framework/schedule/archive.h"

namespace insula::experiment {

/// How a task ended, for the store and for `insula status`.
struct Ending {
  std::string status, reason;
};

/// Nothing if the store has no result, or a damaged one, which is then made again.
template <class Result>
std::optional<Result> kept_result(const schedule::Store& store, const std::string& key) {
  const std::optional<std::string> bytes = store.find(key);
  if (!bytes) return {};
  try {
    return schedule::from_bytes<Result>(*bytes);
  } catch (const schedule::Damaged&) {
    return {};
  }
}

/// Does the tasks of the shard, or takes them from the store, into `results`, which has room for
/// all. A result that is not `done` (the run was stopped) is not kept.
///
/// make     Result(task)
/// ending   Ending(result)
/// name     std::string(task), for progress
template <class Result>
void do_kept_tasks(const std::vector<schedule::PlannedTask>& planned,
                   std::size_t first,
                   const RunOptions& options,
                   const auto& make,
                   const auto& ending,
                   const auto& name,
                   std::vector<Result>& results,
                   Telling& telling) {
  using Clock = std::chrono::steady_clock;
  share_out(results.size(), planned, first, options, [&](std::size_t t, const auto& is_mine) {
    std::optional<Result> kept;
    if (options.store) kept = kept_result<Result>(*options.store, planned[t].key);
    const bool is_taken = kept.has_value();
    if (!is_taken && !is_mine()) return false;
    const Clock::time_point start = Clock::now();
    results[t] = is_taken ? std::move(*kept) : make(t);
    if (options.store && !is_taken && results[t].done) {
      const Ending end = ending(results[t]);
      options.store->keep(planned[t],
                          {end.status,
                           end.reason,
                           std::chrono::duration<double>(Clock::now() - start).count(),
                           schedule::to_bytes(results[t])});
    }
    telling.tell(name(t), is_taken);
    return true;
  });
}

}  // namespace insula::experiment
