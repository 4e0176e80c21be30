// SPDX-License-Identifier: Apache-2.0
// What the system says of the memory that this process has in use.
#pragma once

#include <fstream>
#include <string>

namespace insula {

/// kB of "VmHWM", the most that was in use, or "VmRSS"; 0 where the system does not tell.
inline long status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == name + ":") {
      status >> word;
      return std::stol(word);
    }
  }
  return 0;
}

/// Starts the high-water mark again from what is in use now; false where that cannot be.
inline bool reset_peak() {
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5" << std::flush;
  return clear.good();
}

}  // namespace insula
