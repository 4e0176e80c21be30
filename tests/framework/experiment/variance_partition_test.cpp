// SPDX-License-Identifier: Apache-2.0
// What bands of features explain, end to end: partition.tsv beside scores.tsv.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "framework/dataset/npy.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kBandSamples = 240;

Eigen::MatrixXd band_values(const std::string& name, Eigen::Index columns) {
  Stream random(1, name);
  Eigen::MatrixXd x(kBandSamples, columns);
  for (Eigen::Index i = 0; i < kBandSamples; ++i)
    for (Eigen::Index j = 0; j < columns; ++j) x(i, j) = i % 3 == 0 ? random.normal() : x(i - 1, j);
  return x;
}

// Two channels: of `seen` alone, and of both bands; one sample in twenty of the second is missing.
Experiment of_two_bands() {
  const dataset::Folder folder;
  const Eigen::MatrixXd seen = band_values("seen", 2), heard = band_values("heard", 3);
  folder.write("seen.npy", dataset::npy_of(seen));
  folder.write("heard.npy", dataset::npy_of(heard));
  Stream random(2, "noise");
  std::string rate = "A\tB\n";
  for (Eigen::Index i = 0; i < kBandSamples; ++i)
    rate += std::to_string(2 + seen(i, 0) + 0.7 * random.normal()) + "\t" +
            (i % 20 == 7 ? std::string("n/a")
                         : std::to_string(seen(i, 1) + heard(i, 0) + 0.7 * random.normal())) +
            "\n";
  folder.write("rate.tsv", rate);
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: bands\nsubjects:\n- id: s01\n  runs:\n  - id: a\n"
               "    duration: 240 s\n"
               "    recordings: {rate: {modality: rate, file: rate.tsv, interval: 1 s}}\n"
               "    features:\n      seen: {file: seen.npy, interval: 1 s}\n"
               "      heard: {file: heard.npy, interval: 1 s}\n");
  folder.write("both.yaml", R"(insula: architecture/1
name: both
regions: {A: {kind: rate}, B: {kind: rate}}
features:
  seen: {drives: [A, B], columns: 2}
  heard: {drives: [A, B], columns: 3}
observations: {rate: {kind: rate, regions: [A, B]}}
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: bands
dataset: dataset.yaml
hypotheses: [both.yaml]
baselines: [ridge, banded_ridge]
inference: {pareto_draws: 0, max_iterations: 4}
validation: {split: blocks, folds: 3, gap: 4 s}
comparison: {bootstrap: 300, block: 8 s}
seed: 5
)");
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

const report::Results& results_of_bands() {
  static const report::Results results = run(of_two_bands(), test::portable_kinds());
  return results;
}

report::PartitionRow share_of(const std::string& channel, const std::string& band) {
  for (const report::PartitionRow& row : results_of_bands().partition)
    if (row.channel == channel && row.band == band) return row;
  ADD_FAILURE() << "no share of " << band << " in " << channel;
  return {};
}

double banded_r2_of(const std::string& channel) {
  for (const report::ScoreRow& row : results_of_bands().scores)
    if (row.model == "banded_ridge" && row.fold == "all" && row.channel == channel &&
        row.metric == "r2")
      return row.value;
  return NAN;
}

TEST(BandShares, AddUpToTheHeldOutR2OfTheScores) {
  for (const char* channel : {"A", "B", "mean"}) {
    const double sum = share_of(channel, "seen").share + share_of(channel, "heard").share +
                       share_of(channel, "rest").share;
    EXPECT_CLOSE(sum, banded_r2_of(channel), Tolerance::rounding(2000));
    EXPECT_CLOSE(share_of(channel, "seen").r2, banded_r2_of(channel), Tolerance::rounding(2000));
  }
}

TEST(BandShares, AreOfTheBandsThatMadeTheData) {
  // Signal and noise have variances 1 (2 in B) and 0.49; shares of 80 independent stretches.
  const Tolerance sampled = Tolerance::because(0.2, "three standard errors of 80 stretches");
  EXPECT_CLOSE(share_of("A", "seen").share, 1 / 1.49, sampled);
  EXPECT_CLOSE(share_of("A", "heard").share, 0, sampled);
  EXPECT_CLOSE(share_of("B", "seen").share, 1 / 2.49, sampled);
  EXPECT_CLOSE(share_of("B", "heard").share, 1 / 2.49, sampled);
  EXPECT_GT(share_of("A", "seen").low, 0.2);
  EXPECT_LT(share_of("A", "heard").high, 0.2);
}

TEST(BandShares, AreInTheFilesOfTheResults) {
  const auto files = test::files_of(results_of_bands());
  EXPECT_NE(files.at("partition.tsv").find("banded_ridge\ts01\trate\tmean\tseen\t"),
            std::string::npos);
  EXPECT_NE(files.at("report.html").find("<h2>Bands</h2>"), std::string::npos);
  EXPECT_NE(files.at("summary.json").find("\"partition\""), std::string::npos);
}

TEST(BandShares, AreKeptWithTheFits) {
  const Experiment e = of_two_bands();
  const dataset::Folder folder;
  RunOptions options;
  options.program = "this";
  schedule::Store store(folder.path(""));
  options.store = &store;
  const report::Results first = run(e, test::portable_kinds(), options);
  std::size_t taken = 0;
  options.progress = [&](const Progress& progress) { taken = progress.taken; };
  const report::Results again = run(e, test::portable_kinds(), options);
  EXPECT_GT(taken, 0U);
  ASSERT_EQ(first.partition.size(), again.partition.size());
  for (std::size_t i = 0; i < first.partition.size(); ++i)
    EXPECT_EQ(first.partition[i].share, again.partition[i].share);
}

}  // namespace
}  // namespace insula::experiment
