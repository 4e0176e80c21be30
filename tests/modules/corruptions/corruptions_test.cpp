// SPDX-License-Identifier: Apache-2.0
// Every corruption against what it says of itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include "modules/catalogue.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Two channels of 600 s at 1 Hz, a block design, a band of two columns, a table of 200 trials. All
// of it trains.
Corruptible session() {
  Corruptible data;
  data.duration = {600};
  Stream random(1, "session");
  CorruptibleInput task{0, "task", "", {}, {}, {}};
  for (int b = 0; b < 40; ++b) {
    task.onset.push_back(15 * b);
    task.value.push_back(b % 2);
  }
  task.trains.assign(40, 1);
  data.inputs.push_back(task);
  for (const char* name : {"clip[1]", "clip[2]"}) {
    CorruptibleInput column{0, name, "clip", {}, {}, {}};
    for (int i = 0; i < 300; ++i) {
      column.onset.push_back(2 * i);
      column.value.push_back(name[5] == '1' ? i : 2 * i + 1);
    }
    column.trains.assign(300, 1);
    data.inputs.push_back(column);
  }
  for (int c = 0; c < 2; ++c) {
    CorruptibleSeries s{0, "bold", 1, {}, {}, VectorXd(600)};
    double state = 0;
    for (Index i = 0; i < 600; ++i) {
      s.time.push_back(static_cast<double>(i));
      state = 0.8 * state + random.normal();
      s.value[i] = 100 + state;
    }
    s.trains.assign(600, 1);
    data.series.push_back(s);
  }
  for (const char* name : {"coherence", "side"}) {
    CorruptibleColumn column{0, "trials", name, {}, {}};
    for (int i = 0; i < 200; ++i) column.value.push_back(name[0] == 'c' ? i : i % 2);
    column.trains.assign(200, 1);
    data.columns.push_back(column);
  }
  return data;
}

const CorruptionKind& kind(const std::string& name) {
  static const Catalogue kinds = catalogue();
  return *find_kind(kinds.corruptions, name);
}

Corruptible after(const std::string& name, double strength, const std::string& condition = "") {
  Corruptible data = session();
  kind(name).apply({strength, condition, 0.8}, Stream(7, name), data);
  return data;
}

double mean(const VectorXd& x) { return x.mean(); }
double sd(const VectorXd& x) { return std::sqrt((x.array() - x.mean()).square().mean()); }
double correlation(const VectorXd& a, const VectorXd& b) {
  return ((a.array() - a.mean()) * (b.array() - b.mean())).mean() / (sd(a) * sd(b));
}
VectorXd task_at(const Corruptible& data) {
  VectorXd c(600);
  for (Index i = 0; i < 600; ++i) c[i] = data.inputs[0].at(static_cast<double>(i));
  return c;
}

TEST(EveryCorruption, SaysWhatItIsAndWhatItsStrengthMeans) {
  const Catalogue kinds = catalogue();
  EXPECT_EQ(kinds.corruptions.size(), 10u);
  for (const CorruptionKind& k : kinds.corruptions) {
    EXPECT_TRUE(k.summary.ends_with(".")) << k.name;
    EXPECT_GT(k.strength.size(), 10u) << k.name;
    EXPECT_GT(k.source.size(), 5u) << k.name;
    EXPECT_GT(k.most, 0) << k.name;
  }
}

