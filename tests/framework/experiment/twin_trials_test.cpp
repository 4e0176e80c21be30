// SPDX-License-Identifier: Apache-2.0
// Trials of a recipe: their design, and the folder they are written to.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/twin_studio.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using dataset::Folder;
using test::made_twin;
using test::Studio;
using test::trials_of;

TEST(TrialsOfARecipe, BeginEverySoOftenFromTheStartToTheEnd) {
  const Studio studio;
  const Recipe even =
      studio.decider("every: 10 s, start: 5 s, columns: {stim: {levels: [1]}}", "50 s");
  EXPECT_EQ(even.trials.onset, (std::vector<double>{5, 15, 25, 35, 45}));
  const Recipe until =
      studio.decider("every: 10 s, until: 30 s, columns: {stim: {levels: [1]}}", "50 s");
  EXPECT_EQ(until.trials.onset, (std::vector<double>{0, 10, 20}));
  const Recipe listed =
      studio.decider("onsets: [1 s, 2500 ms, 49 s], columns: {stim: {levels: [1]}}", "50 s");
  EXPECT_EQ(listed.trials.onset, (std::vector<double>{1, 2.5, 49}));
}

TEST(TrialsOfARecipe, AscendWithAJitterThatIsUniform) {
  const Studio studio;
  const Recipe recipe =
      studio.decider("every: 5 s, jitter: 4 s, columns: {stim: {levels: [1]}}", "5 h");
  const std::vector<double>& onset = recipe.trials.onset;
  ASSERT_GE(onset.size(), 3599U);  // the last may have left the run
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < onset.size(); ++i) {
    const double jitter = onset[i] - 5 * static_cast<double>(i);
    EXPECT_GE(jitter, 0);
    EXPECT_LT(jitter, 4);
    if (i > 0) {
      EXPECT_GT(onset[i], onset[i - 1]);
    }
    sum += jitter;
    squares += jitter * jitter;
  }
  EXPECT_LT(onset.back(), 5 * 3600);
  // A uniform number on [0, 4] has sd 4/√12, its square has mean 16/3 and sd 16·√(4/45).
  const auto n = static_cast<double>(onset.size());
  EXPECT_CLOSE(sum / n, 2, Tolerance::sampling(4 / std::sqrt(12.0), n));
  EXPECT_CLOSE(squares / n, 16.0 / 3, Tolerance::sampling(16 * std::sqrt(4.0 / 45), n));
}

TEST(TrialsOfARecipe, BeginWithinTheRun) {
  const Studio studio;
  for (const char* trials : {"every: 10 s, until: 200 s, columns: {stim: {levels: [1]}}",
                             "every: 10 s, start: 95 s, jitter: 9 s, columns: {stim: {levels: "
                             "[1]}}, until: 101 s"}) {
    std::vector<double> onset;
    try {
      onset = studio.decider(trials, "100 s").trials.onset;
    } catch (const InputError&) {
      continue;  // a mistake is as good
    }
    for (const double t : onset) EXPECT_LT(t, 100) << trials;
  }
}

TEST(LevelsOfARecipe, AppearEquallyOftenInAnOrderThatIsDrawn) {
  const Studio studio;
  const Recipe recipe = studio.decider(
      "every: 10 s, columns: {stim: {levels: [-1, 0, 1]}, cue: {levels: [0, 1]}, size: {uniform: "
      "[2, 4]}}",
      "3000 s");
  std::map<double, int> stim, cue;
  std::map<std::pair<double, double>, int> both;
  int repeats = 0;
  const auto& s = recipe.trials.columns[0].value;
  const auto& c = recipe.trials.columns[1].value;
  ASSERT_EQ(s.size(), 300U);
  for (std::size_t i = 0; i < s.size(); ++i) {
    stim[s[i]] += 1;
    cue[c[i]] += 1;
    both[{s[i], c[i]}] += 1;
    repeats += i > 0 && s[i] == s[i - 1] ? 1 : 0;
  }
  EXPECT_EQ(stim, (std::map<double, int>{{-1, 100}, {0, 100}, {1, 100}}));
  EXPECT_EQ(cue, (std::map<double, int>{{0, 150}, {1, 150}}));
  // The two columns are drawn apart: hypergeometric, of sd √(100·½·½·200/299) = 4.1.
  for (const auto& [levels, count] : both)
    EXPECT_CLOSE(count, 50, Tolerance::because(20, "five sds of a hypergeometric count"));
  EXPECT_EQ(both.size(), 6U);
  // A trial is followed by its own level in a third of the cases.
  EXPECT_CLOSE(repeats / 299.0, 1 / 3.0, Tolerance::sampling(std::sqrt(2.0) / 3, 299));
  for (const double size : recipe.trials.columns[2].value) {
    EXPECT_GE(size, 2);
    EXPECT_LE(size, 4);
  }
}

