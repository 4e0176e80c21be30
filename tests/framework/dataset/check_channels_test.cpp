// SPDX-License-Identifier: Apache-2.0
// What a channel does in time: each check speaks where there is cause, and is silent about what
// merely looks like it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/random.h"
#include "framework/dataset/dataset.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

// A thousand samples of a smooth, noisy signal around 20.
Dataset one_channel(const std::string& modality = "rate", const std::string& unit = "a.u.") {
  Stream stream(1, "channel");
  Recording recording;
  recording.name = "x";
  recording.modality = modality;
  recording.unit = unit;
  recording.interval = 0.1;
  recording.channels = {"c"};
  recording.delay = {0};
  recording.samples.resize(1000, 1);
  for (Eigen::Index s = 0; s < 1000; ++s)
    recording.samples(s, 0) = 20 + std::sin(0.05 * static_cast<double>(s)) + 0.2 * stream.normal();
  recording.confounds.resize(1000, 0);
  dataset::Run run;
  run.id = "r";
  run.duration = 100;
  run.recordings = {recording};
  Dataset data;
  data.subjects = {{"s", {run}, {}}};
  return data;
}

Eigen::MatrixXd& samples_of(Dataset& data) {
  return data.subjects[0].runs[0].recordings[0].samples;
}

std::string doubt_of(const Dataset& data) {
  std::string text;
  for (const Finding& finding : check(data)) text += finding.check + ": " + finding.message + "\n";
  return text;
}

TEST(CheckChannels, IsSilentAboutASoundChannel) { EXPECT_EQ(doubt_of(one_channel()), ""); }

TEST(CheckChannels, FindsTheLongestGap) {
  Dataset data = one_channel();
  samples_of(data).middleRows(300, 120).setConstant(std::nan(""));
  samples_of(data).middleRows(700, 20).setConstant(std::nan(""));
  EXPECT_EQ(doubt_of(data),
            "missing_share: 140 of 1000 samples are missing (14 %)\n"
            "long_gap: no sample is there from 30 s to 41.9 s\n");
}

TEST(CheckChannels, FindsAChannelThatIsStuck) {
  Dataset data = one_channel();
  samples_of(data).middleRows(500, 25).setConstant(20.5);
  EXPECT_EQ(doubt_of(data), "stuck_channel: all samples are 20.5 from 50 s to 52.4 s\n");
  samples_of(data).middleRows(500, 25).setConstant(0);  // as a wheel that stands still
  EXPECT_EQ(doubt_of(data).find("stuck_channel"), std::string::npos);
}

TEST(CheckChannels, FindsWhereTheRangeOfARecordingEnds) {
  Dataset data = one_channel();
  samples_of(data) = samples_of(data).cwiseMin(20.8);
  const auto clipped =
      std::count(samples_of(data).reshaped().begin(), samples_of(data).reshaped().end(), 20.8);
  ASSERT_GT(clipped, 50);
  const std::string doubt = doubt_of(data);
  EXPECT_TRUE(doubt.starts_with("clipped_channel: " + std::to_string(clipped) +
                                " samples are the largest, 20.8, but 1 the next value, "))
      << doubt;
  samples_of(data) = 41 - samples_of(data).array();
  EXPECT_NE(doubt_of(data).find("samples are the smallest, 20.2, but 1"), std::string::npos);
}

// Whole numbers repeat, and more often in the middle than at the ends.
TEST(CheckChannels, KnowsRoundedNumbersAndSwitchesFromClippedOnes) {
  Dataset data = one_channel();
  samples_of(data) = (20 * samples_of(data)).array().round();
  EXPECT_EQ(doubt_of(data), "");
  for (Eigen::Index s = 0; s < 1000; ++s) samples_of(data)(s, 0) = s % 100 < 30 ? 5 : 0;
  EXPECT_EQ(doubt_of(data), "");
}