TEST(EveryCorruption, HasTheSameDrawsFromTheSameStreamAndOthersFromAnother) {
  for (const CorruptionKind& k : catalogue().corruptions) {
    Corruptible once = session(), again = session(), other = session();
    k.apply({0.5, "task", 0.8}, Stream(7, "a"), once);
    k.apply({0.5, "task", 0.8}, Stream(7, "a"), again);
    k.apply({0.5, "task", 0.8}, Stream(7, "b"), other);
    const auto same = [](const Corruptible& a, const Corruptible& b) {
      bool is_same = true;
      for (std::size_t i = 0; i < a.series.size(); ++i)
        is_same &= a.series[i].value.cwiseEqual(b.series[i].value).count() +
                       a.series[i].value.array().isNaN().count() ==
                   a.series[i].value.size();
      for (std::size_t i = 0; i < a.inputs.size(); ++i)
        is_same &= a.inputs[i].value == b.inputs[i].value;
      for (std::size_t i = 0; i < a.columns.size(); ++i)
        is_same &= a.columns[i].value == b.columns[i].value;
      return is_same;
    };
    EXPECT_TRUE(same(once, again)) << k.name;
    const bool is_fixed = k.name == "gain_drift" || k.name == "time_shift";
    EXPECT_EQ(same(once, other), is_fixed) << k.name;
  }
}

// What is added has the strength as its size and the correlation that was asked for: 600 samples
// tell a correlation of 0.8 to ± 0.015 (1 sd, (1 − ρ²)/√n).
TEST(Confound, AddsANuisanceOfItsSizeThatGoesWithTheCondition) {
  const Corruptible before = session(), spoilt = after("confound", 2, "task");
  for (std::size_t c = 0; c < 2; ++c) {
    const VectorXd added = spoilt.series[c].value - before.series[c].value;
    EXPECT_NEAR(sd(added) / sd(before.series[c].value), 2, 0.2);
    EXPECT_NEAR(correlation(added, task_at(before)), 0.8, 0.06);
    EXPECT_NEAR(mean(added), 0, 0.3 * sd(added));
  }
  // One nuisance for all channels.
  EXPECT_GT(correlation(spoilt.series[0].value - before.series[0].value,
                        spoilt.series[1].value - before.series[1].value),
            1 - 1e-9);
}

TEST(GainDrift, GrowsByItsStrengthOverTheRun) {
  const Corruptible before = session(), spoilt = after("gain_drift", 0.7);
  const VectorXd &y = before.series[0].value, &z = spoilt.series[0].value;
  for (const Index i : {Index{0}, Index{300}, Index{599}})
    EXPECT_NEAR((z[i] - y.mean()) / (y[i] - y.mean()),
                std::exp(0.7 * (static_cast<double>(i) / 600 - 0.5)),
                1e-12);
}

TEST(MotionSpikes, HitAllChannelsTogetherAtTheirRate) {
  const Corruptible before = session(), spoilt = after("motion_spikes", 6);
  std::vector<Index> hit;
  for (Index i = 0; i < 600; ++i) {
    const bool first = spoilt.series[0].value[i] != before.series[0].value[i];
    EXPECT_EQ(first, spoilt.series[1].value[i] != before.series[1].value[i]);
    if (first) hit.push_back(i);
  }
  // 60 spikes are expected, of three samples each, ± 8 (Poisson) with overlaps.
  EXPECT_GT(hit.size(), 100u);
  EXPECT_LT(hit.size(), 200u);
}

TEST(ChannelDropout, LosesItsShareOfEachChannelInStretches) {
  for (const double share : {0.3, 1.0}) {
    const Corruptible spoilt = after("channel_dropout", share);
    for (const CorruptibleSeries& s : spoilt.series) {
      double lost = 0;
      for (Index i = 0; i < 600; ++i) {
        lost += std::isnan(s.value[i]);
        EXPECT_EQ(std::isnan(s.value[i]), std::isnan(s.value[i / 10 * 10]));
      }
      EXPECT_NEAR(lost / 600, share, share == 1 ? 0 : 0.18);  // 3 sd of 60 stretches
    }
  }
  // What a weak corruption loses, a stronger one loses too.
  const Corruptible weak = after("channel_dropout", 0.2), strong = after("channel_dropout", 0.6);
  for (Index i = 0; i < 600; ++i)
    EXPECT_LE(std::isnan(weak.series[0].value[i]), std::isnan(strong.series[0].value[i]));
}

