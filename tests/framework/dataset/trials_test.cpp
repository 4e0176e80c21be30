// SPDX-License-Identifier: Apache-2.0
// Tables of trials as a run of a manifest names them.
#include "framework/dataset/trials.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Indices = std::vector<int>;
using Texts = std::vector<std::string>;
using Values = std::vector<double>;

constexpr const char* kEvents =
    "onset\tduration\tchoice\trt\tcoh\tcond\tface\n"
    "0.5\t1\tleft\t0.6\t0.1\thard\tann\n"
    "2\t1\tright\t0.15\t0.4\teasy\tbob\n"
    "3.5\tn/a\tn/a\tn/a\tn/a\thard\tann\n"
    "5\t1\tright\t0.7\t0.2\tn/a\teve\n";

class TrialTables : public testing::Test {
 protected:
  TrialTables() { folder.write("events.tsv", kEvents); }
  Folder folder;
};

TEST_F(TrialTables, HoldWhatTheColumnsHold) {
  const dataset::Run run = folder.load_run(
      "trials: {file: events.tsv, onset: onset, duration: duration, response: choice,\n"
      "  responses: [left, right], response_time: rt, stimulus: face, columns: {coherence: coh}}");
  const Trials* trials = run.trial_table("trials");
  ASSERT_NE(trials, nullptr);
  EXPECT_EQ(trials->size(), 4U);
  EXPECT_EQ(trials->onset, (Values{0.5, 2, 3.5, 5}));
  EXPECT_EQ(trials->duration[3], 1);
  EXPECT_TRUE(std::isnan(trials->duration[2]));
  EXPECT_EQ(trials->responses, (Texts{"left", "right"}));
  EXPECT_EQ(trials->response, (Indices{0, 1, kMissing, 1}));
  EXPECT_EQ(trials->response_time[1], 0.15);
  EXPECT_TRUE(std::isnan(trials->response_time[2]));
  ASSERT_NE(trials->column("coherence"), nullptr);
  EXPECT_EQ(trials->column("coherence")->value[3], 0.2);
  EXPECT_TRUE(std::isnan(trials->column("coherence")->value[2]));
  EXPECT_EQ(trials->column("coh"), nullptr);
  ASSERT_NE(trials->factor("stimulus"), nullptr);
  EXPECT_EQ(trials->factor("stimulus")->levels, (Texts{"ann", "bob", "eve"}));
  EXPECT_EQ(trials->factor("stimulus")->value, (Indices{0, 1, 0, 2}));
  EXPECT_EQ(trials->count_in_use(), 4U);
}

TEST_F(TrialTables, LeaveEmptyWhatTheManifestDoesNotName) {
  const dataset::Run run = folder.load_run("trials: {file: events.tsv, columns: coh}");
  const Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.size(), 4U);
  EXPECT_TRUE(trials.onset.empty());
  EXPECT_TRUE(trials.duration.empty());
  EXPECT_TRUE(trials.response.empty());
  EXPECT_TRUE(trials.response_time.empty());
  EXPECT_EQ(trials.columns.size(), 1U);
}

TEST_F(TrialTables, MayBeSeveralByName) {
  folder.write("memory.csv", "rt\n0.9\n1.1\n");
  const dataset::Run run = folder.load_run(
      "trials:\n  detection: {file: events.tsv, response_time: rt}\n"
      "  memory: {file: memory.csv, response_time: rt}");
  ASSERT_EQ(run.trials.size(), 2U);
  EXPECT_EQ(run.trial_table("detection")->size(), 4U);
  EXPECT_EQ(run.trial_table("memory")->response_time, (Values{0.9, 1.1}));
  EXPECT_EQ(run.trial_table("trials"), nullptr);
}

TEST_F(TrialTables, GiveOneDurationToAllTrials) {
  const dataset::Run run = folder.load_run("trials: {file: events.tsv, duration: 250 ms}");
  EXPECT_EQ(run.trials.at(0).duration, Values(4, 0.25));
}

TEST_F(TrialTables, ConvertKnownUnitsToSiAndKeepOthers) {
  folder.write("ms.tsv", "rt\tdelay\tangle\tpower\n1298.4\t200\t45\t-3\nn/a\t0\t90\t1.5\n");
  const dataset::Run run = folder.load_run(
      "trials:\n  file: ms.tsv\n  response_time: {column: rt, unit: ms}\n  columns:\n"
      "    delay: {column: delay, unit: ms}\n    angle: {column: angle, unit: deg}\n"
      "    power: {column: power, unit: mV}");
  const Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.response_time[0], 1.2984);  // the very double
  EXPECT_TRUE(std::isnan(trials.response_time[1]));
  EXPECT_EQ(trials.column("delay")->unit, "s");
  EXPECT_EQ(trials.column("delay")->value[0], 0.2);
  EXPECT_EQ(trials.column("angle")->unit, "deg");
  EXPECT_EQ(trials.column("angle")->value, (Values{45, 90}));
  EXPECT_EQ(trials.column("power")->unit, "V");
  EXPECT_EQ(trials.column("power")->value[0], -0.003);
}

TEST_F(TrialTables, RenameResponsesAndLevelsAndCompareNumbersAsNumbers) {
  folder.write("coded.csv", "response,dbs,key\n1.0,0,b\n0,1.0,c\n1,0,a\n");
  const dataset::Run run = folder.load_run(
      "trials:\n  file: coded.csv\n  response: response\n  responses: {wrong: 0, correct: 1}\n"
      "  factors:\n    dbs: {column: dbs, levels: {off: 0, on: 1}}\n"
      "    hand: {column: key, levels: {left: [a, b], right: c}}");
  const Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.responses, (Texts{"wrong", "correct"}));
  EXPECT_EQ(trials.response, (Indices{1, 0, 1}));
  EXPECT_EQ(trials.factor("dbs")->levels, (Texts{"off", "on"}));
  EXPECT_EQ(trials.factor("dbs")->value, (Indices{0, 1, 0}));
  EXPECT_EQ(trials.factor("hand")->value, (Indices{0, 1, 0}));
}

