// SPDX-License-Identifier: Apache-2.0
// What every fuzz target shares: bytes as a file, and the only way in which reading may fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "framework/base/error.h"

namespace insula::fuzz {

/// A file of this process that holds the bytes; `extension` tells readers its format.
inline std::string as_file(const std::uint8_t* data,
                           std::size_t size,
                           const std::string& extension) {
  static const std::filesystem::path folder = [] {
    const std::filesystem::path made =
        std::filesystem::temp_directory_path() / ("insula-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(made);
    return made;
  }();
  const std::string path = (folder / ("input" + extension)).string();
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return path;
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Runs `read`; an InputError with a message is as good as a value, anything else is a find.
template <class Read>
int refused_or_read(const Read& read) {
  try {
    read();
  } catch (const InputError& error) {
    if (error.mistakes().empty() || error.mistakes().front().message.empty()) std::abort();
  }
  return 0;
}

}  // namespace insula::fuzz
