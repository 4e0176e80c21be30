// SPDX-License-Identifier: Apache-2.0
// The demo finds the architecture that made its data, and prints what its README shows.
#include <gtest/gtest.h>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

using dataset::Folder;

// The text between the README's two fences.
std::string shown_output(const std::string& example) {
  const std::string readme = bytes_of(INSULA_ROOT "/examples/" + example + "/README.md");
  const std::string fence = "\n```\n";
  const std::size_t from = readme.find(fence) + fence.size();
  return readme.substr(from, readme.find(fence, from) + 1 - from);
}

TEST(Demo, FindsTheTruthAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const Ended ended = run_program(
      "run '" INSULA_ROOT "/examples/demo/experiment.yaml' --out out/demo", folder.path(""));
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.out, shown_output("demo"));
  EXPECT_NE(ended.out.find("gated has more evidence than ungated"), std::string::npos);
  EXPECT_NE(ended.out.find("gated beats "), std::string::npos);
}

TEST(LearningExample, FindsWhatDrivesTheVtaAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const Ended ended =
      run_program("run '" INSULA_ROOT "/examples/learning/experiment.yaml' --out out/learning",
                  folder.path(""));
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.out, shown_output("learning"));
  EXPECT_NE(ended.out.find("surprise has more evidence than outcome"), std::string::npos);
}

}  // namespace
}  // namespace insula::command
