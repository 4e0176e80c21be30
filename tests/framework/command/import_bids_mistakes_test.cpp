// SPDX-License-Identifier: Apache-2.0
// Every way in which a BIDS dataset is broken here is told in one sentence that says what to do,
// and nothing is written. The whole messages are in tests/bad_input/bids/NAME.expected.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "framework/command/import_bids.h"
#include "tests/framework/command/program.h"
#include "tests/framework/command/small_bids.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::BidsTree;

constexpr int kUsage = 64, kData = 65;
const std::string kFunctional = "sub-01/ses-pre/func/", kRunName = "sub-01_ses-pre_task-dots_run-1";
const std::string kSeries =
    "derivatives/xcp_d/" + kFunctional + kRunName + "_space-MNI_seg-Tian_stat-mean_timeseries";
const std::string kConfounds =
    "derivatives/fmriprep/" + kFunctional + kRunName + "_desc-confounds_timeseries.tsv";
const std::string kEvents = kFunctional + kRunName + "_events.tsv";
const std::string kPhysio = kFunctional + kRunName + "_physio.tsv.gz";
const std::string kUsual = "--task dots --atlas Tian";

struct Broken {
  std::string name, options;
  std::function<void(const BidsTree&)> damage;
  int code = kData;
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

// The dataset with one file written anew, asked for as usual.
Broken with_file(const std::string& name,
                 const std::string& file,
                 const std::string& text,
                 const std::string& more = "") {
  return {name, kUsual + more, [=](const BidsTree& tree) { tree.write(file, text); }};
}

Broken asked(const std::string& name, const std::string& options, int code = kUsage) {
  return {name, options, [](const BidsTree&) {}, code};
}

Broken with_physio_json(const std::string& name, const std::string& fields) {
  return with_file(name, "task-dots_physio.json", "{" + fields + "}");
}

std::vector<Broken> broken_physiology() {
  const std::string rate = "\"SamplingFrequency\": 10", start = "\"StartTime\": 0",
                    columns = "\"Columns\": [\"trigger\", \"cardiac\"]";
  return {
      with_physio_json("no_sampling_frequency", start + ", " + columns),
      with_physio_json("no_start_time", rate + ", " + columns),
      with_physio_json("no_columns", rate + ", " + start),
      with_physio_json("a_column_too_many",
                       rate + ", " + start + ", \"Columns\": [\"a\", \"b\", \"c\"]"),
      with_physio_json("frequency_in_quotes",
                       "\"SamplingFrequency\": \"10\", " + start + ", " + columns),
      with_physio_json("frequency_of_zero", "\"SamplingFrequency\": 0, " + start + ", " + columns),
      with_physio_json("sidecar_that_is_no_json", rate + ", " + start + ",\n" + columns + ",\n"),
      with_file("header_of_other_names", kPhysio, dataset::gzipped("trigger\tpulse\n1\t2\n")),
      with_file("ragged_physiology", kPhysio, dataset::gzipped("1\t2\n1\t2\t3\n")),
      {"truncated_gzip",
       kUsual,
       [](const BidsTree& tree) {
         const std::string whole = bytes_of(tree.path(kPhysio));
         tree.write(kPhysio, whole.substr(0, whole.size() / 2));
       }},
  };
}

std::vector<Broken> broken_series() {
  const std::string json = kSeries + ".json";
  return {
      with_file("times_that_disagree", json, "{\"RepetitionTime\": 2.5}"),
      with_file("time_in_milliseconds",
                "sub-01/sub-01_task-dots_bold.json",
                "{\"RepetitionTime\": 3000}"),
      with_file("no_repetition_time", "task-dots_bold.json", "{}"),
      with_file("uneven_volumes", "task-dots_bold.json", "{\"VolumeTiming\": [0, 5, 9]}"),
      with_file("sidecars_of_one_level", "bold.json", "{\"RepetitionTime\": 2}"),
      with_file("delay_beyond_the_volume", json, "{\"StartTime\": 3.5}"),
      with_file("series_without_rows", kSeries + ".tsv", "V1\tV5\n"),
      with_file("ragged_series", kSeries + ".tsv", "V1\tV5\n1\t2\n3\n"),
      with_file("other_series_of_the_same_run",
                "derivatives/other/" + kFunctional + kRunName +
                    "_space-MNI_seg-Tian_stat-mean_timeseries.tsv",
                "V1\tV5\n1\t2\n"),
      with_file("censored_rows_removed",
                kSeries + ".tsv",
                "V1\tV5\n1\t2\n2\t1\n",
                " --confounds motion6"),
      {"no_confounds",
       kUsual + " --confounds motion6",
       [](const BidsTree& tree) { tree.remove(kConfounds); }},
      with_file(
          "confounds_without_a_column",
          kConfounds,
          [] {
            std::string text = "trans_x\ttrans_y\ttrans_z\trot_x\trot_y\n";
            for (int t = 0; t < test::kVolumes; ++t) text += "0\t0\t0\t0\t0\n";
            return text;
          }(),
          " --confounds motion6"),
      {"no_displacement",
       kUsual + " --censor '0.5 mm'",
       [](const BidsTree& tree) { tree.remove(kConfounds); }},
  };
}

std::vector<Broken> broken_structure() {
  return {
      {"no_series",
       "--task dots",
       [](const BidsTree& tree) { fs::remove_all(tree.path("derivatives/xcp_d")); }},
      {"link_to_a_folder_above",
       kUsual,
       [](const BidsTree& tree) {
         fs::create_directory_symlink("../..", tree.path("sub-01/ses-pre/loop"));
       }},
      {"link_from_derivatives",
       kUsual,
       [](const BidsTree& tree) {
         fs::create_directory_symlink("..", tree.path("derivatives/loop"));
       }},
      {"content_that_was_not_fetched",
       kUsual,
       [](const BidsTree& tree) {
         tree.remove(kEvents);
         fs::create_symlink("../../../.git/annex/objects/x", tree.path(kEvents));
       }},
      with_file("participant_twice",
                "participants.tsv",
                "participant_id\tage\nsub-01\t1\nsub-02\t2\nsub-01\t3\n"),
      with_file("participants_without_ids", "participants.tsv", "participant\tage\nsub-01\t1\n"),
      with_file("events_without_durations", kEvents, "onset\tdurations\n1\t2\n"),
      with_file(
          "events_in_milliseconds", "task-dots_events.json", "{\"onset\": {\"Units\": \"ms\"}}"),
  };
}

std::vector<Broken> wrong_questions() {
  return {
      asked("unknown_task", "--task dot --atlas Tian"),
      asked("unknown_atlas", "--task dots --atlas Tain"),
      asked("unknown_space", kUsual + " --space MNI6"),
      asked("several_atlases", "--task dots"),
      {"several_descriptions",
       kUsual,
       [](const BidsTree& tree) {
         tree.write("derivatives/mine/" + kFunctional + kRunName +
                        "_space-MNI_seg-Tian_desc-mine_stat-mean_timeseries.tsv",
                    "V1\tV5\n1\t2\n");
       },
       kUsage},
      asked("unknown_strategy", kUsual + " --confounds motion6+acompcorr"),
      asked("censor_without_a_unit", kUsual + " --censor 0.5"),
      asked("unknown_response", kUsual + " --response respons"),
      asked("confounds_of_no_series", "--task dots --atlas none --confounds motion6"),
      asked("no_folder_of_derivatives", kUsual + " --derivatives absent", 66),
      {"several_tasks",
       "--atlas Tian",
       [](const BidsTree& tree) { tree.write("sub-01/func/sub-01_task-rest_bold.nii.gz", ""); },
       kUsage},
  };
}

std::vector<Broken> all_broken() {
  std::vector<Broken> all;
  for (const auto& some :
       {broken_physiology(), broken_series(), broken_structure(), wrong_questions()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

class BrokenBids : public testing::TestWithParam<Broken> {};

TEST_P(BrokenBids, IsToldWithItsWholeMessageAndNothingIsWritten) {
  BidsTree tree;
  test::with_fmri(tree);
  GetParam().damage(tree);
  const Ended ended = test::import_of(tree, GetParam().options);
  EXPECT_EQ(ended.code, GetParam().code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(tree.folder().without_folder(ended.error),
            bytes_of(INSULA_ROOT "/tests/bad_input/bids/" + GetParam().name + ".expected"));
  EXPECT_FALSE(fs::exists(tree.folder().path("study")));
}

std::string broken_name(const testing::TestParamInfo<Broken>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Each, BrokenBids, testing::ValuesIn(all_broken()), broken_name);

// Whatever is left of a file, or takes its place: it is read or refused, and nothing else happens.
TEST(DamagedBids, IsReadOrRefused) {
  BidsTree tree;
  test::with_fmri(tree);
  int refused = 0, read = 0;
  for (const std::string& file : {std::string("dataset_description.json"),
                                  std::string("participants.tsv"),
                                  std::string("task-dots_physio.json"),
                                  std::string("task-dots_bold.json"),
                                  kEvents,
                                  kPhysio,
                                  kConfounds,
                                  kSeries + ".tsv"}) {
    const std::string whole = bytes_of(tree.path(file));
    std::vector<std::string> texts{
        "", "\n", "\t\t\n", "{}", "n/a", std::string(3, '\0'), "\xff\xfe"};
    for (std::size_t part = 1; part < 8; ++part)
      texts.push_back(whole.substr(0, part * whole.size() / 8));
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 9) {
      texts.push_back(whole);
      texts.back()[at] = '\t';
    }
    for (const std::string& text : texts) {
      tree.write(file, text);
      try {
        dataset::BidsQuestion question;
        question.folder = tree.root();
        question.atlas = "Tian";
        question.confounds = "motion24";
        question.censor = "0.5 mm";
        bids_project(dataset::read_bids(question), tree.folder().path("study"));
        ++read;
      } catch (const InputError& error) {
        EXPECT_FALSE(error.mistakes().empty());
        ++refused;
      }
    }
    tree.write(file, whole);
  }
  EXPECT_GT(read, 5);
  EXPECT_GT(refused, 60);
}

}  // namespace
}  // namespace insula::command
