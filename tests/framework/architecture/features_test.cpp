// SPDX-License-Identifier: Apache-2.0
// The section `features` of an architecture, from its text to its words.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/architecture/describe.h"
#include "framework/architecture/graph.h"
#include "tests/framework/architecture/support.h"
#include "tests/support/tolerance.h"

namespace insula::architecture {
namespace {

using Texts = std::vector<std::string>;

Architecture with_features(const std::string& entries) {
  return parse_test(std::string(kThreeRegions) + "features:\n" + entries);
}

Texts weights_of(const Architecture& a, const std::string& band) {
  Texts names;
  for (const Parameter& p : a.parameters)
    if (p.name.starts_with(band + "[")) names.push_back(p.name);
  return names;
}

TEST(Features, HaveAWeightForEachComponentAndRegion) {
  const Architecture a = with_features("  clip: {drives: [V5, SPC], reduce: {pca: 2}}\n");
  EXPECT_EQ(weights_of(a, "clip"),
            (Texts{"clip[pc1] -> V5.strength",
                   "clip[pc2] -> V5.strength",
                   "clip[pc1] -> SPC.strength",
                   "clip[pc2] -> SPC.strength"}));
  const Input& clip = a.inputs.back();
  EXPECT_EQ(clip.name, "clip");
  ASSERT_TRUE(clip.band.has_value());
  EXPECT_EQ(clip.band->pca, 2u);
  EXPECT_FALSE(clip.band->scale.has_value());  // learned unless it is given
  EXPECT_EQ(a.parameters[a.input_parameters.back()].name, "clip[pc1] -> V5.strength");
}

TEST(Features, OfAllTheirColumnsSayHowManyThereAre) {
  const Architecture a = with_features("  words: {drives: V5, columns: 3, prior: {scale: 0.5}}\n");
  EXPECT_EQ(
      weights_of(a, "words"),
      (Texts{"words[1] -> V5.strength", "words[2] -> V5.strength", "words[3] -> V5.strength"}));
  // An input's strength has the sd that its region's kind says, here times the scale.
  const double input = parameter(a, "photic -> V1.strength").prior_sd;
  EXPECT_CLOSE(
      parameter(a, "words[2] -> V5.strength").prior_sd, 0.5 * input, Tolerance::rounding(4));
}

TEST(Features, HaveAWeightForEachDelayToo) {
  const Architecture a =
      with_features("  clip: {drives: V5, columns: 2, delays: [1 s, 0 ms, 1500 ms]}\n");
  EXPECT_EQ(weights_of(a, "clip"),
            (Texts{"clip[1] -> V5.strength",
                   "clip[2] -> V5.strength",
                   "clip[1] at 1 s -> V5.strength",
                   "clip[2] at 1 s -> V5.strength",
                   "clip[1] at 1.5 s -> V5.strength",
                   "clip[2] at 1.5 s -> V5.strength"}));
  // Columns of all delays together have the prior variance of one without.
  const double input = parameter(a, "photic -> V1.strength").prior_sd;
  EXPECT_CLOSE(parameter(a, "clip[2] at 1 s -> V5.strength").prior_sd,
               input / std::sqrt(3.0),
               Tolerance::rounding(4));
}

TEST(Features, AreCalledByTheStepsThatMakeThem) {
  const Architecture a = with_features(
      "  a: {drives: V5, reduce: {random: 2}}\n  b: {drives: V5, reduce: {random: 9, pca: 1}}\n");
  EXPECT_EQ(weights_of(a, "a"), (Texts{"a[random1] -> V5.strength", "a[random2] -> V5.strength"}));
  EXPECT_EQ(weights_of(a, "b"), Texts{"b[random_pc1] -> V5.strength"});
}

TEST(Features, ComeBehindAllOtherInputs) {
  const Architecture a = with_features("  aaa: {drives: [V1], columns: 1}\n");
  EXPECT_EQ(a.inputs.back().name, "aaa");
  for (std::size_t i = 0; i + 1 < a.inputs.size(); ++i) EXPECT_FALSE(a.inputs[i].band) << i;
}

TEST(Features, ReadBackFromTheirYaml) {
  for (const char* entry : {"  clip: {drives: [V5, SPC], reduce: {pca: 2}}\n",
                            "  clip: {drives: V5, columns: 3, prior: {scale: 0.25}}\n",
                            "  clip: {drives: V5, reduce: {random: 7}, delays: [2 s, 0 s]}\n",
                            "  clip: {drives: V5, reduce: {random: 7, pca: 2}, resample: 0.5 s}\n",
                            "  a: {drives: [V1], columns: 1}\n  b: {drives: [V5], columns: 2}\n"}) {
    const Architecture a = with_features(entry);
    const std::string written = to_yaml(a);
    EXPECT_EQ(content(parse_test(written)), content(a)) << written;
    EXPECT_EQ(to_yaml(parse_test(written)), written);
    EXPECT_EQ(difference(a, parse_test(written)), Texts{});
  }
}

TEST(Features, AreDescribedAndDifferInWords) {
  const Architecture a = with_features("  clip: {drives: [V5], reduce: {pca: 32}}\n");
  EXPECT_NE(describe(a).find("features: 32 principal components, weights of a scale that is "
                             "learned; drives V5"),
            std::string::npos)
      << describe(a);
  const Architecture none = parse_test(kThreeRegions);
  const Texts added = difference(none, a);
  ASSERT_GE(added.size(), 2U);
  EXPECT_EQ(added[0],
            "adds: feature band clip, 32 principal components, weights of a scale that is learned");
  EXPECT_EQ(added[1], "drives: clip \u2192 V5");
  const Texts changed =
      difference(a, with_features("  clip: {drives: [V5], columns: 32, prior: {scale: 1}}\n"));
  ASSERT_FALSE(changed.empty());
  EXPECT_EQ(changed[0],
            "input clip holds 32 columns, weights of scale 1 instead of 32 principal components, "
            "weights of a scale that is learned");
}

TEST(Features, AreDescribedWithTheScalesThatAreLearned) {
  const std::string learned =
      describe(with_features("  clip: {drives: [V5, SPC], reduce: {pca: 2}}\n"));
  for (const char* name : {"clip -> V5.scale ", "clip -> SPC.scale "})
    EXPECT_NE(learned.find(name), std::string::npos) << learned;
  const std::string given =
      describe(with_features("  clip: {drives: [V5], columns: 2, prior: {scale: 1}}\n"));
  EXPECT_EQ(given.find(".scale"), std::string::npos) << given;
}

TEST(Features, AreDescribedInOneRowWhereWeightsAreManyAndAlike) {
  const std::string many =
      describe(with_features("  clip: {drives: [V5, SPC], reduce: {pca: 500}}\n"));
  EXPECT_NE(many.find("clip[pc1] … clip[pc500] -> V5.strength "), std::string::npos) << many;
  EXPECT_NE(many.find("clip[pc1] … clip[pc500] -> SPC.strength "), std::string::npos) << many;
  EXPECT_EQ(many.find("clip[pc2]"), std::string::npos) << many;
  // What is said of one weight is not said of all.
  const std::string one = describe(parse_test(std::string(kThreeRegions) +
                                              "features:\n  clip: {drives: [V5], reduce: {pca: "
                                              "6}}\nparameters:\n  clip[pc2] -> V5.strength: "
                                              "0.1 1/s\n"));
  EXPECT_NE(one.find("clip[pc2] -> V5.strength "), std::string::npos) << one;
  EXPECT_NE(one.find("clip[pc1] -> V5.strength "), std::string::npos) << one;
}

TEST(Features, AreDescribedWithAllTheirSteps) {
  const Architecture a = with_features(
      "  clip: {drives: [V5], resample: 500 ms, reduce: {random: 50, pca: 3}, delays: [0 s, 2 "
      "s]}\n");
  EXPECT_NE(describe(a).find("features: 3 principal components of 50 random directions, resampled "
                             "every 0.5 s, at delays of 0 s, 2 s, weights of a scale that is "
                             "learned; drives V5"),
            std::string::npos)
      << describe(a);
}

TEST(Features, StayInLinearisedArchitectures) {
  const Architecture a = with_features("  clip: {drives: [V5], reduce: {pca: 2}}\n");
  const Architecture l = linearised(a, test_catalogue());
  EXPECT_EQ(weights_of(l, "clip"), weights_of(a, "clip"));
  EXPECT_EQ(l.inputs.back().band, a.inputs.back().band);
  EXPECT_EQ(content(parse_test(to_yaml(l))), content(l));
}

}  // namespace
}  // namespace insula::architecture
