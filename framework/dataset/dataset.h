// SPDX-License-Identifier: Apache-2.0
// A dataset: what was presented and what was recorded, per subject and run, in SI units.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/dataset/features.h"
#include "framework/dataset/trials.h"

namespace insula::dataset {

/// A known signal that is constant between its changes: value[k] holds from onset[k] until
/// onset[k + 1] (the last one until the end of the run); before onset[0] it is 0. Onsets ascend
/// strictly; neighbouring values differ. Sampled series and boxcars both become this.
struct StepSignal {
  std::string name;
  std::string unit = "1";
  std::vector<double> onset;  // s from the start of the run
  std::vector<double> value;

  double at(double time) const;
};

/// One modality recorded at even intervals: sample s of channel c is taken at
/// start + s·interval + delay[c].
struct Recording {
  std::string name;      // the key in the manifest; observations refer to it
  std::string modality;  // "bold", "rate", …
  std::string unit;      // "%", "a.u.", …
  double start = 0;      // s from the start of the run
  double interval = 0;   // s
  std::vector<std::string> channels;
  std::vector<double> delay;  // s, one a channel
  Eigen::MatrixXd samples;    // samples × channels; NaN = missing
  Eigen::MatrixXd confounds;  // samples × confounds, may have no columns; finite
  std::vector<std::string> confound_names;
  Place place;  // of its entry in the manifest

  double time(Eigen::Index sample, Eigen::Index channel) const {
    return start + static_cast<double>(sample) * interval +
           delay[static_cast<std::size_t>(channel)];
  }
};

/// A stretch of a run that belongs to a set apart from the rest: it never trains.
struct Apart {
  std::string set;
  double begin = 0, end = 0;  // s: begin ≤ t < end
};

struct Run {
  std::string id;
  double duration = 0;   // s; 0 = no time axis: trials without onset and nothing else
  std::string stimulus;  // runs of a subject with the same one repeat it; empty: not named
  std::vector<StepSignal> inputs;
  std::vector<Recording> recordings;
  std::vector<Trials> trials;  // tables
  std::vector<FeatureBand> features;
  Place place;
  std::vector<Apart> apart;

  /// The set that a moment belongs to, if that lies apart; otherwise nullptr.
  const Apart* apart_at(double time) const;
  const StepSignal* input(const std::string& name) const;          // nullptr if absent
  const Recording* recording(const std::string& name) const;       // nullptr if absent
  const Trials* trial_table(const std::string& name) const;        // nullptr if absent
  const FeatureBand* feature_band(const std::string& name) const;  // nullptr if absent
};

struct Subject {
  std::string id;
  std::vector<Run> runs;
  Place place;
};

/// What subjects differ by: a number or a level each.
struct Covariate {
  std::string name;
  std::string unit = "1";           // of numbers, as in TrialColumn
  std::vector<std::string> levels;  // of a factor, the first is the reference; empty: numbers
  std::vector<double> value;  // one a subject: a number or an index into levels; NaN = missing
  Place place;
};

/// Which trials show the same stimulus again: those that agree in all of `by`.
struct Repeats {
  std::string trials;           // the table; empty: the dataset does not say
  std::vector<std::string> by;  // factors and columns of numbers; none: all trials show the same
  double from = 0, to = 0;      // s after a trial's onset: what recordings show of the stimulus
  Place place;
};

/// A file that was read, and its fingerprint.
struct SourceFile {
  std::string path;  // as the manifest names it
  std::string sha256;
};

/// A named doubt about a dataset that loads: something a careful colleague would ask about.
struct Finding {
  enum class Severity { note, warning, error };
  Severity severity = Severity::note;
  std::string check;    // snake_case name of the check, e.g. "flat_channel"
  std::string where;    // "s01/run-1/bold/V5"
  std::string message;  // one sentence
  Place place = {};     // of what it is about in the manifest; empty: of the dataset
};

struct Dataset {
  std::string name;
  std::string description;
  std::string citation;
  std::string licence;
  std::vector<Subject> subjects;
  std::vector<Covariate> covariates;  // of the participants' table: of numbers, then of factors
  Repeats repeats;
  std::vector<SourceFile> files;  // manifest first, then in the order of reading
  /// Doubts that arose while reading and that the numbers no longer show, such as events that were
  /// cut at the end of the run; check() repeats them.
  std::vector<Finding> doubts;
  Place place;
  std::vector<std::string> sets;  // those that lie apart, in order; Run::apart says of what

  /// Names of all inputs (recordings, tables of trials, feature bands) that any run has, in order
  /// of first appearance.
  std::vector<std::string> input_names() const;
  std::vector<std::string> recording_names() const;
  std::vector<std::string> trial_table_names() const;
  std::vector<std::string> feature_names() const;
};

/// Reads a manifest and all files that it names; the keys are listed in manifest.cpp. Inputs are
/// cut to the run: 0 <= onset < duration. errors  InputError with every mistake found: no_input if
/// the manifest itself is missing, data if
///         the manifest is right and a file that it names is wrong, config otherwise.
Dataset load(const std::string& manifest_path);

/// Integrity checks, in a fixed order; see integrity.cpp for the list and what each means.
std::vector<Finding> check(const Dataset& dataset);

}  // namespace insula::dataset
