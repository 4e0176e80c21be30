// SPDX-License-Identifier: Apache-2.0
// What a corruption promises: it spoils what a model is trained on, by a strength of which 0 is
// none. It is given the training part of a fold with the rest beside it, and only what trains is
// taken from it again: held-out data cannot change.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/random.h"

namespace insula {

/// One channel of one run.
struct CorruptibleSeries {
  std::size_t run = 0;
  std::string recording;
  double interval = 0;       // s
  std::vector<double> time;  // s from the start of the run
  std::vector<char> trains;  // what does not is not taken back
  Eigen::VectorXd value;     // NaN = missing
};

/// An input of one run: value[i] holds from onset[i] until the next.
struct CorruptibleInput {
  std::size_t run = 0;
  std::string name, band;     // band: of features whose column it is, or empty
  std::vector<double> onset;  // s; not taken back
  std::vector<double> value;
  std::vector<char> trains;  // per step: all that it holds lies in the training part

  double at(double t) const;  // 0 before the first onset
};

/// One column of one run's table of trials: numbers, or levels as their indices.
struct CorruptibleColumn {
  std::size_t run = 0;
  std::string table, name;
  std::vector<double> value;
  std::vector<char> trains;  // per trial
};

/// One subject in one fold.
struct Corruptible {
  std::vector<double> duration;  // s, per run
  std::vector<CorruptibleSeries> series;
  std::vector<CorruptibleInput> inputs;
  std::vector<CorruptibleColumn> columns;
};

struct CorruptionSettings {
  double strength = 0;
  std::string condition;     // an input, if the kind needs one or takes one
  double correlation = 0.8;  // of a nuisance with the condition
};

struct CorruptionKind {
  std::string_view name;
  std::string_view summary;
  std::string_view strength;  // what it measures, with its unit
  std::string_view source;
  double most = std::numeric_limits<double>::infinity();  // the strongest that has a meaning
  enum class Condition { none, optional, required } condition = Condition::none;
  bool is_correlated = false;  // settings.correlation matters
  bool keeps_counts = true;    // numbers that are counts remain counts

  /// Called with strengths above 0 only. The same stream gives the same draws at every strength, so
  /// that strengths differ in nothing else. Deterministic, reentrant.
  void (*apply)(const CorruptionSettings& settings, Stream random, Corruptible& data) = nullptr;
};

inline double CorruptibleInput::at(double t) const {
  double held = 0;
  for (std::size_t i = 0; i < onset.size() && onset[i] <= t; ++i) held = value[i];
  return held;
}

}  // namespace insula
