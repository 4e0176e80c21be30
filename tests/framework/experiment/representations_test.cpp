// SPDX-License-Identifier: Apache-2.0
// Representational similarity end to end: `comparison: {rdm: …}` of an experiment, against the same
// numbers made the slow way from what the run says it predicted.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/base/random.h"
#include "framework/dataset/npy.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kShownStimuli = 6, kShowings = 9, kLasting = 4;  // times, s
constexpr int kRecordedChannels = 4, kSeenColumns = 3;
constexpr double kRecordedNoise = 0.15;

int shown_stimulus(int trial) { return (5 * trial + trial / kShownStimuli) % kShownStimuli; }

Eigen::MatrixXd seen_features() {
  Stream random(1, "features");
  Eigen::MatrixXd x(kShownStimuli, kSeenColumns);
  for (Eigen::Index i = 0; i < kShownStimuli; ++i)
    for (Eigen::Index j = 0; j < kSeenColumns; ++j) x(i, j) = random.normal();
  return x;
}

// Four populations that follow a mixture of the features; as text, a row a second.
std::string recorded_of(const std::string& subject, bool has_holes) {
  Stream random(2, "noise/" + subject), weights(2, "weights");
  Eigen::MatrixXd w(kSeenColumns, kRecordedChannels);
  for (Eigen::Index i = 0; i < kSeenColumns; ++i)
    for (Eigen::Index j = 0; j < kRecordedChannels; ++j) w(i, j) = weights.normal();
  const Eigen::MatrixXd drive = seen_features() * w;
  std::string text = "A\tB\tC\tD\n";
  Eigen::RowVectorXd x = Eigen::RowVectorXd::Zero(kRecordedChannels);
  for (int t = 0; t < kShownStimuli * kShowings * kLasting; ++t) {
    for (Eigen::Index c = 0; c < kRecordedChannels; ++c)
      text += (c > 0 ? "\t" : "") + (has_holes && (t + c) % 7 == 0
                                         ? std::string("n/a")
                                         : std::to_string(x[c] + kRecordedNoise * random.normal()));
    text += "\n";
    x += (1 - std::exp(-2.0)) * (0.3 * drive.row(shown_stimulus(t / kLasting)) - x);
  }
  return text;
}

// With holes, every seventh second of a channel is missing, another one in each.
Experiment shown_experiment(const std::string& rdm, int subjects = 1, bool has_holes = false) {
  const dataset::Folder folder;
  std::string trials = "onset\tpicture\n";
  for (int i = 0; i < kShownStimuli * kShowings; ++i)
    trials += std::to_string(i * kLasting) + "\t" + std::to_string(shown_stimulus(i)) + "\n";
  folder.write("trials.tsv", trials);
  folder.write("clip.npy", dataset::npy_of(seen_features()));
  std::string manifest = "insula: dataset/1\nname: shown\nsubjects:\n";
  for (int s = 0; s < subjects; ++s) {
    const std::string id = "s" + std::to_string(s + 1);
    folder.write(id + ".tsv", recorded_of(id, has_holes));
    manifest += "- id: " + id + "\n  runs:\n  - id: a\n    duration: " +
                std::to_string(kShownStimuli * kShowings * kLasting) +
                " s\n    recordings: {rate: {modality: rate, file: " + id +
                ".tsv, interval: 1 s}}\n"
                "    trials: {file: trials.tsv, onset: onset, duration: 4 s, stimulus: picture}\n"
                "    features: {clip: {file: clip.npy, at: trials}}\n";
  }
  folder.write("dataset.yaml", manifest);
  folder.write("seen.yaml", R"(insula: architecture/1
name: seen
regions: {A: {kind: rate}, B: {kind: rate}, C: {kind: rate}, D: {kind: rate}}
features: {clip: {drives: [A, B, C, D], columns: 3, prior: {scale: learned}}}
observations: {rate: {kind: rate, regions: [A, B, C, D]}}
)");
  folder.write("experiment.yaml",
               R"(insula: experiment/1
name: representations
dataset: dataset.yaml
hypotheses: [seen.yaml]
baselines: [mean, ridge]
inference: {pareto_draws: 0}
validation: {split: blocks, folds: 3, gap: 4 s}
comparison: {bootstrap: 200, block: 10 s, rdm: )" +
                   rdm + "}\nseed: 5\n");
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

const report::Results& one_subject() {
  static const report::Results results =
      run(shown_experiment("{from: 1 s, to: 4 s, distance: euclidean}"), test::portable_kinds());
  return results;
}

report::RdmRow rdm_row_of(const report::Results& results,
                          const std::string& model,
                          const std::string& subject = "s1") {
  for (const report::RdmRow& row : results.rdm)
    if (row.model == model && row.subject == subject) return row;
  ADD_FAILURE() << "no row of " << model;
  return {};
}

double tau_by_pairs(const std::vector<double>& a, const std::vector<double>& b) {
  const auto sign = [](double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; };
  double sum = 0, pairs = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = i + 1; j < a.size(); ++j, ++pairs)
      sum += sign(a[i] - a[j]) * sign(b[i] - b[j]);
  return sum / pairs;
}

