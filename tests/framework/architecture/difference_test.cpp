// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "framework/architecture/graph.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

using Texts = std::vector<std::string>;

// The base architecture after replacing one part of its text.
Architecture changed(const std::string& part, const std::string& by) {
  std::string text = kThreeRegions;
  const std::size_t at = text.find(part);
  if (at == std::string::npos) throw std::logic_error("no such part: " + part);
  return parse_test(text.replace(at, part.size(), by));
}

Texts difference_after(const std::string& part, const std::string& by) {
  return difference(parse_test(kThreeRegions), changed(part, by));
}
Texts difference_before(const std::string& part, const std::string& by) {
  return difference(changed(part, by), parse_test(kThreeRegions));
}

TEST(Difference, IsEmptyBetweenEquals) {
  EXPECT_EQ(difference(parse_test(kThreeRegions), parse_test(kThreeRegions)), Texts{});
}

TEST(Difference, TellsAGateWhicheverWayItIsWritten) {
  const Texts expected{"adds: SPC gates V1 → V5"};
  EXPECT_EQ(difference_after("{kind: modulated, by: [motion]}",
                             "{kind: modulated_gated, by: [motion, SPC]}"),
            expected);
  EXPECT_EQ(difference_after("inputs:", "  V1 -> V5 (2): {kind: gated, by: [SPC]}\ninputs:"),
            expected);
}

TEST(Difference, TellsContextsProjectionsAndDrives) {
  EXPECT_EQ(difference_after("by: [motion]", "by: [motion, attention]"),
            Texts{"adds: V1 → V5 modulated by attention"});
  EXPECT_EQ(difference_after("  V5 -> V1: {kind: linear}\n", ""), Texts{"removes: V5 → V1"});
  EXPECT_EQ(difference_before("  V5 -> V1: {kind: linear}\n", ""), Texts{"adds: V5 → V1"});
  EXPECT_EQ(difference_before("attention: {drives: [SPC]}", "attention: {}"),
            Texts{"drives: attention → SPC"});
  EXPECT_EQ(difference_after("attention: {drives: [SPC]}", "attention: {}"),
            Texts{"no longer drives: attention → SPC"});
  EXPECT_EQ(difference_before("  motion: {}\n", "  motion: {}\n  sound: {}\n"),
            Texts{"removes: input sound"});
}

TEST(Difference, SaysOnceThatAModulatedProjectionGoes) {
  EXPECT_EQ(difference_after("  V1 -> V5: {kind: modulated, by: [motion]}\n", ""),
            Texts{"removes: V1 → V5"});
  EXPECT_EQ(difference_before("  V1 -> V5: {kind: modulated, by: [motion]}\n", ""),
            (Texts{"adds: V1 → V5", "adds: V1 → V5 modulated by motion"}));
}

TEST(Difference, TellsSelfModulation) {
  EXPECT_EQ(difference_after("inputs:", "  V5 -> V5: {kind: modulated, by: [attention]}\ninputs:"),
            Texts{"adds: V5 → V5 modulated by attention"});
  EXPECT_EQ(difference_before("inputs:", "  V5 -> V5: {kind: modulated, by: [attention]}\ninputs:"),
            Texts{"removes: V5 → V5 modulated by attention"});
}

TEST(Difference, TellsAParallelProjectionThatSaysNothingNew) {
  EXPECT_EQ(difference_after("inputs:", "  V5 -> SPC (2): {kind: linear}\ninputs:"),
            Texts{"adds: V5 → SPC (2)"});
  EXPECT_EQ(difference_before("inputs:", "  V5 -> SPC (2): {kind: linear}\ninputs:"),
            Texts{"removes: V5 → SPC (2)"});
}

