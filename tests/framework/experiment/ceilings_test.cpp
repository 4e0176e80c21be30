// SPDX-License-Identifier: Apache-2.0
// Noise ceilings end to end: from a dataset that says what is repeated to scores beside what they
// could be at best.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/base/random.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kSamples = 90, kRepeated = 6;  // of each of two stimuli, 1 s each
constexpr double kNoiseSd[] = {0.5, 1.5};    // of two channels

struct Sound {
  std::vector<double> input, response;
};

// What a population of kind `rate` makes of random steps.
Sound sound(const std::string& name) {
  Stream random(1, name);
  Sound s;
  double level = 0, x = 0;
  for (int t = 0; t < kSamples; ++t) {
    s.response.push_back(x);
    if (t % 5 == 0) level = 2 * random.uniform();
    s.input.push_back(level);
    const double drive = 4 / (1 + std::exp(-level)) - 2;
    x += (1 - std::exp(-1 / 2.0)) * (drive - x);  // over 1 s with a time constant of 2 s
  }
  return s;
}

// Six presentations of each of two sounds, alternating, as tables of rows.
struct Presentation {
  std::string stimulus, input, data;
};

std::vector<Presentation> presentations() {
  std::vector<Presentation> all;
  Stream random(2, "noise");
  for (int r = 0; r < kRepeated; ++r)
    for (const char* name : {"noise", "tone"}) {
      const Sound s = sound(name);
      Presentation p{name, "", ""};
      for (int t = 0; t < kSamples; ++t) {
        p.input += std::to_string(s.input[t]) + "\n";
        for (const double sd : kNoiseSd)
          p.data += (sd == kNoiseSd[0] ? "" : "\t") +
                    std::to_string(s.response[t] + sd * random.normal());
        p.data += "\n";
      }
      all.push_back(p);
    }
  return all;
}

void write_rest(const dataset::Folder& folder) {
  folder.write("leaky.yaml", R"(insula: architecture/1
name: leaky
regions: {A: {kind: rate}, B: {kind: rate}}
inputs: {sound: {drives: [A, B]}}
observations: {rate: {kind: rate, regions: [A, B]}}
parameters:
  A.time_constant: {prior: lognormal(2 s, 0.5)}
  B.time_constant: {prior: lognormal(2 s, 0.5)}
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: repeats
dataset: dataset.yaml
hypotheses: [leaky.yaml]
baselines: [ridge]
inference: {pareto_draws: 0}
validation: {split: blocks, folds: 3, gap: 4 s}
comparison: {bootstrap: 200, block: 10 s}
seed: 5
)");
}

