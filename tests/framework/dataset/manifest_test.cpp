// SPDX-License-Identifier: Apache-2.0
// What a manifest becomes when all is well.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "framework/dataset/file.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

constexpr const char* kBold = "t\tV1\tV5\n0\t1\t2\n2\t3\tn/a\n4\t5\t6\n";

TEST(Load, ReadsARecording) {
  const Folder folder;
  folder.write("bold.tsv", kBold);
  const auto run = folder.load_run(
      "recordings:\n  bold: {modality: bold, file: bold.tsv, interval: 2 s, time: t, unit: \"%\", "
      "delay: 100 ms}");
  EXPECT_EQ(run.id, "run-1");
  EXPECT_EQ(run.duration, 10);
  const Recording* bold = run.recording("bold");
  ASSERT_NE(bold, nullptr);
  EXPECT_EQ(bold->modality, "bold");
  EXPECT_EQ(bold->unit, "%");
  EXPECT_EQ(bold->interval, 2);
  EXPECT_EQ(bold->start, 0);
  EXPECT_EQ(bold->channels, (std::vector<std::string>{"V1", "V5"}));
  EXPECT_EQ(bold->delay, (std::vector<double>{0.1, 0.1}));
  ASSERT_EQ(bold->samples.rows(), 3);
  EXPECT_EQ(bold->samples(1, 0), 3);
  EXPECT_TRUE(std::isnan(bold->samples(1, 1)));
  EXPECT_EQ(bold->samples(2, 1), 6);
  EXPECT_EQ(bold->confounds.rows(), 3);
  EXPECT_EQ(bold->confounds.cols(), 0);
  EXPECT_EQ(bold->time(2, 1), 4.1);
  EXPECT_EQ(bold->place.line, 9);
  EXPECT_TRUE(folder.load().doubts.empty());
}

TEST(Load, ReadsDelaysByChannelAndConfounds) {
  const Folder folder;
  folder.write("bold.tsv", kBold);
  folder.write("motion.csv", "x,y\n1,2\n3,4\n5,6\n");
  const auto run = folder.load_run(
      "recordings:\n  bold:\n    modality: bold\n    file: bold.tsv\n    rate: 0.5 Hz\n"
      "    start: -1 s\n    channels: {left: V5, right: V1}\n    delay: {right: 1 s, left: 500 "
      "ms}\n"
      "    confounds: {file: motion.csv, columns: [y]}");
  const Recording& bold = run.recordings.at(0);
  EXPECT_EQ(bold.channels, (std::vector<std::string>{"left", "right"}));
  EXPECT_EQ(bold.samples(2, 0), 6);
  EXPECT_EQ(bold.samples(2, 1), 5);
  EXPECT_EQ(bold.delay, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(bold.interval, 2);
  EXPECT_EQ(bold.start, -1);
  EXPECT_EQ(bold.confound_names, std::vector<std::string>{"y"});
  EXPECT_EQ(bold.confounds, Eigen::Vector3d(2, 4, 6));
}

TEST(Load, ReadsTheSameNumbersFromEveryFormat) {
  const Folder folder;
  folder.write("x.tsv", "a\tb\n1\t2\n3\tn/a\n");
  folder.write("x.csv", "a,b\r\n1,2\r\n3,\r\n");
  folder.write("x.tsv.gz", gzipped("a\tb\n1\t2\n3\tn/a\n"));
  folder.write("x.npy", npy("<f8", "(2, 2)", raw<double>({1, 2, 3, std::nan("")})));
  folder.write("x.npy.gz",
               gzipped(npy("<f4", "(2, 2)", raw<float>({1, 3, 2, std::nanf("")}), true)));
  folder.write("x.dat", "a,b\n1,2\n3,NaN\n");
  for (const std::string file :
       {"x.tsv", "x.csv", "x.tsv.gz", "x.npy", "x.npy.gz", "x.dat, format: csv"}) {
    const auto run = folder.load_run(
        "recordings: {r: {modality: rate, file: " + file + ", interval: 1 s, channels: " +
        (file.starts_with("x.npy") ? "{a: 0, b: 1}" : "[a, b]") + "}}");
    const Eigen::MatrixXd& samples = run.recordings.at(0).samples;
    EXPECT_EQ(samples.topRows(1), Eigen::RowVector2d(1, 2)) << file;
    EXPECT_EQ(samples(1, 0), 3) << file;
    EXPECT_TRUE(std::isnan(samples(1, 1))) << file;
    EXPECT_EQ(run.recordings[0].unit, "a.u.");
  }
}

TEST(Load, ReadsBackWhatWasWrittenToTheLastBit) {
  const Folder folder;
  std::string text = "a\n";
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(std::ldexp(std::sin(i), i - 150));
    char printed[40];
    std::snprintf(printed, sizeof printed, "%.17g\n", values.back());
    text += printed;
  }
  folder.write("x.tsv", text);
  folder.write("x.npy", npy("<f8", "(300,)", raw(values)));
  for (const std::string file : {"x.tsv", "x.npy"}) {
    const auto run =
        folder.load_run("recordings: {r: {modality: rate, file: " + file + ", interval: 1 ms}}");
    for (int i = 0; i < 300; ++i) {
      ASSERT_EQ(run.recordings[0].samples(i, 0), values[static_cast<std::size_t>(i)]) << file;
    }
  }
}

