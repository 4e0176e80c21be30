// SPDX-License-Identifier: Apache-2.0
// How step signals are made from sampled series and from events.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "framework/dataset/dataset.h"

namespace insula::dataset {

/// Something that happened: a boxcar of height `amplitude`.
struct Event {
  double onset;     // s
  double duration;  // s, positive
  double amplitude = 1;
};

/// values[k] holds from start + k·interval for one interval; afterwards the signal is 0. Equal
/// neighbours are merged.
///
/// shape   values [samples]
/// units   start s, interval s
/// domain  values finite, interval > 0
/// cost    O(samples)
StepSignal sampled(std::string name, std::span<const double> values, double start, double interval);

/// The sum of the events' boxcars. Times less than kSameTime apart are one time, so that an event
/// that ends where the next one starts leaves neither a gap nor an overlap.
///
/// domain  times finite, durations > 0
/// cost    O(n log n + n · m) for n events of which at most m overlap
StepSignal boxcars(std::string name, std::vector<Event> events);
inline constexpr double kSameTime =
    1e-9;  // s; rounding of onset + duration stays below it for a day

/// The part of a signal in [0, duration).
StepSignal cut(const StepSignal& signal, double duration);

/// Values below `low` become `low` and values above `high` become `high`; where the signal has not
/// begun it stays 0.
StepSignal clipped(const StepSignal& signal, double low, double high);

}  // namespace insula::dataset
