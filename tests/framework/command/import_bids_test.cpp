// SPDX-License-Identifier: Apache-2.0
// BIDS datasets of several structures become manifests that load at once and hold what the tables
// hold.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <sstream>

#include "tests/framework/command/program.h"
#include "tests/framework/command/small_bids.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::BidsTree;
using dataset::Dataset;
using dataset::gzipped;
using dataset::Recording;
using test::bold_of;
using test::import_of;
using test::kVolumes;
using test::with_fmri;

using Words = std::vector<std::string>;

// Imports, expects that it went well, and loads what was written.
Dataset imported(const BidsTree& tree, const std::string& options) {
  const Ended ended = import_of(tree, options);
  EXPECT_EQ(ended.code, 0) << ended.error;
  return dataset::load(tree.folder().path("study/dataset.yaml"));
}

TEST(ImportBids, OfFmriHasEverySubjectSessionAndRunWithItsOwnNumbers) {
  BidsTree tree;
  const Dataset data = imported(with_fmri(tree), "--task dots --atlas Tian");
  ASSERT_EQ(data.subjects.size(), 2U);
  for (int subject = 1; subject <= 2; ++subject) {
    const dataset::Subject& s = data.subjects[static_cast<std::size_t>(subject - 1)];
    EXPECT_EQ(s.id, "sub-0" + std::to_string(subject));
    ASSERT_EQ(s.runs.size(), 4U);
    EXPECT_EQ(s.runs[0].id, "ses-post_run-1");
    EXPECT_EQ(s.runs[3].id, "ses-pre_run-2");
    for (int k = 0; k < 4; ++k) {
      const dataset::Run& run = s.runs[static_cast<std::size_t>(k)];
      const Recording& bold = *run.recording("bold");
      EXPECT_EQ(bold.channels, (Words{"V1", "V5"}));
      EXPECT_EQ(bold.interval, subject == 1 ? 3 : 2);  // the subject's own sidecar overrides
      EXPECT_EQ(run.duration, kVolumes * bold.interval);
      for (int t = 0; t < kVolumes; ++t)
        EXPECT_EQ(bold.samples(t, 0), bold_of(subject, k < 2 ? 2 : 1, 1 + k % 2, 0, t));
      EXPECT_TRUE(std::isnan(bold.samples(3, 1)));
      EXPECT_EQ(bold.unit, "a.u.");
    }
  }
}

TEST(ImportBids, MakesInputsOfEventTypesAndTrialsOfAnsweredEvents) {
  BidsTree tree;
  const Dataset data = imported(with_fmri(tree), "--task dots --atlas Tian");
  const dataset::Run& run = data.subjects[0].runs[1];
  EXPECT_EQ(data.input_names(), (Words{"go", "no_go", "cue"}));
  EXPECT_EQ(run.input("go")->onset, (std::vector<double>{1, 5, 12, 16}));
  EXPECT_EQ(run.input("cue")->onset, (std::vector<double>{8, 9}));  // 1 s: it has no duration
  EXPECT_EQ(run.input("no_go")->onset, (std::vector<double>{25, 29}));
  const dataset::Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.responses, (Words{"left", "right"}));
  EXPECT_EQ(trials.in_use(), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(trials.response, (std::vector<int>{0, dataset::kMissing, 1, dataset::kMissing}));
  EXPECT_EQ(trials.response_time[2], 1.25);
  EXPECT_EQ(trials.onset[2], 12);
  EXPECT_EQ(trials.factor("trial_type"), nullptr);  // all that are answered are of one type
}

