// SPDX-License-Identifier: Apache-2.0
// A session of NWB becomes a dataset that is sound, has PyNWB's numbers to the last bit, and runs.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/dataset/dataset.h"
#include "tests/framework/command/program.h"
#include "tests/support/nwb_session.h"

namespace insula::command {
namespace {

using dataset::Folder;
using Json = nlohmann::json;

Ended import_session(const Folder& folder, const std::string& options = "") {
  return run_program("import nwb session.nwb " + options + " --out study", folder.path(""));
}

void expect_samples(const dataset::Recording& recording, const Json& truth) {
  ASSERT_EQ(recording.samples.rows(), static_cast<Eigen::Index>(truth.size())) << recording.name;
  for (Eigen::Index k = 0; k < recording.samples.rows(); ++k)
    for (Eigen::Index c = 0; c < recording.samples.cols(); ++c) {
      const Json& row = truth[static_cast<std::size_t>(k)];
      const Json& number = row.is_array() ? row[static_cast<std::size_t>(c)] : row;
      EXPECT_EQ(recording.samples(k, c), number.get<double>()) << recording.name << " " << k;
    }
}

TEST(ImportNwb, GivesADatasetThatHasPynwbsNumbers) {
  const Folder folder;
  nwb_file::write_session(folder);
  const Ended made = import_session(folder);
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_EQ(made.out.substr(made.out.find("\n\n") + 2),
            "1 subject, 1 session; recordings spikes, units, licks, running_speed, whisker, gaze, "
            "diameter and dff; events epochs, tones and reward; 8 trials\n"
            "  1 of 5 units never spikes and is left out\n"
            "  of 'intervals/trials' licks is left out: not one number or text a row\n"
            "  times in 'response_time' of the trials are counted from the start of each\n"
            "  'acquisition/note' is left out: its data are no numbers of one or two dimensions\n"
            "  'processing/behavior/BehavioralTimeSeries/whisker' is put on even times, every 0.04 "
            "s: its "
            "timestamps differ from these by more than 5 %\n\n"
            "Next: insula new model --from study/dataset.yaml\n");
  const Json truth = Json::parse(bytes_of(folder.path("session.json")));
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  EXPECT_EQ(data.subjects.at(0).id, "mouse 7");
  const dataset::Run& run = data.subjects.at(0).runs.at(0);
  for (const char* name : {"gaze", "running_speed", "dff"})
    expect_samples(*run.recording(name), truth[name]);
  const std::vector<std::string> inputs{"Größe", "klein", "epochs", "high", "low", "reward"};
  EXPECT_EQ(data.input_names(), inputs);
  EXPECT_EQ(run.input("reward")->onset, (std::vector<double>{2, 2.1, 5.5, 5.6, 8.25, 8.25 + 0.1}));
  const dataset::Trials& trials = *run.trial_table("trials");
  EXPECT_EQ(trials.onset, truth["start_time"].get<std::vector<double>>());
  EXPECT_EQ(trials.responses, (std::vector<std::string>{"left", "right"}));
  EXPECT_EQ(trials.columns.at(0).name, "contrast");
}

// The pupil is averaged in bins; without them it is what PyNWB calls its data in units.
TEST(ImportNwb, ConversionAndOffsetMakeTheUnit) {
  const Folder folder;
  nwb_file::write_session(folder);
  ASSERT_EQ(import_session(folder, "--series diameter").code, 0);
  std::string manifest = bytes_of(folder.path("study/dataset.yaml"));
  const std::string bin = "            bin: 0.1 s\n";
  ASSERT_NE(manifest.find(bin), std::string::npos);
  manifest.erase(manifest.find(bin), bin.size());
  folder.write("study/dataset.yaml", manifest);
  const Json truth = Json::parse(bytes_of(folder.path("session.json")));
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  const dataset::Run& run = data.subjects.at(0).runs.at(0);
  expect_samples(*run.recording("diameter"), truth["diameter"]);
  EXPECT_EQ(run.recording("gaze"), nullptr);
}

TEST(ImportNwb, PassesItsCheckAndBecomesAnExperiment) {
  const Folder folder;
  nwb_file::write_session(folder);
  ASSERT_EQ(import_session(folder, "--bin '50 ms' --response choice").code, 0);
  const Ended checked = run_program("check study/dataset.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
  const Ended made = run_program("new model --from study/dataset.yaml", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  const Ended sound = run_program("check model/experiment.yaml", folder.path(""));
  EXPECT_EQ(sound.code, 0) << sound.error;
}

TEST(ImportNwb, FoldersAreSearchedAndSessionsOfASubjectAreItsRuns) {
  const Folder folder;
  nwb_file::write_session(folder);
  namespace fs = std::filesystem;
  fs::create_directories(folder.path("ds/a"));
  fs::rename(folder.path("session.nwb"), folder.path("ds/a/one.nwb"));
  fs::copy(folder.path("ds/a/one.nwb"), folder.path("ds/two.nwb"));
  nwb_file::remove_object(folder.path("ds/two.nwb"), "general/session_id");
  nwb_file::remove_object(folder.path("ds/two.nwb"), "processing/behavior/PupilTracking");
  const Ended made = run_program("import nwb ds --out study", folder.path(""));
  ASSERT_EQ(made.code, 0) << made.error;
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  ASSERT_EQ(data.subjects.size(), 1U);
  ASSERT_EQ(data.subjects[0].runs.size(), 2U);
  EXPECT_EQ(data.subjects[0].runs[0].id, "ses-1");
  EXPECT_EQ(data.subjects[0].runs[1].id, "two");
  EXPECT_EQ(data.subjects[0].runs[1].recording("diameter"), nullptr);
  EXPECT_EQ(data.name, "nwb");
}

}  // namespace
}  // namespace insula::command