TEST(LevelsOfARecipe, DifferByAtMostOneTrialIfTheyCannotBeEqual) {
  const Studio studio;
  const Recipe recipe =
      studio.decider("every: 10 s, columns: {stim: {levels: [1, 2, 3, 4]}}", "300 s");
  std::map<double, int> counts;
  for (const double level : recipe.trials.columns[0].value) counts[level] += 1;
  for (const auto& [level, count] : counts) EXPECT_TRUE(count == 7 || count == 8) << level;
}

TEST(ColumnsOfARecipe, HaveALevel) {
  const Studio studio;
  EXPECT_THROW(studio.decider("every: 10 s, columns: {stim: {levels: []}}", "100 s"), InputError);
}

// "size" is what `act` makes: given as a column as well, it would stand twice in the table.
TEST(ColumnsOfARecipe, AreNotWhatIsDrawn) {
  const Studio studio;
  studio.folder.write("act.yaml", R"(insula: architecture/1
name: act
observations:
  act: {kind: continuous, value: size, mean: []}
)");
  EXPECT_THROW(studio.recipe("act",
                             "duration: 100 s\ninputs: {}\n"
                             "trials: {every: 10 s, columns: {size: {levels: [0, 1]}}}\n"),
               InputError);
}

TEST(InputsOfTrials, AreOnInEachTrialAsHighAsItsColumn) {
  const Studio studio;
  const Recipe recipe = studio.relay("window: {from: 0 s, to: 2 s}");
  const std::vector<dataset::Event>& events = recipe.inputs.at(0).events;
  ASSERT_EQ(events.size(), recipe.trials.onset.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].onset, recipe.trials.onset[i] + 0.5);
    EXPECT_EQ(events[i].amplitude, recipe.trials.columns[0].value[i]);
    EXPECT_EQ(events[i].duration, std::min(2.0, 100 - events[i].onset));
  }
}

void expect_same(const std::vector<double>& read, const std::vector<double>& own) {
  ASSERT_EQ(read.size(), own.size());
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_TRUE(read[i] == own[i] || (std::isnan(read[i]) && std::isnan(own[i])))
        << read[i] << " " << own[i];
}

void expect_read_back(const Folder& folder, const Recipe& recipe) {
  const Twin twin = made_twin(recipe);
  write(recipe, twin, folder.path("data"));
  const dataset::Dataset read = dataset::load(folder.path("data/dataset.yaml"));
  ASSERT_EQ(read.subjects.size(), recipe.subjects.size());
  for (std::size_t s = 0; s < read.subjects.size(); ++s)
    for (std::size_t r = 0; r < recipe.runs.size(); ++r) {
      const dataset::Trials &a = read.subjects[s].runs.at(r).trials.at(0),
                            &b = trials_of(twin, s, r);
      EXPECT_EQ(a.name, b.name);
      expect_same(a.onset, b.onset);
      EXPECT_EQ(a.responses, b.responses);
      EXPECT_EQ(a.response, b.response);
      expect_same(a.response_time, b.response_time);
      EXPECT_EQ(a.exclusion, b.exclusion);
      ASSERT_EQ(a.columns.size(), b.columns.size());
      for (std::size_t c = 0; c < a.columns.size(); ++c) {
        EXPECT_EQ(a.columns[c].name, b.columns[c].name);
        expect_same(a.columns[c].value, b.columns[c].value);
      }
    }
}

TEST(TrialsOfATwin, AreReadBackBitByBit) {
  const Studio studio;
  Recipe recipe = studio.decider(
      "every: 7 s, jitter: 3 s, missing: 0.1, columns: {stim: {uniform: [-1, 1]}, extra: {levels: "
      "[0.1, 0.3]}}",
      "400 s");
  recipe.subjects = {"s01", "s02"};
  recipe.runs = {"a", "b"};
  expect_read_back(studio.folder, recipe);
}

TEST(TrialsOfATwin, WithRecordingsAndValuesAreReadBackBitByBit) {
  const Studio studio;
  expect_read_back(studio.folder, studio.relay("window: {from: 0 s, to: 2 s, take: peak}"));
}

TEST(TrialsOfATwin, AreTheSameBytesAtAnyThreadCount) {
  const Studio studio;
  std::vector<std::string> texts;
  for (const int count : {1, 2, 4}) {
    set_threads(count);
    const Recipe recipe = studio.relay("window: {from: 0 s, to: 2 s}");
    const std::string folder = studio.folder.path("data-" + std::to_string(count));
    write(recipe, made_twin(recipe), folder);
    std::string all;
    for (const char* name : {"trials.tsv", "seen.tsv", "events.tsv", "truth.tsv", "dataset.yaml"}) {
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

}  // namespace
}  // namespace insula::experiment