// The first sample is taken 1.5 s before the first volume: sample 15 is the first within the run.
TEST(ImportBids, PutsPhysiologyAtItsTime) {
  BidsTree tree;
  const Dataset data = imported(with_fmri(tree), "--task dots --atlas Tian");
  const Recording& cardiac = *data.subjects[1].runs[0].recording("cardiac");
  EXPECT_EQ(cardiac.unit, "mV");
  EXPECT_EQ(cardiac.interval, 0.1);
  for (Eigen::Index s = 0; s < 400; ++s) {
    const auto k = static_cast<double>(s) + 15;
    EXPECT_CLOSE(cardiac.time(s, 0), 0.1 * k - 1.5, Tolerance::rounding(8));
    if (k == 100)
      EXPECT_TRUE(std::isnan(cardiac.samples(s, 0)));
    else
      EXPECT_EQ(cardiac.samples(s, 0), k);
  }
  EXPECT_EQ(data.subjects[1].runs[0].recording("trigger"), nullptr);
}

TEST(ImportBids, TakesParticipantsAsCovariates) {
  BidsTree tree;
  const Dataset data = imported(with_fmri(tree), "--task dots --atlas Tian");
  ASSERT_EQ(data.covariates.size(), 2U);  // everybody is of one site
  EXPECT_EQ(data.covariates[0].name, "age");
  EXPECT_EQ(data.covariates[0].unit, "year");
  EXPECT_EQ(data.covariates[0].value, (std::vector<double>{31, 40}));
  EXPECT_EQ(data.covariates[1].levels, (Words{"F", "M"}));
}

TEST(ImportBids, HasConfoundsByTheirStrategyAndCensorsMotion) {
  BidsTree tree;
  const Dataset data =
      imported(with_fmri(tree), "--task dots --atlas Tian --confounds motion24 --censor '0.5 mm'");
  const Recording& bold = *data.subjects[0].runs[2].recording("bold");
  ASSERT_EQ(bold.confounds.cols(), 24);
  EXPECT_EQ(bold.confound_names[6], "trans_x_derivative1");
  EXPECT_EQ(bold.confound_names[23], "rot_z_derivative1_power2");
  for (int t = 1; t < kVolumes; ++t) {
    const double x = ((t + 1) * 3) % 11, before = (t * 3) % 11;
    EXPECT_EQ(bold.confounds(t, 0), x);
    EXPECT_EQ(bold.confounds(t, 6), x - before);
    EXPECT_EQ(bold.confounds(t, 12), x * x);
    EXPECT_EQ(bold.confounds(t, 18), (x - before) * (x - before));
  }
  for (int t = 0; t < kVolumes; ++t)  // 0: no difference is known; 7: the head moved
    EXPECT_EQ(std::isnan(bold.samples(t, 0)), t == 0 || t == 7) << t;
  EXPECT_EQ(std::filesystem::exists(tree.folder().path("study/confounds_sub-01_ses-pre_run-1.tsv")),
            true);
}

