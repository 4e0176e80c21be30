// SPDX-License-Identifier: Apache-2.0
#include "framework/command/ranks.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "framework/base/error.h"

namespace insula::command {
namespace {

// source  Open MPI 4.1 FAQ, "Running MPI jobs" (OMPI_COMM_WORLD_*); MPICH's Hydra (PMI_*); srun(1),
//         "OUTPUT ENVIRONMENT VARIABLES"
struct Names {
  const char *rank, *size;
  const char* here;  // how many of them are on this machine; or on how many machines they are
  bool is_machines = false;
};
constexpr Names kLaunchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_NUM_NODES", true}};

std::optional<std::size_t> number(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::size_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

// SQLite's write-ahead log is shared memory (sqlite.org/wal.html, "Overview").
[[noreturn]] void refuse_several_machines(std::size_t rank) {
  if (rank > 0) std::exit(static_cast<int>(ExitCode::usage));  // one of them tells
  throw InputError(
      Place{},
      "processes that share a folder of results must be on one machine, and these are "
      "on several",
      "give each machine a part and a folder of its own, --shard 1/4, and join them with "
      "'insula merge'",
      ExitCode::usage);
}

}  // namespace

experiment::Shard rank_of_launcher() {
  for (const Names& names : kLaunchers) {
    const auto rank = number(names.rank), size = number(names.size);
    if (!rank || !size || *size < 2 || *rank >= *size) continue;
    const auto here = number(names.here);
    if (here && *here != (names.is_machines ? 1 : *size)) refuse_several_machines(*rank);
    return {*rank, *size, true};
  }
  return {};
}

}  // namespace insula::command
