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

/// Runs `insula WORDS` in `folder` with its outputs in files there; `words` are a shell's, and so
/// is what comes `before`.
Ended run_program(const std::string& words,
                  const std::string& folder,
                  const std::string& before = "");

/// The same without waiting for its end; its process.
int start_program(const std::string& words, const std::string& folder);
/// Ends it at once, if it has not ended by itself.
Ended kill_program(int process, const std::string& folder);

/// Asks again and again, for two minutes at most.
void wait_until(const std::function<bool()>& holds);
void wait_for_seconds(double seconds);

/// The same, interrupted by `signal` as soon as the program handles it.
Ended interrupt_program(const std::string& words, const std::string& folder, int signal);

std::string bytes_of(const std::string& path);

}  // namespace insula::command
