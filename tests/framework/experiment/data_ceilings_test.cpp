// SPDX-License-Identifier: Apache-2.0
// Ceilings that repeats allow, told of the data alone.
#include "framework/experiment/data_ceilings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

constexpr int kCeilingSamples = 2000, kCeilingRepeats = 3;

// Runs that repeat one stimulus: a signal of variance 4, and noise of a variance of their own.
dataset::Dataset repeated(double noise_variance, double share_missing = 0) {
  Stream stream(1, "ceilings");
  std::vector<double> signal;
  for (int s = 0; s < kCeilingSamples; ++s) signal.push_back(2 * stream.normal());
  dataset::Subject subject;
  subject.id = "s";
  for (int k = 0; k < kCeilingRepeats; ++k) {
    dataset::Recording recording;
    recording.name = "x";
    recording.interval = 1;
    recording.channels = {"told", "noise"};
    recording.delay = {0, 0};
    recording.samples.resize(kCeilingSamples, 2);
    for (int s = 0; s < kCeilingSamples; ++s) {
      const double noise = std::sqrt(noise_variance) * stream.normal();
      const bool is_lost = stream.uniform() < share_missing;
      recording.samples(s, 0) = is_lost ? NAN : signal[static_cast<std::size_t>(s)] + noise;
      recording.samples(s, 1) = stream.normal();
    }
    dataset::Run run;
    run.id = std::to_string(k);
    run.duration = kCeilingSamples;
    run.stimulus = "again";
    run.recordings = {recording};
    subject.runs.push_back(run);
  }
  dataset::Dataset data;
  data.subjects = {subject};
  return data;
}

// Of the root of an intraclass correlation of `samples` stimuli with `repeats` values each.
// source  Fisher 1925, Statistical Methods for Research Workers, section 39
Tolerance sampled(double reliability, double repeats, double samples) {
  const double sd = std::sqrt(2 / (repeats * (repeats - 1))) * (1 - reliability) *
                    (1 + (repeats - 1) * reliability);
  return Tolerance::sampling(sd / (2 * std::sqrt(reliability)), static_cast<int>(samples));
}

// √(S / (S + N)), the correlation of the signal with one presentation.
TEST(DataCeilings, AreTheCorrelationOfTheSignalWithOnePresentation) {
  for (const double noise : {1.0, 4.0, 12.0})
    for (const double lost : {0.0, 0.3}) {
      const auto ceilings = data_ceilings(repeated(noise, lost));
      ASSERT_EQ(ceilings.size(), 1U);
      EXPECT_EQ(ceilings[0].recording, "x");
      EXPECT_EQ(ceilings[0].channels + ceilings[0].below, 2U);
      // Where samples are lost, most stimuli keep two.
      const double reliability = 4 / (4 + noise);
      EXPECT_CLOSE(ceilings[0].high,
                   std::sqrt(reliability),
                   sampled(reliability, lost > 0 ? 2 : kCeilingRepeats, kCeilingSamples));
    }
}

TEST(DataCeilings, AreOneWithoutNoise) {
  EXPECT_CLOSE(data_ceilings(repeated(0))[0].high, 1, Tolerance::rounding(100));
}

TEST(DataCeilings, AreNotToldWhereNothingIsRepeated) {
  dataset::Dataset data = repeated(1);
  for (dataset::Run& run : data.subjects[0].runs) run.stimulus = "of " + run.id;
  EXPECT_TRUE(data_ceilings(data).empty());
}

// Runs of which one lacks the recording are passed over.
TEST(DataCeilings, NeedTheRecordingInEveryRun) {
  dataset::Dataset data = repeated(1);
  data.subjects[0].runs[1].recordings.clear();
  EXPECT_TRUE(data_ceilings(data).empty());
}

}  // namespace
}  // namespace insula::experiment
