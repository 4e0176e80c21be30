// SPDX-License-Identifier: Apache-2.0
// A run as SPM sees it: bins of a sixteenth of a scan in which inputs are constant, and samples
// taken at the start of a bin. SPM's two schemes both step along such a grid.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/dataset/dataset.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

struct SpmRun {
  double bin = 0;  // s
  int bins_per_scan = 16;
  double repetition_time = 0;  // s
  Eigen::MatrixXd input;       // inputs × bins: the value at the start of each bin
  /// Per channel: scan s (from 0) is the state at the start of bin bins_per_scan·s + sample_bin,
  /// counted from 1. It is max(round(delay / bin), 1), so a delay of 0 is one of a bin.
  std::vector<int> sample_bin;
  int scans = 0;
};

/// errors  InputError with every mistake: a kind that SPM's equations lack, more than one
///         recording, a channel sampled later than a scan after its scan's start, and what
///         timeline() refuses
SpmRun spm_run(const System& system, const dataset::Run& run);

/// Does any region gate a projection? SPM takes its second-order scheme for such models, and the
/// bilinear one for all others.
bool is_gated(const System& system);

/// Moments at which SPM's schemes stop: every bin whose inputs differ from those before, every
/// sampled bin and `stops_per_scan` bins a scan besides.
struct SpmGrid {
  std::vector<int> bin;     // of each moment, counted from 1, ascending
  std::vector<int> length;  // bins until the next moment; 0 for the last
  std::vector<int> moment;  // at which a bin starts, for sampled bins; index 0 is not used
  Eigen::MatrixXd input;    // inputs × levels: every combination of values, once
  std::vector<int> level;   // of each moment: column of `input`
  std::vector<int> share;   // of each moment: moments of one level and length have one number
  std::vector<int> uses;    // of each such number: how many moments have it
};
SpmGrid spm_grid(const SpmRun& run, int stops_per_scan = 0);

}  // namespace insula::simulation
