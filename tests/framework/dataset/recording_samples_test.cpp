// SPDX-License-Identifier: Apache-2.0
// What the manifest may do to a recording: name its columns, censor, scale, average and cut it.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

// The samples of the first channel, with -1 for what is missing.
std::vector<double> first_channel(const Recording& recording) {
  std::vector<double> values;
  for (const double x : recording.samples.col(0)) values.push_back(std::isnan(x) ? -1 : x);
  return values;
}

using Numbers = std::vector<double>;

TEST(TableWithoutAHeader, HasTheNamesThatTheManifestGives) {
  const Folder folder;
  folder.write("physio.tsv.gz", gzipped("0\t7\n1\tn/a\n0\t9\n"));
  const auto run = folder.load_run(
      "recordings:\n  pupil: {modality: pupil, file: physio.tsv.gz, interval: 1 s, header: "
      "[trigger, size], channels: [size]}\n  trigger: {modality: trigger, file: physio.tsv.gz, "
      "interval: 1 s, header: [trigger, size], channels: [trigger]}");
  EXPECT_EQ(first_channel(run.recordings.at(0)), (Numbers{7, -1, 9}));
  EXPECT_EQ(first_channel(run.recordings.at(1)), (Numbers{0, 1, 0}));
}

TEST(TableWithoutAHeader, MayBeReadWithOneElsewhere) {
  const Folder folder;
  folder.write("x.tsv", "a\n1\n2\n");
  const auto run = folder.load_run(
      "recordings:\n  a: {modality: rate, file: x.tsv, interval: 1 s}\n"
      "trials: {file: x.tsv, header: [label], factors: [label]}");
  EXPECT_EQ(first_channel(run.recordings.at(0)), (Numbers{1, 2}));
  EXPECT_EQ(run.trials.at(0).factor("label")->levels, (std::vector<std::string>{"a", "1", "2"}));
}

TEST(Censoring, MakesSamplesMissingAboveTheLimitAndNotAtIt) {
  const Folder folder;
  folder.write("bold.tsv", "V1\tV5\n1\t5\n2\t6\n3\t7\n4\t8\n");
  folder.write("motion.tsv", "fd\nn/a\n0.5\n0.6\n0.1\n");
  const auto run = folder.load_run(
      "recordings:\n  bold: {modality: bold, file: bold.tsv, interval: 2 s, censor: {file: "
      "motion.tsv, column: fd, unit: mm, above: 500 um}}");
  EXPECT_EQ(first_channel(run.recordings[0]), (Numbers{1, 2, -1, 4}));
  EXPECT_TRUE(std::isnan(run.recordings[0].samples(2, 1)));
}

// A difference is not known of the first sample: the sample is left out, nothing is made up.
TEST(MissingConfounds, CensorTheirSampleIfTheManifestSaysSo) {
  const Folder folder;
  folder.write("bold.tsv", "V1\n1\n2\n3\n4\n");
  folder.write("confounds.tsv", "x\tdx\n4\tn/a\n5\t1\n3\t-2\n3\t0\n");
  const std::string recording =
      "recordings:\n  bold: {modality: bold, file: bold.tsv, interval: 2 s, confounds: {file: "
      "confounds.tsv";
  const auto run = folder.load_run(recording + ", missing: censor}}");
  EXPECT_EQ(first_channel(run.recordings[0]), (Numbers{-1, 2, 3, 4}));
  EXPECT_TRUE(run.recordings[0].confounds.allFinite());
  EXPECT_EQ(run.recordings[0].confounds(2, 1), -2);
  EXPECT_NE(folder.mistakes(recording + "}}").find("a confound is missing here"),
            std::string::npos);
}

// 100 (x / mean − 1), of the samples that are left.
TEST(PercentOfTheMean, IsOfEachChannelOverTheSamplesThatAreLeft) {
  const Folder folder;
  folder.write("bold.tsv", "V1\tV5\n90\t1000\n110\t1010\n900\t990\nn/a\t1000\n");
  folder.write("motion.tsv", "fd\n0\n0\n1\n0\n");
  const auto run = folder.load_run(
      "recordings:\n  bold: {modality: bold, file: bold.tsv, interval: 2 s, percent_of_mean: true, "
      "censor: {file: motion.tsv, column: fd, above: 0.5}}");
  const Recording& bold = run.recordings[0];
  EXPECT_EQ(bold.unit, "%");
  const double third = 1010.0 * 3 / 3010;
  const Eigen::MatrixXd expected{{-10, 100 * (third / 1.01 - 1)}, {10, 100 * (third - 1)}};
  for (Eigen::Index s = 0; s < 2; ++s)
    for (Eigen::Index c = 0; c < 2; ++c)
      EXPECT_CLOSE(bold.samples(s, c),
                   expected(s, c),
                   Tolerance::because(1e-12, "differences of numbers near 100 keep 13 digits"));
  EXPECT_TRUE(bold.samples.row(2).hasNaN());
}

