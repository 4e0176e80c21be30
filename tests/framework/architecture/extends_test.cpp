// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

// A folder of files that extend each other.
class Extends : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() / ("insula_" + std::string(info->name()));
    std::filesystem::create_directories(folder_);
    write("base.yaml", kThreeRegions);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Architecture load_text(const std::string& name, const std::string& text) {
    write(name, "insula: architecture/1\nname: child\n" + text);
    return load((folder_ / name).string(), test_catalogue());
  }

  std::filesystem::path folder_;
};

TEST_F(Extends, TakesAllAndTellsItsFiles) {
  const Architecture a = load_text("child.yaml", "extends: base.yaml\n");
  Architecture base = parse_test(kThreeRegions);
  base.name = "child";
  EXPECT_EQ(content(a), content(base));
  EXPECT_EQ(a.files,
            (std::vector<std::string>{(folder_ / "child.yaml").string(),
                                      (folder_ / "base.yaml").string()}));
}

TEST_F(Extends, ReplacesAnEntryAsAWholeAndKeepsItsPosition) {
  const Architecture a = load_text("child.yaml", R"(extends: base.yaml
projections:
  V5->V1: {kind: modulated, by: [attention]}
  V1 -> SPC: {kind: linear}
inputs:
  attention: {}
)");
  ASSERT_EQ(a.projections.size(), 5U);
  EXPECT_EQ(to_text(a, a.projections[1]), "V5 -> V1");
  EXPECT_EQ(a.projections[1].contexts, std::vector<std::string>{"attention"});
  EXPECT_EQ(to_text(a, a.projections[4]), "V1 -> SPC");
  EXPECT_TRUE(a.inputs[2].drives.empty());
}

TEST_F(Extends, RemovesAnythingByName) {
  const Architecture a = load_text("child.yaml", R"(extends: base.yaml
remove: [V5->V1, SPC, V5 -> SPC, SPC -> V5, attention, bold]
)");
  EXPECT_EQ(a.regions.size(), 2U);
  EXPECT_EQ(a.projections.size(), 1U);
  EXPECT_EQ(a.inputs.size(), 2U);
  EXPECT_TRUE(a.observations.empty());
}

TEST_F(Extends, MayRemoveAndAddAgain) {
  const Architecture a = load_text("child.yaml", R"(extends: base.yaml
remove: [V1 -> V5]
projections: {V1 -> V5: {kind: linear}}
)");
  EXPECT_EQ(to_text(a, a.projections.back()), "V1 -> V5");
  EXPECT_EQ(a.projections.back().kind->name, "linear");
}

TEST_F(Extends, FollowsAChainAcrossFolders) {
  write("deep/middle.yaml", R"(insula: architecture/1
name: middle
description: in the middle
extends: ../base.yaml
remove: V5 -> V1
parameters:
  bold.decay: {fixed: 0.5 1/s}
  bold.epsilon: {fixed: 0.5}
)");
  const Architecture a = load_text("child.yaml", R"(extends: deep/middle.yaml
parameters:
  bold.epsilon: {fixed: 0.7}
)");
  EXPECT_EQ(a.name, "child");
  EXPECT_EQ(a.description, "");  // a description is of one hypothesis and is not inherited
  EXPECT_EQ(a.projections.size(), 3U);
  EXPECT_EQ(a.files.size(), 3U);
  EXPECT_EQ(a.files[2], (folder_ / "base.yaml").string());
  const Parameter& decay = parameter(a, "bold.decay");
  EXPECT_FALSE(decay.free);
  EXPECT_EQ(decay.place.file, (folder_ / "deep/middle.yaml").string());
  const Parameter& epsilon = parameter(a, "bold.epsilon");
  EXPECT_EQ(epsilon.place.file, (folder_ / "child.yaml").string());
}

constexpr const char* kParent = R"(
parameters:
  V1 -> V5.strength: {fixed: 0.1 1/s}
  V1 -> V5.modulation.motion: {fixed: 0.2 1/s}
  attention -> SPC.strength: 1 1/s
)";

TEST_F(Extends, ForgetsParametersOfWhatItRemovesOrReplaces) {
  write("parent.yaml", kThreeRegions + std::string(kParent));
  const Architecture a = load_text("child.yaml", R"(extends: parent.yaml
remove: [attention]
projections: {V1 -> V5: {kind: linear}}
)");
  EXPECT_FALSE(parameter(a, "V1 -> V5.strength").free);  // still there, so still fixed
  EXPECT_EQ(a.inputs.size(), 2U);
}

TEST_F(Extends, LetsTheNearerFileWin) {
  write("parent.yaml", kThreeRegions + std::string(kParent));
  const Architecture a = load_text("child.yaml", R"(extends: parent.yaml
projections:
  V1 -> V5: {kind: modulated, by: [motion], strength: 0.3 1/s}
parameters:
  attention -> SPC.strength: {prior: normal(0 1/s, 2 1/s)}
)");
  EXPECT_EQ(parameter(a, "V1 -> V5.strength").prior_mean, 0.3);
  EXPECT_EQ(parameter(a, "V1 -> V5.modulation.motion").prior_mean, 0.2);
  EXPECT_EQ(parameter(a, "attention -> SPC.strength").prior_sd, 2);
}

TEST_F(Extends, LetsOneRegionDifferFromItsGroup) {
  const Architecture a = load_text("child.yaml", R"(extends: base.yaml
parameters:
  bold.transit.V5: {fixed: 1 s}
  bold.transit: {prior: lognormal(3 s, 0.1)}
)");
  EXPECT_FALSE(parameter(a, "bold.transit.V5").free);
  EXPECT_EQ(parameter(a, "bold.transit.V1").prior_sd, 0.1);
}

}  // namespace
}  // namespace insula::architecture
