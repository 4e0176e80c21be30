// SPDX-License-Identifier: Apache-2.0
// Doubts about trials: each check speaks where there is cause and is silent where there is none.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "framework/dataset/dataset.h"

namespace insula::dataset {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Three subjects with a run of ten sound trials each.
Dataset sound() {
  Dataset data;
  for (int s = 0; s < 3; ++s) {
    Trials trials;
    trials.name = "trials";
    trials.responses = {"left", "right"};
    TrialColumn strength{"strength", "1", {}, {}};
    TrialFactor context{"context", {"low", "high"}, {}, {}};
    for (int k = 0; k < 10; ++k) {
      trials.onset.push_back(2 * k);
      trials.duration.push_back(1);
      trials.response.push_back(k % 2);
      trials.response_time.push_back(0.4 + 0.01 * k + 0.001 * s);
      strength.value.push_back(k % 3);
      context.value.push_back(k / 5);
      trials.exclusion.push_back(kInUse);
    }
    trials.columns = {strength};
    trials.factors = {context};
    dataset::Run run;
    run.id = "run-1";
    run.duration = 20;
    run.trials = {trials};
    data.subjects.push_back({"s" + std::to_string(s + 1), {run}, {}});
  }
  return data;
}

Trials& trials_of(Dataset& data, std::size_t subject) {
  return data.subjects.at(subject).runs.at(0).trials.at(0);
}

std::vector<std::string> doubts(const Dataset& data) {
  std::vector<std::string> lines;
  for (const Finding& f : check(data)) {
    const char* severities[] = {"note", "warning", "error"};
    lines.push_back(std::string(severities[static_cast<int>(f.severity)]) + " " + f.check + " " +
                    f.where + ": " + f.message);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(CheckTrials, FindsTheRunThatHasAnotherNumberOfTrialsThanMost) {
  Dataset data = sound();
  const Subject like = data.subjects[2];
  for (int s = 4; s <= 12; ++s) {
    data.subjects.push_back(like);
    data.subjects.back().id = "s" + std::to_string(s);
    for (double& time : trials_of(data, data.subjects.size() - 1).response_time) time += 0.01 * s;
  }
  EXPECT_EQ(doubts(data), Lines{});
  Trials& trials = trials_of(data, 6);
  trials = trials.select({0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(doubts(data),
            Lines{"warning trial_counts_differ s7/run-1/trials: 8 trials are there, but 11 of 12 "
                  "runs have 10"});
}

TEST(CheckTrials, IsSilentAboutSoundTrials) { EXPECT_EQ(doubts(sound()), Lines{}); }

TEST(CheckTrials, CountsExcludedTrialsAndRulesThatExcludeNone) {
  Dataset data = sound();
  for (std::size_t s = 0; s < 3; ++s) trials_of(data, s).reasons = {"too fast", "too slow"};
  trials_of(data, 0).exclusion[2] = 0;
  for (const std::size_t k : {1U, 2U, 3U}) trials_of(data, 1).exclusion[k] = 0;
  EXPECT_EQ(doubts(data),
            (Lines{"warning trials_excluded s2/trials: 3 of 10 trials are excluded",
                   "note trials_excluded trials: 4 of 30 trials are excluded",
                   "note exclusion_without_trials trials: no trial is excluded as 'too slow'"}));
}

TEST(CheckTrials, MissesSubjectsWithoutTrialsInUse) {
  Dataset data = sound();
  data.subjects.resize(1);
  trials_of(data, 0).reasons = {"bad"};
  trials_of(data, 0).exclusion.assign(10, 0);
  const Lines lines = doubts(data);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "warning trials_excluded s1/trials: 10 of 10 trials are excluded");
  EXPECT_EQ(lines[1], "error no_trials_in_use trials: no trial is in use in subject 's1'");
  EXPECT_EQ(lines[2],
            "warning level_without_trials trials/context: the level 'low' has no trial in use in "
            "subject 's1'");
}

TEST(CheckTrials, CountsMissingValues) {
  Dataset data = sound();
  for (const std::size_t k : {0U, 3U, 4U}) trials_of(data, 2).response[k] = kMissing;
  trials_of(data, 0).response_time[5] = kNone;
  trials_of(data, 0).columns[0].value[1] = kNone;
  EXPECT_EQ(doubts(data),
            (Lines{"warning trial_values_missing s3/trials: 3 of 10 trials in use have no response",
                   "note trial_values_missing trials: 3 of 30 trials in use have no response",
                   "note trial_values_missing trials: 1 of 30 trials in use have no response time",
                   "note trial_values_missing trials: 1 of 30 trials in use have no 'strength'"}));
}

TEST(CheckTrials, FindsSubjectsWithOneResponse) {
  Dataset data = sound();
  trials_of(data, 1).response.assign(10, 1);
  EXPECT_EQ(
      doubts(data),
      (Lines{"warning one_response_only trials: all responses are the same in subject 's2'"}));
}

TEST(CheckTrials, SuspectsResponseTimesInAnotherUnit) {
  Dataset data = sound();
  for (std::size_t s = 0; s < 3; ++s) {
    Trials& trials = trials_of(data, s);
    data.subjects[s].runs[0].duration = 0;
    trials.onset.clear();
    trials.duration.clear();
    for (double& time : trials.response_time) time *= 1000;
  }
  EXPECT_EQ(
      doubts(data),
      (Lines{"warning implausible_response_times trials/response_time: all response times are "
             "longer than 60 s, as if they were in ms, in all 3 subjects"}));
  for (double& time : trials_of(data, 1).response_time) time /= 1e6;
  EXPECT_EQ(doubts(data).back(),
            "warning implausible_response_times trials/response_time: all response times are "
            "shorter than 20 ms, as if they were in s already, in subject 's2'");
}

TEST(CheckTrials, FindsConstantColumnsButNotCovariates) {
  Dataset data = sound();
  trials_of(data, 0).columns[0].value.assign(10, 1);
  EXPECT_EQ(
      doubts(data),
      (Lines{"note constant_trial_column trials/strength: the value is the same in all trials "
             "in use in subject 's1'"}));
  for (std::size_t s = 0; s < 3; ++s) {
    trials_of(data, s).columns[0].value.assign(10, static_cast<double>(s));
  }
  EXPECT_EQ(doubts(data), Lines{});
  for (std::size_t s = 0; s < 3; ++s) trials_of(data, s).columns[0].value.assign(10, 4);
  EXPECT_EQ(doubts(data),
            (Lines{"warning constant_trial_column trials/strength: the value is the same in all "
                   "trials in use in all 3 subjects"}));
}

TEST(CheckTrials, FindsLevelsThatSubjectsLack) {
  Dataset data = sound();
  trials_of(data, 0).factors[0].value.assign(10, 0);
  trials_of(data, 2).factors[0].value.assign(10, 0);
  EXPECT_EQ(doubts(data),
            (Lines{"warning level_without_trials trials/context: the level 'high' has no trial in "
                   "use in 2 of 3 subjects: s1 and s3"}));
}

TEST(CheckTrials, FindsTrialsAndResponsesThatEndLate) {
  Dataset data = sound();
  trials_of(data, 0).duration[9] = 3;
  trials_of(data, 1).response_time[9] = 2.5;
  trials_of(data, 2).response_time[4] = 1.5;
  EXPECT_EQ(
      doubts(data),
      (Lines{"warning trial_after_run s1/run-1/trials: 1 of 10 trials in use end after the run, "
             "which lasts 20 s",
             "warning response_after_run s2/run-1/trials: 1 of 10 trials in use have a response "
             "after the end of the run",
             "note response_after_trial s2/run-1/trials: 1 of 10 trials in use have a response "
             "after the trial's end",
             "note response_after_trial s3/run-1/trials: 1 of 10 trials in use have a response "
             "after the trial's end"}));
}

TEST(CheckTrials, FindsTrialsThatAreThereTwice) {
  Dataset data = sound();
  std::vector<std::size_t> order(10);
  for (std::size_t k = 0; k < 10; ++k) order[k] = k == 5 ? 4 : k;
  trials_of(data, 1) = trials_of(data, 1).select(order);
  EXPECT_EQ(doubts(data),
            (Lines{"warning duplicate_trials s2/run-1/trials: 1 of 10 trials in use equal an "
                   "earlier trial in all that is read"}));
}

TEST(CheckTrials, FindsPairsThatAreThereTwiceWhereThereAreNoOnsets) {
  Dataset data = sound();
  trials_of(data, 1).onset.clear();
  trials_of(data, 1) = trials_of(data, 1).select({0, 1, 2, 3, 4, 4, 6, 7, 8, 9});
  EXPECT_EQ(doubts(data), Lines{});  // the same answer after the same time: chance
  trials_of(data, 1) = trials_of(data, 1).select({0, 1, 2, 3, 4, 6, 7, 2, 3, 9});
  EXPECT_EQ(
      doubts(data),
      (Lines{"warning duplicate_trials s2/run-1/trials: 1 of 10 trials in use equal, with the "
             "trial after them, an earlier pair in all that is read"}));
  trials_of(data, 1).response_time.clear();  // nothing tells such trials from each other
  EXPECT_EQ(doubts(data), Lines{});
}

TEST(CheckTrials, FindsRunsThatLackAColumn) {
  Dataset data = sound();
  trials_of(data, 2).columns.clear();
  trials_of(data, 2).factors.clear();
  EXPECT_EQ(doubts(data).back(),
            "warning different_trial_columns_between_runs s3/run-1/trials: the table lacks "
            "'strength' and 'context', which other runs have");
}

}  // namespace
}  // namespace insula::dataset
