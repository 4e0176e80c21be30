// SPDX-License-Identifier: Apache-2.0
// Recordings about events, from a whole run.
#include "framework/experiment/detail/event_locked.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "framework/base/nan.h"
#include "framework/dataset/file.h"
#include "framework/evaluation/folds.h"
#include "framework/experiment/run.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using report::CheckRow;
using LockedRows = std::vector<CheckRow>;

LockedRows locked(const report::Results& results,
                  const std::string& model,
                  const std::string& recording,
                  const std::string& term,
                  const std::string& level = "") {
  LockedRows rows;
  for (const CheckRow& row : results.checks)
    if (row.check == report::kEventLocked && row.model == model && row.observation == recording &&
        row.term == term && row.level == level)
      rows.push_back(row);
  return rows;
}

// A region that a stimulus drives, and a sensor that shows it.
struct Sensor {
  std::string kind = "pupil", recording = "{interval: 500 ms, noise: {snr: 1}, ar: 0.7}";
  std::string parameters;
  std::string stimulus = "{every: 6 s, on: 1 s, start: 3 s}";
  std::string inference = {};
  std::string lines = "baselines: []\nvalidation: {split: blocks, folds: 3, gap: 8 s}\n";
  int seed = 1, duration = 240, subjects = 1;

  Experiment load() const {
    const dataset::Folder folder;
    folder.write("plain.yaml",
                 "insula: architecture/1\nname: plain\nregions: {A: {kind: neuronal}}\n"
                 "inputs: {stimulus: {drives: [A]}}\nobservations:\n  sensor: {kind: " +
                     kind + ", regions: [A]}\n");
    folder.write("recipe.yaml",
                 "insula: simulation/1\nname: sensed\narchitecture: plain.yaml\nseed: " +
                     std::to_string(seed) + "\nsubjects: " + std::to_string(subjects) +
                     "\nduration: " + std::to_string(duration) + " s\ninputs:\n  stimulus: " +
                     stimulus + "\nrecordings:\n  sensor: " + recording +
                     "\nparameters:\n  stimulus -> A.strength: 2 1/s\n" + parameters);
    folder.write("experiment.yaml",
                 "insula: experiment/1\nname: sensed\ndataset: recipe.yaml\n"
                 "hypotheses: [plain.yaml]\ninference: {" +
                     inference +
                     "pareto_draws: 0}\n"
                     "comparison: {bootstrap: 100}\n" +
                     lines);
    return experiment::load(folder.path("experiment.yaml"), test::portable_kinds());
  }
};

const Sensor kSpikes{"spikes",
                     "{interval: 50 ms}",
                     "  sensor.baseline: 8 1/s\n  sensor.gain: 200 1/s\n",
                     "{every: 8 s, on: 1 s, start: 2 s}"};

dataset::Trials probes(const std::vector<double>& onsets) {
  dataset::Trials trials;
  trials.name = "probe";
  trials.onset = onsets;
  trials.exclusion.assign(onsets.size(), dataset::kInUse);
  return trials;
}

// ---- which events ----

TEST(Events, AreTrialsInUseAndWhereInputsLeaveZero) {
  Experiment e = Sensor{}.load();
  dataset::Run& run = e.dataset.subjects[0].runs[0];
  dataset::Trials trials = probes({5, 9, 20, 31});
  trials.duration = {1, 1, 3, 1};
  trials.reasons = {"moved"};
  trials.exclusion[1] = 0;
  trials.factors = {{"side", {"left", "right", "both"}, {0, 1, 0, 2}, {}}};
  trials.columns = {{"contrast", "1", {0.5, 0.1, 1, kNaN}, {}}};
  run.trials.push_back(trials);
  const std::vector<Events> all = events_of(e);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "probe");
  EXPECT_EQ(all[0].runs[0][0].onset, (std::vector<double>{5, 20, 31}));
  EXPECT_EQ(all[0].lasts, 1);
  EXPECT_EQ(all[0].interval, 13);  // of 15 and 11
  // "right" is of the excluded trial alone; so is the contrast 0.1.
  EXPECT_EQ(all[0].levels,
            (std::vector<std::string>{"side.left", "side.both", "contrast = 0.5", "contrast = 1"}));
  EXPECT_EQ(all[0].runs[0][0].has[0], (std::vector<char>{1, 1, 0}));
  EXPECT_EQ(all[0].runs[0][0].has[1], (std::vector<char>{0, 0, 1}));
  EXPECT_EQ(all[0].runs[0][0].has[3], (std::vector<char>{0, 1, 0}));
  EXPECT_EQ(all[1].name, "stimulus");
  EXPECT_EQ(all[1].runs[0][0].onset.size(), 40u);
  EXPECT_EQ(all[1].runs[0][0].onset[1], 9);
  EXPECT_CLOSE(all[1].lasts, 1, Tolerance::rounding(100));
  EXPECT_EQ(all[1].interval, 6);
}

