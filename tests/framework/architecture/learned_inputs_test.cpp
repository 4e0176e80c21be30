// SPDX-License-Identifier: Apache-2.0
// Inputs that hold a learner's signal, from their text to their words.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/architecture/describe.h"
#include "framework/architecture/graph.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

using Texts = std::vector<std::string>;

std::string model(const std::string& inputs, const std::string& by = "motion") {
  return R"(insula: architecture/1
name: reward
regions: {V1: {kind: neuronal}, VTA: {kind: neuronal}, NAc: {kind: neuronal}}
projections: {V1 -> VTA: {kind: modulated, by: [)" +
         by + R"(]}, VTA -> NAc: {kind: linear}}
inputs:
  light: {drives: [V1]}
  motion: {}
)" + inputs +
         R"(observations: {bold: {kind: bold, regions: [V1, VTA, NAc]}}
learners: {value: {kind: rescorla_wagner, outcome: reward, cue: picture}}
)";
}

const char* const kError =
    "  surprise: {signal: value.prediction_error, drives: [VTA], from: 500 ms, to: 1500 ms}\n";
const char* const kValue = "  belief: {signal: value.value, locked_to: response, to: 2 s}\n";

TEST(LearnedInputs, NameTheirSignalAndTheTimeThatItIsHeld) {
  const Architecture a = parse_test(model(std::string(kError) + kValue, "belief"));
  ASSERT_EQ(a.inputs.size(), 4U);
  EXPECT_FALSE(a.inputs[0].learned);
  EXPECT_EQ(*a.inputs[2].learned, (SignalStretch{{0, 1}, Window::Lock::onset, 0.5, 1.5}));
  EXPECT_EQ(a.inputs[2].drives, std::vector<std::size_t>{1});
  EXPECT_EQ(*a.inputs[3].learned, (SignalStretch{{0, 0}, Window::Lock::response, 0, 2}));
  EXPECT_EQ(a.projections[0].contexts, Texts{"belief"});
  EXPECT_NO_THROW(parameter(a, "surprise -> VTA.strength"));
  EXPECT_NO_THROW(parameter(a, "V1 -> VTA.modulation.belief"));
}

TEST(LearnedInputs, AreHeldForASecondFromOnsetIfNothingIsSaid) {
  const auto stretch = [](const std::string& more) {
    return *parse_test(model("  x: {signal: value.value, drives: [VTA]" + more + "}\n"))
                .inputs[2]
                .learned;
  };
  EXPECT_EQ(stretch(""), (SignalStretch{{0, 0}, Window::Lock::onset, 0, 1}));
  EXPECT_EQ(stretch(", from: -1 s"), (SignalStretch{{0, 0}, Window::Lock::onset, -1, 1}));
  EXPECT_EQ(stretch(", from: 3 s"), (SignalStretch{{0, 0}, Window::Lock::onset, 3, 4}));
}

TEST(LearnedInputs, ReadBackFromTheirYaml) {
  for (const char* by : {"motion", "belief", "surprise, belief"})
    for (const char* more : {"", "  late: {signal: value.value, from: 2 s}\n"}) {
      const Architecture a = parse_test(model(std::string(kError) + kValue + more, by));
      EXPECT_EQ(content(parse_test(to_yaml(a))), content(a)) << to_yaml(a);
    }
}

TEST(LearnedInputs, AreDescribed) {
  const std::string page =
      describe(parse_test(model(std::string(kError) + kValue, "motion, belief")));
  for (const char* line :
       {"surprise  holds value.prediction_error from 0.5 s to 1.5 s after onset; drives VTA\n",
        "belief    holds value.value from 0 s to 2 s after the response; modulates V1 → VTA\n"})
    EXPECT_NE(page.find(line), std::string::npos) << page;
  EXPECT_EQ(page.find("Doubts"), std::string::npos) << page;
}

// Without recordings nobody knows yet whether trials have onsets.
TEST(LearnedInputs, OfTrialsAloneAreDescribedWithAndWithoutTime) {
  const auto page = [](const std::string& times) {
    return describe(
        parse_test("insula: architecture/1\nname: one\nregions: {VTA: {kind: rate}}\n"
                   "inputs: {belief: {signal: value.value, drives: [VTA]" +
                   times + "}}\nlearners: {value: {kind: rescorla_wagner, outcome: reward}}\n"));
  };
  for (const auto& [times, text] :
       {std::pair("",
                  "belief  holds value.value in each trial, from 0 s to 1 s after onset where "
                  "trials have one; drives VTA\n"),
        std::pair(", to: 2 s",
                  "belief  holds value.value from 0 s to 2 s after onset; drives VTA\n")})
    EXPECT_NE(page(times).find(text), std::string::npos) << page(times);
}

