// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

std::vector<std::string> names(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& p : parameters) names.push_back(p.name);
  return names;
}

TEST(Architecture, HasItsRegionsProjectionsInputsAndObservations) {
  const Architecture a = parse_test(kThreeRegions);
  ASSERT_EQ(a.regions.size(), 3U);
  EXPECT_EQ(a.regions[2].name, "SPC");
  EXPECT_EQ(a.regions[2].kind->name, "neuronal");
  EXPECT_EQ(a.region_index("V5"), 1U);
  EXPECT_EQ(a.region_index("V4"), Architecture::npos);
  ASSERT_EQ(a.projections.size(), 4U);
  EXPECT_EQ(to_text(a, a.projections[0]), "V1 -> V5");
  EXPECT_EQ(a.projections[0].contexts, std::vector<std::string>{"motion"});
  ASSERT_EQ(a.inputs.size(), 3U);
  EXPECT_EQ(a.inputs[2].drives, std::vector<std::size_t>{2});
  ASSERT_EQ(a.observations.size(), 1U);
  EXPECT_EQ(a.observations[0].regions, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(a.observations[0].channels, (std::vector<std::string>{"V1", "V5", "SPC"}));
  EXPECT_EQ(a.observations[0].noise, NoiseModel::ar1);  // of its kind
  EXPECT_EQ(a.observations[0].drift_cutoff, 0);
  EXPECT_EQ(a.files, std::vector<std::string>{"test.yaml"});
}

TEST(Architecture, ListsItsParametersByOwner) {
  const Architecture a = parse_test(kThreeRegions);
  EXPECT_EQ(names(a.parameters),
            (std::vector<std::string>{"V1.self_inhibition",
                                      "V5.self_inhibition",
                                      "SPC.self_inhibition",
                                      "V1 -> V5.strength",
                                      "V1 -> V5.modulation.motion",
                                      "V5 -> V1.strength",
                                      "V5 -> SPC.strength",
                                      "SPC -> V5.strength",
                                      "photic -> V1.strength",
                                      "attention -> SPC.strength",
                                      "bold.transit.V1",
                                      "bold.transit.V5",
                                      "bold.transit.SPC",
                                      "bold.decay",
                                      "bold.epsilon",
                                      "bold.echo_time"}));
  EXPECT_EQ(a.region_parameters, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(a.projection_parameters, (std::vector<std::size_t>{3, 5, 6, 7}));
  EXPECT_EQ(a.input_parameters, (std::vector<std::size_t>{8, 9, 9}));
  EXPECT_EQ(a.observation_parameters, std::vector<std::size_t>{10});
  EXPECT_EQ(a.free_parameters().size(), 15U);  // all but the echo time
}

TEST(Architecture, ReadsParallelProjectionsWithOrWithoutSpaces) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: parallel
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}}
projections:
  V1->V5: {kind: linear}
  V1 ->V5(2): {kind: gated, by: V5}
parameters:
  V1-> V5 ( 2 ).gating.V5: {prior: normal(0 1/s, 2 1/s)}
)");
  ASSERT_EQ(a.projections.size(), 2U);
  EXPECT_EQ(a.projections[1].ordinal, 2);
  EXPECT_EQ(to_text(a, a.projections[1]), "V1 -> V5 (2)");
  EXPECT_EQ(a.projections[1].gates, std::vector<std::size_t>{1});
  EXPECT_EQ(parameter(a, "V1 -> V5 (2).gating.V5").prior_sd, 2);
}

TEST(Architecture, ReadsChannelsNoiseAndDrift) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: one
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}}
inputs: {photic: {drives: V1}}
observations:
  bold: {kind: bold, regions: [V5, V1], channels: {V1: left V1}, noise: white, drift: 2 min}
)");
  const Observation& o = a.observations[0];
  EXPECT_EQ(o.regions, (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(o.channels, (std::vector<std::string>{"V5", "left V1"}));
  EXPECT_EQ(o.noise, NoiseModel::white);
  EXPECT_EQ(o.drift_cutoff, 120);
  EXPECT_EQ(a.inputs[0].drives, std::vector<std::size_t>{0});
}

TEST(SelfProjection, HasOnlyTheWeightsOfItsModulators) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: self
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}}
projections:
  V1 -> V1: {kind: modulated_gated, by: [motion, V5]}
  V1 -> V5: {kind: modulated, by: [motion]}
inputs: {photic: {drives: [V1]}, motion: {}}
)");
  EXPECT_EQ(names(a.parameters),
            (std::vector<std::string>{"V1.self_inhibition",
                                      "V5.self_inhibition",
                                      "V1 -> V1.modulation.motion",
                                      "V1 -> V1.gating.V5",
                                      "V1 -> V5.strength",
                                      "V1 -> V5.modulation.motion",
                                      "photic -> V1.strength"}));
  // On itself the weight is a log change of the decay; elsewhere it is a change of a rate.
  EXPECT_EQ(parameter(a, "V1 -> V1.modulation.motion").unit, "1");
  EXPECT_EQ(parameter(a, "V1 -> V5.modulation.motion").unit, "1/s");
}

std::string refusal(const std::string& text) {
  try {
    parse("insula: architecture/1\nname: odd\n" + text, "odd.yaml", odd_catalogue());
    return "it was accepted";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(RegionKinds, ThatTakeNoInputsAreNeitherTargetsNorDriven) {
  EXPECT_EQ(
      refusal(R"(regions: {V1: {kind: neuronal}, clock: {kind: deaf}}
projections: {V1 -> clock: {kind: linear}}
inputs: {photic: {drives: [V1, clock]}}
)"),
      R"(odd.yaml:4:15: error: no projection can lead to 'clock': its kind 'deaf' takes no afferent
    4 | projections: {V1 -> clock: {kind: linear}}
      |               ^~~~~~~~~~~
odd.yaml:5:32: error: no known input can drive 'clock': its kind 'deaf' takes no stimulus
    5 | inputs: {photic: {drives: [V1, clock]}}
      |                                ^~~~~
  note: kinds that can: neuronal, rate, two_state, bounded)");
}

TEST(BoundedParameters, HaveTheirOwnRangeAndPrior) {
  EXPECT_EQ(refusal(R"(regions:
  V1: {kind: bounded, leak: 1.5}
  V5: {kind: bounded, leak: {prior: lognormal(0.2, 1)}}
)"),
            R"(odd.yaml:4:29: error: 'V1.leak' must be above 0 and below 1, got 1.5
    4 |   V1: {kind: bounded, leak: 1.5}
      |                             ^~~
odd.yaml:5:37: error: the prior of 'V5.leak' must be logitnormal(median, sd of the logit) because it lies between 0 and 1, got 'lognormal(0.2, 1)'
    5 |   V5: {kind: bounded, leak: {prior: lognormal(0.2, 1)}}
      |                                     ^~~~~~~~~~~~~~~~~
  note: for example logitnormal(0.2, 0.5))");
}

TEST(Places, PointAtTheLineThatSetAParameter) {
  const Architecture a =
      parse_test(std::string(kThreeRegions) + "parameters:\n  bold.decay: {fixed: 0.7 1/s}\n");
  EXPECT_EQ(parameter(a, "bold.decay").place.line, 19);
  EXPECT_EQ(parameter(a, "bold.epsilon").place.line, 17);  // of its owner
  EXPECT_EQ(parameter(a, "V5.self_inhibition").place.line, 5);
}

}  // namespace
}  // namespace insula::architecture
