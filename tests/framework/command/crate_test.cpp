// SPDX-License-Identifier: Apache-2.0
// `insula run --crate` describes the folder by the specification of RO-Crate 1.1, and truthfully.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/dataset/file.h"
#include "framework/experiment/version.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

const nlohmann::json& entity(const nlohmann::json& crate, const std::string& id) {
  for (const nlohmann::json& each : crate.at("@graph"))
    if (each.at("@id") == id) return each;
  throw std::runtime_error("no entity " + id);
}

TEST(Crate, DescribesEveryFileTheRunAndWhatItHasRead) {
  const Folder folder;
  ASSERT_EQ(run_program("new study", folder.path("")).code, 0);
  const Ended ended =
      run_program("run study/experiment.yaml --out out --crate --seed 3", folder.path(""));
  ASSERT_EQ(ended.code, 0) << ended.error;
  const nlohmann::json crate =
      nlohmann::json::parse(bytes_of(folder.path("out/ro-crate-metadata.json")));
  EXPECT_EQ(entity(crate, "ro-crate-metadata.json").at("conformsTo").at("@id"),
            "https://w3id.org/ro/crate/1.1");
  EXPECT_EQ(entity(crate, "#insula").at("softwareVersion"), kVersion);
  EXPECT_EQ(entity(crate, "#run").at("description"), "insula run experiment.yaml --seed 3");
  const nlohmann::json& root = entity(crate, "./");
  for (const char* needed : {"name", "description", "datePublished", "license"})
    EXPECT_TRUE(root.contains(needed)) << needed;
  std::set<std::string> described{"ro-crate-metadata.json", "tasks.sqlite"}, there;
  for (const nlohmann::json& part : root.at("hasPart")) {
    const std::string name = part.at("@id");
    const nlohmann::json& file = entity(crate, name);
    const std::string bytes = bytes_of(folder.path("out/" + name));
    EXPECT_EQ(file.at("contentSize"), std::to_string(bytes.size())) << name;
    EXPECT_EQ(file.at("sha256"), dataset::sha256(bytes)) << name;
    described.insert(name);
  }
  for (const auto& file : fs::directory_iterator(folder.path("out")))
    there.insert(file.path().filename().string());
  EXPECT_EQ(described, there);
  const nlohmann::json& read = entity(crate, "#run").at("object");
  const nlohmann::json summary = nlohmann::json::parse(bytes_of(folder.path("out/summary.json")));
  ASSERT_EQ(read.size(), summary.at("input_files").size());
  for (std::size_t k = 0; k < read.size(); ++k) {
    const nlohmann::json& input = entity(crate, read[k].at("@id"));
    EXPECT_EQ(
        input.at("sha256"),
        dataset::sha256(bytes_of(folder.path("study/" + input.at("name").get<std::string>()))));
  }
}

TEST(Crate, OfAnEarlierRunIsTakenAway) {
  const Folder folder;
  ASSERT_EQ(run_program("new study", folder.path("")).code, 0);
  ASSERT_EQ(run_program("run study/experiment.yaml --out out --crate", folder.path("")).code, 0);
  EXPECT_TRUE(fs::exists(folder.path("out/ro-crate-metadata.json")));
  ASSERT_EQ(run_program("run study/experiment.yaml --out out", folder.path("")).code, 0);
  EXPECT_FALSE(fs::exists(folder.path("out/ro-crate-metadata.json")));
}

}  // namespace
}  // namespace insula::command
