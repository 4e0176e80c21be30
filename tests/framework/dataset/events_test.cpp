// SPDX-License-Identifier: Apache-2.0
// Inputs given as events.
#include <gtest/gtest.h>

#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Numbers = std::vector<double>;

constexpr const char* kTwoTrials =
    "onset\tduration\ttrial_type\tloudness\tlight\tsound\n"
    "1\t1\tgo\t2\t1\t0\n"
    "3\t2\tstop\tn/a\t1\tn/a\n"
    "4\t2\tgo\t0.5\t1\t3\n"
    "8\t1\tn/a\t9\t0\t0\n";

Folder& write_events(Folder& folder) {
  folder.write("events.tsv", kTwoTrials);
  return folder;
}

TEST(Events, MakeOneInputByName) {
  Folder folder;
  const auto run = write_events(folder).load_run("inputs: {events: events.tsv, name: any}");
  ASSERT_EQ(run.inputs.size(), 1U);
  EXPECT_EQ(run.inputs[0].name, "any");
  EXPECT_EQ(run.inputs[0].onset, (Numbers{1, 2, 3, 4, 5, 6, 8, 9}));
  EXPECT_EQ(run.inputs[0].value, (Numbers{1, 0, 1, 2, 1, 0, 1, 0}));
}

TEST(Events, MakeOneInputALevel) {
  Folder folder;
  const auto run = write_events(folder).load_run("inputs: {events: events.tsv, by: trial_type}");
  ASSERT_EQ(run.inputs.size(), 2U);  // n/a is no level
  EXPECT_EQ(run.input("go")->onset, (Numbers{1, 2, 4, 6}));
  EXPECT_EQ(run.input("stop")->onset, (Numbers{3, 5}));
}

TEST(Events, TakeTheirHeightFromAColumnOrANumber) {
  Folder folder;
  auto run = write_events(folder).load_run(
      "inputs: {events: events.tsv, by: trial_type, amplitude: loudness}");
  EXPECT_EQ(run.input("go")->value, (Numbers{2, 0, 0.5, 0}));
  EXPECT_TRUE(run.input("stop")->onset.empty());  // n/a: the event has no height
  run = folder.load_run("inputs: {events: events.tsv, by: trial_type, amplitude: -2.5}");
  EXPECT_EQ(run.input("stop")->value, (Numbers{-2.5, 0}));
}

