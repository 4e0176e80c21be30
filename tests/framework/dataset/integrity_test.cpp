// SPDX-License-Identifier: Apache-2.0
// Every check finds what it names, and nothing in a sound dataset.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset {
namespace {

using Severity = Finding::Severity;

Recording noise(const std::string& name, std::uint64_t seed) {
  Stream stream(seed, name);
  Recording recording;
  recording.name = name;
  recording.modality = "bold";
  recording.unit = "%";
  recording.interval = 1;
  recording.channels = {"V1", "V5"};
  recording.delay = {0, 0.5};
  recording.samples.resize(100, 2);
  for (double& x : recording.samples.reshaped()) x = stream.normal();
  recording.confounds.resize(100, 0);
  return recording;
}

Run sound_run(const std::string& id, std::uint64_t seed) {
  Run run;
  run.id = id;
  run.duration = 100;
  run.inputs = {boxcars("photic", {{10, 20}, {50, 20}}), boxcars("motion", {{10, 20}})};
  run.recordings = {noise("bold", seed)};
  return run;
}

Dataset sound_dataset() {
  Dataset dataset;
  dataset.name = "sound";
  Subject subject;
  subject.id = "s01";
  subject.runs = {sound_run("r1", 1), sound_run("r2", 2)};
  dataset.subjects = {subject};
  return dataset;
}

// "check where severity: message" of every finding, a line each.
std::string found(const Dataset& dataset) {
  std::string text;
  for (const Finding& finding : check(dataset)) {
    const char* severity = finding.severity == Severity::note      ? "note"
                           : finding.severity == Severity::warning ? "warning"
                                                                   : "error";
    if (!text.empty()) text += "\n";
    text += finding.check + " " + finding.where + " " + severity + ": " + finding.message;
  }
  return text;
}

// The findings after one change to the first run of a sound dataset.
template <typename Change>
std::string found_after(Change change) {
  Dataset dataset = sound_dataset();
  change(dataset.subjects[0].runs[0]);
  return found(dataset);
}

Recording& bold(Run& run) { return run.recordings[0]; }

TEST(Check, FindsNothingInASoundDataset) { EXPECT_EQ(found(sound_dataset()), ""); }

TEST(Check, FindsMissingSamples) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(found_after([&](auto& run) { bold(run).samples(3, 1) = nan; }),
            "missing_share s01/r1/bold/V5 note: 1 of 100 samples is missing (1 %)");
  EXPECT_EQ(found_after([&](auto& run) { bold(run).samples.col(1).head(30).setConstant(nan); }),
            "missing_share s01/r1/bold/V5 warning: 30 of 100 samples are missing (30 %)\n"
            "long_gap s01/r1/bold/V5 warning: no sample is there from 0.5 s to 29.5 s");
  EXPECT_EQ(found_after([&](auto& run) { bold(run).samples.col(1).setConstant(nan); }),
            "missing_everywhere s01/r1/bold/V5 error: no sample of the channel is there");
}

TEST(Check, FindsInfiniteNumbers) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(
      found_after([&](auto& run) { bold(run).samples(3, 0) = -inf; }),
      "non_finite s01/r1/bold/V1 error: the channel has infinite numbers in 1 sample\n"
      "outliers s01/r1/bold/V1 warning: 1 sample lies more than 10 robust standard deviations "
      "from the median, the first at 3 s");
  EXPECT_EQ(found_after([&](auto& run) { bold(run).confounds.setConstant(100, 1, inf); }),
            "non_finite s01/r1/bold error: a confound of the recording is not finite");
}

TEST(Check, FindsFlatChannels) {
  EXPECT_EQ(found_after([](auto& run) {
              bold(run).samples.col(1).setConstant(4.25);
              bold(run).samples(7, 1) = std::nan("");
            }),
            "missing_share s01/r1/bold/V5 note: 1 of 100 samples is missing (1 %)\n"
            "flat_channel s01/r1/bold/V5 error: all samples of the channel are 4.25");
}

TEST(Check, FindsOutliersAndWhen) {
  EXPECT_EQ(
      found_after([](auto& run) {
        bold(run).samples(20, 1) = 40;
        bold(run).samples(30, 1) = -40;
      }),
      "outliers s01/r1/bold/V5 warning: 2 samples lie more than 10 robust standard deviations "
      "from the median, the first at 20.5 s");
}

TEST(Check, FindsUnitsThatContradictTheValues) {
  EXPECT_EQ(
      found_after([](auto& run) { bold(run).samples.col(0).array() += 1e4; }),
      "unit_contradicts_values s01/r1/bold/V1 warning: the unit is %, but the median is 1e+04 "
      "and the standard deviation 0.913");
  EXPECT_NE(found_after([](auto& run) {
              bold(run).samples *= 1e-6;
            }).find("unit_contradicts_values s01/r1/bold/V1 warning"),
            std::string::npos);
  EXPECT_NE(found_after([](auto& run) {
              run.recordings.push_back(noise("eeg", 9));
              run.recordings.back().unit = "V";
            }).find("unit_contradicts_values s01/r1/eeg/V1 warning: the unit is V"),
            std::string::npos);
}

