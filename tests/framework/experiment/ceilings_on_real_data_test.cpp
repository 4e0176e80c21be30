// SPDX-License-Identifier: Apache-2.0
// Published reliabilities, and ceilings of real experiments against another program's numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "framework/evaluation/noise_ceilings.h"
#include "framework/experiment/run.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/real_array.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kCells = 5, kRepeats = 20, kBins = 700;
constexpr const char* kBinaural = "david2018-ferret-a1-binaural-noise/";

// Ferret auditory cortex, two independent noises: cells × repeats × bins of 10 ms.
Eigen::MatrixXd repeats_of(const std::vector<double>& counts, int cell) {
  return Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(
      counts.data() + static_cast<std::ptrdiff_t>(cell) * kRepeats * kBins, kRepeats, kBins);
}

// source  README of the dataset: split-half reliability of the mean of 20 repeats, Spearman-Brown.
TEST(FerretA1, HasThePublishedSplitHalfReliabilities) {
  if (std::getenv("INSULA_DATA") == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
  const std::vector<double> counts = real_array(std::string(kBinaural) + "spike_counts.npy");
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(kCells * kRepeats * kBins));
  constexpr double kPublished[kCells] = {0.796, 0.704, 0.071, 0.562, 0.190};
  for (int cell = 0; cell < kCells; ++cell) {
    Stream random(1, "halves");
    const Eigen::MatrixXd y = repeats_of(counts, cell);
    const evaluation::SplitHalf s = evaluation::split_half(y, 1000, random);
    const Tolerance draws = Tolerance::because(0.02, "other splits were drawn for the README");
    EXPECT_CLOSE(s.of_all, kPublished[cell], draws) << "cell " << cell;
    EXPECT_CLOSE(evaluation::power(y).reliability(kRepeats), kPublished[cell], draws);
    const evaluation::LeaveOneOut l = evaluation::leave_one_out(y);
    if (cell == 2) continue;  // hardly fires
    EXPECT_CLOSE(evaluation::spearman_brown(l.of_one, kRepeats), kPublished[cell], draws);
  }
}

std::string lines_of(const Eigen::MatrixXd& rows) {
  std::ostringstream text;
  text.precision(9);
  for (Eigen::Index i = 0; i < rows.rows(); ++i)
    for (Eigen::Index j = 0; j < rows.cols(); ++j)
      text << rows(i, j) << (j + 1 < rows.cols() ? '\t' : '\n');
  return text.str();
}

report::ScoreRow pooled(const report::Results& results,
                        const std::string& model,
                        const std::string& channel) {
  for (const report::ScoreRow& r : results.scores)
    if (r.model == model && r.channel == channel && r.fold == "all" && r.metric == "r") return r;
  ADD_FAILURE() << "no score of " << model << " on " << channel;
  return {};
}

Experiment binaural_experiment(const Catalogue& kinds) {
  const dataset::Folder folder;
  const std::vector<double> counts = real_array(std::string(kBinaural) + "spike_counts.npy");
  const std::vector<double> sound = real_array(std::string(kBinaural) + "stimulus_envelopes.npy");
  const Eigen::MatrixXd a1 = repeats_of(counts, 0), b1 = repeats_of(counts, 1);
  using Rows = Eigen::Matrix<double, -1, -1, Eigen::RowMajor>;
  folder.write("sound.tsv",
               "contra\tipsi\n" + lines_of(Eigen::Map<const Rows>(sound.data(), kBins, 2)));
  std::string manifest = "insula: dataset/1\nname: binaural\nsubjects:\n- id: por026c\n  runs:\n";
  for (int r = 0; r < kRepeats; ++r) {
    const std::string id = "r" + std::to_string(r);
    Eigen::MatrixXd both(kBins, 2);
    both << a1.row(r).transpose(), b1.row(r).transpose();
    folder.write(id + ".tsv", "a1\tb1\n" + lines_of(both));
    manifest += "  - id: " + id +
                "\n    duration: 7 s\n    stimulus: noise\n"
                "    inputs: {file: sound.tsv, interval: 10 ms}\n    recordings: {spikes: "
                "{modality: spikes, unit: \"1\", interval: 10 ms, file: " +
                id + ".tsv}}\n";
  }
  folder.write("dataset.yaml", manifest);
  folder.write("two_ears.yaml", R"(insula: architecture/1
name: two_ears
regions:
  a1: {kind: rate, time_constant: {prior: lognormal(20 ms, 0.5)}}
  b1: {kind: rate, time_constant: {prior: lognormal(20 ms, 0.5)}}
inputs: {contra: {drives: [a1, b1]}, ipsi: {drives: [a1, b1]}}
observations: {spikes: {kind: spikes, regions: [a1, b1]}}
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: binaural
dataset: dataset.yaml
hypotheses: [two_ears.yaml]
baselines: [ridge]
inference: {pareto_draws: 0}
validation: {split: blocks, folds: 5, gap: 200 ms}
comparison: {bootstrap: 200, block: 350 ms}
seed: 1
)");
  return load(folder.path("experiment.yaml"), kinds);
}