std::vector<double> amplitudes(const VectorXd& y) {
  std::vector<double> list;
  const VectorXd x = y.array() - y.mean();
  for (int k = 1; k <= 300; k += 23) {
    std::complex<double> sum = 0;
    for (Index i = 0; i < x.size(); ++i)
      sum += x[i] * std::polar(1.0, -2 * 3.14159265358979323846 * k * static_cast<double>(i) / 600);
    list.push_back(std::abs(sum));
  }
  return list;
}

TEST(PhaseRandomise, KeepsMeanAndSpectrumAndLosesTheTiming) {
  const Corruptible before = session(), spoilt = after("phase_randomise", 1);
  for (std::size_t c = 0; c < 2; ++c) {
    const VectorXd &y = before.series[c].value, &z = spoilt.series[c].value;
    EXPECT_NEAR(z.mean(), y.mean(), 1e-10);
    const std::vector<double> of_y = amplitudes(y), of_z = amplitudes(z);
    for (std::size_t k = 0; k < of_y.size(); ++k) EXPECT_NEAR(of_z[k], of_y[k], 1e-8) << k;
    EXPECT_LT(std::abs(correlation(y, z)), 0.25);
  }
}

TEST(PhaseRandomise, MixesInProportion) {
  const Corruptible before = session(), spoilt = after("phase_randomise", 0.6);
  EXPECT_NEAR(correlation(before.series[0].value, spoilt.series[0].value), 0.8, 0.15);
}

// Stretches are randomised each by itself: what does not train is not mixed in.
TEST(PhaseRandomise, LeavesOutWhatDoesNotTrain) {
  Corruptible data = session();
  for (std::size_t i = 200; i < 400; ++i) {
    data.series[0].trains[i] = 0;
    data.series[0].value[static_cast<Index>(i)] = 1e9;
  }
  kind("phase_randomise").apply({1, "", 0}, Stream(7, "x"), data);
  EXPECT_LT(data.series[0].value.head(200).cwiseAbs().maxCoeff(), 1000);
  EXPECT_LT(data.series[0].value.tail(200).cwiseAbs().maxCoeff(), 1000);
}

TEST(TimeShift, MovesWholeSamples) {
  const Corruptible before = session(), spoilt = after("time_shift", 3.4);
  const VectorXd &y = before.series[0].value, &z = spoilt.series[0].value;
  for (Index i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(z[i]));
  EXPECT_EQ(z.tail(597), y.head(597));
}

TEST(TimeShift, BringsNothingInThatDoesNotTrain) {
  Corruptible data = session();
  for (std::size_t i = 0; i < 300; ++i) data.series[0].trains[i] = 0;
  kind("time_shift").apply({5, "", 0}, Stream(7, "x"), data);
  for (Index i = 300; i < 305; ++i) EXPECT_TRUE(std::isnan(data.series[0].value[i]));
  EXPECT_TRUE(std::isfinite(data.series[0].value[305]));
}

TEST(LabelShuffle, KeepsAllLabelsAndMovesColumnsTogether) {
  const Corruptible before = session(), spoilt = after("label_shuffle", 1);
  auto sorted = [](std::vector<double> x) {
    std::ranges::sort(x);
    return x;
  };
  EXPECT_EQ(sorted(spoilt.inputs[0].value), sorted(before.inputs[0].value));
  EXPECT_NE(spoilt.inputs[0].value, before.inputs[0].value);
  EXPECT_EQ(spoilt.inputs[1].value, before.inputs[1].value) << "features are no labels";
  EXPECT_EQ(sorted(spoilt.columns[0].value), before.columns[0].value);
  for (std::size_t i = 0; i < 200; ++i)
    EXPECT_EQ(spoilt.columns[1].value[i], std::fmod(spoilt.columns[0].value[i], 2));
}

