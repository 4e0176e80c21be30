// SPDX-License-Identifier: Apache-2.0
// Every malformed recipe under tests/bad_input/simulations has its full message beside it:
// NN_name.yaml and NN_name.expected. A new case is two files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/experiment/twin.h"
#include "modules/catalogue.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/bad_input/simulations";

std::string file_text(const fs::path& path) {
  std::ifstream stream(INSULA_ROOT / path, std::ios::binary);
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

// Paths in messages are as the recipe was named: relative to the repository's root.
class InRoot {
 public:
  InRoot() : before_(fs::current_path()) { fs::current_path(INSULA_ROOT); }
  ~InRoot() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }
  InRoot(const InRoot&) = delete;
  InRoot& operator=(const InRoot&) = delete;

 private:
  fs::path before_;
};

class BadRecipe : public testing::TestWithParam<fs::path> {};

TEST_P(BadRecipe, IsRefusedWithItsWholeMessage) {
  const InRoot in_root;
  std::string message;
  try {
    read_recipe(GetParam().generic_string(), catalogue());
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

INSTANTIATE_TEST_SUITE_P(Folder, BadRecipe, testing::ValuesIn(cases()), case_name);

TEST(BadRecipes, AreManyAndEachHasAMessage) {
  std::size_t messages = 0;
  for (const auto& entry : fs::directory_iterator(INSULA_ROOT / kFolder)) {
    messages += entry.path().extension() == ".expected" ? 1 : 0;
  }
  EXPECT_EQ(messages, cases().size());
  EXPECT_GE(messages, 12U);
}

}  // namespace
}  // namespace insula::experiment
