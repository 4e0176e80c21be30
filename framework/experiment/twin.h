// SPDX-License-Identifier: Apache-2.0
// Simulated datasets whose truth is known: twins of an experiment, made from a recipe.
//
//     insula: simulation/1
//     name: demo
//     description: Three regions, one gate.       # optional
//     architecture: gated.yaml
//     seed: 7
//     subjects: 2                                 # optional: a count or a list of ids
//     runs: [run-1]                               # optional, in the same way
//     duration: 12 min                            # of each run
//     inputs:
//       photic:    {events: [[10 s, 20 s], [60 s, 20 s, 0.5]]}       # onset, duration, amplitude
//       motion:    {every: 60 s, on: 30 s, start: 10 s, until: 600 s, amplitude: 1}
//       attention: {block: 20 s, pattern: [0, 1, 1, 0], start: 10 s}  # again and again
//       dots:      {each: trial, on: 2 s, amplitude: coherence}  # a column of the trials, or 1
//     trials:                                     # where the architecture observes trials, or
//                                                 # inputs hold what is learned from them
//       every: 10 s                               # or onsets: [3 s, 11 s]
//       start: 5 s                                # optional, as are until, jitter, missing
//       jitter: 2 s                               # each begins up to so much later
//       columns: {coherence: {levels: [-0.4, -0.1, 0.1, 0.4]}, effort: {uniform: [0, 1]}}
//     recordings:                                 # one for each observation of a recording
//       bold: {interval: 2 s, start: 0 s, delay: 0 s, noise: {snr: 3}, ar: 0.2, missing: 0.05}
//     parameters:                                 # optional: true values by full name, with units
//       V1 -> V5.strength: 0.3 1/s                # what is not named has its prior median
//       bold.transit: 1.8 s                       # of all regions
//
// Trials without onsets have a `count` in the place of times; then there is no duration, and the
// architecture's inputs are columns of the trials.
//
// Noise is {sd: 0.5 %}, in the unit of the observation, or {snr: 3}: the standard deviation of the
// noiseless series over that of the noise, channel by channel. `ar` is its correlation from one
// sample to the next; `missing` the share of samples that are lost. Without these keys there is
// none of each. Every subject and run has the same inputs, trials and parameters, and noise and
// answers of its own.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/base/outcome.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/step_signal.h"
#include "framework/numerics/isa.h"

namespace insula::experiment {

struct SimulatedInput {
  std::string name;
  std::vector<dataset::Event> events;  // within the run, by onset
};

/// None if the architecture observes no trials and learns from none.
struct SimulatedTrials {
  std::size_t count = 0;
  std::vector<double> onset;  // s, ascending; empty: there is no time axis
  std::vector<dataset::TrialColumn> columns;
  double missing = 0;  // share of trials without an answer, in [0, 1)
};

struct SimulatedRecording {
  std::string name;                           // the observation that it shows
  double start = 0, interval = 0, delay = 0;  // s
  double noise_sd = 0;                        // in the unit of the observation
  double snr = 0;                             // if not 0, it takes the place of noise_sd
  double ar = 0;                              // in (−1, 1)
  double missing = 0;                         // in [0, 1)
};

struct Recipe {
  std::string name, description, file;
  architecture::Architecture architecture;
  std::vector<double> theta;  // true θ of each of architecture.parameters; empty: the prior means
  std::vector<std::string> subjects{"s01"}, runs{"run-1"};
  double duration = 0;  // s; 0: trials without onsets
  std::vector<SimulatedInput> inputs;
  SimulatedTrials trials;
  std::vector<SimulatedRecording> recordings;  // in the order of architecture.observations
  std::uint64_t seed = 0;
  std::vector<dataset::SourceFile> files;  // the recipe first, then the architecture's
};

/// One number that the data were made with.
struct Truth {
  std::string parameter, unit;
  double value = 0;  // natural units
  double theta = 0;  // NaN for the sd of noise, which is no parameter of the architecture
  bool is_free = false;
};

struct Twin {
  Outcome outcome;  // if it is not finished, the dataset has no recordings
  dataset::Dataset dataset;
  std::vector<Truth> truth;  // parameters, then learned loadings, then the noise of each channel
};

/// errors  InputError with every mistake of the recipe and of its architecture
Recipe read_recipe(const std::string& path, const Catalogue& catalogue);

/// The recipe's dataset. Noise is drawn from streams named by subject, run, recording and channel.
/// exact   without noise the samples are simulation::respond's; the same bytes at any thread count
Twin simulate(const Recipe& recipe, Isa isa = chosen_isa());

/// errors  InputError that says where and when, if the model diverged with the true parameters
void refuse_unfinished(const Recipe& recipe, const Twin& twin);

/// The recipe with θ drawn from the prior of every free parameter.
Recipe with_drawn_parameters(Recipe recipe, std::uint64_t seed);

/// True if the file is a YAML document that says it is a simulation; false if it cannot be read.
bool is_recipe(const std::string& path);

/// Reads a recipe and makes its dataset: what an experiment does whose `dataset:` names a recipe.
/// errors  InputError as read_recipe, and if the model diverges with the true parameters
dataset::Dataset twin(const std::string& path, const Catalogue& catalogue);

/// Writes dataset.yaml, events.tsv, a table for each recording, truth.tsv and README.md. All are
/// written under temporary names first, then renamed, dataset.yaml last. The folder read back is
/// twin.dataset, bit by bit.
/// errors  InputError if the model diverged or the folder cannot be written
void write(const Recipe& recipe, const Twin& twin, const std::string& folder);

}  // namespace insula::experiment
