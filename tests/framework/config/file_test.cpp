// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

class ParseFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        (std::string("insula-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

TEST_F(ParseFile, NamesTheFileAsItWasGivenOrAsItIsShown) {
  std::ofstream(path("a.yaml")) << "a: 1\n";
  EXPECT_EQ(parse_file(path("a.yaml"))["a"].place().file, path("a.yaml"));
  EXPECT_EQ(parse_file(path("a.yaml"), "shown.yaml")["a"].place().file, "shown.yaml");
}

TEST_F(ParseFile, SaysThatAFileDoesNotExist) {
  try {
    parse_file(path("no.yaml"), "no.yaml");
    FAIL() << "a file that does not exist was read";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no.yaml: error: the file does not exist");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
}

TEST_F(ParseFile, SaysThatAFolderIsNoFile) {
  try {
    parse_file(path(""), "folder");
    FAIL() << "a folder was read";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "folder: error: this is a folder, not a file");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
}

TEST_F(ParseFile, ReadsAnEmptyFileAsNothing) {
  std::ofstream(path("empty.yaml")).flush();
  EXPECT_EQ(parse_file(path("empty.yaml")).kind(), Node::Kind::null);
}

TEST_F(ParseFile, GivesSyntaxMistakesTheCodeOfAConfiguration) {
  std::ofstream(path("bad.yaml")) << "a: [\n";
  try {
    parse_file(path("bad.yaml"), "bad.yaml");
    FAIL() << "an open list was read";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::config);
    EXPECT_EQ(error.mistakes().front().place.file, "bad.yaml");
  }
}

}  // namespace
}  // namespace insula::config