TEST(CheckChannels, FindsBlinksThatWereWrittenAsZeros) {
  Dataset data = one_channel("pupil");
  samples_of(data).middleRows(100, 5).setZero();
  EXPECT_NE(doubt_of(data).find("blinks_as_zeros: 5 samples are 0"), std::string::npos);
  data.subjects[0].runs[0].recordings[0].modality = "rate";
  EXPECT_EQ(doubt_of(data).find("blinks_as_zeros"), std::string::npos);
}

TEST(CheckChannels, QuestionsUnitsThatAreOffByOrdersOfMagnitude) {
  const auto is_questioned =
      [](const std::string& modality, const std::string& unit, double scale) {
        Dataset data = one_channel(modality, unit);
        samples_of(data) *= scale;
        return doubt_of(data).find("unit_contradicts_values") != std::string::npos;
      };
  // EEG of some ten µV: deviation 0.7 times the scale.
  EXPECT_FALSE(is_questioned("field", "V", 2e-5));
  EXPECT_TRUE(is_questioned("field", "V", 20));
  EXPECT_FALSE(is_questioned("field", "uV", 20));
  EXPECT_TRUE(is_questioned("field", "uV", 2e-5));
  EXPECT_FALSE(is_questioned("field", "mV", 0.02));
  EXPECT_TRUE(is_questioned("field", "mV", 2e-6));
  EXPECT_FALSE(is_questioned("pupil", "mm", 0.2));  // 4 mm
  EXPECT_TRUE(is_questioned("pupil", "mm", 50));    // a tracker's own unit
  EXPECT_FALSE(is_questioned("rate", "mm", 50));    // of something else
}

TEST(CheckTimes, FindsSamplesThatATimeColumnJumpsOver) {
  const Folder folder;
  folder.write("x.tsv", "t\tv\n0\t1\n1\t2\n2\t1\n5\t2\n6\t4\n8\t3\n");
  folder.write_manifest("recordings:\n  x: {modality: rate, file: x.tsv, interval: 1 s, time: t}");
  const Dataset data = folder.load();
  ASSERT_EQ(data.doubts.size(), 1U);
  EXPECT_EQ(data.doubts[0].check, "sampling_gaps");
  EXPECT_EQ(
      data.doubts[0].message,
      "column 't' jumps over 3 samples, first after 2 s: rows of n/a keep what follows at its "
      "time");
}

// Twenty stimuli of sixteen features, of which one has come twice and one nearly so.
TEST(CheckFeatures, FindsStimuliThatAreNearlyTheSame) {
  const Folder folder;
  Stream stream(2, "features");
  std::vector<double> numbers;
  std::string trials = "onset\n";
  for (int row = 0; row < 20; ++row) {
    for (int column = 0; column < 16; ++column) numbers.push_back(5 + stream.normal());
    trials += std::to_string(0.4 * row) + "\n";
  }
  const auto load = [&] {
    folder.write("f.npy", npy("<f8", "(20, 16)", raw<double>(numbers)));
    folder.write("trials.tsv", trials);
    folder.write_manifest(
        "trials: {file: trials.tsv, onset: onset}\nfeatures: {clip: {file: f.npy, at: trials}}");
    std::string text;
    for (const Finding& finding : check(folder.load()))
      if (finding.check == "duplicated_stimuli") text += finding.message;
    return text;
  };
  EXPECT_EQ(load(), "");
  std::copy_n(numbers.begin() + 3 * 16, 16, numbers.begin() + 17 * 16);
  for (int column = 0; column < 16; ++column)
    numbers[static_cast<std::size_t>(8 * 16 + column)] =
        numbers[static_cast<std::size_t>(5 * 16 + column)] + 0.01 * stream.normal();
  EXPECT_EQ(
      load(),
      "2 pairs of rows are nearly the same, first rows 5 and 8 (counted from 0): where one is "
      "held out, the other tells it");
}

}  // namespace
}  // namespace insula::dataset