TEST(Events, AreNotToldTwiceAndNotOfFewerThanThree) {
  Experiment e = Sensor{}.load();
  dataset::Run& run = e.dataset.subjects[0].runs[0];
  run.trials.push_back(probes(events_of(e)[0].runs[0][0].onset));
  const std::vector<Events> all = events_of(e);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "probe");  // the stimulus begins with it
  run.trials[0] = probes({10, 20});
  EXPECT_EQ(events_of(e)[0].name, "stimulus");
}

TEST(EventBins, ReachFromTheBaselineToTheEndOfTheResponseOrTheNextEvent) {
  Events events;
  events.interval = 100;
  const auto kind = [](const char* name) -> const ObservationKind& {
    return *find_kind(test::portable_kinds().observations, name);
  };
  EventBins bins = event_bins(kind("pupil"), 0.2, events);
  EXPECT_EQ(bins.width, 0.2);
  EXPECT_EQ(bins.before, 5);
  EXPECT_EQ(bins.behind, 25);  // 5 s of memory
  EXPECT_EQ(bins.baseline, 5);
  events.lasts = 2;
  EXPECT_EQ(event_bins(kind("pupil"), 0.2, events).behind, 35);
  events.interval = 4;
  EXPECT_EQ(event_bins(kind("pupil"), 0.2, events).behind, 20);
  bins = event_bins(kind("pupil"), 0.002, events);
  EXPECT_CLOSE(bins.width, 0.05, Tolerance::rounding(4));  // 5 s in 100 bins
  EXPECT_EQ(bins.count(), 100);
  bins = event_bins(kind("bold"), 2, events);
  EXPECT_EQ(bins.before, 1);
  EXPECT_EQ(bins.behind, 2);
  EXPECT_EQ(event_bins(kind("spikes"), 0.05, events).baseline, 0);
  // A heart slows before what it waits for: the baseline lies before that.
  events.interval = 100;
  bins = event_bins(kind("heart_period"), 0.5, events);
  EXPECT_EQ(bins.before, 17);  // 7.36 s and one more
  EXPECT_EQ(bins.baseline, 2);
}

// ---- means ----