// Each presentation is a run, which names its stimulus if `named`.
Experiment of_runs(bool named = true) {
  const dataset::Folder folder;
  std::string manifest = "insula: dataset/1\nname: runs\nsubjects:\n- id: s01\n  runs:\n";
  int number = 0;
  for (const Presentation& p : presentations()) {
    const std::string id = "r" + std::to_string(number++);
    folder.write(id + "_in.tsv", "sound\n" + p.input);
    folder.write(id + ".tsv", "A\tB\n" + p.data);
    manifest += "  - id: " + id + "\n    duration: " + std::to_string(kSamples) + " s\n" +
                (named ? "    stimulus: " + p.stimulus + "\n" : "") + "    inputs: {file: " + id +
                "_in.tsv, interval: 1 s}\n    recordings: {rate: {modality: rate, file: " + id +
                ".tsv, interval: 1 s}}\n";
  }
  folder.write("dataset.yaml", manifest);
  write_rest(folder);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

// All presentations in one run, each a trial.
Experiment of_trials(const std::string& repeats) {
  const dataset::Folder folder;
  std::string input = "sound\n", data = "A\tB\n", trials = "onset\tplayed\n";
  int number = 0;
  for (const Presentation& p : presentations()) {
    input += p.input, data += p.data;
    trials += std::to_string(number++ * kSamples) + "\t" + p.stimulus + "\n";
  }
  folder.write("in.tsv", input);
  folder.write("data.tsv", data);
  folder.write("trials.tsv", trials);
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: trials\nsubjects:\n- id: s01\n  runs:\n  - id: a\n"
               "    duration: " +
                   std::to_string(number * kSamples) +
                   " s\n    inputs: {file: in.tsv, interval: 1 s}\n"
                   "    recordings: {rate: {modality: rate, file: data.tsv, interval: 1 s}}\n"
                   "    trials: {file: trials.tsv, onset: onset, stimulus: played}\n" +
                   repeats);
  write_rest(folder);
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

report::ScoreRow row(const report::Results& results,
                     const std::string& model,
                     const std::string& fold,
                     const std::string& channel,
                     const std::string& metric) {
  for (const report::ScoreRow& r : results.scores)
    if (r.model == model && r.fold == fold && r.channel == channel && r.metric == metric) return r;
  ADD_FAILURE() << "no row of " << model << " " << fold << " " << channel << " " << metric;
  return {};
}

// Mean square of the true response about each fold's mean.
double signal_variance() {
  double sum = 0;
  for (int fold = 0; fold < 3; ++fold) {
    // Folds are thirds of the two sounds one after the other.
    std::vector<double> x;
    for (const char* name : {"noise", "tone"}) {
      const Sound s = sound(name);
      for (int t = 0; t < kSamples; ++t) {
        const int at = (name[0] == 'n' ? 0 : kSamples) + t;
        if (at / (2 * kSamples / 3) == fold) x.push_back(s.response[t]);
      }
    }
    double mean = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (const double v : x) sum += (v - mean) * (v - mean);
  }
  return sum / (2 * kSamples);
}

const report::Results& results_of_runs() {
  static const report::Results results = run(of_runs(), test::portable_kinds());
  return results;
}

TEST(NoiseCeiling, IsThatOfASinglePresentationOfKnownSignalAndNoise) {
  const report::Results& results = results_of_runs();
  for (int c = 0; c < 2; ++c) {
    const report::ScoreRow r = row(results, "leaky", "all", c == 0 ? "A" : "B", "r");
    const double noise = kNoiseSd[c] * kNoiseSd[c];
    const double share = signal_variance() / (signal_variance() + noise);
    // σ² is known to √(2 / 900) and the rest no worse: 5 % of the noise's share is three of these.
    EXPECT_CLOSE(r.ceiling * r.ceiling,
                 share,
                 Tolerance::because(0.15 * (1 - share), "three standard errors of both variances"));
    EXPECT_EQ(r.ceiling_kind, "repeats");
    EXPECT_EQ(r.normalised, r.value / r.ceiling);
    EXPECT_LT(r.normalised_low, r.normalised);
    EXPECT_GT(r.normalised_high, r.normalised);
    // The true model reaches its ceiling, however noisy the channel.
    EXPECT_LT(r.normalised_low, 1);
    EXPECT_GT(r.normalised_high, 0.9);
    EXPECT_LT(r.value, r.ceiling + 0.05);
  }
  EXPECT_GT(row(results, "leaky", "all", "A", "r").value,
            row(results, "leaky", "all", "B", "r").value + 0.2);
}

TEST(NoiseCeiling, StandsBesideRawScoresOfEveryModelMetricAndFold) {
  const report::Results& results = results_of_runs();
  for (const char* model : {"leaky", "ridge"})
    for (const char* metric : {"r", "r2"})
      for (const char* fold : {"1", "2", "3", "all"}) {
        const report::ScoreRow r = row(results, model, fold, "A", metric);
        EXPECT_TRUE(std::isfinite(r.value));
        EXPECT_CLOSE(r.normalised, r.value / r.ceiling, Tolerance::rounding(2));
        EXPECT_EQ(r.ceiling, row(results, "leaky", fold, "A", metric).ceiling)
            << "a ceiling is of the data alone";
      }
  const report::ScoreRow density = row(results, "leaky", "all", "A", "log_density");
  EXPECT_TRUE(std::isnan(density.ceiling));
  EXPECT_TRUE(std::isnan(density.normalised));
  EXPECT_EQ(density.ceiling_kind, "");
}

TEST(NoiseCeiling, OfAllChannelsIsTheirMeanAndTheMedianOfTheirQuotients) {
  const report::Results& results = results_of_runs();
  const report::ScoreRow a = row(results, "leaky", "all", "A", "r"),
                         b = row(results, "leaky", "all", "B", "r"),
                         mean = row(results, "leaky", "all", "mean", "r");
  EXPECT_CLOSE(mean.ceiling, (a.ceiling + b.ceiling) / 2, Tolerance::rounding(4));
  EXPECT_CLOSE(mean.normalised, (a.normalised + b.normalised) / 2, Tolerance::rounding(4));
  const report::ComparisonRow& in_comparison = results.comparison.front();
  EXPECT_EQ(in_comparison.r_ceiling, mean.ceiling);
  EXPECT_EQ(in_comparison.r_normalised, mean.normalised);
  EXPECT_EQ(in_comparison.r_normalised_low, mean.normalised_low);
  EXPECT_EQ(in_comparison.r2_ceiling, row(results, "leaky", "all", "mean", "r2").ceiling);
  const report::Verdict& verdict = results.verdicts.front();
  EXPECT_EQ(verdict.ceiling, mean.ceiling);
  EXPECT_EQ(verdict.normalised, mean.normalised);
  EXPECT_NE(verdict.sentence.find(" of the noise ceiling, 0."), std::string::npos)
      << verdict.sentence;
}

// Samples in these parts of the first fold get a marker.
Experiment marked(Experiment e, evaluation::Part part, double marker) {
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0]).front();
  std::vector<dataset::Run>& runs = e.dataset.subjects[0].runs;
  for (std::size_t r = 0; r < runs.size(); ++r)
    for (Eigen::Index i = 0; i < runs[r].recordings[0].samples.rows(); ++i)
      if (evaluation::part_of(fold, r, runs[r].recordings[0].time(i, 0), e.gap) == part)
        runs[r].recordings[0].samples(i, 0) += marker * (1 + std::sin(static_cast<double>(r * i)));
  return e;
}

