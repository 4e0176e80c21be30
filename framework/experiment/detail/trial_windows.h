// SPDX-License-Identifier: Apache-2.0
// The window of a trial in which regions' activities and inputs count for its predictors.
#pragma once

#include <span>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/dataset.h"

namespace insula::experiment {

/// The moment, in s from the start of the run, that the window of each trial in use is locked to;
/// NaN if the trial has no such moment or its window is not within the run.
std::vector<double> window_moments(const dataset::Run& run,
                                   const dataset::Trials& trials,
                                   const architecture::Window& window);

/// How many samples of a region are taken in each trial: of its activity, or of its integral where
/// the mean or the integral is asked for.
std::size_t samples_in(const architecture::Window& window);

/// When they are taken, for a window that is locked to `moment`.
std::vector<double> sample_times_in(const architecture::Window& window, double moment);

/// What they come to: "1" of a mean, a peak or a value, "s" of an integral. `weight` receives the
/// derivative in each sample. A peak is that of the parabola through the largest sample and its
/// neighbours: differentiable but where two samples tie.
double taken_of(const architecture::Window& window,
                std::span<const double> samples,
                std::span<double> weight);

/// The same of a known signal, exactly.
double taken_of(const architecture::Window& window,
                const dataset::StepSignal& signal,
                double moment);

}  // namespace insula::experiment