// By another road: from the predictions of the results and the onsets alone.
TEST(EventLocked, MeansAreThoseOfThePredictionsAboutTheOnsets) {
  const test::JointStudy study;
  study.write("truth", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  Experiment e = study.load(
      "hypotheses: [truth.yaml]\nbaselines: [mean]\ninference: {pareto_draws: 0}\n"
      "comparison: {bootstrap: 100}\nvalidation: {split: blocks, folds: 3, gap: 8 s}\n");
  e.dataset.subjects[0].runs[0].recordings[1].samples(100, 0) = kNaN;
  const report::Results results = run(e, test::portable_kinds());
  const dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  for (const report::PredictionBlock& block : results.predictions) {
    if (block.recording != "pupil") continue;
    const LockedRows rows = locked(results, block.model, "pupil", trials.name);
    // The median interval of the jittered trials is a little under 6 s.
    ASSERT_EQ(rows.size(), 6u) << block.model;
    std::map<double, std::vector<std::array<double, 3>>> bins;  // low → observed, predicted, lag
    for (const double onset : trials.onset) {
      if (onset - 1 < 0 || onset + 5 > 240) continue;
      std::map<double, std::array<double, 3>> event;
      for (Eigen::Index i = 0; i < block.time.rows(); ++i) {
        const double lag = block.time(i, 0) - onset;
        if (lag < -1 || lag >= 5 || std::isnan(block.observed(i, 0))) continue;
        event[std::floor(lag)] = {block.observed(i, 0), block.held_out(i, 0), lag};
      }
      if (!event.contains(-1)) continue;
      for (const auto& [low, values] : event)
        bins[low].push_back({values[0] - event[-1][0], values[1] - event[-1][1], values[2]});
    }
    double missing = 0;
    for (const CheckRow& row : rows) {
      const auto& values = bins.at(row.low);
      std::array<double, 3> mean{};
      for (const auto& one : values)
        for (std::size_t k = 0; k < 3; ++k) mean[k] += one[k] / static_cast<double>(values.size());
      EXPECT_EQ(row.n, static_cast<double>(values.size()));
      EXPECT_EQ(row.left_out, static_cast<double>(trials.onset.size()) - row.n);
      EXPECT_CLOSE(row.observed, mean[0], Tolerance::rounding(1e3, 1));
      EXPECT_CLOSE(row.predicted, mean[1], Tolerance::rounding(1e3, 1));
      EXPECT_CLOSE(row.position, mean[2], Tolerance::rounding(1e4, 1));
      EXPECT_EQ(row.trials, "held_out");
      EXPECT_EQ(row.channel, "diameter");
      missing += row.left_out;
    }
    EXPECT_GT(missing, 0);
    EXPECT_EQ(rows[0].observed, 0);  // the baseline less itself
    EXPECT_EQ(rows[0].predicted_high, 0);
  }
  // Levels of the column coherence are told apart and make up all events.
  double n = 0;
  for (const char* level : {"coherence = 0.2", "coherence = 0.5", "coherence = 1"}) {
    const LockedRows rows = locked(results, "truth", "pupil", trials.name, level);
    ASSERT_EQ(rows.size(), 6u) << level;
    n += rows[3].n;
  }
  EXPECT_EQ(n, locked(results, "truth", "pupil", trials.name)[3].n);
  EXPECT_FALSE(locked(results, "truth", "bold", "attention").empty());
  EXPECT_TRUE(locked(results, "truth", "bold", "dots").empty());  // begin with the trials
}

TEST(EventLocked, WithoutFoldsSayThatSamplesWereSeen) {
  Sensor sensor;
  sensor.lines = "baselines: [mean, kernel_glm]\nvalidation: none\n";
  const report::Results results = run(sensor.load(), test::portable_kinds());
  for (const char* model : {"plain", "mean", "kernel_glm"}) {
    const LockedRows rows = locked(results, model, "sensor", "stimulus");
    ASSERT_FALSE(rows.empty()) << model;
    for (const CheckRow& row : rows) EXPECT_EQ(row.trials, "fitted");
  }
}

// Every subject is predicted by its own parameters, or by those that all share.
TEST(EventLocked, EventsOfAllSubjectsAreAveragedTogether) {
  for (const char* subjects : {"separate", "pooled", "hierarchical"}) {
    Sensor sensor;
    sensor.subjects = 2;
    sensor.lines = "baselines: [mean]\nvalidation: {split: blocks, folds: 2, gap: 8 s}\n";
    sensor.inference = std::string("subjects: ") + subjects + ", ";
    const report::Results results = run(sensor.load(), test::portable_kinds());
    const LockedRows rows = locked(results, "plain", "sensor", "stimulus");
    ASSERT_FALSE(rows.empty()) << subjects;
    int inside = 0;
    for (const CheckRow& row : rows) {
      EXPECT_EQ(row.n + row.left_out, 80) << subjects;
      inside += row.predicted_low <= row.observed && row.observed <= row.predicted_high;
    }
    EXPECT_GE(inside, static_cast<int>(rows.size()) - 3) << subjects;
    EXPECT_EQ(locked(results, "mean", "sensor", "stimulus").size(), rows.size());
  }
}

// Physiology, calcium, rates and BOLD come the same way.
TEST(EventLocked, EveryGaussianKindHasACourseFromItsBaseline) {
  for (const char* kind : {"skin_conductance",
                           "heart_period",
                           "respiration",
                           "pupil_gamma",
                           "calcium",
                           "rate",
                           "bold"}) {
    Sensor sensor;
    sensor.kind = kind;
    sensor.recording = "{interval: 1 s, noise: {snr: 1}}";
    sensor.stimulus = "{every: 20 s, on: 2 s, start: 10 s}";
    sensor.lines = "baselines: []\nvalidation: {split: blocks, folds: 2, gap: 10 s}\n";
    const Experiment e = sensor.load();
    const report::Results results = run(e, test::portable_kinds());
    const LockedRows rows = locked(results, "plain", "sensor", "stimulus");
    const EventBins bins =
        event_bins(*find_kind(test::portable_kinds().observations, kind), 1, events_of(e).front());
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(bins.count())) << kind;
    double observed = 0, predicted = 0;
    int inside = 0;
    for (std::size_t b = 0; b < rows.size(); ++b) {
      if (b < static_cast<std::size_t>(bins.baseline)) {
        observed += rows[b].observed;
        predicted += rows[b].predicted;
      }
      // Without error where one sample is the whole baseline.
      const double spare = 1e-12 * std::abs(rows.back().observed_high);
      inside += rows[b].predicted_low <= rows[b].observed + spare &&
                rows[b].observed <= rows[b].predicted_high + spare;
    }
    EXPECT_CLOSE(observed, 0, Tolerance::rounding(1e3, std::abs(rows.back().observed) + 1)) << kind;
    EXPECT_CLOSE(predicted, 0, Tolerance::rounding(1e3, std::abs(rows.back().observed) + 1))
        << kind;
    EXPECT_GE(inside, 0.8 * static_cast<double>(rows.size())) << kind;
  }
}