TEST(NoiseCeiling, OfHeldOutRowsDoesNotKnowTrainingRowsNorTheOtherWayRound) {
  const report::Results& clean = results_of_runs();
  const report::Results training =
      run(marked(of_runs(), evaluation::Part::train, 3), test::portable_kinds());
  const report::Results held_out =
      run(marked(of_runs(), evaluation::Part::test, 3), test::portable_kinds());
  const auto ceiling = [](const report::Results& results, const char* fold, const char* metric) {
    return row(results, "leaky", fold, "A", metric).ceiling;
  };
  // Fold 1 is scored on rows that the first marker left alone, folds 2 and 3 on those that it hit.
  EXPECT_EQ(ceiling(training, "1", "r"), ceiling(clean, "1", "r"));
  EXPECT_NE(ceiling(training, "2", "r"), ceiling(clean, "2", "r"));
  // And the other way round: what fold 1 is scored on trains folds 2 and 3.
  EXPECT_NE(ceiling(held_out, "1", "r"), ceiling(clean, "1", "r"));
  EXPECT_EQ(ceiling(held_out, "2", "r"), ceiling(clean, "2", "r"));
  EXPECT_EQ(ceiling(held_out, "3", "r"), ceiling(clean, "3", "r"));
  // R² is defined by the training mean, and so is what it can be at best; by nothing else.
  EXPECT_NE(ceiling(training, "1", "r2"), ceiling(clean, "1", "r2"));
}

TEST(Folds, HoldAllRepeatsOfAStretchOutTogether) {
  Experiment e = of_runs();
  const dataset::Subject& subject = e.dataset.subjects[0];
  ASSERT_EQ(runs_by_stimulus(subject).size(), 2U);
  for (const evaluation::Fold& fold : folds_of(e, subject))
    for (const auto& group : runs_by_stimulus(subject))
      for (double t = 0.5; t < kSamples; ++t)
        for (const std::size_t r : group)
          EXPECT_EQ(evaluation::part_of(fold, r, t, e.gap),
                    evaluation::part_of(fold, group.front(), t, e.gap));
  e.split = Split::runs;
  const auto folds = folds_of(e, subject);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].name, "noise");
  EXPECT_EQ(folds[1].name, "tone");
  EXPECT_EQ(folds[0].test.size(), static_cast<std::size_t>(kRepeated));
  const Experiment unnamed = of_runs(false);
  EXPECT_EQ(runs_by_stimulus(unnamed.dataset.subjects[0]).size(), 2U * kRepeated);
}

TEST(NoiseCeiling, IsNotComputedWhereNothingIsSaidToBeRepeated) {
  const report::Results results = run(of_runs(false), test::portable_kinds());
  for (const report::ScoreRow& r : results.scores) {
    EXPECT_TRUE(std::isnan(r.ceiling));
    EXPECT_TRUE(std::isnan(r.normalised));
  }
  EXPECT_TRUE(results.not_computed.empty());
  EXPECT_EQ(results.verdicts.front().sentence.find("ceiling"), std::string::npos);
}

TEST(Repeats, OfTrialsAreThoseOfRunsLaidEndToEnd) {
  const Experiment runs = of_runs();
  const Experiment trials = of_trials("repeats: {by: stimulus, to: 90 s}\n");
  const std::vector<int> a = stimuli_of(runs, runs.dataset.subjects[0], targets(runs)[0]);
  const std::vector<int> b = stimuli_of(trials, trials.dataset.subjects[0], targets(trials)[0]);
  ASSERT_EQ(a.size(), b.size());
  std::map<int, int> same;
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(same.emplace(a[i], b[i]).first->second, b[i]) << i;
  EXPECT_EQ(same.size(), 2U * kSamples);
}

TEST(Repeats, OfTrialsBeginAndEndWhereTheDatasetSays) {
  const Experiment e = of_trials("repeats: {by: [], from: 10 s, to: 30 s}\n");
  const std::vector<int> stimuli = stimuli_of(e, e.dataset.subjects[0], targets(e)[0]);
  for (std::size_t i = 0; i < stimuli.size(); ++i) {
    const int in_trial = static_cast<int>(i) % kSamples;
    EXPECT_EQ(stimuli[i], in_trial >= 10 && in_trial < 30 ? in_trial - 10 : -1) << i;
  }
}

TEST(NoiseCeiling, ThatCannotBeToldIsSaidWithItsReason) {
  Experiment e = of_trials("repeats: {by: [], from: 10 s, to: 30 s}\n");  // 20 of 90 samples
  const report::Results results = run(e, test::portable_kinds());
  ASSERT_EQ(results.not_computed.size(), 4U);
  EXPECT_EQ(results.not_computed[0].first, "noise ceiling of r of A, subject s01");
  EXPECT_EQ(
      results.not_computed[0].second,
      "most of the held-out samples of a fold show a stimulus that does not come again in it");
  EXPECT_TRUE(std::isnan(row(results, "leaky", "all", "A", "r").ceiling));
  EXPECT_TRUE(std::isfinite(row(results, "leaky", "all", "A", "r").value));
}

}  // namespace
}  // namespace insula::experiment
