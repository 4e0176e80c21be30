// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/twin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/numerics/parallel.h"
#include "framework/simulation/response.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using dataset::Event;
using dataset::Folder;
using Eigen::Index;
using Eigen::VectorXd;

constexpr const char* kArchitecture = R"(insula: architecture/1
name: relay
regions:
  A: {kind: neuronal}
  B: {kind: neuronal}
projections:
  A -> B: {kind: modulated, by: [context]}
inputs:
  stimulus: {drives: [A]}
  context: {}
observations:
  bold: {kind: bold, regions: [A, B], channels: {A: left, B: right}}
)";

const std::string kHead = "insula: simulation/1\nname: test\narchitecture: relay.yaml\nseed: 5\n";
const std::string kInputs = R"(inputs:
  stimulus: {every: 50 s, on: 20 s, start: 10 s}
  context: {events: [[30 s, 60 s], [120 s, 30.5 s, 0.25]]}
)";
const std::string kTruth = R"(parameters:
  stimulus -> A.strength: 2 1/s
  A -> B.strength: 0.3 1/s
  A -> B.modulation.context: 0.4 1/s
  bold.transit: 1.8 s
  bold.transit.B: 2.2 s
)";

// A folder with the architecture above and recipes that use it.
class Kitchen {
 public:
  Kitchen() { folder.write("relay.yaml", kArchitecture); }
  Recipe recipe(const std::string& rest) const {
    folder.write("recipe.yaml", kHead + rest);
    return read_recipe(folder.path("recipe.yaml"), test::portable_kinds());
  }
  Recipe recipe_with(const std::string& recording, const std::string& duration = "200 s") const {
    return recipe("duration: " + duration + "\n" + kInputs + "recordings:\n  bold: {" + recording +
                  "}\n" + kTruth);
  }
  Folder folder;
};

Twin made(const Recipe& recipe) { return simulate(recipe, Isa::portable); }

const dataset::Recording& bold(const Twin& twin, std::size_t subject = 0, std::size_t run = 0) {
  return twin.dataset.subjects.at(subject).runs.at(run).recordings.at(0);
}

// The noise of a channel: what differs from the twin without noise.
VectorXd noise(const Twin& noisy, const Twin& clean, Index channel) {
  return bold(noisy).samples.col(channel) - bold(clean).samples.col(channel);
}

double sd(const VectorXd& x) { return std::sqrt((x.array() - x.mean()).square().mean()); }

double lag_one(const VectorXd& x) {
  const VectorXd centred = x.array() - x.mean();
  const Index n = x.size() - 1;
  return centred.head(n).dot(centred.tail(n)) / centred.squaredNorm();
}

void expect_events(const std::vector<Event>& actual, const std::vector<Event>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].onset, expected[i].onset);
    EXPECT_EQ(actual[i].duration, expected[i].duration);
    EXPECT_EQ(actual[i].amplitude, expected[i].amplitude);
  }
}

TEST(Recipe, CountsSubjectsAndRunsOrNamesThem) {
  const Kitchen kitchen;
  const std::string rest = "duration: 200 s\n" + kInputs + "recordings:\n  bold: {interval: 2 s}\n";
  const Recipe one = kitchen.recipe(rest);
  EXPECT_EQ(one.subjects, std::vector<std::string>{"s01"});
  EXPECT_EQ(one.runs, std::vector<std::string>{"run-1"});
  const Recipe several = kitchen.recipe("subjects: 11\nruns: [morning, evening]\n" + rest);
  EXPECT_EQ(several.subjects.front(), "s01");
  EXPECT_EQ(several.subjects.back(), "s11");
  EXPECT_EQ(several.runs, (std::vector<std::string>{"morning", "evening"}));
}

TEST(Recipe, RepeatsAnEventUntilTheRunEnds) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe_with("interval: 2 s", "165 s");
  EXPECT_EQ(recipe.inputs[0].name, "stimulus");
  expect_events(recipe.inputs[0].events, {{10, 20, 1}, {60, 20, 1}, {110, 20, 1}, {160, 5, 1}});
  expect_events(recipe.inputs[1].events, {{30, 60, 1}, {120, 30.5, 0.25}});
}

TEST(Recipe, RepeatsAPatternAndJoinsEqualBlocks) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe(
      "duration: 100 s\ninputs:\n"
      "  stimulus: {block: 10 s, pattern: [0, 1, 1, 2], start: 5 s}\n"
      "  context: {block: 10 s, pattern: [1], until: 40 s}\n"
      "recordings:\n  bold: {interval: 2 s}\n");
  expect_events(recipe.inputs[0].events,
                {{15, 20, 1}, {35, 10, 2}, {55, 20, 1}, {75, 10, 2}, {95, 5, 1}});
  expect_events(recipe.inputs[1].events, {{0, 40, 1}});
}

