// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/graph.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

std::vector<std::string> doubt_texts(const std::string& text) {
  std::vector<std::string> texts;
  for (const Mistake& doubt : doubts(parse_test(text))) {
    EXPECT_FALSE(doubt.note.empty());
    EXPECT_GT(doubt.place.line, 0);
    texts.push_back(doubt.message);
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Doubts, AreNoneForASoundArchitecture) { EXPECT_EQ(doubt_texts(kThreeRegions), Texts{}); }

TEST(Doubts, TellWhatNoInputReaches) {
  EXPECT_EQ(doubt_texts(R"(insula: architecture/1
name: unreached
regions: {A: {kind: rate}, B: {kind: rate}, C: {kind: rate}, D: {kind: rate}}
projections: {A -> B: {kind: linear}, C -> D: {kind: linear}, D -> B: {kind: linear}}
inputs: {light: {drives: [A]}}
observations: {rate: {kind: rate, regions: [B, D]}}
)"),
            (Texts{"no input reaches region 'C'",
                   "observation 'rate' shows region 'D', which no input reaches"}));
}

TEST(Doubts, KnowThatAGateAloneCarriesNothing) {
  EXPECT_EQ(doubt_texts(R"(insula: architecture/1
name: gate
regions: {A: {kind: neuronal}, B: {kind: neuronal}, C: {kind: neuronal}}
projections: {B -> C: {kind: gated, by: [A]}}
inputs: {light: {drives: [A]}}
observations: {bold: {kind: bold, regions: [C]}}
)"),
            (Texts{"no input reaches region 'B'",
                   "observation 'bold' shows region 'C', which no input reaches"}));
}

TEST(Doubts, TellParallelProjectionsOfOneKind) {
  EXPECT_EQ(doubt_texts(R"(insula: architecture/1
name: parallel
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections:
  A -> B: {kind: linear}
  A -> B (2): {kind: gated, by: [B]}
  A -> B (3): {kind: linear}
inputs: {light: {drives: [A]}}
observations: {bold: {kind: bold, regions: [A, B]}}
)"),
            (Texts{"'A -> B' and 'A -> B (3)' are parallel and of one kind, 'linear'"}));
}

TEST(Doubts, TellIdleInputsAndRegionsThatNothingShows) {
  EXPECT_EQ(
      doubt_texts(R"(insula: architecture/1
name: idle
regions: {A: {kind: neuronal}, B: {kind: neuronal}, C: {kind: neuronal}}
projections: {A -> B: {kind: gated, by: [A]}, A -> C: {kind: linear}}
inputs: {light: {drives: [A]}, sound: {}}
observations: {bold: {kind: bold, regions: [B]}}
)"),
      (Texts{"input 'sound' neither drives a region nor modulates a projection nor is in a term of "
             "trials",
             "nothing observes region 'C', and it leads to no region that is observed"}));
}

TEST(Layout, PutsRegionsRightOfWhatDrivesThem) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: chain
regions: {C: {kind: rate}, A: {kind: rate}, B: {kind: rate}, lost: {kind: rate}}
projections: {A -> B: {kind: linear}, B -> C: {kind: linear}, C -> A: {kind: linear}}
inputs: {light: {drives: [A]}}
)");
  const Layout l = layout(a);
  ASSERT_EQ(l.regions.size(), 4U);
  ASSERT_EQ(l.inputs.size(), 1U);
  EXPECT_EQ(l.inputs[0].x, 0);
  EXPECT_LT(l.inputs[0].x, l.regions[1].x);
  EXPECT_LT(l.regions[1].x, l.regions[2].x);
  EXPECT_LT(l.regions[2].x, l.regions[0].x);
  EXPECT_LT(l.regions[0].x, l.regions[3].x);  // reached by nothing: last
}

