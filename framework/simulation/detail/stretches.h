// SPDX-License-Identifier: Apache-2.0
// A run in stretches of constant inputs: what unit displacements of the states and unit stimuli of
// regions become from the start of each to its end.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/simulation/detail/tangents.h"

namespace insula::simulation {

/// Where a run is cut: wherever one of some inputs changes.
struct Cuts {
  std::vector<char> at;       // per break point: a stretch ends there
  std::vector<int> segment;   // per stretch: its first
  std::vector<int> stimulus;  // the stretches in which an input is not 0
};
Cuts cuts_at(const Timeline& timeline, const std::vector<int>& inputs);

/// Columns are the states that stimuli reach, displaced by 1 at the start of the stretch, then a
/// stimulus of 1 for each of the regions.
struct Stretches {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  std::vector<Eigen::MatrixXd> end;      // per stretch: those states at its end × columns
  std::vector<RowMajor> sample;          // per channel: samples × columns
  std::vector<std::vector<int>> within;  // per channel and sample: its stretch
};
Stretches stretches_of(const Linearised& run, const Cuts& cuts, const std::vector<int>& regions);

}  // namespace insula::simulation
