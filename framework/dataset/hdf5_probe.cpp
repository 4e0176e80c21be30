// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/hdf5_probe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>

#include "framework/dataset/detail/hdf5_handle.h"

// Of the sanitizers' run-time, where a program has one.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace insula::dataset::detail {
namespace {

// A damaged file may lead around in circles. A sound one takes milliseconds, and the longer the
// larger it is: so much of a processor, and in all ten times that, for others may be at work.
constexpr rlim_t kLongestProbe = 5;  // s
constexpr std::uintmax_t kBytesASecond = 20 << 20;
constexpr unsigned kWaiting = 10;

herr_t look_at(hid_t file, const char* name, const H5O_info_t* info, void* /*nothing*/) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t array = H5Dopen2(file, name, H5P_DEFAULT);
  if (array < 0) return 0;
  const hid_t space = H5Dget_space(array), type = H5Dget_type(array);
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  H5Dclose(array);
  return 0;
}

void look_at_all(const char* path) {
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file >= 0) H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, look_at, nullptr);
}

// That a library breaks is what is asked: it need not be told on the terminal, nor, by a sanitizer
// that fuzzes us, be kept as a find.
void break_in_silence() {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(nullptr);
}

// In the child: nothing but that, and the end.
[[noreturn]] void probe(void (*look)(const char* path), const char* path) {
  for (const int signal :
       {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGXCPU, SIGINT, SIGTERM})
    std::signal(signal, SIG_DFL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  const rlim_t seconds = kLongestProbe + (error ? 0 : bytes / kBytesASecond);
  const rlimit longest{seconds, seconds};
  setrlimit(RLIMIT_CPU, &longest);
  alarm(kWaiting * static_cast<unsigned>(seconds));
  break_in_silence();
  look(path);
  _exit(0);
}

}  // namespace

bool survives_hdf5(const std::string& path) { return survives(look_at_all, path); }

bool survives(void (*look)(const char* path), const std::string& path) {
  const pid_t child = fork();
  if (child < 0) return true;  // no room for another process: as before
  if (child == 0) probe(look, path.c_str());
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return true;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace insula::dataset::detail