TEST(ImportBids, RefersToConfoundsInPlaceWhereTheTableHasThem) {
  BidsTree tree;
  imported(with_fmri(tree), "--task dots --atlas Tian --confounds motion6");
  const std::string text = bytes_of(tree.folder().path("study/dataset.yaml"));
  EXPECT_NE(text.find("confounds: {file: \"../ds/derivatives/fmriprep/sub-01/ses-post/func/"
                      "sub-01_ses-post_task-dots_run-1_desc-confounds_timeseries.tsv\", columns: "
                      "[trans_x, trans_y, trans_z, rot_x, rot_y, rot_z], missing: censor}"),
            std::string::npos)
      << text;
  const auto files = std::filesystem::directory_iterator(tree.folder().path("study"));
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

// One subject of whom `events` tells; the run lasts 40 s.
const BidsTree& with_events(const BidsTree& tree, const std::string& events) {
  tree.write("derivatives/x/sub-1/func/sub-1_task-a_seg-X_timeseries.tsv",
             test::series_of(0, 0, 1, kVolumes));
  tree.write("task-a_bold.json", "{\"RepetitionTime\": 2}");
  tree.write("task-a_events.tsv", events);  // above the subjects' folders
  return tree;
}

TEST(ImportBids, ExcludesTrialsThatAreOutsideTheRunOrThatNobodyAnswers) {
  BidsTree tree;
  const Dataset data =
      imported(with_events(tree,
                           "onset\tduration\ttrial_type\tresponse\tresponse_time\tface id\n"
                           "-2\t1\tgo\ty\t0.5\ta/1\n3\t1\tgo\tn\t0.7\tb\n5\t1\tgo\ty\t0\tb\n"
                           "7\t1\tfix\tn/a\tn/a\tn/a\n9\t1\tn/a\tn/a\tn/a\tn/a\n"
                           "11\t1\tstop\ty\t0.9\tb\n40\t1\tgo\ty\t0.8\tb\n"),
               "");
  const dataset::Trials& trials = data.subjects[0].runs[0].trials.at(0);
  EXPECT_EQ(trials.in_use(), (std::vector<std::size_t>{1, 5}));
  EXPECT_EQ(trials.factor("trial_type")->levels, (Words{"go", "stop"}));
  EXPECT_EQ(trials.factor("face_id")->levels, (Words{"a/1", "b"}));
  EXPECT_EQ(trials.reasons,
            (Words{"before the run",
                   "after the run",
                   "never answered",
                   "no type",
                   "response time not above 0"}));
}

// Two of three events of a type tell how long they are: the third is taken to last as long.
TEST(ImportBids, TellsHowLongEventsWithoutADurationAreTakenToLast) {
  BidsTree tree;
  with_events(tree,
              "onset\tduration\ttrial_type\n1\t2\ta\n5\tn/a\ta\n9\t3\ta\n13\t4\ta\n20\t0\tb\n");
  const Ended ended = import_of(tree, "");
  EXPECT_NE(ended.out.find("  1 of 4 events of 'a' have no duration: all last 3 s, the median of "
                           "the others\n  events of 'b' have no duration: they last 1 s, like "
                           "SPM's sticks\n"),
            std::string::npos)
      << ended.out;
  const Dataset data = dataset::load(tree.folder().path("study/dataset.yaml"));
  const dataset::Run& run = data.subjects[0].runs[0];
  EXPECT_EQ(run.input("a")->onset, (std::vector<double>{1, 4, 5, 8, 9, 12, 13, 16}));
  EXPECT_EQ(run.input("b")->onset, (std::vector<double>{20, 21}));
}

TEST(ImportBids, MakesOneInputOfEventsWithoutATypeOrWithTooMany) {
  BidsTree bare;
  EXPECT_EQ(imported(with_events(bare, "onset\tduration\n3\t2\n"), "").input_names(),
            Words{"events"});
  BidsTree tree;
  std::string events = "onset\tduration\ttrial_type\n";
  for (int k = 0; k < 41; ++k)
    events += std::to_string(0.5 * k) + "\t0.25\tpicture" + std::to_string(k) + "\n";
  const Dataset many = imported(with_events(tree, events), "");
  EXPECT_EQ(many.input_names(), Words{"events"});
  EXPECT_EQ(many.subjects[0].runs[0].input("events")->onset.size(), 82U);
}

// Of several echoes only their own sidecars tell the time between volumes.
TEST(ImportBids, FindsTheIntervalOfImagesInSeveralParts) {
  BidsTree tree;
  tree.write("derivatives/mine/sub-1/func/sub-1_task-a_desc-mine_timeseries.tsv", "V1\n1\n2\n-4\n");
  tree.write("sub-1/func/sub-1_task-a_echo-1_bold.json", "{\"RepetitionTime\": 1.5}");
  const Dataset data = imported(tree, "");
  EXPECT_EQ(data.subjects[0].runs[0].recording("bold")->interval, 1.5);
}

// Slices were put to 1 s within the volume; intensities around 1000 become percent.
TEST(ImportBids, ReadsTheDelayOfSlicesAndBringsRawIntensitiesToPercent) {
  BidsTree tree;
  tree.write("derivatives/mine/sub-1/func/sub-1_task-a_atlas-X_timeseries.tsv",
             "V1\tV5\n990\t1010\n1000\t1000\n1010\t990\n");
  tree.write("derivatives/mine/sub-1/func/sub-1_task-a_atlas-X_timeseries.json",
             "{\"SamplingFrequency\": 0.5, \"StartTime\": 1}");
  const Dataset data = imported(tree, "");
  const Recording& bold = *data.subjects[0].runs[0].recording("bold");
  EXPECT_EQ(data.subjects[0].runs[0].id, "task-a");
  EXPECT_EQ(bold.interval, 2);
  EXPECT_EQ(bold.delay, (std::vector<double>{1, 1}));
  EXPECT_EQ(bold.unit, "%");
  EXPECT_CLOSE(bold.samples(0, 0), -1, Tolerance::rounding(1000));
  EXPECT_CLOSE(bold.samples(0, 1), 1, Tolerance::rounding(1000));
}

// EEG with events and a pupil that was recorded a thousand times a second, with a header.
BidsTree& with_pupil(BidsTree& tree) {
  for (const char* sub : {"01", "02"}) {
    const std::string name = std::string("sub-") + sub + "/eeg/sub-" + sub + "_task-oddball";
    tree.write(name + "_eeg.edf", "0");
    tree.write(name + "_events.tsv",
               "onset\tduration\ttrial_type\tvalue\n1\t0.2\tstandard\t1\n3\t0.2\toddball\t2\n"
               "5\t0.2\tstandard\t1\n");
    std::string pupil = "timestamp\tpupil_size\tx_coordinate\n";
    for (int k = 0; k < 7000; ++k)
      pupil +=
          std::to_string(k) + "\t" + std::to_string(k / 100) + "\t" + std::to_string(k % 3) + "\n";
    tree.write(name + "_recording-eye1_physio.tsv.gz", gzipped(pupil));
  }
  tree.write("task-oddball_recording-eye1_physio.json",
             "{\"SamplingFrequency\": 1000, \"StartTime\": 0, \"Columns\": [\"timestamp\", "
             "\"pupil_size\", \"x_coordinate\"], \"pupil_size\": {\"Units\": \"arbitrary\"}}");
  return tree;
}

TEST(ImportBids, OfEegTakesTheEventsAndThePupilInTenthsOfASecond) {
  BidsTree tree;
  const Ended ended = import_of(with_pupil(tree), "");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.out,
            "study/dataset.yaml\n\nTask 'oddball': 2 subjects, 2 runs; recordings pupil_size and "
            "x_coordinate; 2 inputs\n  signals of eeg are not read: what happened and was recorded "
            "beside them is\n\nNext: insula new model --from study/dataset.yaml\n");
  const Dataset data = dataset::load(tree.folder().path("study/dataset.yaml"));
  const dataset::Run& run = data.subjects[1].runs[0];
  EXPECT_EQ(run.duration, 7);
  const Recording& pupil = *run.recording("pupil_size");
  EXPECT_EQ(pupil.modality, "pupil");
  EXPECT_EQ(pupil.unit, "a.u.");
  ASSERT_EQ(pupil.samples.rows(), 70);
  for (Eigen::Index s = 0; s < 70; ++s)
    EXPECT_EQ(pupil.samples(s, 0), static_cast<double>(s));  // the mean of a hundred equal samples
  EXPECT_EQ(run.recording("x_coordinate")->samples.rows(), 7000);
  EXPECT_EQ(run.input("oddball")->onset, (std::vector<double>{3, 3.2}));
}

