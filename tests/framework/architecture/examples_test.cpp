// SPDX-License-Identifier: Apache-2.0
// The architectures that ship are sound, and those of the attention experiment are SPM's six.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "framework/architecture/graph.h"
#include "modules/catalogue.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> shipped() {
  std::vector<std::string> paths;
  for (const char* name : {"forward", "backward", "full", "top_down", "gated", "ungated"}) {
    paths.push_back(std::string("examples/attention-to-motion/") + name + ".yaml");
  }
  for (const char* name : {"forward", "backward", "gated", "ungated"}) {
    paths.push_back(std::string("examples/demo/") + name + ".yaml");
  }
  for (const char* name : {"outcome", "surprise"}) {
    paths.push_back(std::string("examples/learning/") + name + ".yaml");
  }
  for (const auto& entry : fs::directory_iterator(fs::path(INSULA_ROOT) / "architectures")) {
    if (entry.path().extension() == ".yaml") {
      paths.push_back("architectures/" + entry.path().filename().string());
    }
  }
  return paths;
}

// All kinds that there are; architectures point into it.
const Catalogue& all_kinds() {
  static const Catalogue kinds = catalogue(Isa::portable);
  return kinds;
}

Architecture load_shipped(const std::string& path) {
  fs::current_path(INSULA_ROOT);
  return load(path, all_kinds());
}

TEST(ShippedArchitectures, LoadWithoutDoubtsAndAreNamedAsTheirFiles) {
  for (const std::string& path : shipped()) {
    const Architecture a = load_shipped(path);
    EXPECT_EQ(a.name, fs::path(path).stem().string());
    EXPECT_FALSE(a.description.empty()) << path;
    for (const Mistake& doubt : doubts(a)) ADD_FAILURE() << to_text(doubt);
  }
}

TEST(ShippedArchitectures, ReadBackFromTheirCanonicalText) {
  for (const std::string& path : shipped()) {
    const Architecture a = load_shipped(path);
    const Architecture read = parse(to_yaml(a), path, all_kinds());
    EXPECT_EQ(content(read), content(a)) << path;
  }
}

// Names of free parameters of the neuronal model beyond what all six have in common.
std::vector<std::string> special(const std::string& model) {
  static const std::vector<std::string> kCommon{"V1.self_inhibition",
                                                "V5.self_inhibition",
                                                "SPC.self_inhibition",
                                                "V1 -> V5.strength",
                                                "V1 -> V5.modulation.motion",
                                                "V5 -> V1.strength",
                                                "V5 -> SPC.strength",
                                                "SPC -> V5.strength",
                                                "photic -> V1.strength",
                                                "bold.transit.V1",
                                                "bold.transit.V5",
                                                "bold.transit.SPC",
                                                "bold.decay",
                                                "bold.epsilon"};
  const Architecture a = load_from_root("examples/attention-to-motion/" + model + ".yaml");
  std::vector<std::string> names, rest;
  for (std::size_t i : a.free_parameters()) names.push_back(a.parameters[i].name);
  for (const std::string& name : kCommon) {
    EXPECT_EQ(std::ranges::count(names, name), 1) << model << " lacks " << name;
  }
  for (const std::string& name : names) {
    if (std::ranges::count(kCommon, name) == 0) rest.push_back(name);
  }
  return rest;
}

// What is free in SPM's parameters.tsv of each model, in our names: A both ways V1-V5 and V5-SPC,
// C of photic on V1 and B of motion on V1 -> V5 are common to all.
TEST(AttentionModels, AreThoseOfTheReferenceFits) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(special("forward"), Names{"V1 -> V5.modulation.attention"});
  EXPECT_EQ(special("backward"), Names{"V5 -> V1.modulation.attention"});
  EXPECT_EQ(special("full"),
            (Names{"V1 -> V5.modulation.attention", "V5 -> V1.modulation.attention"}));
  EXPECT_EQ(special("top_down"), Names{"SPC -> V5.modulation.attention"});
  EXPECT_EQ(special("ungated"), Names{"attention -> SPC.strength"});
  EXPECT_EQ(special("gated"), (Names{"V1 -> V5.gating.SPC", "attention -> SPC.strength"}));
}

}  // namespace
}  // namespace insula::architecture
