// SPDX-License-Identifier: Apache-2.0
// Terms of trials that name regions and inputs, and the window in which these count.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "framework/architecture/describe.h"
#include "framework/architecture/graph.h"
#include "framework/base/nan.h"
#include "tests/framework/architecture/support.h"
#include "tests/support/tolerance.h"

namespace insula::architecture {
namespace {

using Texts = std::vector<std::string>;
using Indices = std::vector<std::size_t>;

constexpr std::array kPredictors{
    PredictorSpec{{"drift", "1/s", "v", "drift of evidence", 0, Domain::real, 3}, 2, kNaN},
    PredictorSpec{{"threshold", "1", "a", "bound", 1.5, Domain::positive, 0.5}, 0.5, kNaN}};

TrialKind trial_kind(std::string_view name, bool needs_time, std::size_t predictors) {
  TrialKind kind;
  kind.name = name;
  kind.summary = "Trials for tests.";
  kind.source = "Test 2000, J. Tests 1:5";
  kind.modality = "choice";
  kind.needs_choice = true;
  kind.needs_time = needs_time;
  kind.predictors = std::span(kPredictors).first(predictors);
  return kind;
}

// The test catalogue with "decide" (choices and their times), "choose" and "choose_simply".
const Catalogue& kinds() {
  static const Catalogue catalogue = [] {
    Catalogue all = test_catalogue();
    all.trials = {trial_kind("choose", false, 2),
                  trial_kind("choose_simply", false, 1),
                  trial_kind("decide", true, 2),
                  trial_kind("pick", false, 2)};
    all.trials.back().of_options = true;
    return all;
  }();
  return catalogue;
}

Architecture parsed(const std::string& text) { return parse(text, "test.yaml", kinds()); }

// Three regions, three inputs and this observation "answer"; motion modulates V1 -> V5.
Architecture with_answer(const std::string& what, const std::string& more = "") {
  return parsed(std::string(kThreeRegions) + "  answer: {" + what + "}\n" + more);
}

const Term& term_of(const Architecture& a, const std::string& name) {
  for (const Predictor& predictor : a.trials.at(0).predictors)
    for (const Term& term : predictor.terms)
      if (term.name == name) return term;
  throw std::out_of_range("no term " + name);
}

TEST(Terms, TellColumnsLevelsRegionsAndInputsApart) {
  const Architecture a =
      with_answer("kind: decide, drift: [V5*condition.scene, SPC * V1 * motion, pupil, V5 * V5]");
  const Term& one = term_of(a, "V5 * condition.scene");
  EXPECT_EQ(one.regions, Indices{1});
  EXPECT_EQ(one.factors, Texts{"condition.scene"});
  EXPECT_EQ(one.inputs, Texts{});
  EXPECT_FALSE(one.is_known());
  const Term& two = term_of(a, "SPC * V1 * motion");
  EXPECT_EQ(two.regions, (Indices{2, 0}));
  EXPECT_EQ(two.factors, Texts{});
  EXPECT_EQ(two.inputs, Texts{"motion"});
  EXPECT_TRUE(term_of(a, "pupil").is_known());
  EXPECT_EQ(term_of(a, "V5 * V5").regions, (Indices{1, 1}));
}

TEST(Terms, OfInputsAloneAreKnownAndHaveAWindow) {
  const Architecture a = with_answer("kind: decide, drift: motion * pupil");
  EXPECT_TRUE(term_of(a, "motion * pupil").is_known());
  EXPECT_TRUE(a.trials[0].has_window());
  EXPECT_FALSE(with_answer("kind: decide, drift: [pupil]").trials[0].has_window());
}

Window window_of(const std::string& window, const std::string& kind = "choose") {
  return with_answer("kind: " + kind + ", drift: [V5]" +
                     (window.empty() ? "" : ", window: {" + window + "}"))
      .trials.at(0)
      .window;
}

TEST(Windows, AreTheFirstSecondAfterOnsetUnlessTheySayOtherwise) {
  using Lock = Window::Lock;
  using Take = Window::Take;
  EXPECT_EQ(window_of(""), (Window{Lock::onset, Take::mean, 0, 1}));
  EXPECT_EQ(window_of("take: peak"), (Window{Lock::onset, Take::peak, 0, 1}));
  EXPECT_EQ(window_of("to: 500 ms"), (Window{Lock::onset, Take::mean, 0, 0.5}));
  // A window that begins late is a second long, too.
  EXPECT_EQ(window_of("from: 3 s"), (Window{Lock::onset, Take::mean, 3, 4}));
  EXPECT_EQ(window_of("from: 3 s, to: 10 s, take: integral"),
            (Window{Lock::onset, Take::integral, 3, 10}));
  EXPECT_EQ(window_of("at: 300 ms"), (Window{Lock::onset, Take::value, 0.3, 0.3}));
  EXPECT_EQ(window_of("locked_to: response, from: -1 s, to: 0 s"),
            (Window{Lock::response, Take::mean, -1, 0}));
  EXPECT_EQ(window_of("locked_to: response, at: -100 ms"),
            (Window{Lock::response, Take::value, -0.1, -0.1}));
}

TEST(Windows, ReadBackFromTheirYaml) {
  for (const char* window : {"",
                             ", window: {take: peak}",
                             ", window: {from: -250 ms, to: 1.7 s, take: integral}",
                             ", window: {at: 0 s}",
                             ", window: {at: 312.5 ms}",
                             ", window: {locked_to: response}",
                             ", window: {locked_to: response, from: -0.3 s, to: 0.1 s}"}) {
    const Architecture a = with_answer("kind: choose, drift: [V5 * pupil, motion], threshold: []" +
                                       std::string(window));
    const std::string written = to_yaml(a);
    const Architecture read = parsed(written);
    EXPECT_EQ(content(read), content(a)) << written;
    EXPECT_EQ(to_yaml(read), written);
    EXPECT_EQ(difference(a, read), Texts{});
  }
}

TEST(Windows, AreWrittenOnlyIfTheyDifferFromTheDefault) {
  const auto has = [](const Architecture& a, const std::string& text) {
    return to_yaml(a).find(text) != std::string::npos;
  };
  EXPECT_FALSE(has(with_answer("kind: choose, drift: [V5], window: {from: 0 s}"), "window"));
  EXPECT_TRUE(has(with_answer("kind: choose, drift: [V5], window: {at: 300 ms}"),
                  "window: {locked_to: onset, at: 0.3 s}"));
}

// The line of `page` that begins with `start`, without its blanks.
std::string line_of(const std::string& page, const std::string& start) {
  const std::size_t begin = page.find("\n  " + start);
  if (begin == std::string::npos) return "";
  return page.substr(begin + 3, page.find('\n', begin + 1) - begin - 3);
}

TEST(Windows, AreDescribed) {
  EXPECT_EQ(
      line_of(describe(with_answer("kind: decide, drift: [V5, pupil], threshold: []")), "answer  "),
      "answer  decide  drift on V5 and pupil; threshold the same in all trials; regions and "
      "inputs count as the mean from 0 s to 1 s after onset");
  EXPECT_EQ(line_of(describe(with_answer("kind: choose, drift: [motion * pupil], threshold: [V1], "
                                         "window: {locked_to: response, at: -300 ms}")),
                    "answer  "),
            "answer  choose  drift on motion * pupil; threshold on V1; regions and inputs count as "
            "the value -0.3 s after the response");
  EXPECT_EQ(line_of(describe(with_answer("kind: decide, drift: [pupil]")), "answer  ")
                .find("regions and inputs"),
            std::string::npos);
}

TEST(Windows, DifferInWords) {
  const Architecture from = with_answer("kind: choose, drift: [V5]");
  EXPECT_EQ(difference(from, with_answer("kind: choose, drift: [V5], window: {at: 300 ms}")),
            Texts{"answer changes its window from the mean from 0 s to 1 s after onset to the "
                  "value 0.3 s after onset"});
  EXPECT_EQ(difference(with_answer("kind: choose, drift: [V5], window: {take: integral}"),
                       with_answer("kind: choose, drift: [V5], window: {locked_to: response, take: "
                                   "peak}")),
            Texts{"answer changes its window from the integral from 0 s to 1 s after onset to the "
                  "peak from 0 s to 1 s after the response"});
  EXPECT_EQ(difference(from, with_answer("kind: choose, drift: [V5, SPC * motion]")),
            Texts{"adds: answer.drift depends on SPC * motion"});
  EXPECT_EQ(difference(from, with_answer("kind: choose, drift: [pupil]")),
            (Texts{"adds: answer.drift depends on pupil", "removes: answer.drift depends on V5"}));
}

Texts parameter_names(const Architecture& a) {
  Texts names;
  for (const Parameter& parameter : a.parameters)
    if (parameter.name.starts_with("answer.")) names.push_back(parameter.name);
  return names;
}

constexpr const char* kPick = "kind: pick, options: [left, up, right], drift: ";

TEST(Options, HaveEvidenceEachButTheFirst) {
  const Architecture a = with_answer(std::string(kPick) + "{right: [pupil, V5], up: []}");
  EXPECT_EQ(a.trials[0].options, (Texts{"left", "up", "right"}));
  EXPECT_EQ(parameter_names(a),
            (Texts{"answer.drift.up",
                   "answer.drift.right",
                   "answer.drift.right.pupil",
                   "answer.drift.right.V5",
                   "answer.threshold"}));
  EXPECT_EQ(parameter(a, "answer.drift.up").meaning, "drift of evidence, of option up");
  EXPECT_EQ(parameter(a, "answer.drift.right.pupil").meaning,
            "change of drift per unit of pupil, of option right");
}

TEST(Options, ShareAListOfTermsButNotTheirWeights) {
  const Architecture a = with_answer(std::string(kPick) + "[pupil]");
  EXPECT_EQ(content(a), content(with_answer(std::string(kPick) + "{up: [pupil], right: pupil}")));
  const Architecture unnamed = with_answer("kind: pick, options: [no, yes], threshold: []");
  EXPECT_EQ(parameter_names(unnamed), (Texts{"answer.drift.yes", "answer.threshold"}));
}

TEST(Options, ReadBackFromTheirYaml) {
  for (const char* drift : {"[pupil, V5]", "{up: [], right: [V5 * pupil]}", "[]"}) {
    const Architecture a = with_answer(kPick + std::string(drift) + ", threshold: [motion]");
    const std::string written = to_yaml(a);
    EXPECT_EQ(content(parsed(written)), content(a)) << written;
    EXPECT_EQ(to_yaml(parsed(written)), written);
  }
}

TEST(Options, DifferInWords) {
  const Architecture from = with_answer(std::string(kPick) + "[pupil]");
  EXPECT_EQ(difference(from, with_answer(std::string(kPick) + "{up: [pupil], right: [pupil, V5]}")),
            Texts{"adds: answer.drift.right depends on V5"});
  EXPECT_EQ(difference(from, with_answer("kind: pick, options: [left, right], drift: [pupil]"))[0],
            "answer changes its options from left, up, right to left, right");
}

// Activity of driven regions is about 0.2: a weight on it is worth five times that on a column.
TEST(WeightsOfRegions, HaveWiderPriors) {
  const Architecture a = with_answer(
      "kind: decide, drift: [pupil, motion, V5, V5 * pupil, V1 * SPC], threshold: [V5]");
  const auto sd = [&](const std::string& term) { return parameter(a, "answer." + term).prior_sd; };
  EXPECT_EQ(sd("drift.pupil"), 2);
  EXPECT_EQ(sd("drift.motion"), 2);
  EXPECT_CLOSE(sd("drift.V5"), 10, Tolerance::rounding(4));
  EXPECT_CLOSE(sd("drift.V5 * pupil"), 10, Tolerance::rounding(4));
  EXPECT_CLOSE(sd("drift.V1 * SPC"), 50, Tolerance::rounding(4));
  EXPECT_CLOSE(sd("threshold.V5"), 2.5, Tolerance::rounding(4));
  EXPECT_EQ(parameter(a, "answer.drift.V5").prior_mean, 0);
  EXPECT_EQ(parameter(a, "answer.threshold.V5").meaning,
            "change of the logarithm of threshold per unit of V5");
  EXPECT_EQ(parameter(a, "answer.drift").prior_sd, 3);  // the intercept keeps its own
}

Texts doubt_texts(const Architecture& a) {
  Texts texts;
  for (const Mistake& doubt : doubts(a)) texts.push_back(doubt.message);
  return texts;
}

// Three regions in a row and one apart; only A is shown by a recording.
Architecture chain(const std::string& answer) {
  return parsed(R"(insula: architecture/1
name: chain
regions: {A: {kind: neuronal}, B: {kind: neuronal}, C: {kind: neuronal}, D: {kind: neuronal}}
projections: {A -> B: {kind: linear}, B -> C: {kind: linear}}
inputs: {light: {drives: [A]}, sound: {}}
observations:
  bold: {kind: bold, regions: [A]}
  answer: {kind: decide, drift: [)" +
                answer + "]}\n");
}

TEST(Doubts, KnowThatTrialsShowARegionAndUseAnInput) {
  const std::string kIdle =
      "input 'sound' neither drives a region nor modulates a projection nor is in a term of "
      "trials";
  const auto unshown = [](const std::string& region) {
    return "nothing observes region '" + region + "', and it leads to no region that is observed";
  };
  EXPECT_EQ(
      doubt_texts(chain("pupil")),
      (Texts{"no input reaches region 'D'", kIdle, unshown("B"), unshown("C"), unshown("D")}));
  EXPECT_EQ(doubt_texts(chain("C * sound")), (Texts{"no input reaches region 'D'", unshown("D")}));
  EXPECT_EQ(doubt_texts(chain("B")),
            (Texts{"no input reaches region 'D'", kIdle, unshown("C"), unshown("D")}));
}

TEST(Doubts, TellATermOfARegionThatStaysAtRest) {
  const std::vector<Mistake> found = doubts(chain("C, sound, D * pupil"));
  ASSERT_EQ(found.size(), 1U) << found.back().message;
  EXPECT_EQ(found[0].message, "'answer' depends on region 'D', which no input reaches");
  EXPECT_EQ(found[0].note,
            "it stays at rest: drive it, or project to it from a region that is driven");
  EXPECT_EQ(found[0].place.line, 8);
}

TEST(Linearised, KeepsTrialsAndTheirPriors) {
  const Architecture a =
      with_answer("kind: choose, drift: [V5 * pupil, motion], window: {from: 0 s, to: 2 s}",
                  "parameters:\n  answer.drift.V5 * pupil: {prior: normal(1 1/s, 4 1/s)}\n");
  const Architecture l = linearised(a, kinds());
  ASSERT_EQ(l.trials.size(), 1U);
  EXPECT_EQ(term_of(l, "V5 * pupil").regions, Indices{1});
  EXPECT_EQ(l.trials[0].window, a.trials[0].window);
  EXPECT_EQ(parameter(l, "answer.drift.V5 * pupil").prior_mean, 1);
  EXPECT_EQ(parameter(l, "answer.drift.V5 * pupil").prior_sd, 4);
  EXPECT_EQ(content(parsed(to_yaml(l))), content(l));
}

// The second has its regions in another order and one more.
constexpr const char* kOther = R"(insula: architecture/1
name: other
regions: {IPS: {kind: neuronal}, V5: {kind: neuronal}, V1: {kind: neuronal}}
projections: {V1 -> V5: {kind: linear}, V5 -> IPS: {kind: linear}}
inputs: {photic: {drives: [V1]}, sound: {drives: [IPS]}}
observations:
  bold: {kind: bold, regions: [V1, V5]}
)";

TEST(LinearUnion, HasTheTermsOfAllWithTheirRegions) {
  const Architecture first = with_answer("kind: decide, drift: [SPC, pupil]");
  const Architecture second = parsed(
      std::string(kOther) +
      "  answer: {kind: decide, drift: [pupil, V5 * pupil, IPS * sound], threshold: [V1]}\n");
  const Architecture all = linear_union({first, second}, kinds());
  ASSERT_EQ(all.trials.size(), 1U);
  const auto names = [&](std::size_t predictor) {
    Texts texts;
    for (const Term& term : all.trials[0].predictors[predictor].terms) texts.push_back(term.name);
    return texts;
  };
  EXPECT_EQ(names(0), (Texts{"SPC", "pupil", "V5 * pupil", "IPS * sound"}));
  EXPECT_EQ(names(1), Texts{"V1"});
  EXPECT_TRUE(all.trials[0].predictors[1].named);
  for (const char* term : {"SPC", "V5 * pupil", "IPS * sound", "V1"})
    EXPECT_EQ(all.regions[term_of(all, term).regions.at(0)].name,
              std::string(term).substr(0, std::string(term).find(' ')));
  EXPECT_EQ(content(parsed(to_yaml(all))), content(all));
}

// A hypothesis of columns alone has no window to give.
TEST(LinearUnion, TakesTheWindowOfTheFirstThatHasOne) {
  const Architecture columns = with_answer("kind: decide, drift: [pupil]");
  const Architecture regions = with_answer("kind: decide, drift: [V5], window: {at: 300 ms}");
  EXPECT_EQ(linear_union({regions, columns}, kinds()).trials.at(0).window,
            regions.trials[0].window);
  EXPECT_EQ(linear_union({columns, regions}, kinds()).trials.at(0).window,
            regions.trials[0].window);
}

// Kinds of the same data may be compared, but the terms of one say nothing of the other's.
TEST(LinearUnion, DoesNotMixKindsOfTrials) {
  const Architecture first = with_answer("kind: choose, drift: [SPC], threshold: [V5]");
  const Architecture second =
      parsed(std::string(kOther) + "  answer: {kind: choose_simply, drift: [V5]}\n");
  for (const bool is_swapped : {false, true}) {
    const Architecture all = is_swapped ? linear_union({second, first}, kinds())
                                        : linear_union({first, second}, kinds());
    ASSERT_EQ(all.trials.size(), 1U);
    EXPECT_EQ(all.trials[0].kind->name, is_swapped ? "choose_simply" : "choose");
    ASSERT_EQ(all.trials[0].predictors.size(), all.trials[0].kind->predictors.size());
    ASSERT_EQ(all.trials[0].predictors[0].terms.size(), 1U);
    EXPECT_EQ(all.trials[0].predictors[0].terms[0].name, is_swapped ? "V5" : "SPC");
  }
}

TEST(OfTrials, ResolvesNothingOfTheRegionsItLacks) {
  const Architecture a = with_answer("kind: decide, drift: [motion * pupil]");
  const Architecture of = of_trials("baseline", a.trials);
  EXPECT_TRUE(of.regions.empty());
  EXPECT_EQ(of.trials[0].predictors[0].terms[0].inputs, Texts{"motion"});
  EXPECT_EQ(parameter(of, "answer.drift.motion * pupil").prior_sd, 2);
}

}  // namespace
}  // namespace insula::architecture