TEST(Recipe, SetsWhatItNamesAndLeavesTheRestAtThePriorMedian) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe_with("interval: 2 s");
  const auto& parameters = recipe.architecture.parameters;
  const std::map<std::string, double> named{{"stimulus -> A.strength", 2},
                                            {"A -> B.strength", 0.3},
                                            {"A -> B.modulation.context", 0.4},
                                            {"bold.transit.A", 1.8},
                                            {"bold.transit.B", 2.2}};
  std::size_t seen = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto found = named.find(parameters[i].name);
    if (found == named.end()) {
      EXPECT_EQ(recipe.theta[i], parameters[i].prior_mean) << parameters[i].name;
      continue;
    }
    ++seen;
    EXPECT_CLOSE(parameters[i].natural(recipe.theta[i]), found->second, Tolerance::rounding(4));
  }
  EXPECT_EQ(seen, named.size());
}

TEST(Recipe, IsToldFromADatasetByItsFirstKey) {
  const Folder folder;
  folder.write("recipe.yaml", "insula: simulation/1\n");
  folder.write("dataset.yaml", "insula: dataset/1\n");
  folder.write("broken.yaml", "insula: [\n");
  EXPECT_TRUE(is_recipe(folder.path("recipe.yaml")));
  EXPECT_FALSE(is_recipe(folder.path("dataset.yaml")));
  EXPECT_FALSE(is_recipe(folder.path("broken.yaml")));
  EXPECT_FALSE(is_recipe(folder.path("absent.yaml")));
}

TEST(Twin, WithoutNoiseIsTheResponseOfTheModel) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe_with("interval: 1.5 s, start: 0.5 s, delay: 0.25 s");
  const Twin twin = made(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  // By the other road: the architecture as it is read, its truth as θ.
  const simulation::System system = simulation::compile(recipe.architecture, Isa::portable);
  VectorXd theta(static_cast<Index>(system.free.size()));
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    theta[static_cast<Index>(i)] = recipe.theta[system.free[i]];
  }
  const auto timeline = simulation::timeline(system, twin.dataset.subjects[0].runs[0]);
  const auto response = simulation::respond(system, timeline, theta, false);
  EXPECT_EQ(bold(twin).samples.rows(), 133);  // 0.5 s, 2 s, …, 198.5 s
  EXPECT_EQ(bold(twin).samples.col(0), response.value[0]);
  EXPECT_EQ(bold(twin).samples.col(1), response.value[1]);
  EXPECT_GT(sd(bold(twin).samples.col(1)), 0.05);  // %: the second region does respond
}

TEST(Twin, IsReadBackBitByBit) {
  const Kitchen kitchen;
  Recipe recipe = kitchen.recipe_with(
      "rate: 0.7 Hz, start: 0.1 s, delay: 0.3 s, noise: {sd: 0.2 %}, missing: 0.1");
  recipe.subjects = {"s01", "s02"};
  recipe.runs = {"a", "b"};
  const Twin twin = made(recipe);
  write(recipe, twin, kitchen.folder.path("data"));
  const dataset::Dataset read = dataset::load(kitchen.folder.path("data/dataset.yaml"));
  EXPECT_EQ(read.name, twin.dataset.name);
  ASSERT_EQ(read.subjects.size(), 2U);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t r = 0; r < 2; ++r) {
      const dataset::Run& a = read.subjects[s].runs[r];
      const dataset::Run& b = twin.dataset.subjects[s].runs[r];
      EXPECT_EQ(a.id, b.id);
      EXPECT_EQ(a.duration, b.duration);
      ASSERT_EQ(a.inputs.size(), b.inputs.size());
      for (std::size_t i = 0; i < a.inputs.size(); ++i) {
        EXPECT_EQ(a.inputs[i].name, b.inputs[i].name);
        EXPECT_EQ(a.inputs[i].onset, b.inputs[i].onset);
        EXPECT_EQ(a.inputs[i].value, b.inputs[i].value);
      }
      const dataset::Recording &x = a.recordings.at(0), &y = b.recordings.at(0);
      EXPECT_EQ(x.channels, y.channels);
      EXPECT_EQ(x.interval, y.interval);
      EXPECT_EQ(x.start, y.start);
      EXPECT_EQ(x.delay, y.delay);
      EXPECT_EQ(x.unit, y.unit);
      ASSERT_EQ(x.samples.size(), y.samples.size());
      for (Index i = 0; i < x.samples.size(); ++i) {
        const double p = x.samples.data()[i], q = y.samples.data()[i];
        EXPECT_TRUE(p == q || (std::isnan(p) && std::isnan(q))) << p << " " << q;
      }
    }
  }
}

