// SPDX-License-Identifier: Apache-2.0
// The section `learners` of an architecture, from its text to its words.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/architecture/describe.h"
#include "framework/architecture/graph.h"
#include "framework/base/nan.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kHead = R"(insula: architecture/1
name: bandit
regions: {V1: {kind: neuronal}}
inputs: {light: {drives: [V1]}}
observations: {bold: {kind: bold, regions: [V1]}}
)";

Architecture with_learners(const std::string& text) { return parse_test(kHead + text); }

const char* const kTwo = R"(learners:
  value: {kind: rescorla_wagner, outcome: reward, cue: stimulus, trials: bandit}
  belief: {kind: hgf, outcome: feedback.win}
)";

TEST(Learners, NameWhatTheyLearnAndAboutWhat) {
  const Architecture a = with_learners(kTwo);
  ASSERT_EQ(a.learners.size(), 2U);
  EXPECT_EQ(a.learners[0].name, "value");
  EXPECT_EQ(a.learners[0].kind->name, "rescorla_wagner");
  EXPECT_EQ(a.learners[0].outcome, "reward");
  EXPECT_EQ(a.learners[0].cue, "stimulus");
  EXPECT_EQ(a.learners[0].table, "bandit");
  EXPECT_EQ(a.learners[0].outcome_place.column, 43);
  EXPECT_EQ(a.learners[1].outcome, "feedback.win");
  EXPECT_TRUE(a.learners[1].cue.empty());
  EXPECT_TRUE(a.learners[1].table.empty());
}

TEST(Learners, HaveTheLastParameters) {
  const Architecture a = with_learners(kTwo);
  ASSERT_EQ(a.learner_parameters.size(), 2U);
  ASSERT_EQ(a.learner_parameters[1] + 3, a.parameters.size());
  EXPECT_EQ(a.parameters[a.learner_parameters[0]].name, "value.learning_rate");
  EXPECT_EQ(a.parameters[a.learner_parameters[0] + 1].name, "value.initial");
  EXPECT_EQ(a.parameters[a.learner_parameters[1]].name, "belief.log_volatility");
  EXPECT_EQ(a.parameters[a.learner_parameters[0] - 1].name, "bold.echo_time");
  EXPECT_TRUE(parameter(a, "value.learning_rate").free);
  EXPECT_FALSE(parameter(a, "value.initial").free);
  EXPECT_EQ(parameter(a, "belief.log_volatility").prior_mean, -3);
}

TEST(Learners, TakeTheirParametersInPlaceOrByName) {
  const std::string open = "learners:\n  value: {kind: rescorla_wagner, outcome: reward";
  const Architecture in_place = with_learners(open + ", initial: 0.5}\n");
  const Architecture by_name = with_learners(open + "}\nparameters:\n  value.initial: 0.5\n");
  EXPECT_EQ(content(in_place), content(by_name));
  EXPECT_EQ(parameter(by_name, "value.initial").prior_mean, 0.5);
  const Architecture free = with_learners(
      open + "}\nparameters:\n  value.learning_rate: {prior: logitnormal(0.25, 0.5)}\n");
  EXPECT_EQ(parameter(free, "value.learning_rate").prior_sd, 0.5);
}

TEST(Learners, ReadBackFromTheirYaml) {
  for (const std::string more : {"",
                                 "parameters:\n  belief.initial: {prior: normal(0.5, 0.25)}\n  "
                                 "V1.self_inhibition: 1 1/s\n"}) {
    const Architecture a = with_learners(kTwo + more);
    EXPECT_EQ(content(parse_test(to_yaml(a))), content(a)) << to_yaml(a);
  }
  // Without observations the parameters of learners follow those of inputs.
  const Architecture alone = parse_test(
      "insula: architecture/1\nname: alone\nregions: {V1: {kind: neuronal}}\nlearners:\n"
      "  value: {kind: rescorla_wagner, outcome: reward, learning_rate: 0.125}\n");
  EXPECT_EQ(content(parse_test(to_yaml(alone))), content(alone)) << to_yaml(alone);
}

// A file that extends one with both learners.
class ExtendedLearners : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / "insula_extended_learners";
    std::filesystem::create_directories(folder_);
    write("base.yaml", std::string(kHead) + kTwo + "parameters:\n  value.initial: 0.5\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Architecture extended(const std::string& text) {
    write("child.yaml", "insula: architecture/1\nname: child\nextends: base.yaml\n" + text);
    return load((folder_ / "child.yaml").string(), test_catalogue());
  }

  std::filesystem::path folder_;
};

TEST_F(ExtendedLearners, AreKeptRemovedAndAdded) {
  EXPECT_EQ(extended("").learners.size(), 2U);
  const Architecture a =
      extended("remove: [value]\nlearners:\n  pain: {kind: rescorla_wagner, outcome: pain}\n");
  ASSERT_EQ(a.learners.size(), 2U);
  EXPECT_EQ(a.learners[0].name, "belief");
  EXPECT_EQ(a.learners[1].name, "pain");
  EXPECT_EQ(parameter(a, "pain.initial").prior_mean, 0);
}

