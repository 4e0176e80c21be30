// SPDX-License-Identifier: Apache-2.0
// Ctrl-C: the first asks the work to stop, the second ends the program.
#pragma once

namespace insula::command {

/// While it lives, SIGINT and SIGTERM are noted and no more; the second of them has its usual
/// effect.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// May be asked from any thread.
  static bool is_asked();
};

}  // namespace insula::command