TEST(Twin, HasNoiseOfTheSdAndCorrelationThatWereAsked) {
  const Kitchen kitchen;
  constexpr double kSd = 0.5, kAr = 0.4;
  const Twin noisy =
      made(kitchen.recipe_with("interval: 0.5 s, noise: {sd: 0.5 %}, ar: 0.4", "2 h"));
  const Twin clean = made(kitchen.recipe_with("interval: 0.5 s", "2 h"));
  const VectorXd left = noise(noisy, clean, 0), right = noise(noisy, clean, 1);
  const auto n = static_cast<double>(left.size());
  ASSERT_EQ(n, 14400);
  // Squares of an AR(1) series correlate by ar² from one to the next, products of two such series
  // by ar·ar: so many draws less than n count. source  Bartlett 1946, J. R. Stat. Soc. Suppl. 8:27
  const double effective = n * (1 - kAr * kAr) / (1 + kAr * kAr);
  EXPECT_CLOSE(sd(left), kSd, Tolerance::sampling(kSd / std::sqrt(2.0), effective));
  EXPECT_CLOSE(sd(right), kSd, Tolerance::sampling(kSd / std::sqrt(2.0), effective));
  EXPECT_CLOSE(lag_one(left), kAr, Tolerance::sampling(std::sqrt(1 - kAr * kAr), n));
  EXPECT_CLOSE(lag_one(right), kAr, Tolerance::sampling(std::sqrt(1 - kAr * kAr), n));
  const double correlation = left.dot(right) / (left.norm() * right.norm());
  EXPECT_CLOSE(correlation, 0, Tolerance::sampling(1, effective));
}

TEST(Twin, TakesASignalToNoiseRatioChannelByChannel) {
  const Kitchen kitchen;
  const Twin noisy = made(kitchen.recipe_with("interval: 0.5 s, noise: {snr: 4}", "1 h"));
  const Twin clean = made(kitchen.recipe_with("interval: 0.5 s", "1 h"));
  for (Index c = 0; c < 2; ++c) {
    const double signal = sd(bold(clean).samples.col(c));
    const auto n = static_cast<double>(bold(clean).samples.rows());
    EXPECT_CLOSE(sd(noise(noisy, clean, c)),
                 signal / 4,
                 Tolerance::sampling(signal / 4 / std::sqrt(2.0), n));
    const Truth& truth = noisy.truth[noisy.truth.size() - 2 + static_cast<std::size_t>(c)];
    EXPECT_EQ(truth.parameter, c == 0 ? "bold.noise.left" : "bold.noise.right");
    EXPECT_CLOSE(truth.value, signal / 4, Tolerance::rounding(10));
    EXPECT_TRUE(std::isnan(truth.theta));
  }
}

TEST(Twin, LosesTheShareOfSamplesThatWasAsked) {
  const Kitchen kitchen;
  const Twin twin = made(kitchen.recipe_with("interval: 0.5 s, missing: 0.2", "1 h"));
  const auto n = static_cast<double>(bold(twin).samples.size());
  const auto lost = static_cast<double>(bold(twin).samples.array().isNaN().count());
  EXPECT_CLOSE(lost / n, 0.2, Tolerance::sampling(std::sqrt(0.2 * 0.8), n));
}

TEST(Twin, DrawsNewNoiseForEverySeedSubjectRunAndChannel) {
  const Kitchen kitchen;
  Recipe recipe = kitchen.recipe_with("interval: 2 s, noise: {sd: 1 %}");
  recipe.subjects = {"s01", "s02"};
  recipe.runs = {"a", "b"};
  const Twin twin = made(recipe);
  Recipe other = recipe;
  other.seed = 6;
  EXPECT_NE(bold(twin, 0, 0).samples, bold(twin, 0, 1).samples);
  EXPECT_NE(bold(twin, 0, 0).samples, bold(twin, 1, 0).samples);
  EXPECT_NE(bold(twin).samples, bold(made(other)).samples);
  // One subject more changes nothing for the others.
  Recipe more = recipe;
  more.subjects.push_back("s03");
  EXPECT_EQ(bold(made(more), 1, 1).samples, bold(twin, 1, 1).samples);
}