// Of three samples in a row, those whose datum is known.
Eigen::RowVectorXd mean_of_known(const Eigen::MatrixXd& values,
                                 const Eigen::MatrixXd& observed,
                                 int first) {
  Eigen::RowVectorXd mean(values.cols());
  for (Eigen::Index c = 0; c < values.cols(); ++c) {
    double sum = 0, n = 0;
    for (int t = first; t < first + 3; ++t)
      if (std::isfinite(observed(t, c))) sum += values(t, c), ++n;
    mean[c] = sum / n;
  }
  return mean;
}

// From the table of predictions: of each fold the trials that it tests from 1 s to 4 s after their
// onsets, means of stimuli, squared distances, pairs of pairs.
double tau_of_predictions(const report::Results& results, const std::string& model) {
  double sum = 0, weight = 0;
  for (int fold = 0; fold < 3; ++fold) {
    std::map<int, std::pair<Eigen::RowVectorXd, Eigen::RowVectorXd>> sums;
    std::map<int, double> count;
    for (const report::PredictionBlock& block : results.predictions) {
      if (block.model != model) continue;
      for (int trial = 0; trial < kShownStimuli * kShowings; ++trial) {
        const int first = trial * kLasting + 1;
        bool is_held_out = true;
        for (int t = first; t < first + 3; ++t) is_held_out &= block.fold[t] == fold;
        if (!is_held_out) continue;
        const int stimulus = shown_stimulus(trial);
        if (!sums.contains(stimulus))
          sums[stimulus] = {Eigen::RowVectorXd::Zero(kRecordedChannels),
                            Eigen::RowVectorXd::Zero(kRecordedChannels)};
        sums[stimulus].first += mean_of_known(block.observed, block.observed, first);
        sums[stimulus].second += mean_of_known(block.held_out, block.observed, first);
        count[stimulus] += 1;
      }
    }
    std::vector<double> of_data, of_model;
    for (auto a = sums.begin(); a != sums.end(); ++a)
      for (auto b = std::next(a); b != sums.end(); ++b) {
        const double m = count[a->first], n = count[b->first];
        of_data.push_back((a->second.first / m - b->second.first / n).squaredNorm());
        of_model.push_back((a->second.second / m - b->second.second / n).squaredNorm());
      }
    sum += static_cast<double>(of_data.size()) * tau_by_pairs(of_data, of_model);
    weight += static_cast<double>(of_data.size());
  }
  return sum / weight;
}

