// SPDX-License-Identifier: Apache-2.0
// House rules that a machine can check: licence line, short files, plain headers, numbers with an
// origin.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/structure/tree.h"

namespace insula::structure {
namespace {

std::vector<std::string> all_sources() {
  std::vector<std::string> all;
  for (const char* folder : {"framework", "modules", "tests"}) {
    const std::vector<std::string> some = source_files(folder);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

bool is_code(const std::string& line) {
  const std::size_t start = line.find_first_not_of(" \t");
  return start != std::string::npos && line.compare(start, 2, "//") != 0;
}

TEST(SourceFile, StartsWithItsLicence) {
  for (const std::string& file : all_sources()) {
    const std::vector<std::string> lines = lines_of(file);
    ASSERT_FALSE(lines.empty()) << file;
    EXPECT_EQ(lines.front(), "// SPDX-License-Identifier: Apache-2.0") << file;
  }
}

TEST(SourceFile, HasAtMostFourHundredLinesOfCode) {
  for (const std::string& file : all_sources()) {
    const std::vector<std::string> lines = lines_of(file);
    EXPECT_LE(std::count_if(lines.begin(), lines.end(), is_code), 400) << file;
  }
}

TEST(PublicHeader, ShowsNoThirdPartyLibraryButEigenCore) {
  for (const char* folder : {"framework", "modules"}) {
    for (const Include& include : includes_below(folder)) {
      const bool is_public =
          include.file.ends_with(".h") && include.file.find("/detail/") == std::string::npos;
      const bool is_ours =
          include.target.starts_with("framework/") || include.target.starts_with("modules/");
      const bool is_standard = include.target.find_first_of("/.") == std::string::npos;
      const bool is_intrinsic = include.target == "immintrin.h";
      if (!is_public || is_ours || is_standard || is_intrinsic) continue;
      EXPECT_EQ(include.target, "Eigen/Core") << include.file << ":" << include.line;
    }
  }
}

TEST(Header, IsReadOnceInEveryFile) {
  for (const std::string& file : all_sources()) {
    if (!file.ends_with(".h")) continue;
    const std::vector<std::string> lines = lines_of(file);
    EXPECT_NE(std::ranges::find(lines, "#pragma once"), lines.end()) << file;
  }
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Numbers that tests compare with are worth what their origin is worth: a *.origin.yaml beside them
// names them and says how they were made.
TEST(ReferenceNumbers, HaveAnOrigin) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(INSULA_REFERENCE)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.ends_with(".origin.yaml")) continue;
    ++files;
    std::string origins;
    for (const auto& beside : std::filesystem::directory_iterator(entry.path().parent_path())) {
      if (beside.path().string().ends_with(".origin.yaml")) origins += text_of(beside.path());
    }
    EXPECT_NE(origins.find(name), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace insula::structure
