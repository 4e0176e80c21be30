// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/step_signal.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace insula::dataset {
namespace {

// Appends a change, unless it changes nothing.
void change(StepSignal& signal, double time, double value) {
  const double before = signal.value.empty() ? 0 : signal.value.back();
  if (value == before) return;
  signal.onset.push_back(time);
  signal.value.push_back(value);
}

struct Edge {
  double time;
  bool starts;
  std::size_t event;
};

std::vector<Edge> edges_in_order(const std::vector<Event>& events) {
  std::vector<Edge> edges;
  edges.reserve(2 * events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    edges.push_back({events[i].onset, true, i});
    edges.push_back({events[i].onset + events[i].duration, false, i});
  }
  std::stable_sort(
      edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.time < b.time; });
  return edges;
}

}  // namespace

StepSignal sampled(std::string name,
                   std::span<const double> values,
                   double start,
                   double interval) {
  StepSignal signal;
  signal.name = std::move(name);
  for (std::size_t k = 0; k < values.size(); ++k) {
    change(signal, start + static_cast<double>(k) * interval, values[k]);
  }
  change(signal, start + static_cast<double>(values.size()) * interval, 0);
  return signal;
}

StepSignal boxcars(std::string name, std::vector<Event> events) {
  StepSignal signal;
  signal.name = std::move(name);
  const std::vector<Edge> edges = edges_in_order(events);
  std::set<std::size_t> active;
  for (std::size_t i = 0; i < edges.size();) {
    const double time = edges[i].time;
    for (; i < edges.size() && edges[i].time - time < kSameTime; ++i) {
      if (edges[i].starts) {
        active.insert(edges[i].event);
      } else {
        active.erase(edges[i].event);
      }
    }
    // Summed afresh, in the order of the file: adding and taking away would leave rounding behind.
    double sum = 0;
    for (const std::size_t event : active) sum += events[event].amplitude;
    change(signal, time, sum);
  }
  return signal;
}

StepSignal cut(const StepSignal& signal, double duration) {
  StepSignal part;
  part.name = signal.name;
  part.unit = signal.unit;
  change(part, 0, signal.at(0));
  for (std::size_t k = 0; k < signal.onset.size(); ++k) {
    const double onset = signal.onset[k];
    if (onset > 0 && onset < duration - kSameTime) change(part, onset, signal.value[k]);
  }
  return part;
}

StepSignal clipped(const StepSignal& signal, double low, double high) {
  StepSignal result;
  result.name = signal.name;
  result.unit = signal.unit;
  for (std::size_t k = 0; k < signal.onset.size(); ++k) {
    change(result, signal.onset[k], std::clamp(signal.value[k], low, high));
  }
  return result;
}

}  // namespace insula::dataset
