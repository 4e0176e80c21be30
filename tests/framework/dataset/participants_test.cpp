// SPDX-License-Identifier: Apache-2.0
// What subjects differ by, from a table with a row for each.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Texts = std::vector<std::string>;
using Values = std::vector<double>;

constexpr const char* kTrials = "who,rt\n7,0.5\n2,0.6\n7,0.7\n";

Dataset load_with(const Folder& folder, const std::string& table, const std::string& participants) {
  folder.write("all.csv", kTrials);
  folder.write("participants.tsv", table);
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: test\nsubjects: {file: all.csv, by: who, trials: "
               "{response_time: rt}}\nparticipants: {file: participants.tsv, " +
                   participants + "}\n");
  return folder.load();
}

TEST(Participants, AreInTheOrderOfSubjectsWhateverTheOrderOfTheirTable) {
  const Folder folder;
  const Dataset data =
      load_with(folder,
                "participant_id\tage\tdx\tspan\n2\t31\tcontrol\t900\n5\t99\tpatient\tn/a\n"
                "7\t40\tpatient\t1200\n",
                "columns: {age: age, span: {column: span, unit: ms}}, factors: {group: dx}");
  ASSERT_EQ(data.covariates.size(), 3U);
  EXPECT_EQ(data.covariates[0].name, "age");
  EXPECT_EQ(data.covariates[0].value, (Values{40, 31}));
  EXPECT_TRUE(data.covariates[0].levels.empty());
  EXPECT_EQ(data.covariates[1].unit, "s");
  EXPECT_EQ(data.covariates[1].value, (Values{1.2, 0.9}));
  EXPECT_EQ(data.covariates[2].name, "group");
  EXPECT_EQ(data.covariates[2].levels, (Texts{"control", "patient"}));
  EXPECT_EQ(data.covariates[2].value, (Values{1, 0}));
  EXPECT_EQ(data.files.size(), 3U);
}

TEST(Participants, LevelsAreAsDeclaredAndMayBeWrittenOtherwise) {
  const Folder folder;
  // The row of someone else holds what is no level.
  const Dataset data = load_with(folder,
                                 "who\tdx\n7\t0\n2\tn/a\n8\tunclear\n",
                                 "subject: who, factors: {group: {column: dx, levels: {patient: "
                                 "1, control: 0}}}");
  ASSERT_EQ(data.covariates.size(), 1U);
  EXPECT_EQ(data.covariates[0].levels, (Texts{"patient", "control"}));
  EXPECT_EQ(data.covariates[0].value[0], 1);
  EXPECT_TRUE(std::isnan(data.covariates[0].value[1]));
}

TEST(Participants, BelongToSubjectsOfAListToo) {
  const Folder folder;
  folder.write("t.tsv", "rt\n0.5\n");
  folder.write("p.tsv", "participant_id\tage\nb\t2\na\t1\n");
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: test\nsubjects:\n"
               "- {id: a, runs: [{id: r, trials: {file: t.tsv, response_time: rt}}]}\n"
               "- {id: b, runs: [{id: r, trials: {file: t.tsv, response_time: rt}}]}\n"
               "participants: {file: p.tsv, columns: [age]}\n");
  EXPECT_EQ(folder.load().covariates.at(0).value, (Values{1, 2}));
}

}  // namespace
}  // namespace insula::dataset
