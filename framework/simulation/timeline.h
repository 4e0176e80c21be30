// SPDX-License-Identifier: Apache-2.0
// One run as an integrator sees it: stretches of constant input between break points, and which
// samples are taken at which break point.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/dataset/dataset.h"
#include "framework/simulation/learner_data.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

struct Sample {
  int channel = 0;  // of the System
  int sample = 0;   // row of the recording
};

/// A sample that the integrator does not stop at: its interpolant shows it.
struct Glimpse {
  double time = 0;  // s
  Sample sample;
};

/// How samples of a channel are made of what is simulated: a moving sum. Sample s, with
/// s = phases · i + p, is Σ_j weight(j, p) · simulated[stride · i + j].
struct Convolution {
  Eigen::MatrixXd weight;  // taps × phases; empty: samples are what is simulated
  int stride = 0;
  int samples = 0;
  bool is_empty() const { return weight.size() == 0; }
};

/// The segments for which a trial's signal is held, of an input whose values a learner gives.
struct HeldSignal {
  int learned = 0;      // of System::learned
  std::size_t row = 0;  // of Timeline::learner_rows: the trial
  int first = 0, end = 0;
};

/// s. Dynamics of regions are about as fast; steps would be no longer if the integrator stopped.
inline constexpr double kLongInterval = 0.5;

struct Timeline {
  std::string run;
  /// Break points in s, ascending from 0: every change of an input that the system uses, the times
  /// of samples that are kLongInterval or more apart, and the last sample. Samples before 0 show
  /// the state at rest, that is at 0.
  std::vector<double> time;
  /// inputs × (break points − 1): u on [time[k], time[k + 1]); columns are segments. Inputs whose
  /// values a learner gives are 0 until with_signals() puts them there.
  Eigen::MatrixXd input;
  /// ∂u/∂p × segments, p natural: a row for each parameter of the learner of each of
  /// System::learned, in order. Empty where there are none, or where they are not asked for.
  Eigen::MatrixXd input_slope;
  /// Samples taken at break point k: samples[first_sample[k]] … samples[first_sample[k + 1] − 1].
  std::vector<Sample> samples;
  std::vector<int> first_sample;  // break points + 1
  /// Samples between break points, ascending in time: of probes, of what kernels are put on, and of
  /// recordings with short intervals.
  std::vector<Glimpse> glimpses;
  std::vector<int> channel_samples;      // per channel of the system: samples taken in this run
  std::vector<Convolution> convolution;  // per channel

  std::vector<LearnerRows> learner_rows;  // per learner of the architecture; empty: moves no input
  std::vector<HeldSignal> held;
  /// Per break point: the input, or its slope, may differ between the segments before and after it.
  std::vector<char> jumps;

  int segments() const { return static_cast<int>(time.size()) - 1; }
};

/// probe_times: per probe of the system, when its samples are taken (s, in any order; before 0 as
/// above); none where it is empty.
/// errors  InputError if the run lacks an input, a recording, or a learner's trials with onsets
///         that the system needs, or a recording lacks a channel; the place is that of the
///         architecture's entry
Timeline timeline(const System& system,
                  const dataset::Run& run,
                  const std::vector<std::vector<double>>& probe_times = {});

/// The timeline with the values of inputs that learners give at these natural parameters, and, if
/// asked for, how these move with the learners'.
Timeline with_signals(const System& system,
                      const Timeline& timeline,
                      const std::vector<double>& natural,
                      bool with_slopes);

}  // namespace insula::simulation