// ---- leaks ----

std::string predicted_text(const LockedRows& rows) {
  std::ostringstream text;
  text.precision(17);
  for (const CheckRow& row : rows)
    text << row.model << ' ' << row.low << ' ' << row.n << ' ' << row.predicted << ' '
         << row.predicted_low << ' ' << row.predicted_high << '\n';
  return text.str();
}

TEST(EventLocked, EventsOfAFoldArePredictedByItsFitAlone) {
  const auto with_marker = [](double marker) {
    Sensor sensor;
    sensor.lines = "baselines: [mean, ridge]\nvalidation: {split: blocks, folds: 3, gap: 8 s}\n";
    Experiment e = sensor.load();
    dataset::Run& run = e.dataset.subjects[0].runs[0];
    const evaluation::Fold fold = evaluation::split_blocks({run.duration}, 3)[0];
    dataset::Recording& r = run.recordings[0];
    for (Eigen::Index i = 0; i < r.samples.rows(); ++i)
      if (evaluation::part_of(fold, 0, r.time(i, 0), e.gap) != evaluation::Part::train)
        r.samples(i, 0) += marker;
    // Events of the first fold, of 80 s, and events of the others.
    run.trials.push_back(probes({10, 22, 34, 46, 58, 70}));
    run.trials.push_back(probes({100, 120, 140, 180, 200}));
    run.trials.back().name = "later";
    return insula::experiment::run(e, test::portable_kinds());
  };
  const report::Results clean = with_marker(0), spoilt = with_marker(1e3);
  EXPECT_EQ(predicted_text(locked(clean, "plain", "sensor", "probe")),
            predicted_text(locked(spoilt, "plain", "sensor", "probe")));
  // Baselines do not say how their errors are correlated, so that their bands may differ.
  for (const char* model : {"mean", "ridge"}) {
    const LockedRows mine = locked(clean, model, "sensor", "probe"),
                     theirs = locked(spoilt, model, "sensor", "probe");
    ASSERT_EQ(mine.size(), theirs.size());
    ASSERT_FALSE(mine.empty());
    for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_EQ(mine[i].predicted, theirs[i].predicted);
  }
  // The test can fail: other folds train on the marker.
  EXPECT_NE(predicted_text(locked(clean, "plain", "sensor", "later")),
            predicted_text(locked(spoilt, "plain", "sensor", "later")));
}

// ---- spikes ----

const report::Results& spiking() {
  static const report::Results results = [] {
    Sensor sensor = kSpikes;
    sensor.lines =
        "baselines: [mean, poisson_glm]\nvalidation: {split: blocks, folds: 2, gap: 2 s}\n";
    return run(sensor.load(), test::portable_kinds());
  }();
  return results;
}

TEST(EventLocked, SpikesAreRatesAndFollowTheModelThatMadeThem) {
  const LockedRows rows = locked(spiking(), "plain", "sensor", "stimulus"),
                   flat = locked(spiking(), "mean", "sensor", "stimulus");
  ASSERT_EQ(rows.size(), 80u);  // a second before and, of 1 s and the memory of 2 s, 3 s
  int inside = 0, missed = 0;
  double highest = 0, lowest = 1e9;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CheckRow& row = rows[i];
    EXPECT_EQ(row.unit, "1/s");
    EXPECT_GE(row.predicted_low, 0);
    inside += row.predicted_low <= row.observed && row.observed <= row.predicted_high;
    missed += flat[i].observed < flat[i].predicted_low || flat[i].observed > flat[i].predicted_high;
    highest = std::max(highest, row.predicted);
    lowest = std::min(lowest, row.predicted);
  }
  // 95 % of 80 bins less three standard errors; the constant rate misses the response.
  EXPECT_GE(inside, 70);
  EXPECT_GT(missed, 30);
  EXPECT_GT(highest, 2 * lowest);
  // The mean of the rates is that of all counts.
  double sum = 0;
  for (const CheckRow& row : rows) sum += row.observed * row.n * 0.05;
  double counted = 0;
  for (const report::RasterRow& row : spiking().rasters) {
    std::istringstream text(row.counts);
    for (std::string one; std::getline(text, one, ',');) counted += std::stod(one);
  }
  EXPECT_CLOSE(sum, counted, Tolerance::rounding(1e4));
}