TEST(Representations, AreThoseOfThePredictionsFoldByFold) {
  for (const char* model : {"seen", "ridge"}) {
    const report::RdmRow row = rdm_row_of(one_subject(), model);
    EXPECT_CLOSE(row.value, tau_of_predictions(one_subject(), model), Tolerance::rounding(20));
    EXPECT_EQ(row.stimuli, kShownStimuli);
    EXPECT_EQ(row.pairs, 3 * kShownStimuli * (kShownStimuli - 1) / 2);
    EXPECT_LT(row.low, row.value);
    EXPECT_GT(row.high, row.value);
  }
  EXPECT_EQ(rdm_row_of(one_subject(), "seen").kind, "hypothesis");
  EXPECT_EQ(rdm_row_of(one_subject(), "seen").other, "ridge");
  EXPECT_EQ(rdm_row_of(one_subject(), "clip").kind, "band");
}

// Else a model would be compared by samples that the data do not have.
TEST(Representations, OfMissingDataAreOfTheSamplesThatAreThere) {
  const report::Results results =
      run(shown_experiment("{from: 1 s, to: 4 s, distance: euclidean}", 1, true),
          test::portable_kinds());
  for (const char* model : {"seen", "ridge"})
    EXPECT_CLOSE(rdm_row_of(results, model).value,
                 tau_of_predictions(results, model),
                 Tolerance::rounding(20));
}

// It differs between folds by what was held out, as much as the data themselves do.
TEST(Representations, OfTheMeanAreNone) { EXPECT_EQ(rdm_row_of(one_subject(), "mean").value, 0); }

TEST(Representations, OfTheTrueModelReachTheirCeiling) {
  const report::RdmRow row = rdm_row_of(one_subject(), "seen");
  EXPECT_EQ(row.ceiling_kind, "repeats");
  EXPECT_GT(row.lower_ceiling, 0.7);
  EXPECT_GE(row.upper_ceiling, row.lower_ceiling);
  // Noise of two sorts meets in the lower bound, of one in the prediction.
  EXPECT_GT(row.value, row.lower_ceiling - 0.1);
}

TEST(Representations, AreInEveryFileOfTheResults) {
  const auto files = test::files_of(one_subject());
  EXPECT_NE(files.at("rdm.tsv").find("rate\tseen\thypothesis\ts1\teuclidean\tkendall_tau_a"),
            std::string::npos);
  EXPECT_NE(files.at("report.html").find("<h2>Representations</h2>"), std::string::npos);
  EXPECT_NE(files.at("report.html").find("Similarity of dissimilarities on rate"),
            std::string::npos);
  EXPECT_NE(files.at("summary.json").find("\"lower_ceiling\""), std::string::npos);
}

TEST(Representations, OfSeveralSubjectsHaveTheCeilingThatTheyShare) {
  const report::Results results =
      run(shown_experiment("{from: 1 s, to: 4 s, distance: crossnobis, similarity: spearman}", 3),
          test::portable_kinds());
  const report::RdmRow all = rdm_row_of(results, "seen", "all");
  EXPECT_EQ(all.ceiling_kind, "subjects");
  EXPECT_EQ(all.distance, "crossnobis");
  double mean = 0;
  for (const char* id : {"s1", "s2", "s3"}) mean += rdm_row_of(results, "seen", id).value / 3;
  EXPECT_CLOSE(all.value, mean, Tolerance::rounding(4));
  EXPECT_GT(all.value, 0.7);
  EXPECT_GE(all.upper_ceiling, all.lower_ceiling);
  // A constant prediction has ranks that are all the same, and no correlation.
  EXPECT_TRUE(std::isnan(rdm_row_of(results, "mean", "all").value));
}

TEST(Representations, OfACourseHaveEverySampleAsANumber) {
  const report::Results results =
      run(shown_experiment("{from: 0 s, to: 3 s, take: course}"), test::portable_kinds());
  EXPECT_GT(rdm_row_of(results, "seen").value, 0.5);
  EXPECT_EQ(rdm_row_of(results, "seen").distance, "correlation");
}

}  // namespace
}  // namespace insula::experiment