TEST(Load, NamesTheColumnsOfAnArrayByPosition) {
  const Folder folder;
  folder.write("x.npy", npy("|u1", "(2, 3)", raw<std::uint8_t>({1, 2, 3, 4, 5, 6})));
  auto run = folder.load_run("recordings: {r: {modality: rate, file: x.npy, interval: 1 s}}");
  EXPECT_EQ(run.recordings[0].channels, (std::vector<std::string>{"0", "1", "2"}));
  run = folder.load_run(
      "recordings: {r: {modality: rate, file: x.npy, interval: 1 s, channels: [a, b, c]}}");
  EXPECT_EQ(run.recordings[0].channels, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(run.recordings[0].samples(1, 2), 6);
}

TEST(Load, ReadsSeveralSubjectsAndRuns) {
  const Folder folder;
  folder.write("a.tsv", "x\n1\n2\n");
  folder.write("b.tsv", "y\n1\n0\n");
  folder.write(
      "dataset.yaml",
      "insula: dataset/1\nname: two\ndescription: d\ncitation: c\nlicence: l\nsubjects:\n"
      "- id: s01\n  runs:\n"
      "  - {id: r1, duration: 2 s, inputs: {file: b.tsv, interval: 1 s},"
      " recordings: {bold: {modality: bold, file: a.tsv, interval: 1 s}}}\n"
      "  - {id: r2, duration: 2 s, recordings: {pupil: {modality: pupil, file: a.tsv,"
      " rate: 1 Hz}}}\n"
      "- id: s02\n  runs:\n  - {id: r1, duration: 1 min, inputs: {file: b.tsv, interval: 30 s,"
      " columns: {z: y}}}\n");
  const Dataset dataset = folder.load();
  EXPECT_EQ(dataset.name, "two");
  EXPECT_EQ(dataset.description, "d");
  EXPECT_EQ(dataset.citation, "c");
  EXPECT_EQ(dataset.licence, "l");
  ASSERT_EQ(dataset.subjects.size(), 2U);
  ASSERT_EQ(dataset.subjects[0].runs.size(), 2U);
  EXPECT_EQ(dataset.subjects[1].id, "s02");
  EXPECT_EQ(dataset.subjects[1].runs[0].duration, 60);
  EXPECT_EQ(dataset.input_names(), (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(dataset.recording_names(), (std::vector<std::string>{"bold", "pupil"}));
}

TEST(Load, ListsEveryFileOnceWithItsFingerprint) {
  const Folder folder;
  folder.write("a.tsv", "x\n1\n2\n");
  folder.write("b.tsv.gz", gzipped("y\n1\n0\n"));
  folder.load_run(
      "inputs: {file: b.tsv.gz, interval: 5 s}\nrecordings:\n"
      "  one: {modality: rate, file: a.tsv, interval: 5 s}\n"
      "  two: {modality: rate, file: ./a.tsv, interval: 5 s, confounds: {file: b.tsv.gz}}");
  const Dataset dataset = folder.load();
  ASSERT_EQ(dataset.files.size(), 3U);
  EXPECT_EQ(dataset.files[0].path, "dataset.yaml");
  EXPECT_EQ(dataset.files[0].sha256, sha256(read_bytes(folder.path("dataset.yaml"))));
  EXPECT_EQ(dataset.files[1].path, "b.tsv.gz");
  EXPECT_EQ(dataset.files[1].sha256, sha256(gzipped("y\n1\n0\n")));  // of the file as it lies there
  EXPECT_EQ(dataset.files[2].path, "a.tsv");
}

TEST(Load, ReadsMoreFilesThanItKeepsOpen) {
  const Folder folder;
  std::string lines = "recordings:";
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 20; ++i) {
      std::string number = std::to_string(i);
      std::string file = "f";
      file.append(number).append(".tsv");
      folder.write(file, "x\n" + number + "\n7\n");
      number.append(round == 0 ? "a" : "b");
      lines.append("\n  r").append(number).append(": {modality: rate, file: ").append(file);
      lines.append(", interval: 1 s}");
    }
  }
  const auto run = folder.load_run(lines);
  ASSERT_EQ(run.recordings.size(), 40U);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(run.recordings[static_cast<std::size_t>(i)].samples(0, 0), i % 20);
  }
  EXPECT_EQ(folder.load().files.size(), 21U);
}

TEST(Load, FindsFilesThroughAnEnvironmentVariable) {
  const Folder folder, data;
  data.write("a.tsv", "x\n1\n2\n");
  setenv("INSULA_TEST_FOLDER", data.path(".").c_str(), 1);
  const auto run = folder.load_run(
      "recordings: {r: {modality: rate, file: \"${INSULA_TEST_FOLDER}/a.tsv\", interval: 5 s}}");
  unsetenv("INSULA_TEST_FOLDER");
  EXPECT_EQ(run.recordings.at(0).samples(1, 0), 2);
}

TEST(Load, NamesFilesAsTheManifestDoesAndNotAsThisMachineDoes) {
  const Folder folder, data;
  data.write("a.tsv", "x\n1\n2\n");
  setenv("INSULA_TEST_FOLDER", data.path(".").c_str(), 1);
  folder.write_manifest(
      "recordings: {r: {modality: rate, file: \"${INSULA_TEST_FOLDER}/a.tsv\", interval: 5 s}}");
  const Dataset dataset = folder.load();
  unsetenv("INSULA_TEST_FOLDER");
  EXPECT_EQ(dataset.files.at(1).path, "${INSULA_TEST_FOLDER}/a.tsv");
}

}  // namespace
}  // namespace insula::dataset
