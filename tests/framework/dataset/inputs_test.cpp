// SPDX-License-Identifier: Apache-2.0
// Inputs given as sampled series.
#include <gtest/gtest.h>

#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Numbers = std::vector<double>;

TEST(SampledInputs, BecomeStepSignals) {
  const Folder folder;
  folder.write("in.tsv", "a\tb\n0\t2\n1\t2\n1\t0\n0\t0\n0\t0\n");
  const auto run = folder.load_run("inputs: {file: in.tsv, interval: 2 s}");
  ASSERT_EQ(run.inputs.size(), 2U);
  EXPECT_EQ(run.inputs[0].name, "a");
  EXPECT_EQ(run.inputs[0].unit, "1");
  EXPECT_EQ(run.inputs[0].onset, (Numbers{2, 6}));
  EXPECT_EQ(run.inputs[0].value, (Numbers{1, 0}));
  EXPECT_EQ(run.inputs[1].onset, (Numbers{0, 4}));
  EXPECT_EQ(run.input("b"), &run.inputs[1]);
  EXPECT_EQ(run.input("c"), nullptr);
}

TEST(SampledInputs, MayBeRenamedChosenClippedAndShifted) {
  const Folder folder;
  folder.write("in.csv", "a,b,c\n0,1,x\n3,1,y\n");
  const auto run = folder.load_run(
      "inputs: {file: in.csv, rate: 0.5 Hz, start: 1 s, columns: {sound: a}, clip: [0, 1], unit: "
      "dB}");
  ASSERT_EQ(run.inputs.size(), 1U);
  EXPECT_EQ(run.inputs[0].name, "sound");
  EXPECT_EQ(run.inputs[0].unit, "dB");
  EXPECT_EQ(run.inputs[0].onset, (Numbers{3, 5}));
  EXPECT_EQ(run.inputs[0].value, (Numbers{1, 0}));
}

TEST(SampledInputs, HoldTheirLastValueToTheEndOfTheRun) {
  const Folder folder;
  folder.write("in.tsv", "a\n0\n1\n");
  const auto run = folder.load_run("inputs: {file: in.tsv, interval: 5 s}");
  EXPECT_EQ(run.inputs[0].onset, Numbers{5});
  EXPECT_TRUE(folder.load().doubts.empty());
}

TEST(SampledInputs, MayComeInSeveralBlocksAndFromArrays) {
  const Folder folder;
  folder.write("in.tsv", "a\n1\n0\n");
  folder.write("in.npy", npy("<i2", "(2, 2)", raw<std::int16_t>({0, 1, 1, 1})));
  const auto run = folder.load_run(
      "inputs:\n- {file: in.tsv, interval: 5 s}\n"
      "- {file: in.npy, interval: 5 s, columns: [left, right]}\n"
      "- {file: in.npy, interval: 5 s, columns: {again: 0}}");
  ASSERT_EQ(run.inputs.size(), 4U);
  EXPECT_EQ(run.input("left")->onset, Numbers{5});
  EXPECT_EQ(run.input("right")->onset, Numbers{0});
  EXPECT_EQ(run.input("again")->onset, Numbers{5});
}

TEST(SampledInputs, MustBeKnownEverywhere) {
  const Folder folder;
  folder.write("in.tsv", "a\tb\n0\tn/a\nx\t0\n");
  EXPECT_EQ(
      folder.mistakes("inputs: {file: in.tsv, interval: 5 s}"),
      "DIR/in.tsv:2:3: error: input 'b' is missing here, but an input must be known at all times\n"
      "    2 | 0\tn/a\n"
      "      |  \t^~~\n"
      "DIR/in.tsv:3:1: error: 'x' in column 'a' is not a finite number\n"
      "    3 | x\t0\n"
      "      | ^");
}

TEST(SampledInputs, ThatEndEarlyOrLateAreDoubted) {
  const Folder folder;
  folder.write("in.tsv", "a\tb\n1\t1\n1\t0\n1\t0\n");
  folder.load_run("inputs: {file: in.tsv, interval: 4 s}");
  Dataset dataset = folder.load();
  ASSERT_EQ(dataset.doubts.size(), 1U);
  EXPECT_EQ(dataset.doubts[0].check, "input_after_end");
  EXPECT_EQ(dataset.doubts[0].where, "s01/run-1/a");
  EXPECT_EQ(dataset.doubts[0].message,
            "the series goes on for 2 s after the end of the run and is not 0 there; that part is "
            "left out");
  folder.load_run("inputs: {file: in.tsv, interval: 3 s}");
  dataset = folder.load();
  ASSERT_EQ(dataset.doubts.size(), 2U);
  EXPECT_EQ(dataset.doubts[0].check, "input_shorter_than_run");
  EXPECT_EQ(dataset.doubts[0].message,
            "the series ends 1 s before the run; the input is 0 from there on");
}

TEST(SampledInputs, CompareTheirTimeColumnWithTheInterval) {
  const Folder folder;
  folder.write("in.tsv", "t\ta\n0\t1\n5.4\t0\n");
  const auto run = folder.load_run("inputs: {file: in.tsv, interval: 5 s, time: t}");
  ASSERT_EQ(run.inputs.size(), 1U);  // the time column is no input
  const Dataset dataset = folder.load();
  ASSERT_EQ(dataset.doubts.size(), 1U);
  EXPECT_EQ(dataset.doubts[0].check, "sampling_jitter");
  EXPECT_EQ(dataset.doubts[0].severity, Finding::Severity::warning);
  EXPECT_EQ(dataset.doubts[0].message,
            "column 't' puts sample 1 at 5.4 s, but start and interval put it at 5 s");
}

}  // namespace
}  // namespace insula::dataset
