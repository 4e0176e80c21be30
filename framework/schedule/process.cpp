// SPDX-License-Identifier: Apache-2.0
#include "framework/schedule/detail/process.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace insula::schedule::detail {
namespace {

std::string this_host() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// Field 22 of /proc/ID/stat; the second, the program's name in brackets, may hold anything.
// source  proc(5)
std::string born(std::int64_t id) {
  std::ifstream stream("/proc/" + std::to_string(id) + "/stat");
  const std::string line{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return {};
  std::istringstream fields(line.substr(bracket + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  return field;
}

}  // namespace

Process this_process() {
  const auto id = static_cast<std::int64_t>(getpid());
  return {this_host(), id, born(id)};
}

bool is_alive(const Process& process) {
  return process.host == this_host() && !process.born.empty() && born(process.id) == process.born;
}

}  // namespace insula::schedule::detail
