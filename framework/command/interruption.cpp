// SPDX-License-Identifier: Apache-2.0
#include "framework/command/interruption.h"

#include <atomic>
#include <csignal>

namespace insula::command {
namespace {

std::atomic<bool> asked = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");

// The next of either signal has its default effect: it ends the program.
extern "C" void note(int) {
  asked.store(true, std::memory_order_relaxed);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

Interruption::Interruption() {
  asked = false;
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Interruption::~Interruption() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interruption::is_asked() { return asked.load(std::memory_order_relaxed); }

}  // namespace insula::command
