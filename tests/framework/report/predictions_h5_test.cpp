// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/files.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

void expect_same(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.cols(), b.cols());
  Eigen::Index different = 0;
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    const double x = a.data()[i], y = b.data()[i];
    different += !(x == y || (std::isnan(x) && std::isnan(y)));
  }
  EXPECT_EQ(different, 0);
}

void expect_same(const PredictionBlock& a, const PredictionBlock& b) {
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.run, b.run);
  EXPECT_EQ(a.recording, b.recording);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_EQ(a.channels, b.channels);
  expect_same(a.time, b.time);
  expect_same(a.observed, b.observed);
  expect_same(a.held_out, b.held_out);
  expect_same(a.held_out_sd, b.held_out_sd);
  expect_same(a.fitted, b.fitted);
  expect_same(a.fitted_sd, b.fitted_sd);
  EXPECT_EQ(a.fold, b.fold);
}

void expect_round_trip(const std::vector<PredictionBlock>& blocks) {
  const TemporaryFolder folder;
  write_predictions(blocks, folder / "p.h5");
  const std::vector<PredictionBlock> back = read_predictions(folder / "p.h5");
  ASSERT_EQ(back.size(), blocks.size());
  for (std::size_t i = 0; i < back.size(); ++i) expect_same(back[i], blocks[i]);
}

TEST(Predictions, ReadBackBitForBitInTheirOrder) {
  expect_round_trip(example_results().predictions);
}

TEST(Predictions, MayBeNone) { expect_round_trip({}); }

TEST(Predictions, MayHaveNoSamplesAndNoChannels) {
  PredictionBlock block;
  block.model = "m";
  expect_round_trip({block});
}

TEST(Predictions, KeepNamesThatAreNoPathComponents) {
  std::vector<PredictionBlock> blocks = example_results().predictions;
  blocks.resize(6);
  const std::vector<std::string> names{"a/b", "..", "order", "", "50%", "%2F\n\té→"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    blocks[i].model = names[i];
    blocks[i].run = names[names.size() - 1 - i];
    blocks[i].channels = {"V1/left", "", "…"};
  }
  expect_round_trip(blocks);
}

TEST(Predictions, HoldThousandsOfChannelsAndBlocks) {
  // HDF5 attributes end at 64 kB: names must not be stored there.
  PredictionBlock block;
  block.model = "m";
  for (int i = 0; i < 8000; ++i) block.channels.push_back("parcel-" + std::to_string(i));
  block.time = block.observed = block.held_out = Eigen::MatrixXd::Random(3, 8000);
  block.held_out_sd = block.fitted = block.fitted_sd = block.time;
  block.fold = Eigen::VectorXi::Constant(3, -1);
  std::vector<PredictionBlock> blocks{block};
  PredictionBlock small;
  for (int i = 0; i < 400; ++i) {
    small.model = std::string(200, 'm') + std::to_string(i);
    blocks.push_back(small);
  }
  expect_round_trip(blocks);
}

TEST(Predictions, AreTheSameBytesForTheSameValues) {
  const TemporaryFolder folder;
  write_predictions(example_results().predictions, folder / "a.h5");
  // Times that HDF5 would store have a resolution of a second.
  std::filesystem::create_directory(folder / "other");
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds(1100);
  while (std::chrono::steady_clock::now() < later) {
  }
  write_predictions(example_results().predictions, folder / "other/b.h5");
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "other/b.h5"));
}

TEST(Predictions, SayThatAFileIsDamaged) {
  const TemporaryFolder folder;
  write_predictions(example_results().predictions, folder / "p.h5");
  std::filesystem::resize_file(folder / "p.h5", 3000);
  try {
    read_predictions(folder / "p.h5");
    FAIL() << "a truncated file was read";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).find((folder / "p.h5") + ": error: the file is damaged: "),
              0u)
        << error.what();
  }
}

}  // namespace
}  // namespace insula::report
