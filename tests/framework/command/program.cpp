// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/command/program.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace insula::command {
namespace {

// A shell that goes to the folder and becomes the program.
pid_t start(const std::string& words, const std::string& folder) {
  const std::string line = "cd '" + folder + "' && exec '" INSULA_PROGRAM "' " + words +
                           " >.stdout 2>.stderr </dev/null";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  return child;
}

Ended wait_for(pid_t child, const std::string& folder) {
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          bytes_of(folder + "/.stdout"),
          bytes_of(folder + "/.stderr")};
}

void wait_until(const std::function<bool()>& is_time) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!is_time() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

// Does the process handle the signal itself? source  proc(5), SigCgt
bool handles(pid_t child, int signal) {
  std::ifstream stream("/proc/" + std::to_string(child) + "/status");
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("SigCgt:", 0) != 0) continue;
    const unsigned long long mask = std::stoull(line.substr(7), nullptr, 16);
    return ((mask >> (signal - 1)) & 1U) != 0;
  }
  return false;
}

}  // namespace

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Ended run_program(const std::string& words, const std::string& folder) {
  return wait_for(start(words, folder), folder);
}

Ended interrupt_program(const std::string& words, const std::string& folder, int signal) {
  const pid_t child = start(words, folder);
  wait_until([&] { return handles(child, signal); });
  kill(child, signal);
  return wait_for(child, folder);
}

Ended kill_program(const std::string& words,
                   const std::string& folder,
                   const std::function<bool()>& is_time) {
  const pid_t child = start(words, folder);
  wait_until(is_time);
  kill(child, SIGKILL);
  return wait_for(child, folder);
}

}  // namespace insula::command
