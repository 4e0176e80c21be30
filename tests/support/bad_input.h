// SPDX-License-Identifier: Apache-2.0
// Folders of malformed files: NN_name.yaml with its whole message beside it in NN_name.expected. A
// new case is two files, and what they name beside them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace insula {

/// The cases of a folder of the repository, by paths from its root, in order.
inline std::vector<std::filesystem::path> bad_inputs(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(INSULA_ROOT / folder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(folder / entry.path().filename());
  }
  std::ranges::sort(paths);
  return paths;
}

/// What the case's message must be; "" if there is no file of it.
inline std::string expected_message(std::filesystem::path path) {
  path.replace_extension(".expected");
  std::ifstream stream(INSULA_ROOT / path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline std::size_t count_expected(const std::filesystem::path& folder) {
  std::size_t messages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(INSULA_ROOT / folder)) {
    messages += entry.path().extension() == ".expected" ? 1 : 0;
  }
  return messages;
}

inline std::string case_name(const testing::TestParamInfo<std::filesystem::path>& info) {
  return info.param.stem().string();
}

/// Paths in messages are as the file was named: from the repository's root.
class InRoot {
 public:
  InRoot() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(INSULA_ROOT);
  }
  ~InRoot() {
    std::error_code ignored;
    std::filesystem::current_path(before_, ignored);
  }
  InRoot(const InRoot&) = delete;
  InRoot& operator=(const InRoot&) = delete;

 private:
  std::filesystem::path before_;
};

}  // namespace insula