TEST(EventLocked, ARasterHasARowForEveryEventAndABinForEverySample) {
  const Sensor sensor = kSpikes;
  const Experiment e = sensor.load();
  const dataset::Recording& recording = e.dataset.subjects[0].runs[0].recordings[0];
  const LockedRows rows = locked(spiking(), "plain", "sensor", "stimulus");
  ASSERT_EQ(static_cast<double>(spiking().rasters.size()), rows[0].n);
  for (const report::RasterRow& row : spiking().rasters) {
    EXPECT_EQ(row.channel, rows[0].channel);
    EXPECT_EQ(row.from, rows[0].low);
    EXPECT_CLOSE(row.width, 0.05, Tolerance::rounding(1));
    // Onsets lie on the grid of samples.
    const auto first = static_cast<Eigen::Index>(std::lround((row.onset + row.from) / 0.05));
    std::istringstream text(row.counts);
    Eigen::Index bin = 0;
    for (std::string one; std::getline(text, one, ','); ++bin)
      EXPECT_EQ(std::stod(one), recording.samples(first + bin, 0));
    EXPECT_EQ(bin, 80);
  }
}

TEST(EventLocked, RastersAreReadBackAsTheyWereWritten) {
  const dataset::Folder folder;
  report::write(spiking(), folder.path("out"));
  const report::Results back = report::read(folder.path("out"));
  ASSERT_EQ(back.rasters.size(), spiking().rasters.size());
  EXPECT_EQ(back.rasters.back().counts, spiking().rasters.back().counts);
  EXPECT_EQ(back.rasters.back().onset, spiking().rasters.back().onset);
}

// ---- bands of fitted models ----

// The model that made the data, fitted: parameters are not known, and every event trained the folds
// that do not test it. Bins of one dataset err together, so that datasets are counted.
TEST(EventLocked, DataOfTheModelLieInItsBands) {
  constexpr int kDatasets = 24;
  int inside = 0, all = 0;
  for (int seed = 1; seed <= kDatasets; ++seed) {
    Sensor sensor;
    sensor.seed = seed;
    const report::Results results = run(sensor.load(), test::portable_kinds());
    for (const CheckRow& row : locked(results, "plain", "sensor", "stimulus")) {
      if (row.low < 0) continue;
      all += 1;
      inside += row.predicted_low <= row.observed && row.observed <= row.predicted_high;
    }
  }
  RecordProperty("inside", inside);
  RecordProperty("all", all);
  // Half a second apart at a correlation of 0.7, about three bins are one: 24 · 12 / 3 independent
  // ones. Bands are wider than the errors where the fit has seen the same response in other folds.
  const double share = static_cast<double>(inside) / all;
  EXPECT_GT(share, 0.95 - 3 * std::sqrt(0.95 * 0.05 / 96));
}

TEST(EventLocked, SameBytesAtOneTwoAndFourThreads) {
  std::vector<std::string> tables;
  for (const int threads : {1, 2, 4}) {
    set_threads(threads);
    Sensor sensor = kSpikes;
    sensor.duration = 80;
    sensor.lines = "validation: {split: blocks, folds: 2, gap: 2 s}\n";
    const dataset::Folder folder;
    report::write(run(sensor.load(), test::portable_kinds()), folder.path("out"));
    tables.push_back(dataset::read_bytes(folder.path("out/checks.tsv")) +
                     dataset::read_bytes(folder.path("out/rasters.tsv")));
  }
  set_threads(0);
  EXPECT_GT(tables[0].size(), 1000u);
  EXPECT_TRUE(tables[0] == tables[1]);
  EXPECT_TRUE(tables[0] == tables[2]);
}

}  // namespace
}  // namespace insula::experiment