TEST(LabelShuffle, TouchesItsShareAndOnlyWhatIsNamed) {
  const Corruptible before = session(), spoilt = after("label_shuffle", 0.3, "coherence");
  EXPECT_EQ(spoilt.inputs[0].value, before.inputs[0].value);
  EXPECT_EQ(spoilt.columns[1].value, before.columns[1].value);
  int moved = 0;
  for (std::size_t i = 0; i < 200; ++i)
    moved += spoilt.columns[0].value[i] != before.columns[0].value[i];
  EXPECT_NEAR(moved, 60, 20);  // 3 sd of a binomial of 200 at 0.3
}

TEST(LabelShuffle, LeavesOutWhatDoesNotTrain) {
  Corruptible data = session();
  for (std::size_t i = 100; i < 200; ++i) data.columns[0].trains[i] = data.columns[1].trains[i] = 0;
  const Corruptible before = data;
  kind("label_shuffle").apply({1, "", 0}, Stream(7, "x"), data);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_LT(data.columns[0].value[i], 100) << "from training";
  for (std::size_t i = 100; i < 200; ++i)
    EXPECT_EQ(data.columns[0].value[i], before.columns[0].value[i]);
}

TEST(ConditionImbalance, LosesWhatWasRecordedInTheCondition) {
  const Corruptible spoilt = after("condition_imbalance", 1, "task");
  const VectorXd task = task_at(spoilt);
  for (const CorruptibleSeries& s : spoilt.series)
    for (Index i = 0; i < 600; ++i) EXPECT_EQ(std::isnan(s.value[i]), task[i] == 1) << i;
  const Corruptible half = after("condition_imbalance", 0.5, "task");
  double lost = 0;
  for (Index i = 0; i < 600; ++i) lost += std::isnan(half.series[0].value[i]);
  EXPECT_NEAR(lost / 300, 0.5, 0.34);  // 3 sd of 20 blocks
}

TEST(FeatureNoise, HasItsSizeInTheFeaturesOwn) {
  const Corruptible before = session(), spoilt = after("feature_noise", 0.5);
  EXPECT_EQ(spoilt.inputs[0].value, before.inputs[0].value);
  for (const std::size_t c : {std::size_t{1}, std::size_t{2}}) {
    const Eigen::Map<const VectorXd> x(before.inputs[c].value.data(), 300),
        z(spoilt.inputs[c].value.data(), 300);
    EXPECT_NEAR(sd(z - x) / sd(x), 0.5, 0.07);  // 3 sd of 300 draws
  }
}

TEST(FeatureShuffle, MovesTheRowsOfABandTogether) {
  const Corruptible before = session(), spoilt = after("feature_shuffle", 1);
  EXPECT_EQ(spoilt.inputs[0].value, before.inputs[0].value);
  EXPECT_NE(spoilt.inputs[1].value, before.inputs[1].value);
  for (std::size_t i = 0; i < 300; ++i)
    EXPECT_EQ(spoilt.inputs[2].value[i], 2 * spoilt.inputs[1].value[i] + 1);
  std::vector<double> rows = spoilt.inputs[1].value;
  std::ranges::sort(rows);
  EXPECT_EQ(rows, before.inputs[1].value);
}

// Columns that are delayed would tell what the others lost.
TEST(FeatureShuffle, MovesTheRowsOfDelayedColumnsToo) {
  Corruptible before = session();
  for (double& onset : before.inputs[2].onset) onset += 0.5;
  Corruptible spoilt = before;
  kind("feature_shuffle").apply({1, "", 0}, Stream(1, "x"), spoilt);
  for (const std::size_t column : {1u, 2u}) {
    EXPECT_NE(spoilt.inputs[column].value, before.inputs[column].value) << column;
    std::vector<double> rows = spoilt.inputs[column].value;
    std::ranges::sort(rows);
    EXPECT_EQ(rows, before.inputs[column].value) << column;
  }
}

}  // namespace
}  // namespace insula
