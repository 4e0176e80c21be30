// SPDX-License-Identifier: Apache-2.0
// What a linear baseline promises: from one subject's training samples and the inputs, predict
// every sample. It sees NaN where a sample is missing, held out or in a gap, so it cannot leak.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/contract/observation.h"

namespace insula {

/// A known input as the baselines see it: constant between onsets, 0 before the first.
struct BaselineInput {
  std::string name;
  std::vector<double> onset;  // s, ascending
  std::vector<double> value;
  std::string band = {};  // of features whose column it is; those of one band stand together
};

struct BaselineRun {
  double duration = 0;  // s
  double start = 0,
         interval = 0;        // s; sample s of channel c is taken at start + s·interval + delay[c]
  std::vector<double> delay;  // s, per channel
  std::vector<BaselineInput> inputs;  // the same names in the same order in every run
  Eigen::MatrixXd data;               // samples × channels; NaN unless it is a training sample
  Eigen::MatrixXd nuisance;           // samples × K: constant, confounds, drift; finite everywhere
  /// Of each sample, or empty: samples of all runs with the same number ≥ 0 show one stimulus, and
  /// inner cross-validation leaves them out together.
  std::vector<int> together = {};
};

/// How a recording shows activity: by the observation kind of the first hypothesis.
struct BaselineRecording {
  std::string modality;   // "bold", "rate"
  Kernel kernel;          // at == nullptr: it has none
  double memory = 0;      // s
  bool counts = false;    // a sample counts what happens until the next one
  std::size_t bands = 0;  // of features among the inputs
};

/// One recording of one subject in one fold.
struct BaselineProblem {
  BaselineRecording recording;
  std::vector<std::string> channels;
  std::vector<BaselineRun> runs;
  /// K, the ridge penalty of each nuisance column when columns have unit root mean square: 0 for
  /// the constant and for confounds, 1 ("one sample's worth", a unit-information prior) for drift.
  Eigen::VectorXd nuisance_penalty;
  double gap = 0;  // s that inner cross-validation leaves beside its own test parts
  std::uint64_t seed = 0;
  std::size_t memory = std::size_t{1} << 31;  // bytes that a fit may use beside this and its result
};

/// What one band of inputs adds to a prediction, less its mean over the channel's training samples.
struct BandPrediction {
  std::string band;                   // of features, or "inputs"
  std::vector<Eigen::MatrixXd> mean;  // per run: samples × channels; NaN where it is not told
};

struct BaselinePrediction {
  std::vector<Eigen::MatrixXd> mean;       // per run: samples × channels, for every sample
  std::vector<Eigen::MatrixXd> sd;         // of a new datum
  bool counts = false;                     // a new datum is Poisson, not normal
  std::vector<BandPrediction> bands = {};  // of models that know bands; empty of others
  /// What was tuned, for the report: {"penalty of V5", "31.6"}.
  std::vector<std::pair<std::string, std::string>> tuned;
};

struct BaselineKind {
  std::string_view name;
  std::string_view summary;  // one sentence
  std::string_view source;
  BaselinePrediction (*predict)(const BaselineProblem&);
  bool (*explains)(const BaselineRecording&) = nullptr;  // nullptr: every recording
  std::string_view explained = "recordings";             // which ones, in words
  bool on_request = false;                               // runs only where an experiment names it
  bool is_linear = true;  // but for a link; what a hypothesis must beat
};

inline bool explains(const BaselineKind& kind, const BaselineRecording& recording) {
  return kind.explains == nullptr || kind.explains(recording);
}

}  // namespace insula
