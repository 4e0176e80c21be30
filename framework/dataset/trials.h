// SPDX-License-Identifier: Apache-2.0
// Trials: what was shown, answered and measured once a trial, as a structure of arrays in SI units.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "framework/base/error.h"

namespace insula::dataset {

/// The index of a response or level that is missing.
inline constexpr int kMissing = -1;
/// The exclusion of a trial that is in use.
inline constexpr int kInUse = -1;

/// A number a trial: a stimulus strength, a trial's pupil response, a measured theta power.
struct TrialColumn {
  std::string name;
  std::string unit = "1";     // "s" for any time; a unit that is not known stays as it is written
  std::vector<double> value;  // one a trial; NaN = missing
  Place place;                // of its entry in the manifest
};

/// A level a trial: a condition, the identity of a stimulus.
struct TrialFactor {
  std::string name;
  /// As declared, or in order of first appearance over the whole dataset: the same in every run, so
  /// an index means the same level everywhere and some levels may be absent from a run.
  std::vector<std::string> levels;
  std::vector<int> value;  // one a trial: an index into levels or kMissing
  Place place;
};

/// One table of trials of a run. An array is as long as there are trials, or empty if the manifest
/// does not name it (onset, duration, response, response_time).
struct Trials {
  std::string name;              // the key in the manifest; "trials" for the only table of a run
  std::vector<double> onset;     // s from the start of the run, ascending; NaN in excluded trials
  std::vector<double> duration;  // s, not negative; NaN = missing
  /// Labels in the declared order, the same in every run; of two labels the second is the success
  /// of a choice and the upper bound of a diffusion.
  std::vector<std::string> responses;
  std::vector<int> response;          // an index into responses or kMissing
  std::vector<double> response_time;  // s from the trial's onset, positive; NaN = missing
  std::vector<TrialColumn> columns;
  std::vector<TrialFactor> factors;
  std::vector<std::string> reasons;  // why trials are excluded, in the order of the rules
  std::vector<int> exclusion;        // one a trial: an index into reasons or kInUse
  Place place;

  /// The number of trials, excluded ones included.
  std::size_t size() const { return exclusion.size(); }
  bool is_in_use(std::size_t trial) const { return exclusion[trial] == kInUse; }
  /// How many trials are excluded for reasons[reason], or in use for kInUse.
  std::size_t count(int reason) const;
  std::size_t count_in_use() const { return count(kInUse); }
  /// The trials in use, ascending.
  std::vector<std::size_t> in_use() const;

  const TrialColumn* column(const std::string& called) const;  // nullptr if absent
  const TrialFactor* factor(const std::string& called) const;  // nullptr if absent

  /// These trials in this order; labels, levels and reasons stay.
  Trials select(const std::vector<std::size_t>& trials) const;
};

}  // namespace insula::dataset
