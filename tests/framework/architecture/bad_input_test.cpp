// SPDX-License-Identifier: Apache-2.0
// Every malformed architecture under tests/bad_input/architectures has its full message beside it:
// NN_name.yaml and NN_name.expected. A new case is two files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/bad_input/architectures";

std::string file_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(INSULA_ROOT / kFolder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(kFolder / entry.path().filename());
  }
  std::ranges::sort(paths);
  return paths;
}

class BadArchitecture : public testing::TestWithParam<fs::path> {};

TEST_P(BadArchitecture, IsRefusedWithItsWholeMessage) {
  std::string message;
  try {
    load_from_root(GetParam().generic_string());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    message = std::string(error.what()) + "\n";
    EXPECT_EQ(error.code(), ExitCode::config);
  }
  EXPECT_EQ(message, file_text(fs::path(GetParam()).replace_extension(".expected")));
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Folder, BadArchitecture, testing::ValuesIn(cases()), case_name);

TEST(BadArchitectures, AreManyAndEachHasAMessage) {
  std::size_t messages = 0;
  for (const auto& entry : fs::directory_iterator(INSULA_ROOT / kFolder)) {
    messages += entry.path().extension() == ".expected" ? 1 : 0;
  }
  EXPECT_EQ(messages, cases().size());
  EXPECT_GE(messages, 30U);
}

TEST(MissingFile, SaysSoWithItsOwnExitCode) {
  try {
    load("no/such/file.yaml", test_catalogue());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no/such/file.yaml: error: the file does not exist");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
}

}  // namespace
}  // namespace insula::architecture
