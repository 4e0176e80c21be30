// SPDX-License-Identifier: Apache-2.0
// What a region or an input comes to in the window of a trial.
#include "framework/experiment/detail/trial_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/dataset/step_signal.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using architecture::Window;
using Lock = Window::Lock;
using Take = Window::Take;

constexpr Take kTakes[] = {Take::mean, Take::integral, Take::peak, Take::value};

// 0 until 1 s, 2 until 3 s, −1 until 4 s, 0.5 until 6 s, then 0.
dataset::StepSignal steps() { return dataset::boxcars("u", {{1, 2, 2}, {3, 1, -1}, {4, 2, 0.5}}); }

double taken(Take take, double moment, double from, double to) {
  return taken_of({Lock::onset, take, from, to}, steps(), moment);
}

TEST(WindowsOfInputs, TakeTheMeanIntegralPeakAndValueInClosedForm) {
  const Tolerance sums = Tolerance::rounding(8, 4);
  // From 0.5 s to 4.5 s: 0.5·0 + 2·2 + 1·(−1) + 0.5·0.5 = 3.25 over 4 s.
  EXPECT_CLOSE(taken(Take::integral, 1, -0.5, 3.5), 3.25, sums);
  EXPECT_CLOSE(taken(Take::mean, 1, -0.5, 3.5), 3.25 / 4, sums);
  EXPECT_EQ(taken(Take::peak, 1, -0.5, 3.5), 2);
  EXPECT_EQ(taken(Take::value, 1, -0.5, -0.5), 0);
  EXPECT_EQ(taken(Take::value, 1, 2.5, 2.5), -1);
  // Within one step there is nothing to average.
  for (const Take take : {Take::mean, Take::peak}) EXPECT_EQ(taken(take, 3, 0.25, 0.75), -1);
  EXPECT_CLOSE(taken(Take::integral, 3, 0.25, 0.75), -0.5, sums);
  // A window that begins or ends with a step.
  EXPECT_CLOSE(taken(Take::integral, 3, -2, 1), 3, sums);
  EXPECT_EQ(taken(Take::peak, 3, 0, 1), -1);
  EXPECT_EQ(taken(Take::value, 3, 0, 0), -1);
  EXPECT_EQ(taken(Take::peak, 3, -1, 0), 2);
  // After the last change.
  EXPECT_EQ(taken(Take::mean, 7, 0, 2), 0);
}

TEST(WindowsOfInputs, AddUpWhereTheyMeet) {
  for (double cut = -0.9; cut < 6; cut += 0.37)
    EXPECT_CLOSE(taken(Take::integral, 0.2, -1, cut) + taken(Take::integral, 0.2, cut, 7),
                 taken(Take::integral, 0.2, -1, 7),
                 Tolerance::rounding(8, 4));
}

// Samples of `signal` as the simulator takes them: of its integral for a mean or an integral.
template <class Signal, class Integral>
std::vector<double> samples_of(const Window& window,
                               double moment,
                               Signal signal,
                               Integral integral) {
  std::vector<double> samples;
  const bool integrates = window.take == Take::mean || window.take == Take::integral;
  for (const double t : sample_times_in(window, moment))
    samples.push_back(integrates ? integral(t) : signal(t));
  return samples;
}

double taken(const Window& window, const std::vector<double>& samples) {
  std::vector<double> weight(samples.size());
  return taken_of(window, samples, weight);
}

// z(t) = sin t, whose integral is −cos t.
TEST(WindowsOfRegions, TakeTheMeanIntegralAndValueExactly) {
  const auto signal = [](double t) { return std::sin(t); };
  const auto integral = [](double t) { return -std::cos(t); };
  const auto of = [&](const Window& window, double moment) {
    return taken(window, samples_of(window, moment, signal, integral));
  };
  const double area = std::cos(2.5) - std::cos(3.75);
  EXPECT_CLOSE(of({Lock::onset, Take::integral, 0.5, 1.75}, 2), area, Tolerance::rounding(8, 1.0));
  EXPECT_CLOSE(
      of({Lock::onset, Take::mean, 0.5, 1.75}, 2), area / 1.25, Tolerance::rounding(8, 1.0));
  EXPECT_CLOSE(
      of({Lock::onset, Take::value, 0.3, 0.3}, 2), std::sin(2.3), Tolerance::rounding(4, 1.0));
}

TEST(WindowsOfRegions, AreSampledFromTheirBeginningToTheirEnd) {
  for (const Take take : kTakes) {
    const bool is_value = take == Take::value;
    const Window window{Lock::onset, take, -0.5, is_value ? -0.5 : 2};
    const std::vector<double> times = sample_times_in(window, 10);
    ASSERT_EQ(times.size(), samples_in(window));
    EXPECT_EQ(times.front(), 9.5);
    EXPECT_EQ(times.back(), is_value ? 9.5 : 12);
    EXPECT_TRUE(std::ranges::is_sorted(times));
  }
}

