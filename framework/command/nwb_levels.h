// SPDX-License-Identifier: Apache-2.0
// Columns of NWB's tables as they are written, and the values that tell conditions apart.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "framework/dataset/nwb.h"

namespace insula::command {

/// The cell of a table of ours.
std::string cell_of(const dataset::NwbColumn& column, std::size_t row);

/// Values of a column in all runs, as the tables have them, in order; numbers in the order of
/// numbers.
class Levels {
 public:
  void add(const dataset::NwbColumn& column);
  /// Two to eight: more are names of things, not conditions or answers.
  bool are_few() const;
  bool has_missing() const { return has_missing_; }
  std::vector<std::string> texts() const;

 private:
  std::set<std::string> words_;
  std::set<double> numbers_;
  bool has_missing_ = false;
};

}  // namespace insula::command