// From the dataset to a verdict in three commands.
TEST(ImportBids, GivesADatasetThatAProjectIsMadeOfAndRuns) {
  BidsTree tree;
  for (const char* sub : {"1"}) {
    const std::string name = std::string("sub-") + sub + "/func/sub-" + sub + "_task-a";
    std::string series = "A\tB\n", events = "onset\tduration\ttrial_type\n";
    for (int t = 0; t < 80; ++t)
      series += std::to_string(std::sin(t * 0.6)) + "\t" + std::to_string(std::cos(t * 1.7)) + "\n";
    for (int t = 5; t < 150; t += 20) events += std::to_string(t) + "\t9\tflash\n";
    tree.write("derivatives/p/" + name + "_seg-X_timeseries.tsv", series);
    tree.write(name + "_events.tsv", events);
    tree.write(name + "_bold.json", "{\"RepetitionTime\": 2}");
  }
  const std::string& here = tree.folder().path("");
  EXPECT_EQ(import_of(tree, "").code, 0);
  const Ended checked = run_program("check study/dataset.yaml", here);
  EXPECT_EQ(checked.out,
            "study/dataset.yaml: dataset 'small' is sound\n"
            "  note: size: 1 subject, 1 run, 160 samples of 'bold'; 0.0013 MB in memory\n"
            "  note: 2 of 3 files lie outside of the manifest's folder, first "
            "'../ds/sub-1/func/sub-1_task-a_events.tsv': a copy of the folder alone cannot be "
            "read\n");
  EXPECT_EQ(run_program("new model --from study/dataset.yaml", here).code, 0);
  const Ended run = run_program("run model/experiment.yaml --out out", here);
  EXPECT_EQ(run.code, 0) << run.error;
  EXPECT_NE(run.out.find("additive"), std::string::npos);
}

