// SPDX-License-Identifier: Apache-2.0
// The finished tasks of a results folder, in one file, tasks.sqlite: a run that is stopped by
// anything, a power cut included, goes on from here.
//
// Each task is kept in one transaction as it ends, under a key that names all that it depends on.
// A task whose inputs change has another key; what was kept under the old one stays. Several
// processes may read and write at once (shards of one run on one file system).
//
// source  SQLite 3, write-ahead log with synchronous=NORMAL: a power cut may cost the last tasks,
//         never the file (sqlite.org/pragma.html#pragma_synchronous)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace insula::schedule {

inline constexpr const char* kStoreName = "tasks.sqlite";

/// A task of a plan, as people see it and as it is found.
struct PlannedTask {
  std::string key;   // the hash of what it depends on
  std::string name;  // "gated, s01, fold 3"
};

/// What a task leaves.
struct FinishedTask {
  std::string status;  // "converged", "fitted", "simulated", …: how it ended
  std::string reason;  // one sentence; "" if there is none
  double seconds = 0;  // of work
  std::string result;  // bytes
};

class Store {
 public:
  /// Opens the folder's store; makes folder and store if they are not there.
  /// errors  InputError about the file if it cannot be written, or is not a store
  explicit Store(const std::string& folder);
  ~Store();

  /// What a task left, if it has ended; any number of threads may ask at once.
  std::optional<std::string> find(const std::string& key) const;
  /// errors  InputError about the file if the disk is full or cannot be written; what was kept
  ///         before is safe
  void keep(const PlannedTask& task, const FinishedTask& finished);
  /// True if the task is this process' to do: no other that lives on this machine has claimed it
  /// before.
  bool claim(const std::string& key);
  /// Says what a run is about to do and who does it, for `insula status`.
  void plan(const std::string& experiment, int threads, const std::vector<PlannedTask>& tasks);
  /// Takes over the finished tasks of another store; how many were new.
  /// errors  InputError about the other file if it is not a store
  std::size_t take_over(const std::string& folder);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

/// Where a run stands.
struct Status {
  std::string experiment;
  bool is_running = false;  // its process lives on this machine
  std::string host;         // where it ran last
  int threads = 1;
  std::size_t planned = 0, done = 0;
  double seconds = 0;  // of work, over the planned tasks that are done
  struct Task {
    std::string name, status, reason;
  };
  std::vector<std::string> left;  // names, in the order of the plan
  std::vector<Task> doubtful;     // done, but in none of these ways; in that order
};

/// errors  InputError if the folder holds no store
Status status_of(const std::string& folder);

}  // namespace insula::schedule
