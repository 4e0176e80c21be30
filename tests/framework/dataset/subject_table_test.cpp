// SPDX-License-Identifier: Apache-2.0
// One file with the trials of all subjects, and labels that mean the same in all of them.
#include <gtest/gtest.h>

#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Indices = std::vector<int>;
using Texts = std::vector<std::string>;
using Values = std::vector<double>;

constexpr const char* kHead = "insula: dataset/1\nname: test\n";

TEST(SubjectTable, MakesASubjectOfEachValueInOrderOfAppearance) {
  const Folder folder;
  folder.write("all.csv", "who,rt,side\n7,0.5,l\n2,0.6,r\n7,0.7,r\n2,0.8,l\n2,0.9,l\n");
  folder.write("dataset.yaml",
               kHead + std::string("subjects: {file: all.csv, by: who, trials: {response: side,\n"
                                   "  responses: [l, r], response_time: rt}}\n"));
  const Dataset data = folder.load();
  ASSERT_EQ(data.subjects.size(), 2U);
  EXPECT_EQ(data.subjects[0].id, "7");
  EXPECT_EQ(data.subjects[1].id, "2");
  ASSERT_EQ(data.subjects[0].runs.size(), 1U);
  const dataset::Run& run = data.subjects[0].runs[0];
  EXPECT_EQ(run.id, "run-1");
  EXPECT_EQ(run.duration, 0);
  EXPECT_EQ(run.trials.at(0).response_time, (Values{0.5, 0.7}));
  EXPECT_EQ(run.trials.at(0).response, (Indices{0, 1}));
  EXPECT_EQ(data.subjects[1].runs[0].trials.at(0).response_time, (Values{0.6, 0.8, 0.9}));
  EXPECT_EQ(data.files.size(), 2U);  // the file is read once
  EXPECT_EQ(data.trial_table_names(), Texts{"trials"});
}

TEST(SubjectTable, MakesRunsOfAColumnAndTablesByName) {
  const Folder folder;
  folder.write("all.csv", "who,block,t,rt\na,2,1,0.5\na,2,3,0.6\na,1,0,0.7\nb,1,5,0.8\n");
  folder.write("dataset.yaml",
               kHead + std::string("subjects:\n  file: all.csv\n  by: who\n  run: block\n"
                                   "  duration: 6 s\n  trials:\n    times: {onset: t}\n"
                                   "    answers: {response_time: rt}\n"));
  const Dataset data = folder.load();
  ASSERT_EQ(data.subjects.at(0).runs.size(), 2U);
  const dataset::Run& run = data.subjects[0].runs[0];
  EXPECT_EQ(run.id, "2");
  EXPECT_EQ(run.duration, 6);
  EXPECT_EQ(run.trial_table("times")->onset, (Values{1, 3}));  // they ascend within a run
  EXPECT_EQ(run.trial_table("answers")->response_time, (Values{0.5, 0.6}));
  EXPECT_EQ(data.subjects[0].runs[1].id, "1");
  EXPECT_EQ(data.trial_table_names(), (Texts{"times", "answers"}));
}

TEST(SubjectTable, TellsWhereInTheFileARunIsOutOfOrder) {
  const Folder folder;
  folder.write("all.csv", "who,t\na,1\nb,4\na,0.5\nb,5\n");
  folder.write("dataset.yaml",
               kHead + std::string("subjects: {file: all.csv, by: who, duration: 5 s, trials: "
                                   "{onset: t}}\n"));
  EXPECT_EQ(folder.mistakes(),
            "DIR/all.csv:4:3: error: the trial starts at 0.5 s, before the trial above it, at 1 s\n"
            "    4 | a,0.5\n"
            "      |   ^~~\n"
            "  note: sort the rows by onset\n"
            "DIR/all.csv:5:3: error: the trial starts at 5 s, after the run, which lasts 5 s\n"
            "    5 | b,5\n"
            "      |   ^");
}

TEST(SubjectTable, GivesLevelsTheSameIndexInEverySubject) {
  const Folder folder;
  folder.write("all.csv", "who,cond\na,low\nb,high\nb,none\nb,low\n");
  folder.write(
      "dataset.yaml",
      kHead + std::string("subjects: {file: all.csv, by: who, trials: {factors: cond}}\n"));
  const Dataset data = folder.load();
  const Trials& b = data.subjects.at(1).runs.at(0).trials.at(0);
  EXPECT_EQ(b.factor("cond")->levels, (Texts{"low", "high", "none"}));
  EXPECT_EQ(b.factor("cond")->value, (Indices{1, 2, 0}));
}

TEST(TrialFactors, HaveTheLevelsOfAllRunsInEachRun) {
  const Folder folder;
  folder.write("one.csv", "cond\nlow\nlow\n");
  folder.write("two.csv", "cond\nhigh\nlow\n");
  folder.write("dataset.yaml",
               kHead + std::string("subjects:\n- id: s01\n  runs:\n"
                                   "  - {id: a, trials: {file: one.csv, factors: [cond]}}\n"
                                   "  - {id: b, trials: {file: two.csv, factors: [cond]}}\n"));
  const std::vector<dataset::Run> runs = folder.load().subjects.at(0).runs;
  for (const dataset::Run& run : runs) {
    EXPECT_EQ(run.trials.at(0).factor("cond")->levels, (Texts{"low", "high"})) << run.id;
  }
  EXPECT_EQ(runs[1].trials[0].factor("cond")->value, (Indices{1, 0}));
}

TEST(TrialFactors, MayBeWrittenOtherwiseInEachRun) {
  const Folder folder;
  folder.write("one.csv", "key\n0\n1\n");
  folder.write("two.csv", "key\nr\nl\n");
  folder.write(
      "dataset.yaml",
      kHead +
          std::string(
              "subjects:\n- id: s01\n  runs:\n"
              "  - {id: a, trials: {file: one.csv, response: key, responses: {left: 0, right: "
              "1}}}\n"
              "  - {id: b, trials: {file: two.csv, response: key, responses: {left: l, right: r}}}"
              "\n"));
  const std::vector<dataset::Run> runs = folder.load().subjects.at(0).runs;
  EXPECT_EQ(runs[0].trials.at(0).response, (Indices{0, 1}));
  EXPECT_EQ(runs[1].trials.at(0).response, (Indices{1, 0}));
}

}  // namespace
}  // namespace insula::dataset
