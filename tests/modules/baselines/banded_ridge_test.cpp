// SPDX-License-Identifier: Apache-2.0
// A penalty a band: a band that says nothing does not spoil one that says something.
#include <gtest/gtest.h>

#include <Eigen/QR>

#include "tests/modules/baselines/problem.h"
#include "tests/support/tolerance.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Rates each second, driven by the two columns of a band, `clip`, and of others by each column with
// the same weight. A feature changes every 4 s.
struct Banded {
  BaselineProblem problem;
  MatrixXd observed;
};

struct OtherBand {
  const char* name;
  int columns;
  double weight;
};

Banded driven_by(const std::vector<OtherBand>& others, std::uint64_t seed) {
  constexpr Index kSamples = 400;
  Banded t;
  t.problem = empty_problem(kSamples, 1, 1, seed);
  t.problem.recording = {"rate", {}, 2, false, 1 + others.size()};
  t.problem.gap = 2;
  BaselineRun& run = t.problem.runs[0];
  run.inputs.clear();
  Stream random(seed, "features");
  const auto add = [&](const std::string& band, int columns) {
    for (int c = 1; c <= columns; ++c) {
      BaselineInput input{band + "[" + std::to_string(c) + "]", {}, {}, band};
      for (double time = 0; time < run.duration; time += 4) {
        input.onset.push_back(time);
        input.value.push_back(random.normal());
      }
      run.inputs.push_back(std::move(input));
    }
  };
  add("clip", 2);
  for (const OtherBand& band : others) add(band.name, band.columns);
  t.observed = noise(kSamples, 1, 0, seed + 1);
  for (Index s = 0; s < kSamples; ++s) {
    const auto held = static_cast<std::size_t>(s / 4);
    t.observed(s, 0) += 0.7 * run.inputs[0].value[held] - 0.5 * run.inputs[1].value[held];
    std::size_t column = 2;
    for (const OtherBand& band : others)
      for (int c = 0; c < band.columns; ++c)
        t.observed(s, 0) += band.weight * run.inputs[column++].value[held];
  }
  return t;
}

// The other band, of so many columns, says nothing.
Banded two_bands(int noise_columns, std::uint64_t seed) {
  return driven_by({{"words", noise_columns, 0}}, seed);
}

double held_out_r(const BaselineKind& kind, const Banded& t) {
  return evaluation::score(
             metric("r"), cross_validate(kind, t.problem, t.observed, 4, 0), {2, 100, 1, "bands"})
      .value;
}

TEST(BandedRidge, IsNotSpoiltByABandThatSaysNothing) {
  double banded = 0, plain = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Banded t = two_bands(60, seed);
    banded += held_out_r(banded_ridge, t) / 3;
    plain += held_out_r(ridge, t) / 3;
  }
  RecordProperty("banded", std::to_string(banded));
  RecordProperty("ridge", std::to_string(plain));
  EXPECT_GT(banded, plain + 0.02);
  EXPECT_LT(banded, 0.66);  // the signal has sd 0.86 beside noise of sd 1
}

// A random search finds no good weights of six bands in twenty draws; the descent from the best of
// them does. Measured: 0.71 with and 0.63 without it, where ridge has 0.62, over six seeds.
TEST(BandedRidge, WeighsManyBands) {
  double banded = 0, plain = 0;
  for (const std::uint64_t seed : {1, 2}) {
    const Banded t =
        driven_by({{"b", 12, 0.2}, {"c", 12, 0.1}, {"d", 12, 0}, {"e", 12, 0}, {"f", 12, 0}}, seed);
    banded += held_out_r(banded_ridge, t) / 2;
    plain += held_out_r(ridge, t) / 2;
  }
  RecordProperty("banded", std::to_string(banded));
  RecordProperty("ridge", std::to_string(plain));
  EXPECT_GT(banded, plain + 0.05);
}

TEST(BandedRidge, SaysWhatEachBandAdds) {
  Banded t = two_bands(5, 11);
  t.problem.runs[0].data = t.observed;
  const BaselinePrediction prediction = banded_ridge.predict(t.problem);
  ASSERT_EQ(prediction.bands.size(), 2U);
  EXPECT_EQ(prediction.bands[0].band, "clip");
  EXPECT_EQ(prediction.bands[1].band, "words");
  const MatrixXd clip = prediction.bands[0].mean[0], words = prediction.bands[1].mean[0];
  // Every sample trains here: bands have mean 0, and the rest is what nuisance columns explain.
  EXPECT_CLOSE(clip.mean(), 0, Tolerance::rounding(400, 1));
  const MatrixXd rest = prediction.mean[0] - clip - words;
  const MatrixXd& nuisance = t.problem.runs[0].nuisance;
  const MatrixXd explained = nuisance * nuisance.householderQr().solve(rest);
  EXPECT_CLOSE(explained, rest, Tolerance::rounding(4000, 1));
  EXPECT_GT(clip.squaredNorm(), 10 * words.squaredNorm());
}

TEST(BandedRidge, PenalisesTheBandThatSaysNothingMore) {
  Banded t = two_bands(20, 7);
  t.problem.runs[0].data = t.observed;
  double clip = 0, words = 0;
  for (const auto& [what, value] : banded_ridge.predict(t.problem).tuned) {
    if (what == "clip penalty of c0") clip = std::stod(value);
    if (what == "words penalty of c0") words = std::stod(value);
  }
  EXPECT_GT(clip, 0);
  EXPECT_GT(words, 10 * clip);
}

TEST(BandedRidge, ExplainsRecordingsWhereFeaturesDrive) {
  EXPECT_FALSE(explains(banded_ridge, {"bold", {}, 32, false, 0}));
  EXPECT_TRUE(explains(banded_ridge, {"bold", {}, 32, false, 1}));
}

}  // namespace
}  // namespace insula::baselines
