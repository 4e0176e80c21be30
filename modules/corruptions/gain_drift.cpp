// SPDX-License-Identifier: Apache-2.0
// The gain of a recording drifts over a run of duration T, as electrodes and coils do:
//
//   y(t) → m + e^{s(t/T − ½)}·(y(t) − m),   m the mean of the training samples
//
// source  a convention; exponential, so that drifts of opposite signs undo each other
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

void drift_gain(const CorruptionSettings& settings, Stream, Corruptible& data) {
  for (CorruptibleSeries& s : data.series) {
    const double mean = moments(s).mean, whole = data.duration[s.run];
    for (Eigen::Index i = 0; i < s.value.size(); ++i) {
      const double part = s.time[static_cast<std::size_t>(i)] / whole - 0.5;
      s.value[i] = mean + std::exp(settings.strength * part) * (s.value[i] - mean);
    }
  }
}

}  // namespace

extern const CorruptionKind gain_drift;
const CorruptionKind gain_drift = {
    "gain_drift",
    "The gain of recordings grows exponentially over each run.",
    "logarithm of the gain's ratio between the end of a run and its start",
    "a convention",
    std::numeric_limits<double>::infinity(),
    CorruptionKind::Condition::none,
    false,
    false,
    drift_gain,
};

}  // namespace insula::corruptions
