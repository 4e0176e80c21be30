// SPDX-License-Identifier: Apache-2.0
// What a store says of its run, read beside the run itself.
#include <filesystem>

#include "framework/base/error.h"
#include "framework/schedule/detail/database.h"
#include "framework/schedule/detail/process.h"

namespace insula::schedule {
namespace {

using detail::Statement;

bool is_sound(const std::string& status) {
  return status == "converged" || status == "fitted" || status == "simulated";
}

[[noreturn]] void no_run(const std::string& folder) {
  Place place;
  place.file = folder;
  throw InputError(place,
                   "there is no run in this folder",
                   "expected a folder that 'insula run --out' has filled, with tasks.sqlite",
                   ExitCode::no_input);
}

void read_runs(const detail::Connection& connection, Status& status) {
  Statement runs(connection, "SELECT host, process, born, threads, experiment FROM run");
  int running = 0;
  while (runs.step()) {
    status.host = runs.text(0);
    status.experiment = runs.text(4);
    const auto threads = static_cast<int>(runs.integer(3));
    if (detail::is_alive({runs.text(0), runs.integer(1), runs.text(2)}))
      running += threads;
    else
      status.threads = threads;
  }
  status.is_running = running > 0;
  if (status.is_running) status.threads = running;
}

}  // namespace

Status status_of(const std::string& folder) {
  const std::string path = detail::store_path(folder);
  if (!std::filesystem::exists(path)) no_run(folder);
  // Not read-only: a log that a killed run has left is read in first.
  const detail::Connection connection(path, SQLITE_OPEN_READWRITE);
  if (!detail::check_is_store(connection)) no_run(folder);
  Status status;
  read_runs(connection, status);
  Statement tasks(connection,
                  "SELECT plan.name, task.status, task.reason, task.seconds, task.key IS NOT NULL "
                  "FROM plan LEFT JOIN task ON plan.key = task.key ORDER BY plan.position");
  while (tasks.step()) {
    ++status.planned;
    if (tasks.integer(4) == 0) {
      status.left.push_back(tasks.text(0));
      continue;
    }
    ++status.done;
    status.seconds += tasks.number(3);
    if (!is_sound(tasks.text(1)))
      status.doubtful.push_back({tasks.text(0), tasks.text(1), tasks.text(2)});
  }
  return status;
}

}  // namespace insula::schedule