TEST(FerretA1, IsPredictedAsWellAsItsNoiseAllows) {
  if (std::getenv("INSULA_DATA") == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
  const Catalogue kinds = catalogue();
  const report::Results results = run(binaural_experiment(kinds), kinds);
  // Independent: numpy on the arrays, variances over the 20 repeats of each of 140 bins of a fold.
  const Tolerance digits = Tolerance::printed_decimals(6);
  EXPECT_CLOSE(pooled(results, "ridge", "a1").ceiling, 0.384415, digits);
  EXPECT_CLOSE(pooled(results, "ridge", "b1").ceiling, 0.310628, digits);
  // source  README: ridge of 20 lags, held out in 7 blocks, correlates 0.609 and 0.610 with the
  // mean response, whose reliabilities are 0.796 and 0.704. What is normalised of single
  // presentations is what is normalised of their mean.
  const Tolerance other_model = Tolerance::because(0.1, "another model, other blocks");
  EXPECT_CLOSE(pooled(results, "two_ears", "a1").normalised, 0.609 / std::sqrt(0.796), other_model);
  EXPECT_CLOSE(pooled(results, "two_ears", "b1").normalised, 0.610 / std::sqrt(0.704), other_model);
  EXPECT_CLOSE(pooled(results, "ridge", "a1").normalised, 0.609 / std::sqrt(0.796), other_model);
  for (const char* cell : {"a1", "b1"}) {
    const report::ScoreRow r = pooled(results, "two_ears", cell);
    RecordProperty(std::string(cell) + "_r", std::to_string(r.value));
    RecordProperty(std::string(cell) + "_normalised", std::to_string(r.normalised));
    EXPECT_LT(r.value, r.ceiling);
    EXPECT_GT(r.normalised_low, 0.3) << cell;
    EXPECT_EQ(r.ceiling, pooled(results, "ridge", cell).ceiling);
  }
}

// Mouse visual cortex, session 3: 228 trials of 390 ms, mean counts of 228 neurons in bins of 10
// ms.
Experiment contrasts_experiment(const Catalogue& kinds) {
  constexpr int kTrials = 228, kNeurons = 228, kTimes = 39;
  const dataset::Folder folder;
  const std::vector<double> counts =
      real_array("steinmetz2019-visual-5sessions/session3_spikes.npy");
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(kTrials * kTimes, 1);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::size_t trial = i / (kNeurons * kTimes);
    mean(static_cast<Eigen::Index>(trial * kTimes + i % kTimes), 0) += counts[i] / kNeurons;
  }
  folder.write("counts.tsv", "V\n" + lines_of(mean));
  std::ifstream table(std::string(std::getenv("INSULA_DATA")) +
                      "/steinmetz2019-visual-5sessions/trials.tsv");
  std::string trials = "onset\tleft\tright\n", line;
  for (int n = 0; std::getline(table, line);) {
    std::istringstream cells(line);
    std::string session, mouse, trial, left, right;
    cells >> session >> mouse >> trial >> left >> right;
    if (session != "3") continue;
    trials += std::to_string(0.39 * n++) + "\t" + left + "\t" + right + "\n";
  }
  folder.write("trials.tsv", trials);
  folder.write("dataset.yaml", R"(insula: dataset/1
name: contrasts
subjects:
  - id: session3
    runs:
      - id: all
        duration: 88.92 s
        inputs:
          events: trials.tsv
          duration: 390 ms
          columns: {left: left, right: right}
        recordings: {rate: {modality: rate, file: counts.tsv, interval: 10 ms}}
        trials: {file: trials.tsv, onset: onset, columns: [left, right]}
repeats: {by: [left, right], to: 390 ms}
)");
  folder.write("driven.yaml", R"(insula: architecture/1
name: driven
regions: {V: {kind: rate, time_constant: {prior: lognormal(50 ms, 0.5)}}}
inputs: {left: {drives: [V]}, right: {drives: [V]}}
observations: {rate: {kind: rate, regions: [V]}}
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: contrasts
dataset: dataset.yaml
hypotheses: [driven.yaml]
baselines: []
inference: {pareto_draws: 0}
validation: {split: blocks, folds: 4, gap: 390 ms}
comparison: {bootstrap: 100, block: 3.9 s}
seed: 1
)");
  return load(folder.path("experiment.yaml"), kinds);
}

TEST(MouseVisualCortex, HasTheCeilingOfTrialsThatShowTheSameContrasts) {
  if (std::getenv("INSULA_DATA") == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
  const Catalogue kinds = catalogue();
  const report::Results results = run(contrasts_experiment(kinds), kinds);
  const report::ScoreRow r = pooled(results, "driven", "V");
  // Independent: numpy on the array, trials grouped by both contrasts within each 57 of them.
  EXPECT_CLOSE(r.ceiling, 0.396564, Tolerance::printed_decimals(6));
  EXPECT_LT(r.value, r.ceiling);
  RecordProperty("r", std::to_string(r.value));
}

}  // namespace
}  // namespace insula::experiment