TEST(Peaks, OfAParabolaAreExactBetweenItsSamples) {
  const Window window{Lock::onset, Take::peak, 0, 1};
  for (double top = 0.05; top < 0.95; top += 0.0173) {
    const auto parabola = [&](double t) { return 0.7 - 3 * (t - top) * (t - top); };
    EXPECT_CLOSE(taken(window, samples_of(window, 0, parabola, parabola)),
                 0.7,
                 Tolerance::rounding(200));  // differences of neighbours lose two digits
  }
}

TEST(Peaks, OfASmoothBumpErrByTheThirdOrderOfTheSpacing) {
  // e^(−(t − top)²/2w²) of width w = 0.1: between samples 1/32 s apart the parabola's height errs
  // by at most h³·|z'''|/(9√3), |z'''| ≤ 1.4/w³.
  const Window window{Lock::onset, Take::peak, 0, 1};
  const double w = 0.1, h = 1.0 / 32;
  for (double top = 0.2; top < 0.8; top += 0.0173) {
    const auto bump = [&](double t) { return std::exp(-(t - top) * (t - top) / (2 * w * w)); };
    EXPECT_CLOSE(taken(window, samples_of(window, 0, bump, bump)),
                 1.0,
                 Tolerance::because(1.4 * std::pow(h / w, 3) / (9 * std::sqrt(3.0)),
                                    "interpolation by a parabola"));
  }
}

TEST(Peaks, AtAnEndOfTheWindowOrOfAFlatSignalAreTheLargestSample) {
  const Window window{Lock::onset, Take::peak, 0, 1};
  const auto rising = [](double t) { return t * t; };
  EXPECT_EQ(taken(window, samples_of(window, 0, rising, rising)), 1);
  const auto falling = [](double t) { return -t; };
  EXPECT_EQ(taken(window, samples_of(window, 0, falling, falling)), 0);
  EXPECT_EQ(taken(window, std::vector<double>(samples_in(window), 0.25)), 0.25);
}

TEST(Weights, AreTheDerivativesInEachSample) {
  Stream stream(3, "windows");
  for (const Take take : kTakes) {
    const Window window{Lock::onset, take, 0.2, take == Take::value ? 0.2 : 1.7};
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<double> samples(samples_in(window)), weight(samples.size());
      // A bump, so that the largest sample is not at an end, and some noise.
      for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = std::sin(3.0 * static_cast<double>(i) / static_cast<double>(samples.size())) +
                     0.2 * stream.normal();
      taken_of(window, samples, weight);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const double h = 1e-6;  // no sample is as near to the largest
        std::vector<double> up = samples, down = samples;
        up[i] += h;
        down[i] -= h;
        EXPECT_CLOSE(weight[i],
                     (taken(window, up) - taken(window, down)) / (2 * h),
                     Tolerance::because(1e-7, "rounding of a central difference"));
      }
    }
  }
}

// A run of 20 s with trials at 1 s, 5 s and 18.5 s; the second has no response and the fourth,
// at 19 s, is excluded.
struct Answered {
  dataset::Run run;
  dataset::Trials trials;
  Answered() {
    run.duration = 20;
    trials.onset = {1, 5, 18.5, 19};
    trials.response_time = {0.5, kNaN, 1.25, 0.75};
    trials.reasons = {"slow"};
    trials.exclusion = {dataset::kInUse, dataset::kInUse, dataset::kInUse, 0};
  }
  std::vector<double> moments(const Window& window) const {
    return window_moments(run, trials, window);
  }
};

void expect_moments(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(actual[i])) << i;
    else
      EXPECT_EQ(actual[i], expected[i]) << i;
  }
}

TEST(Moments, AreOnsetsOrResponsesOfTheTrialsInUse) {
  const Answered a;
  expect_moments(a.moments({Lock::onset, Take::mean, 0, 1}), {1, 5, 18.5});
  expect_moments(a.moments({Lock::response, Take::mean, -1, 0}), {1.5, kNaN, 19.75});
}

TEST(Moments, AreMissingWhereTheWindowLeavesTheRun) {
  const Answered a;
  expect_moments(a.moments({Lock::onset, Take::mean, 0, 1.5}), {1, 5, 18.5});  // to its very end
  expect_moments(a.moments({Lock::onset, Take::mean, 0, 1.6}), {1, 5, kNaN});
  expect_moments(a.moments({Lock::onset, Take::mean, -1, 1}), {1, 5, 18.5});  // from its very start
  expect_moments(a.moments({Lock::onset, Take::value, -1.1, -1.1}), {kNaN, 5, 18.5});
  expect_moments(a.moments({Lock::response, Take::value, 0.3, 0.3}), {1.5, kNaN, kNaN});
}

TEST(Moments, NeedOnsetsAndForResponsesTheirTimes) {
  Answered a;
  a.trials.response_time.clear();
  expect_moments(a.moments({Lock::response, Take::mean, -1, 0}), {kNaN, kNaN, kNaN});
  a.trials.onset.clear();
  expect_moments(a.moments({Lock::onset, Take::mean, 0, 1}), {kNaN, kNaN, kNaN});
}

}  // namespace
}  // namespace insula::experiment