// Behaviour only: response times in ms by the sidecar, an answer that is called otherwise, a time
// of 0 where nobody answered.
TEST(ImportBids, OfBehaviourHasTrialsInSecondsAndNoTimeAxis) {
  BidsTree tree;
  for (const char* sub : {"ann", "bob"})
    tree.write(std::string("sub-") + sub + "/beh/sub-" + sub + "_task-choice_beh.tsv",
               "trial\tcoherence\tcond\tanswer\tresponse_time\tstim_file\n"
               "1\t0.5\teasy\ty\t450\ta.png\n2\t-0.25\thard\tn\t700\tb.png\n"
               "3\tn/a\thard\tn/a\t0\ta.png\n");
  tree.write("task-choice_beh.json",
             "{\"response_time\": {\"Units\": \"ms\"}, \"cond\": {\"Levels\": {\"hard\": \"\", "
             "\"easy\": \"\"}}, \"answer\": {\"Levels\": {\"y\": \"yes\", \"n\": \"no\"}}}");
  const Dataset data = imported(tree, "--response answer");
  ASSERT_EQ(data.subjects.size(), 2U);
  EXPECT_EQ(data.subjects[1].id, "sub-bob");
  const dataset::Run& run = data.subjects[1].runs.at(0);
  EXPECT_EQ(run.duration, 0);
  EXPECT_TRUE(run.inputs.empty());
  const dataset::Trials& trials = run.trials.at(0);
  EXPECT_EQ(trials.responses, (Words{"y", "n"}));
  EXPECT_EQ(trials.response, (std::vector<int>{0, 1, dataset::kMissing}));
  EXPECT_EQ(trials.response_time[0], 0.45);
  EXPECT_EQ(trials.in_use().size(), 2U);
  EXPECT_EQ(trials.column("coherence")->value[1], -0.25);
  EXPECT_EQ(trials.factor("cond")->levels, (Words{"hard", "easy"}));
  EXPECT_EQ(trials.factor("stimulus")->value, (std::vector<int>{0, 1, 0}));
}

TEST(ImportBids, WithoutAnAtlasTakesWhatHappenedBesideTheImages) {
  BidsTree tree;
  const Dataset data = imported(with_fmri(tree), "--task dots --atlas none");
  const dataset::Run& run = data.subjects[0].runs.at(0);
  EXPECT_EQ(run.recording("bold"), nullptr);
  EXPECT_NE(run.recording("cardiac"), nullptr);
  EXPECT_EQ(run.duration, 43.5);  // 450 samples from −1.5 s on
}

}  // namespace
}  // namespace insula::command