TEST(Twin, IsTheSameBytesAtAnyThreadCount) {
  const Kitchen kitchen;
  Recipe recipe = kitchen.recipe_with("interval: 2 s, noise: {snr: 2}, ar: 0.3, missing: 0.1");
  recipe.subjects = {"s01", "s02", "s03"};
  std::vector<std::string> texts;
  for (const int count : {1, 2, 5}) {
    set_threads(count);
    const std::string folder = kitchen.folder.path("data-" + std::to_string(count));
    write(recipe, made(recipe), folder);
    std::string all;
    for (const char* name : {"s01_run-1_bold.tsv",
                             "s02_run-1_bold.tsv",
                             "s03_run-1_bold.tsv",
                             "events.tsv",
                             "truth.tsv",
                             "README.md",
                             "dataset.yaml"}) {
      std::ifstream stream(folder + "/" + name, std::ios::binary);
      ASSERT_TRUE(stream.is_open()) << name;
      all.append(std::istreambuf_iterator<char>(stream), {});
    }
    texts.push_back(all);
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST(Twin, SaysWhereAModelDivergesAndWritesNothing) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe("duration: 200 s\n" + kInputs +
                                       "recordings:\n  bold: {interval: 2 s}\nparameters:\n"
                                       "  stimulus -> A.strength: 100000 1/s\n");
  const Twin twin = made(recipe);
  ASSERT_FALSE(twin.outcome.finished());
  EXPECT_TRUE(twin.dataset.subjects.at(0).runs.at(0).recordings.empty());
  try {
    write(recipe, twin, kitchen.folder.path("data"));
    FAIL() << "it was written";
  } catch (const InputError& error) {
    EXPECT_EQ(kitchen.folder.without_folder(error.what()),
              "DIR/recipe.yaml: error: the model of architecture 'relay' cannot be simulated with "
              "these parameters: it " +
                  to_text(twin.outcome) +
                  "\n  note: weaker strengths or stronger self-inhibition make it stable");
  }
  EXPECT_FALSE(std::filesystem::exists(kitchen.folder.path("data")));
}

TEST(DrawnParameters, FollowThePriorAndKeepWhatIsFixed) {
  const Kitchen kitchen;
  const Recipe recipe = kitchen.recipe_with("interval: 2 s");
  const auto& parameters = recipe.architecture.parameters;
  constexpr int kDraws = 400;
  std::vector<VectorXd> draws(parameters.size(), VectorXd(kDraws));
  for (int k = 0; k < kDraws; ++k) {
    const Recipe drawn = with_drawn_parameters(recipe, static_cast<std::uint64_t>(k));
    for (std::size_t i = 0; i < parameters.size(); ++i) draws[i][k] = drawn.theta[i];
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].free) {
      EXPECT_EQ(draws[i], VectorXd::Constant(kDraws, parameters[i].prior_mean));
      continue;
    }
    const double width = parameters[i].prior_sd;
    EXPECT_CLOSE(draws[i].mean(), parameters[i].prior_mean, Tolerance::sampling(width, kDraws));
    EXPECT_CLOSE(sd(draws[i]), width, Tolerance::sampling(width / std::sqrt(2.0), kDraws));
  }
}

// The demo can tell adding from multiplying only if motion and attention vary independently while
// there is something to see.
TEST(DemoRecipe, VariesItsContextsIndependentlyAndRaisesNoDoubt) {
  const Recipe recipe =
      read_recipe(INSULA_ROOT "/examples/demo/recipe.yaml", test::portable_kinds());
  const Twin twin = made(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Run& run = twin.dataset.subjects.at(0).runs.at(0);
  std::map<std::vector<double>, int> seen;  // photic, motion, attention → blocks
  for (double t = 1; t < recipe.duration; t += 20) {
    ++seen[{run.inputs[0].at(t), run.inputs[1].at(t), run.inputs[2].at(t)}];
  }
  for (const double motion : {0.0, 1.0}) {
    for (const double attention : {0.0, 1.0}) EXPECT_GE((seen[{1, motion, attention}]), 4);
  }
  EXPECT_EQ((seen[{0, 1, 0}] + seen[{0, 1, 1}]), 0);  // nothing moves that is not shown
  for (const dataset::Finding& finding : dataset::check(twin.dataset)) {
    ADD_FAILURE() << finding.where << ": " << finding.message;
  }
}

}  // namespace
}  // namespace insula::experiment