TEST(Events, GroupAndRenameLevels) {
  Folder folder;
  const auto run = write_events(folder).load_run(
      "inputs: {events: events.tsv, by: trial_type, levels: {any: [go, stop], move: go}}");
  ASSERT_EQ(run.inputs.size(), 2U);
  EXPECT_EQ(run.input("any")->onset, (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run.input("any")->value, (Numbers{1, 0, 1, 2, 1, 0}));
  EXPECT_EQ(run.input("move")->onset, (Numbers{1, 2, 4, 6}));
}

TEST(Events, MakeOneInputAColumn) {
  Folder folder;
  const auto run = write_events(folder).load_run(
      "inputs: {events: events.tsv, columns: {photic: light, tone: sound}, clip: [0, 1]}");
  EXPECT_EQ(run.input("photic")->onset, (Numbers{1, 2, 3, 6}));  // clipped after adding up
  EXPECT_EQ(run.input("tone")->onset, (Numbers{4, 6}));
  EXPECT_EQ(run.input("tone")->value, (Numbers{1, 0}));
}

TEST(Events, MayAllLastTheSameTime) {
  Folder folder;
  folder.write("events.csv", "start,kind\n1,a\n5,b\n");
  const auto run =
      folder.load_run("inputs: {events: events.csv, onset: start, duration: 500 ms, by: kind}");
  EXPECT_EQ(run.input("a")->onset, (Numbers{1, 1.5}));
}

TEST(Events, OutsideTheRunAreCutAndDoubted) {
  Folder folder;
  folder.write("events.tsv", "onset\tduration\n-1\t2\n4\t1\n9\t5\n20\t1\n");
  const auto run = folder.load_run("inputs: {events: events.tsv, name: x}");
  EXPECT_EQ(run.inputs[0].onset, (Numbers{0, 1, 4, 5, 9}));
  const Dataset dataset = folder.load();
  ASSERT_EQ(dataset.doubts.size(), 1U);
  EXPECT_EQ(dataset.doubts[0].check, "events_outside_run");
  EXPECT_EQ(dataset.doubts[0].message,
            "3 of 4 events lie partly or wholly outside the run, which lasts 10 s; what is outside "
            "is left out");
}

TEST(Events, MayBeNone) {
  Folder folder;
  folder.write("events.tsv", "onset\tduration\n");
  const auto run = folder.load_run("inputs: {events: events.tsv, name: x}");
  ASSERT_EQ(run.inputs.size(), 1U);
  EXPECT_TRUE(run.inputs[0].onset.empty());
}

TEST(Events, NeedOnsetsAndPositiveDurations) {
  Folder folder;
  folder.write("events.tsv", "onset\tduration\nn/a\t1\n1\tn/a\n2\t0\n3\t-1\n");
  EXPECT_EQ(folder.mistakes("inputs: {events: events.tsv, name: x}"),
            "DIR/events.tsv:2:1: error: the onset of the event is missing\n"
            "    2 | n/a\t1\n"
            "      | ^~~\n"
            "DIR/events.tsv:3:3: error: the duration of the event is missing\n"
            "    3 | 1\tn/a\n"
            "      |  \t^~~\n"
            "DIR/events.tsv:4:3: error: the duration of an event must be positive, got 0 s\n"
            "    4 | 2\t0\n"
            "      |  \t^\n"
            "  note: 'duration: 100 ms' gives all events of this block one duration\n"
            "DIR/events.tsv:5:3: error: the duration of an event must be positive, got -1 s\n"
            "    5 | 3\t-1\n"
            "      |  \t^~\n"
            "  note: 'duration: 100 ms' gives all events of this block one duration");
}

TEST(Events, SayWhichInputsTheyMakeExactlyOnce) {
  Folder folder;
  write_events(folder);
  EXPECT_NE(folder.mistakes("inputs: {events: events.tsv}")
                .find("error: the event block of s01/run-1 needs exactly one of 'by', 'columns' "
                      "and 'name', "
                      "got none"),
            std::string::npos)
      << folder.mistakes();
  EXPECT_NE(folder.mistakes("inputs: {events: events.tsv, by: trial_type, name: x}")
                .find("error: the event block of s01/run-1 needs exactly one of 'by', 'columns' "
                      "and 'name', "
                      "got 2"),
            std::string::npos)
      << folder.mistakes();
}

TEST(Events, TellTheNearestColumn) {
  Folder folder;
  write_events(folder);
  EXPECT_EQ(
      folder.mistakes("inputs: {events: events.tsv, onset: onsett, name: x}"),
      "DIR/dataset.yaml:8:41: error: 'DIR/events.tsv' has no column 'onsett'\n"
      "    8 |     inputs: {events: events.tsv, onset: onsett, name: x}\n"
      "      |                                         ^~~~~~\n"
      "  note: did you mean 'onset'? it has: onset, duration, trial_type, loudness, light, sound");
}

TEST(Events, OfALevelThatIsAbsentAreDoubtedNotRefused) {
  Folder folder;
  const auto run = write_events(folder).load_run(
      "inputs: {events: events.tsv, by: trial_type, levels: [go, sotp]}");
  ASSERT_EQ(run.inputs.size(), 2U);
  EXPECT_TRUE(run.input("sotp")->onset.empty());
  const Dataset dataset = folder.load();
  ASSERT_EQ(dataset.doubts.size(), 1U);
  EXPECT_EQ(dataset.doubts[0].check, "level_without_events");
  EXPECT_EQ(dataset.doubts[0].where, "s01/run-1/sotp");
  EXPECT_EQ(dataset.doubts[0].message,
            "no event has the level 'sotp'; did you mean 'stop'? there are: go, stop");
}

TEST(Events, NameALevelOnceAnInput) {
  Folder folder;
  write_events(folder);
  EXPECT_EQ(
      folder.mistakes("inputs: {events: events.tsv, by: trial_type, levels: {x: [go, go]}}"),
      "DIR/dataset.yaml:8:67: error: the event block of s01/run-1 names the level 'go' twice\n"
      "    8 |     inputs: {events: events.tsv, by: trial_type, levels: {x: [go, go]}}\n"
      "      |                                                                   ^~");
}

TEST(Events, OfManyLevelsAreReadInTimeThatGrowsWithTheirNumber) {
  Folder folder;
  std::string text = "onset\tduration\tstimulus\n";
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    text.append("0.").append(number).append("\t1\ts").append(number).append("\n");
  }
  folder.write("many.tsv", text);
  const auto run = folder.load_run("inputs: {events: many.tsv, by: stimulus}");
  ASSERT_EQ(run.inputs.size(), 3000U);
  EXPECT_EQ(run.inputs[2999].name, "s2999");
  EXPECT_EQ(run.inputs[2999].onset.size(), 2U);
}

}  // namespace
}  // namespace insula::dataset
