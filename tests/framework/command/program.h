// SPDX-License-Identifier: Apache-2.0
// The program `insula`, run as a user runs it.
#pragma once

#include <functional>
#include <string>

namespace insula::command {

struct Ended {
  int code = -1;  // exit code; 128 + signal if a signal ended it
  std::string out, error;
};

/// Runs `insula WORDS` in `folder` with its outputs in files there; `words` are a shell's.
Ended run_program(const std::string& words, const std::string& folder);

/// The same, interrupted by `signal` as soon as the program handles it.
Ended interrupt_program(const std::string& words, const std::string& folder, int signal);

/// The same, killed (SIGKILL) as soon as `is_time` says so.
Ended kill_program(const std::string& words,
                   const std::string& folder,
                   const std::function<bool()>& is_time);

std::string bytes_of(const std::string& path);

}  // namespace insula::command