TEST(LearnedInputs, DifferInWords) {
  const Architecture none = parse_test(model("")), one = parse_test(model(kError));
  EXPECT_EQ(difference(none, one),
            (Texts{"adds: input surprise holds value.prediction_error from 0.5 s to 1.5 s after "
                   "onset",
                   "drives: surprise → VTA"}));
  EXPECT_EQ(difference(one, none), (Texts{"no longer drives: surprise → VTA"}));
  EXPECT_EQ(difference(one, parse_test(model("  surprise: {drives: [VTA]}\n"))),
            (Texts{"input surprise holds what the dataset has instead of value.prediction_error "
                   "from 0.5 s to 1.5 s after onset"}));
}

TEST(LearnedInputs, MakeALearnerMatterIfTheyDoAnything) {
  const auto has_doubt = [](const std::string& inputs) {
    const std::vector<Mistake> all = doubts(parse_test(model(inputs)));
    return std::ranges::any_of(all, [](const Mistake& m) {
      return m.message == "neither a term of trials nor an input holds a signal of learner 'value'";
    });
  };
  EXPECT_TRUE(has_doubt(""));
  EXPECT_TRUE(has_doubt("  idle: {signal: value.value}\n"));
  EXPECT_FALSE(has_doubt(kError));
}

TEST(LearnedInputs, MoveWhatTheyDriveOrModulateAndWhatFollows) {
  const Architecture a = parse_test(model(std::string(kError) + kValue, "belief"));
  EXPECT_EQ(is_moved_by(a, a.inputs[0]), (std::vector<bool>{true, true, true}));
  EXPECT_EQ(is_moved_by(a, a.inputs[1]), (std::vector<bool>{false, false, false}));
  EXPECT_EQ(is_moved_by(a, a.inputs[2]), (std::vector<bool>{false, true, true}));
  EXPECT_EQ(is_moved_by(a, a.inputs[3]), (std::vector<bool>{false, true, true}));
}

TEST(LinearUnion, KeepsWhatIsLearnedAsADrive) {
  Architecture a = parse_test(model(std::string(kError) + kValue, "belief"));
  const Architecture linear = linearised(a, test_catalogue());
  ASSERT_EQ(linear.inputs.size(), 4U);
  EXPECT_EQ(linear.inputs[3].learned, a.inputs[3].learned);
  EXPECT_EQ(linear.inputs[3].drives, std::vector<std::size_t>{1});  // what it modulated leads there
  ASSERT_EQ(linear.learners.size(), 1U);
  EXPECT_TRUE(linear.projections[0].contexts.empty());
}

// Hypotheses may mean different things by one name, and each keeps its own.
TEST(LinearUnion, TellsInputsOfOneNameAndDifferentSourcesApart) {
  Architecture a = parse_test(model(kError) + "parameters: {value.learning_rate: 0.5}\n");
  std::string text = model(kError);
  text.replace(text.find("rescorla_wagner"), 15, "hgf");
  Architecture b = parse_test(text + "parameters: {value.initial: 0.25}\n");
  b.name = "beliefs";
  const Architecture both = linear_union({a, b}, test_catalogue());
  ASSERT_EQ(both.learners.size(), 2U);
  EXPECT_EQ(both.learners[1].name, "value of beliefs");
  ASSERT_EQ(both.inputs.size(), 4U);
  EXPECT_EQ(both.inputs[3].name, "surprise of beliefs");
  EXPECT_EQ(both.inputs[3].learned->signal.learner, 1U);
  EXPECT_EQ(parameter(both, "value.learning_rate").prior_mean, 0);  // logit of a half
  EXPECT_FALSE(parameter(both, "value.learning_rate").free);
  EXPECT_EQ(parameter(both, "value of beliefs.initial").prior_mean, 0.25);
  EXPECT_EQ(linear_union({a, a}, test_catalogue()).inputs.size(), 3U);
}

}  // namespace
}  // namespace insula::architecture
