// SPDX-License-Identifier: Apache-2.0
// What a dataset says is shown again.
#include <gtest/gtest.h>

#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kTable = "onset\tcond\tcoh\n1\teasy\t0.1\n4\thard\t0.2\n7\teasy\t0.1\n";

Dataset load_with(const Folder& folder, const std::string& repeats) {
  folder.write("trials.tsv", kTable);
  folder.write(
      "dataset.yaml",
      "insula: dataset/1\nname: test\nsubjects:\n- id: s01\n  runs:\n  - id: a\n"
      "    duration: 10 s\n    trials: {file: trials.tsv, onset: onset, factors: {context: "
      "cond}, columns: {coherence: coh}}\n" +
          repeats);
  return folder.load();
}

TEST(Repeats, AreOfTheOnlyTableByFactorsAndColumns) {
  const Folder folder;
  const Repeats r = load_with(folder, "repeats: {by: [context, coherence], to: 500 ms}\n").repeats;
  EXPECT_EQ(r.trials, "trials");
  EXPECT_EQ(r.by, (Texts{"context", "coherence"}));
  EXPECT_EQ(r.from, 0);
  EXPECT_EQ(r.to, 0.5);
}

TEST(Repeats, MayBeOfAllTrialsAlikeAndBeginBeforeTheOnset) {
  const Folder folder;
  const Repeats r = load_with(folder, "repeats: {by: [], from: -1 s, to: 2 s}\n").repeats;
  EXPECT_TRUE(r.by.empty());
  EXPECT_EQ(r.trials, "trials");
  EXPECT_EQ(r.from, -1);
}

TEST(Repeats, AreNoneUnlessTheDatasetSaysSo) {
  const Folder folder;
  const Dataset data = load_with(folder, "");
  EXPECT_TRUE(data.repeats.trials.empty());
  EXPECT_TRUE(data.subjects[0].runs[0].stimulus.empty());
}

TEST(Repeats, OfRunsAreNamedByThem) {
  const Folder folder;
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: test\nsubjects:\n- id: s01\n  runs:\n"
               "  - {id: a, duration: 10 s, stimulus: noise}\n"
               "  - {id: b, duration: 10 s, stimulus: noise}\n"
               "  - {id: c, duration: 3 s}\n");
  const std::vector<dataset::Run> runs = folder.load().subjects.at(0).runs;
  EXPECT_EQ(runs[0].stimulus, "noise");
  EXPECT_EQ(runs[1].stimulus, "noise");
  EXPECT_EQ(runs[2].stimulus, "");
}

TEST(Repeats, WithOtherInputsAreDoubted) {
  const Folder folder;
  folder.write("one.tsv", "sound\tpupil\n1\t3\n0\t4\n");
  folder.write("two.tsv", "sound\tpupil\n1\t3\n0\t5\n");
  folder.write(
      "dataset.yaml",
      "insula: dataset/1\nname: test\nsubjects:\n- id: s01\n  runs:\n"
      "  - {id: a, duration: 10 s, stimulus: x, inputs: {file: one.tsv, interval: 5 s}}\n"
      "  - {id: b, duration: 10 s, stimulus: x, inputs: {file: two.tsv, interval: 5 s}}\n"
      "  - {id: c, duration: 10 s, stimulus: y, inputs: {file: two.tsv, interval: 5 s}}\n"
      "  - {id: d, duration: 10 s, stimulus: x, inputs: {file: one.tsv, interval: 5 s}}\n");
  std::vector<Finding> found;
  for (const Finding& finding : check(folder.load()))
    if (finding.check == "repeats_with_other_inputs") found.push_back(finding);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "s01/b");
  EXPECT_EQ(found[0].message,
            "the run repeats stimulus 'x' of s01/a, but 'pupil' differs: a model that knows of it "
            "may pass the noise ceiling");
}

}  // namespace
}  // namespace insula::dataset
