// SPDX-License-Identifier: Apache-2.0
// Which process wrote something, and whether it still lives.
#pragma once

#include <cstdint>
#include <string>

namespace insula::schedule::detail {

/// A process of a machine; a number that the system gives again belongs to one born later.
struct Process {
  std::string host;
  std::int64_t id = 0;
  std::string born;  // ticks after the machine's start
};

Process this_process();
/// True if it runs on this machine; of other machines nothing is known.
bool is_alive(const Process& process);

}  // namespace insula::schedule::detail