TEST_F(TrialTables, ExcludeByTheFirstRuleThatApplies) {
  const dataset::Run run = folder.load_run(
      "trials:\n  file: events.tsv\n  response: choice\n  responses: [left, right]\n"
      "  response_time: rt\n  exclude:\n"
      "  - {column: rt, below: 200 ms, reason: too fast}\n"
      "  - {column: choice, missing: true, reason: no response}\n"
      "  - {column: face, equals: [bob, eve], reason: other face}\n"
      "  - {column: coh, above: 5, reason: too strong}");
  const Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.reasons, (Texts{"too fast", "no response", "other face", "too strong"}));
  EXPECT_EQ(trials.exclusion, (Indices{kInUse, 0, 1, 2}));
  EXPECT_EQ(trials.size(), 4U);
  EXPECT_EQ(trials.count_in_use(), 1U);
  EXPECT_EQ(trials.count(3), 0U);
  EXPECT_EQ(trials.in_use(), std::vector<std::size_t>{0});
  EXPECT_EQ(trials.response_time[1], 0.15);  // excluded, not lost
}

TEST_F(TrialTables, LetExcludedTrialsHoldWhatOthersMayNot) {
  folder.write("odd.csv",
               "onset,choice,rt\n1,left,0.5\n99,timeout,-1\nn/a,right,0.4\n0.5,right,999\n");
  const std::string table =
      "trials:\n  file: odd.csv\n  onset: onset\n  response: choice\n"
      "  responses: [left, right]\n  response_time: rt\n";
  const dataset::Run run =
      folder.load_run(table +
                      "  exclude:\n"
                      "  - {column: choice, equals: timeout, reason: timeout}\n"
                      "  - {column: onset, missing: true, reason: not shown}\n"
                      "  - {column: rt, equals: 999 s, reason: no response}\n");
  const Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.exclusion, (Indices{kInUse, 0, 1, 2}));
  EXPECT_EQ(trials.response, (Indices{0, kMissing, 1, 1}));
  EXPECT_TRUE(std::isnan(trials.response_time[1]));
  EXPECT_EQ(trials.response_time[2], 0.4);
  for (const std::size_t k : {1U, 2U, 3U}) EXPECT_TRUE(std::isnan(trials.onset[k])) << k;
  EXPECT_NE(folder.mistakes(table).find("'timeout' in column 'choice' is no response"),
            std::string::npos);
}

TEST_F(TrialTables, TakeColumnsFromOtherFilesOfTheSameLength) {
  folder.write("theta.npy", npy("<f8", "(4, 2)", raw<double>({1, 2, 3, 4, 5, 6, 7, 8})));
  const dataset::Run run = folder.load_run(
      "trials:\n  file: events.tsv\n  columns:\n    theta: {file: theta.npy, column: 1, unit: dB}");
  EXPECT_EQ(run.trials.at(0).column("theta")->value, (Values{2, 4, 6, 8}));
  EXPECT_EQ(run.trials.at(0).column("theta")->unit, "dB");
}

TEST_F(TrialTables, ReadAnArrayOfTrialsByTheSample) {
  folder.write("counts.npy", npy("<f8", "(2, 3)", raw<double>({1, 0, 2, 3, 1, 0})));
  const dataset::Run run = folder.load_run(
      "recordings:\n  spikes: {modality: spikes, file: counts.npy, rows: trials, interval: 1 s,\n"
      "    channels: {unit: value}}\n"
      "trials:\n  bins: {file: counts.npy, rows: trials, columns: {count: value},\n"
      "    factors: {trial: trial, bin: sample}}");
  EXPECT_EQ(run.recordings.at(0).samples, (Eigen::VectorXd(6) << 1, 0, 2, 3, 1, 0).finished());
  const Trials& bins = *run.trial_table("bins");
  EXPECT_EQ(bins.column("count")->value, (Values{1, 0, 2, 3, 1, 0}));
  EXPECT_EQ(bins.factor("trial")->value, (Indices{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(bins.factor("bin")->value, (Indices{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(bins.factor("bin")->levels, (Texts{"0", "1", "2"}));
}

TEST_F(TrialTables, NeedNoDurationOfTheRunWithoutOnsets) {
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: test\nsubjects:\n- id: s01\n  runs:\n  - id: run-1\n"
               "    trials: {file: events.tsv, response_time: rt}\n");
  EXPECT_EQ(folder.load().subjects.at(0).runs.at(0).duration, 0);
}

TEST_F(TrialTables, SelectTrialsInTheOrderAsked) {
  const dataset::Run run = folder.load_run(
      "trials: {file: events.tsv, response_time: rt, columns: [coh], factors: [cond]}");
  const Trials part = run.trials.at(0).select({3, 0});
  EXPECT_EQ(part.size(), 2U);
  EXPECT_EQ(part.response_time, (Values{0.7, 0.6}));
  EXPECT_EQ(part.column("coh")->value, (Values{0.2, 0.1}));
  EXPECT_EQ(part.factor("cond")->value, (Indices{kMissing, 0}));
  EXPECT_EQ(part.factor("cond")->levels, (Texts{"hard", "easy"}));
  EXPECT_TRUE(part.onset.empty());
}

}  // namespace
}  // namespace insula::dataset