TEST(Layout, GivesEachNodeAPlaceOfItsOwnWithinTheSquare) {
  std::string regions = "regions:\n", drives = "inputs:\n";
  for (int i = 0; i < 9; ++i) {
    regions += "  R" + std::to_string(i) + ": {kind: rate}\n";
    drives += "  i" + std::to_string(i) + ": {drives: [R" + std::to_string(i % 7) + "]}\n";
  }
  const Layout l = layout(parse_test("insula: architecture/1\nname: many\n" + regions + drives));
  std::set<std::pair<double, double>> places;
  for (const auto* list : {&l.regions, &l.inputs}) {
    for (const Position& p : *list) {
      EXPECT_TRUE(p.x >= 0 && p.x <= 1 && p.y >= 0 && p.y <= 1) << p.x << ' ' << p.y;
      places.insert({p.x, p.y});
    }
  }
  EXPECT_EQ(places.size(), 18U);
}

TEST(Linearised, KeepsTheGraphWithFixedStrengths) {
  const Architecture a = parse_test(std::string(kThreeRegions) + R"(parameters:
  V1 -> V5.strength: {prior: normal(0.2 1/s, 0.5 1/s)}
  bold.transit: {shared: true}
  photic -> V1.strength: 0.5 1/s
)");
  const Architecture l = linearised(a, test_catalogue());
  ASSERT_EQ(l.projections.size(), 4U);
  for (const Projection& p : l.projections) {
    EXPECT_EQ(p.kind->name, "linear");
    EXPECT_TRUE(p.contexts.empty() && p.gates.empty());
  }
  EXPECT_EQ(l.inputs[1].name, "motion");
  EXPECT_EQ(l.inputs[1].drives, std::vector<std::size_t>{1});  // the target that it modulated
  EXPECT_EQ(parameter(l, "V1 -> V5.strength").prior_mean, 0.2);
  EXPECT_FALSE(parameter(l, "photic -> V1.strength").free);
  EXPECT_EQ(l.parameters[parameter(l, "bold.transit.SPC").tied_to].name, "bold.transit.V1");
  // Reading its text gives the same model: it is an architecture like any other.
  EXPECT_EQ(content(parse_test(to_yaml(l))), content(l));
}

TEST(Linearised, HasNoSelfProjectionsAndNoParallelOnes) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: self
regions: {A: {kind: neuronal}, B: {kind: two_state}}
projections:
  A -> A: {kind: modulated, by: [sound]}
  A -> B: {kind: excitatory}
  A -> B (2): {kind: gated, by: [B]}
inputs: {light: {drives: [A]}, sound: {}}
)");
  const Architecture l = linearised(a, test_catalogue());
  ASSERT_EQ(l.projections.size(), 1U);
  EXPECT_EQ(to_text(l, l.projections[0]), "A -> B");
  EXPECT_EQ(l.inputs[1].drives, std::vector<std::size_t>{0});
  // A log-normal strength says nothing of a strength of any sign: the default of `linear` stands.
  EXPECT_EQ(parameter(l, "A -> B.strength").prior_mean, 1.0 / 128);
}

TEST(LinearUnion, HoldsEveryProjectionAndDriveOnce) {
  const Architecture first = parse_test(kThreeRegions);
  const Architecture second = parse_test(R"(insula: architecture/1
name: other
regions: {V1: {kind: neuronal}, IPS: {kind: neuronal}, V5: {kind: neuronal}}
projections: {V1 -> V5: {kind: linear}, IPS -> V5: {kind: gated, by: [V1]}}
inputs: {photic: {drives: [V1, IPS]}}
observations: {bold: {kind: bold, regions: [IPS, V5]}}
)");
  const Architecture all = linear_union({first, second}, test_catalogue());
  EXPECT_EQ(all.name, "linear_dcm");
  ASSERT_EQ(all.regions.size(), 4U);
  EXPECT_EQ(all.regions[3].name, "IPS");
  EXPECT_EQ(all.projections.size(), 5U);
  EXPECT_EQ(all.inputs[0].drives, (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(all.observations[0].regions, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(content(parse_test(to_yaml(all))), content(all));
}

}  // namespace
}  // namespace insula::architecture
