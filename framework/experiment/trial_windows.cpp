// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_windows.h"

#include <algorithm>

#include "framework/base/nan.h"

namespace insula::experiment {
namespace {

using architecture::Window;

// The parabola through its largest samples shows a peak between them: 33 samples see one that is as
// brief as a tenth of the window.
constexpr std::size_t kPeakSamples = 33;
constexpr double kRounding = 1e-9;  // s: rounding at the ends of the run

double peak_of(std::span<const double> samples, std::span<double> weight) {
  std::ranges::fill(weight, 0.0);
  const auto top = static_cast<std::size_t>(std::ranges::max_element(samples) - samples.begin());
  weight[top] = 1;
  if (top == 0 || top + 1 == samples.size()) return samples[top];
  const double rise = samples[top + 1] - samples[top - 1];
  const double bend = samples[top + 1] - 2 * samples[top] + samples[top - 1];
  if (!(bend < 0)) return samples[top];  // flat
  const double slope = rise / (4 * bend), square = rise * rise / (8 * bend * bend);
  weight[top - 1] = slope + square;
  weight[top] = 1 - 2 * square;
  weight[top + 1] = -slope + square;
  return samples[top] - rise * rise / (8 * bend);
}

}  // namespace

std::vector<double> window_moments(const dataset::Run& run,
                                   const dataset::Trials& trials,
                                   const Window& window) {
  std::vector<double> moments;
  for (const std::size_t i : trials.in_use()) {
    double moment = trials.onset.empty() ? kNaN : trials.onset[i];
    if (window.lock == Window::Lock::response)
      moment += trials.response_time.empty() ? kNaN : trials.response_time[i];
    const bool is_within =
        moment + window.from >= -kRounding && moment + window.to <= run.duration + kRounding;
    moments.push_back(is_within ? moment : kNaN);
  }
  return moments;
}

std::size_t samples_in(const Window& window) {
  return window.take == Window::Take::value  ? 1
         : window.take == Window::Take::peak ? kPeakSamples
                                             : 2;
}

std::vector<double> sample_times_in(const Window& window, double moment) {
  const std::size_t count = samples_in(window);
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0;
    times.push_back(moment + window.from + share * (window.to - window.from));
  }
  return times;
}

double taken_of(const Window& window, std::span<const double> samples, std::span<double> weight) {
  if (window.take == Window::Take::peak) return peak_of(samples, weight);
  if (window.take == Window::Take::value) {
    weight[0] = 1;
    return samples[0];
  }
  const double factor = window.take == Window::Take::mean ? 1 / (window.to - window.from) : 1;
  weight[0] = -factor;
  weight[1] = factor;
  return factor * (samples[1] - samples[0]);
}

double taken_of(const Window& window, const dataset::StepSignal& signal, double moment) {
  const double from = moment + window.from, to = moment + window.to;
  if (window.take == Window::Take::value) return signal.at(from);
  double integral = 0, peak = signal.at(from), last = from, value = peak;
  for (std::size_t k = 0; k < signal.onset.size(); ++k) {
    if (signal.onset[k] <= from || signal.onset[k] >= to) continue;
    integral += value * (signal.onset[k] - last);
    last = signal.onset[k];
    value = signal.value[k];
    peak = std::max(peak, value);
  }
  integral += value * (to - last);
  return window.take == Window::Take::peak       ? peak
         : window.take == Window::Take::integral ? integral
                                                 : integral / (to - from);
}

}  // namespace insula::experiment