TEST(Difference, TellsChangesOfKind) {
  EXPECT_EQ(difference_after("V1: {kind: neuronal}", "V1: {kind: two_state}"),
            Texts{"V1 changes kind from neuronal to two_state"});
  EXPECT_EQ(difference_after("V5 -> V1: {kind: linear}", "V5 -> V1: {kind: saturating}"),
            Texts{"V5 → V1 changes kind from linear to saturating"});
  EXPECT_EQ(
      difference_after("{kind: modulated, by: [motion]}", "{kind: modulated_gated, by: [motion]}"),
      Texts{"V1 → V5 changes kind from modulated to modulated_gated"});
  EXPECT_EQ(difference_after("{kind: bold,", "{kind: bold_linear,"),
            Texts{"bold changes kind from bold to bold_linear"});
}

TEST(Difference, TellsRegionsAndObservations) {
  EXPECT_EQ(difference_after("  V5: {kind", "  MT: {kind: rate}\n  V5: {kind"),
            Texts{"adds: region MT (rate)"});
  EXPECT_EQ(difference_before("  V5: {kind", "  MT: {kind: rate}\n  V5: {kind"),
            Texts{"removes: region MT"});
  EXPECT_EQ(difference_after("regions: [V1, V5, SPC]}",
                             "regions: [V1, V5], channels: {V1: left_V1}, noise: white, drift: "
                             "128 s}\n  rate: {kind: rate, regions: [V1, SPC]}"),
            (Texts{"bold changes the channel of V1 from V1 to left_V1",
                   "bold no longer shows SPC",
                   "bold changes noise from ar1 to white",
                   "bold changes drift from none to 128 s",
                   "adds: observation rate of V1 and SPC"}));
  EXPECT_EQ(difference_before("regions: [V1, V5, SPC]", "regions: [V1, V5]"),
            Texts{"bold now shows SPC"});
  EXPECT_EQ(difference_after("observations:\n  bold: {kind: bold, regions: [V1, V5, SPC]}\n", ""),
            Texts{"removes: observation bold"});
}

TEST(Difference, TellsParametersFixedFreedAndShared) {
  const Architecture from = parse_test(std::string(kThreeRegions) + R"(parameters:
  bold.decay: {fixed: 0.5 1/s}
  V1 -> V5.strength: {prior: normal(0 1/s, 0.5 1/s)}
  bold.echo_time: 30 ms
)");
  const Architecture to = parse_test(std::string(kThreeRegions) + R"(parameters:
  V1.self_inhibition: {fixed: 0.25 1/s}
  V1 -> V5.strength: {prior: normal(0.1 1/s, 0.5 1/s)}
  bold.transit: {prior: lognormal(1 s, 0.5), shared: true}
  bold.echo_time: 25 ms
)");
  EXPECT_EQ(difference(from, to),
            (Texts{"fixes: V1.self_inhibition at 0.25 1/s",
                   "changes the prior of V1 -> V5.strength from normal(0 1/s, 0.5 1/s) to "
                   "normal(0.1 1/s, 0.5 1/s)",
                   "shares: bold.transit over regions",
                   "changes the prior of bold.transit from lognormal(2 s, 0.0625) to "
                   "lognormal(1 s, 0.5)",
                   "frees: bold.decay with prior lognormal(0.64 1/s, 0.0625)",
                   "changes bold.echo_time from 0.03 s to 0.025 s"}));
}

TEST(Difference, TellsWhatTheExamplesAsk) {
  const Architecture ungated = load_from_root("examples/attention-to-motion/ungated.yaml");
  const Architecture gated = load_from_root("examples/attention-to-motion/gated.yaml");
  EXPECT_EQ(difference(ungated, gated), Texts{"adds: SPC gates V1 → V5"});
  EXPECT_EQ(difference(gated, ungated), Texts{"removes: SPC gates V1 → V5"});
  const Architecture forward = load_from_root("examples/attention-to-motion/forward.yaml");
  EXPECT_EQ(difference(forward, gated),
            (Texts{"adds: SPC gates V1 → V5",
                   "removes: V1 → V5 modulated by attention",
                   "drives: attention → SPC"}));
}

}  // namespace
}  // namespace insula::architecture
