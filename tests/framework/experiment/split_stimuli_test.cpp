// SPDX-License-Identifier: Apache-2.0
// Stimuli that are held out and yet known from training are found: those shown on both sides of a
// fold, and those whose twin is on the other side; and none else.
#include "framework/experiment/detail/split_stimuli.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "framework/base/random.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

constexpr std::size_t kShown = 20, kFeatures = 16;
constexpr double kEverySeconds = 4;

// Twenty features vectors, of which 17 is the same as 3, and 6 nearly the same as 5.
dataset::Array twins(const dataset::Folder& folder) {
  Stream stream(2, "twins");
  std::vector<double> numbers(kShown * kFeatures);
  for (double& number : numbers) number = 5 + stream.normal();
  const auto row = [&](std::size_t r) {
    return numbers.begin() + static_cast<std::ptrdiff_t>(r * kFeatures);
  };
  std::copy_n(row(3), kFeatures, row(17));
  std::copy_n(row(5), kFeatures, row(6));
  for (std::size_t c = 0; c < kFeatures; ++c)
    row(6)[static_cast<std::ptrdiff_t>(c)] += 0.01 * stream.normal();
  folder.write("f.npy", dataset::npy("<f8", "(20, 16)", dataset::raw<double>(numbers)));
  return dataset::open_array(folder.path("f.npy"), dataset::ArrayFormat::npy);
}

// A run of 80 s in which trial k shows the row that `row` says, at 4 k s.
Experiment shown_rows(const dataset::Folder& folder, const std::vector<std::size_t>& row) {
  dataset::Trials trials;
  trials.name = "trials";
  trials.exclusion.assign(row.size(), dataset::kInUse);
  dataset::FeatureBand band;
  band.name = "clip";
  band.values = twins(folder);
  band.at = "trials";
  band.row = row;
  std::vector<int> type;
  for (std::size_t k = 0; k < row.size(); ++k) {
    trials.onset.push_back(kEverySeconds * static_cast<double>(k));
    type.push_back(row[k] == 17 ? 3 : static_cast<int>(row[k]));  // twins are of one type
  }
  std::vector<std::string> levels;
  for (std::size_t k = 0; k < kShown; ++k) levels.push_back(std::to_string(k));
  trials.factors = {{"scene", levels, type, {}}};
  band.onset = trials.onset;
  dataset::Run run;
  run.id = "run-1";
  run.duration = kEverySeconds * kShown;
  run.trials = {std::move(trials)};
  run.features = {std::move(band)};
  Experiment e;
  e.split = Split::blocks;
  e.folds = 4;
  e.dataset.subjects.resize(1);
  e.dataset.subjects[0].runs = {std::move(run)};
  return e;
}

std::vector<std::size_t> each_row_once() {
  std::vector<std::size_t> row(kShown);
  for (std::size_t k = 0; k < kShown; ++k) row[k] = k;
  return row;
}

TEST(SplitStimuli, AreTwinsOfWhichOneIsTestedWhereTheOtherTrains) {
  const dataset::Folder folder;
  const auto found = detail::split_stimuli(shown_rows(folder, each_row_once()));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].held_out, kShown);
  EXPECT_EQ(found[0].repeated, 0U);
  // Rows 5 and 6 are tested in one fold.
  EXPECT_EQ(found[0].pairs, 1U);
  EXPECT_EQ(found[0].first, (std::pair<std::size_t, std::size_t>{3, 17}));
  EXPECT_EQ(found[0].fold, "1");
}

TEST(SplitStimuli, OfExcludedTrialsAreNone) {
  const dataset::Folder folder;
  Experiment e = shown_rows(folder, each_row_once());
  e.dataset.subjects[0].runs[0].trials[0].exclusion[17] = 0;
  EXPECT_EQ(detail::split_stimuli(e).at(0).pairs, 0U);
}

TEST(SplitStimuli, InTheGapAreNone) {
  const dataset::Folder folder;
  std::vector<std::size_t> row = each_row_once();
  std::swap(row[5], row[17]);  // at 20 s, 8 s after its twin; the first fold is tested up to 20 s
  Experiment e = shown_rows(folder, row);
  EXPECT_GT(detail::split_stimuli(e).at(0).pairs, 0U);
  e.gap = 30;
  const auto found = detail::split_stimuli(e).at(0);
  EXPECT_EQ(found.pairs, 1U);  // of the other pair, which now lies in two folds far apart
  EXPECT_EQ(found.first, (std::pair<std::size_t, std::size_t>{5, 6}));
}

TEST(SplitStimuli, AreToldWhereTheyAreShownOnBothSides) {
  const dataset::Folder folder;
  std::vector<std::size_t> row = each_row_once();
  for (std::size_t k = 10; k < kShown; ++k) row[k] = k - 10;
  row[19] = 12;
  const auto found = detail::split_stimuli(shown_rows(folder, row)).at(0);
  EXPECT_EQ(found.held_out, 11U);
  EXPECT_EQ(found.repeated, 9U);  // 0 to 8; 9 and 12 are shown once
}

TEST(SplitStimuli, OfOneTypeStayTogether) {
  const dataset::Folder folder;
  Experiment e = shown_rows(folder, each_row_once());
  e.split = Split::stimulus_types;
  e.types = "scene";
  e.folds = 0;
  const auto doubts = detail::doubts_of_split_stimuli(e);
  ASSERT_EQ(doubts.size(), 1U);  // of rows 5 and 6, which are of two types
  EXPECT_EQ(doubts[0].message,
            "feature band 'clip': 1 pair of nearly the same stimuli is split between training and "
            "testing, first rows 5 and 6 (counted from 0), in fold '5': what is held out is known "
            "from its twin");
  e.split = Split::none;
  EXPECT_EQ(detail::split_stimuli(e).size(), 0U);
}

}  // namespace
}  // namespace insula::experiment
