// SPDX-License-Identifier: Apache-2.0
// Help, versions, exit codes; each misuse under tests/bad_input/commands has its full message
// beside it: NN_name.arguments (the words and, on a second line, the exit code), NN_name.expected.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "framework/experiment/version.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

const fs::path kFolder = fs::path(INSULA_ROOT) / "tests/bad_input/commands";

const std::vector<std::string> kCommands{
    "run", "check", "describe", "simulate", "diff", "new", "import", "export", "features"};

Ended in_new_folder(const std::string& words) {
  const Folder folder;
  return run_program(words, folder.path(""));
}

TEST(Help, OfEveryCommandTeachesByExample) {
  for (const std::string& command : kCommands) {
    const Ended ended = in_new_folder(command + " --help");
    EXPECT_EQ(ended.code, 0) << command;
    EXPECT_NE(ended.out.find("\n  insula " + command + " "), std::string::npos) << ended.out;
    EXPECT_EQ(ended.error, "");
  }
}

TEST(Help, ListsEveryCommandAndTheExitCodes) {
  const Ended ended = in_new_folder("--help");
  EXPECT_EQ(ended.code, 0);
  for (const std::string& command : kCommands) {
    EXPECT_NE(ended.out.find("\n  " + command + " "), std::string::npos) << command;
  }
  for (const char* code : {"64", "65", "66", "70", "78", "130"}) {
    EXPECT_NE(ended.out.find(code), std::string::npos) << code;
  }
}

TEST(Help, IsShownOnTheErrorOutputIfNothingWasTyped) {
  const Ended ended = in_new_folder("");
  EXPECT_EQ(ended.code, 64);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.error, in_new_folder("--help").out);
}

TEST(Version, IsTheProjects) {
  const Ended ended = in_new_folder("--version");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, std::string("insula ") + kVersion + "\n");
}

TEST(Colour, IsNotPutIntoFiles) {
  const Folder folder;
  run_program("new study", folder.path(""));
  for (const char* words : {"check study/experiment.yaml",
                            "diff study/additive.yaml study/modulated.yaml",
                            "describe nothing"}) {
    const Ended ended = run_program(words, folder.path(""));
    EXPECT_EQ((ended.out + ended.error).find('\x1b'), std::string::npos) << words;
  }
}

std::vector<fs::path> cases() {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".arguments") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

class Misuse : public testing::TestWithParam<fs::path> {};

TEST_P(Misuse, IsToldWithItsWholeMessage) {
  std::istringstream lines(bytes_of(GetParam().string()));
  std::string words;
  int code = 0;
  std::getline(lines, words);
  lines >> code;
  const Folder folder;
  folder.write("occupied", "");
  const Ended ended = run_program(words, folder.path(""));
  EXPECT_EQ(ended.code, code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.error, bytes_of(fs::path(GetParam()).replace_extension(".expected").string()));
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Folder, Misuse, testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace insula::command