TEST(Check, FindsRecordingsThatDoNotFitTheRun) {
  EXPECT_EQ(found_after([](auto& run) { bold(run).interval = 1.5; }),
            "recording_longer_than_run s01/r1/bold error: the last sample is taken at 149 s, after "
            "the run, which lasts 100 s");
  EXPECT_EQ(
      found_after([](auto& run) { bold(run).interval = 0.95; }),
      "recording_shorter_than_run s01/r1/bold note: the recording ends at 95 s, the run lasts "
      "100 s");
  EXPECT_EQ(found_after([](auto& run) { bold(run).interval = 0.5; }),
            "recording_shorter_than_run s01/r1/bold warning: the recording ends at 50 s, the run "
            "lasts 100 s");
  EXPECT_EQ(
      found_after([](auto& run) { bold(run).start = -0.25; }),
      "recording_before_run s01/r1/bold error: the first sample is taken at -0.25 s, before the "
      "run starts");
}

TEST(Check, FindsDuplicatedChannelsAcrossRecordings) {
  EXPECT_EQ(
      found_after([](auto& run) {
        run.recordings.push_back(noise("copy", 7));
        run.recordings[1].samples.col(0) = bold(run).samples.col(1);
      }),
      "duplicated_channels s01/r1/copy/V1 warning: the channel holds the same samples as bold/V5");
}

TEST(Check, FindsInputsWithoutUse) {
  EXPECT_EQ(found_after([](auto& run) { run.inputs[1] = boxcars("motion", {}); }),
            "input_never_on s01/r1/motion warning: the input is 0 throughout the run");
  EXPECT_EQ(found_after([](auto& run) {
              run.inputs[1] = cut(boxcars("motion", {{0, 200, 3}}), 100);
            }),
            "input_constant s01/r1/motion warning: the input is 3 throughout the run: its effect "
            "cannot be told from a constant");
}

TEST(Check, FindsCollinearInputs) {
  EXPECT_EQ(found_after([](auto& run) {
              run.inputs[1] = boxcars("motion", {{10, 20, -3}, {50, 20, -3}});
            }),
            "inputs_collinear s01/r1/motion warning: the input correlates with 'photic' by r = -1: "
            "their effects cannot be told apart");
}

TEST(Check, MeasuresCollinearityOverTime) {
  // On for [0, 40) and [0, 40 + d) of 100 s: r = sqrt(0.4·(0.6 − d/100) / (0.6·(0.4 + d/100))),
  // which is 0.9592 at d = 2 and 0.9398 at d = 3.
  const auto with = [](double d) {
    return found_after([d](auto& run) {
      run.inputs = {boxcars("photic", {{0, 40}}), boxcars("motion", {{0, 40 + d}})};
    });
  };
  EXPECT_NE(with(2).find("by r = 0.959"), std::string::npos) << with(2);
  EXPECT_EQ(with(3), "");
}

TEST(Check, FindsInputsOutsideTheRun) {
  EXPECT_EQ(
      found_after([](auto& run) {
        run.inputs[1] = boxcars("motion", {{10, 20}, {90, 20}});
      }),
      "events_outside_run s01/r1/motion warning: the input changes outside the run, which lasts "
      "100 s");
}

TEST(Check, FindsCopiesOfRuns) {
  Dataset dataset = sound_dataset();
  Subject copy = dataset.subjects[0];
  copy.id = "s02";
  copy.runs.resize(1);
  copy.runs[0].recordings[0].samples(0, 0) += 1;  // one of two channels still is a copy
  dataset.subjects.push_back(copy);
  EXPECT_EQ(
      found(dataset),
      "runs_identical s02/r1 error: 1 channel holds the same samples as in s01/r1: a copy, and "
      "leakage if one of the two runs is held out");
}

TEST(Check, FindsDifferencesBetweenRuns) {
  Dataset dataset = sound_dataset();
  auto& second = dataset.subjects[0].runs[1];
  second.inputs.pop_back();
  second.recordings[0].channels = {"V5", "V1"};
  second.recordings[0].unit = "a.u.";
  EXPECT_EQ(
      found(dataset),
      "different_inputs_between_runs s01/r2 warning: the run lacks 'motion', which other runs "
      "have\n"
      "different_channels_between_runs s01/r2/bold warning: the channels are 'V5' and 'V1', in "
      "s01/r1 they are 'V1' and 'V5'\n"
      "different_units_between_runs s01/r2/bold error: the recording is bold in a.u., in s01/r1 "
      "it is bold in %");
}

TEST(Check, RepeatsTheDoubtsOfReading) {
  Dataset dataset = sound_dataset();
  dataset.doubts = {{Severity::note, "sampling_jitter", "s01/r1/bold", "off"}};
  EXPECT_EQ(found(dataset), "sampling_jitter s01/r1/bold note: off");
}

}  // namespace
}  // namespace insula::dataset
