// SPDX-License-Identifier: Apache-2.0
// What names of BIDS files say, and which sidecars speak of a file.
#include <gtest/gtest.h>

#include <filesystem>

#include "framework/dataset/detail/bids.h"
#include "tests/framework/dataset/bids_folder.h"

namespace insula::dataset::detail {
namespace {

TEST(BidsName, HasEntitiesASuffixAndAnExtension) {
  const auto name = bids_name("sub-01_ses-pre_task-rest_seg-4S156_stat-mean_timeseries.tsv");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->suffix, "timeseries");
  EXPECT_EQ(name->extension, ".tsv");
  EXPECT_EQ(name->entity("seg"), "4S156");
  EXPECT_EQ(name->entity("ses"), "pre");
  EXPECT_EQ(name->entity("run"), "");
  EXPECT_EQ(bids_name("participants.tsv")->suffix, "participants");
  EXPECT_EQ(bids_name("sub-1_physio.tsv.gz")->extension, ".tsv.gz");
}

TEST(BidsName, IsNoneOfWhatIsNotCalledSo) {
  for (const char* name : {"",
                           "_bold.nii",
                           "sub-01_.tsv",
                           "sub-01_rest_bold.nii",
                           "sub-01_task-rest.tsv",
                           "sub-01_sub-02_bold.json"})
    EXPECT_FALSE(bids_name(name)) << name;
}

TEST(BidsRuns, AreToldApartByWhatWasRecordedNotByWhatWasComputed) {
  const auto one = bids_name("sub-01_task-rest_run-1_space-MNI_seg-A_desc-x_timeseries.tsv");
  const auto other = bids_name("sub-01_task-rest_run-1_echo-2_bold.nii.gz");
  EXPECT_EQ(run_of(one->entities), run_of(other->entities));
  const auto dir = bids_name("sub-01_task-rest_dir-AP_run-1_bold.nii.gz");
  EXPECT_NE(run_of(dir->entities), run_of(other->entities));
}

// The example of the principle in BIDS 1.9, in small: nearer files override, fields of farther ones
// stay, and a file about another run says nothing.
TEST(Sidecars, AreInheritedFromTheRootDownAndTheNearerOneCounts) {
  const BidsTree tree;
  tree.write("task-rest_bold.json", "{\"RepetitionTime\": 1, \"EchoTime\": 0.03}");
  tree.write("sub-01/sub-01_task-rest_bold.json", "{\"RepetitionTime\": 2}");
  tree.write("sub-01/func/sub-01_task-rest_run-2_bold.json", "{\"RepetitionTime\": 3}");
  tree.write("sub-01/func/sub-01_task-other_bold.json", "{\"RepetitionTime\": 9}");
  tree.write("bold.json", "{\"Deep\": {\"Units\": \"mV\", \"Levels\": {\"b\": 1, \"a\": 2}}}");
  const BidsFolder folder(tree.root());
  const auto repetition = [&](const std::string& subject, const std::string& run) {
    const auto name = bids_name("sub-" + subject + "_task-rest_run-" + run + "_bold.nii.gz");
    return sidecar_number(folder.sidecar("sub-" + subject + "/func", *name), "RepetitionTime");
  };
  EXPECT_EQ(repetition("01", "1"), 2);
  EXPECT_EQ(repetition("01", "2"), 3);
  EXPECT_EQ(repetition("02", "1"), 1);
  const Sidecar merged =
      folder.sidecar("sub-01/func", *bids_name("sub-01_task-rest_run-2_bold.nii.gz"));
  EXPECT_EQ(sidecar_number(merged, "EchoTime"), 0.03);
  EXPECT_EQ(sidecar_text(merged, "Deep/Units"), "mV");
  EXPECT_EQ(merged.at("Deep/Levels").list, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(merged.at("RepetitionTime").file,
            tree.path("sub-01/func/sub-01_task-rest_run-2_bold.json"));
}

TEST(Sidecars, OfOneLevelMayNotDisagreeAboutWhatIsAsked) {
  const BidsTree tree;
  tree.write("task-rest_bold.json", "{\"RepetitionTime\": 1, \"EchoTime\": 0.03}");
  tree.write("bold.json", "{\"RepetitionTime\": 2, \"EchoTime\": 0.03}");
  const BidsFolder folder(tree.root());
  const Sidecar merged = folder.sidecar("sub-01/func", *bids_name("sub-01_task-rest_bold.nii"));
  EXPECT_EQ(sidecar_number(merged, "EchoTime"), 0.03);
  try {
    sidecar_number(merged, "RepetitionTime");
    FAIL() << "they were accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(tree.folder().without_folder(error.what()),
              "DIR/ds/bold.json: error: 'RepetitionTime' is another than in "
              "DIR/ds/task-rest_bold.json, and both are sidecars of the same file at the same "
              "level\n  note: keep it in one of them");
  }
}

TEST(Tables, AreInheritedWholeFromTheNearestLevel) {
  const BidsTree tree;
  tree.write("task-rest_events.tsv", "onset\tduration\n");
  tree.write("sub-02/func/sub-02_task-rest_events.tsv", "onset\tduration\n");
  tree.write("sub-02/func/sub-02_task-rest_run-2_events.tsv", "onset\tduration\n");
  const BidsFolder folder(tree.root());
  const auto found = [&](const std::string& subject, const std::string& run) {
    const auto name = bids_name("sub-" + subject + "_task-rest_run-" + run + "_bold.nii.gz");
    const BidsFile* file =
        folder.nearest("sub-" + subject + "/func", name->entities, "events", ".tsv");
    return std::filesystem::path(file->path).filename().string();
  };
  EXPECT_EQ(found("01", "1"), "task-rest_events.tsv");
  EXPECT_EQ(found("02", "1"), "sub-02_task-rest_events.tsv");
  EXPECT_EQ(found("02", "2"), "sub-02_task-rest_run-2_events.tsv");
  EXPECT_EQ(folder.nearest("sub-01/func", {{"task", "other"}}, "events", ".tsv"), nullptr);
}

TEST(BidsFolders, DoNotLookOutsideTheSubjects) {
  const BidsTree tree;
  tree.write("sub-01/func/sub-01_task-rest_events.tsv", "");
  tree.write("sub-011/func/sub-011_task-rest_events.tsv", "");
  tree.write("sourcedata/sub-01/sub-01_task-rest_events.tsv", "");
  tree.write("sub-01/.git/sub-01_task-rest_events.tsv", "");
  const BidsFolder folder(tree.root());
  EXPECT_EQ(folder.files().size(), 2U);
  ASSERT_EQ(folder.of_subject("sub-01").size(), 1U);
  EXPECT_EQ(folder.of_subject("sub-01")[0]->folder, "sub-01/func");
}

// Every truncation and every changed byte of a sidecar is read or refused, never a crash.
TEST(Sidecars, ThatAreDamagedAreReadOrRefused) {
  const BidsTree tree;
  const std::string good =
      "{\"SamplingFrequency\": 5e1, \"Columns\": [\"a\", \"b\\u00e9\"], \"a\": {\"Units\": null}}";
  int refused = 0;
  const auto read = [&](const std::string& text) {
    tree.write("physio.json", text);
    try {
      read_sidecar(tree.path("physio.json"));
    } catch (const InputError&) {
      ++refused;
    }
  };
  for (std::size_t size = 0; size < good.size(); ++size) read(good.substr(0, size));
  EXPECT_EQ(refused, static_cast<int>(good.size()));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char byte : {'\0', '"', '{', '9', '\xff'}) {
      std::string text = good;
      text[at] = byte;
      read(text);
    }
  read("[1, 2]");
  read("{\"a\": 1e999}");
  EXPECT_GT(refused, static_cast<int>(2 * good.size()));
}

}  // namespace
}  // namespace insula::dataset::detail