TEST_F(ExtendedLearners, AreReplacedAsAWholeInTheirPlace) {
  const Architecture a = extended("learners:\n  value: {kind: rescorla_wagner, outcome: pain}\n");
  ASSERT_EQ(a.learners.size(), 2U);
  EXPECT_EQ(a.learners[0].outcome, "pain");
  EXPECT_TRUE(a.learners[0].cue.empty());
  EXPECT_EQ(parameter(a, "value.initial").prior_mean, 0.5) << "the base says so, and it still can";
  const Architecture other = extended("learners:\n  value: {kind: hgf, outcome: pain}\n");
  EXPECT_EQ(parameter(other, "value.initial").prior_mean, 0.5);
  EXPECT_EQ(parameter(other, "value.log_volatility").prior_mean, -3);
}

TEST(Learners, DifferInWords) {
  const Architecture none = with_learners(""), two = with_learners(kTwo);
  EXPECT_EQ(difference(two, two), Texts{});
  EXPECT_EQ(difference(none, two),
            (Texts{"adds: learner value (rescorla_wagner) of reward for each stimulus",
                   "adds: learner belief (hgf) of feedback.win"}));
  EXPECT_EQ(difference(two, none), (Texts{"removes: learner value", "removes: learner belief"}));
  const Architecture changed = with_learners(R"(learners:
  value: {kind: rescorla_wagner, outcome: pain, learning_rate: 0.5}
  belief: {kind: rescorla_wagner, outcome: feedback.win, cue: side}
)");
  EXPECT_EQ(difference(two, changed),
            (Texts{"value changes outcome from reward to pain",
                   "value changes cue from stimulus to none",
                   "value changes trials from bandit to none",
                   "belief changes kind from hgf to rescorla_wagner",
                   "belief changes cue from none to side",
                   "fixes: value.learning_rate at 0.5"}));
}

TEST(Learners, AreDescribedOnlyWhereThereAreAny) {
  EXPECT_EQ(describe(with_learners("")).find("Learners"), std::string::npos);
  const std::string page = describe(with_learners(kTwo));
  EXPECT_NE(page.find(R"(
Learners
  value   rescorla_wagner  learns reward, for each stimulus, from trials bandit
  belief  hgf              learns feedback.win
)"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("value.learning_rate"), std::string::npos);
}

TEST(DescribeKind, ShowsWhatALearnerLearnsAndWhenItsSignalsAreKnown) {
  EXPECT_EQ(describe(test_catalogue().learners[0]), R"(hgf (learner)
A learner for tests.
Source: Test 2000, J. Tests 1:5
It learns what 'outcome' names of the trials, 0 or 1; each 'cue' is learned apart, each run anew.

Parameters
  name                 symbol  unit  default  domain    prior          meaning
  log_volatility       ω       1     -3       any       normal(-3, 4)  how fast the tendency drifts
  initial              μ2(0)   1     0        any       fixed          tendency before the first outcome
  initial_uncertainty  σ2(0)   1     0.1      positive  fixed          variance of the tendency

Why these defaults
  Test 2001, J. Tests 2:2

Signals
  name              symbol  unit  known               meaning
  value             V       1     before the outcome  the outcome that is expected
  prediction_error  δ       1     after it            outcome minus value

Example
  insula: architecture/1
  name: example
  learners:
    gain: {kind: hgf, outcome: reward, cue: stimulus, log_volatility: -3}
  observations: {decision: {kind: choice, evidence: [gain.value]}}
)");
}

TEST(DescribeKind, GivesAnExampleOfALearnerThatIsValid) {
  static constexpr std::array kEvidence{
      PredictorSpec{{"evidence", "1", "x", "logit of the second label", 0, Domain::real, 1.5},
                    1,
                    kNaN,
                    "Test 2001, J. Tests 2:1"}};
  Catalogue kinds = test_catalogue();
  TrialKind choice;
  choice.name = "choice";
  choice.predictors = kEvidence;
  kinds.trials = {choice};
  for (const LearnerKind& kind : kinds.learners) {
    const std::string page = describe(kind);
    std::istringstream lines(page.substr(page.find("\nExample\n") + 9));
    std::string text;
    for (std::string line; std::getline(lines, line);) text += line.substr(2) + "\n";
    const Architecture a = parse(text, "test.yaml", kinds);
    ASSERT_EQ(a.learners.size(), 1U);
    EXPECT_EQ(a.learners[0].kind->name, kind.name);
    EXPECT_EQ(a.learners[0].cue, "stimulus");
    EXPECT_EQ(a.trials.size(), 1U);
    EXPECT_EQ(a.parameters[a.learner_parameters[0]].stated, true);
  }
}

}  // namespace
}  // namespace insula::architecture
