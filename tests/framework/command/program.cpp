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
pid_t start(const std::string& words,
            const std::string& folder,
            const std::string& before,
            const std::string& outputs) {
  const std::string line = "cd '" + folder + "' && " + before + " exec '" INSULA_PROGRAM "' " +
                           words + " >" + outputs + ".stdout 2>" + outputs + ".stderr </dev/null";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  return child;
}

Ended wait_for(pid_t child, const std::string& folder, const std::string& outputs) {
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          bytes_of(folder + "/" + outputs + ".stdout"),
          bytes_of(folder + "/" + outputs + ".stderr")};
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

Ended run_program(const std::string& words, const std::string& folder, const std::string& before) {
  return wait_for(start(words, folder, before, ""), folder, "");
}

// Its outputs stand beside those of programs that are run meanwhile.
int start_program(const std::string& words, const std::string& folder) {
  return start(words, folder, "", ".started");
}

Ended kill_program(int process, const std::string& folder) {
  kill(process, SIGKILL);
  return wait_for(process, folder, ".started");
}

void wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!holds() && std::chrono::steady_clock::now() < deadline) wait_for_seconds(0.01);
}

void wait_for_seconds(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

Ended interrupt_program(const std::string& words, const std::string& folder, int signal) {
  const pid_t child = start(words, folder, "", "");
  wait_until([&] { return handles(child, signal); });
  kill(child, signal);
  return wait_for(child, folder, "");
}

}  // namespace insula::command