// Ten samples a second from −0.25 s on; bins of half a second within 10 s.
TEST(Bins, HoldTheMeanOfTheSamplesInThemAndNothingOfOthers) {
  const Folder folder;
  std::string table = "size\n";
  for (int k = 0; k < 120; ++k) table += k >= 20 && k < 30 ? "n/a\n" : std::to_string(k) + "\n";
  folder.write("pupil.tsv", table);
  const auto run = folder.load_run(
      "recordings:\n  pupil: {modality: pupil, file: pupil.tsv, rate: 10 Hz, start: -0.25 s, bin: "
      "0.5 s}");
  const Recording& pupil = run.recordings[0];
  ASSERT_EQ(pupil.samples.rows(), 20);
  EXPECT_EQ(pupil.start, 0.25);
  EXPECT_EQ(pupil.interval, 0.5);
  for (Eigen::Index b = 0; b < 20; ++b) {
    // Sample k is at 0.1 k − 0.25 s: bin b holds 5b + 3 … 5b + 7.
    double sum = 0, n = 0;
    for (Eigen::Index k = 5 * b + 3; k < 5 * b + 8; ++k)
      if (k < 20 || k >= 30) sum += static_cast<double>(k), n += 1;
    if (n == 0)
      EXPECT_TRUE(std::isnan(pupil.samples(b, 0))) << b;
    else
      EXPECT_EQ(pupil.samples(b, 0), sum / n) << b;
  }
}

// Of a channel that is sampled late in each interval others fall into a bin.
TEST(Bins, GoByTheTimeAtWhichAChannelIsSampled) {
  const Folder folder;
  std::string table = "a\tb\n";
  for (int k = 0; k < 10; ++k) table += std::to_string(k) + "\t" + std::to_string(k) + "\n";
  folder.write("x.tsv", table);
  const auto run = folder.load_run(
      "recordings:\n  x: {modality: rate, file: x.tsv, interval: 1 s, delay: {a: 0 s, b: 1.5 s}, "
      "bin: 2 s}");
  const Recording& x = run.recordings[0];
  EXPECT_EQ(x.samples(1, 0), 2.5);  // at 2 and 3 s
  EXPECT_EQ(x.samples(1, 1), 1.5);  // of 1 and 2, at 2.5 and 3.5 s
  EXPECT_EQ(x.delay, (Numbers{0, 0}));
}

TEST(Cut, LeavesOutWhatIsOutsideTheRunAndMovesNothing) {
  const Folder folder;
  std::string table = "size\n", confounds = "x\n";
  for (int k = 0; k < 30; ++k) {
    table += std::to_string(k) + "\n";
    confounds += std::to_string(100 + k) + "\n";
  }
  folder.write("x.tsv", table);
  folder.write("confounds.tsv", confounds);
  const auto run = folder.load_run(
      "recordings:\n  x: {modality: rate, file: x.tsv, interval: 0.5 s, start: -1.2 s, cut: true, "
      "confounds: {file: confounds.tsv}}");
  const Recording& x = run.recordings[0];
  EXPECT_EQ(x.samples(0, 0), 3);  // at −1.2 + 1.5 s
  EXPECT_CLOSE(x.start, 0.3, Tolerance::rounding(4));
  EXPECT_EQ(x.samples(x.samples.rows() - 1, 0), 22);  // at 9.8 s
  EXPECT_EQ(x.confounds(0, 0), 103);
  EXPECT_EQ(x.confounds.rows(), x.samples.rows());
}

// Events of another type may have no duration, or no onset: they are not asked for.
TEST(Events, ThatMakeNoInputNeedNoTimes) {
  const Folder folder;
  folder.write("events.tsv",
               "onset\tduration\ttrial_type\n1\t2\tflash\n3\tn/a\tpress\n4\t0\tpress\n");
  const auto run = folder.load_run(
      "inputs:\n- {events: events.tsv, by: trial_type, levels: [flash]}\n- {events: events.tsv, "
      "by: trial_type, levels: [press], duration: 1 s}");
  EXPECT_EQ(run.input("flash")->onset, (Numbers{1, 3}));
  EXPECT_EQ(run.input("press")->onset, (Numbers{3, 5}));
  EXPECT_NE(folder.mistakes("inputs: {events: events.tsv, by: trial_type}")
                .find("the duration of an event must be positive, got 0 s"),
            std::string::npos);
}

}  // namespace
}  // namespace insula::dataset
