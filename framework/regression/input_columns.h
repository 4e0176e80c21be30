// SPDX-License-Identifier: Apache-2.0
// Columns that a linear model makes of the known inputs, at a channel's true sample times.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/contract/baseline.h"

namespace insula::regression {

/// How inputs become columns.
struct InputForm {
  enum class Kind {
    held,    // the input as it is when the sample is taken
    hrf,     // convolved with the canonical response and its two derivatives
    kernel,  // convolved with the recording's kernel and its temporal derivative
    fir,     // averaged over bins that end at the sample, one column per bin
  };
  Kind kind = Kind::held;
  int bins = 0;      // fir: how many
  double width = 0;  // fir: of each, s

  /// "inputs as they are", "HRF and derivatives", "kernel and derivative", "FIR of 11 x 3.22 s"
  std::string text() const;
};

/// Columns of all runs, one below the other, for a channel that is sampled `delay` s (per run)
/// after the recording's own times. A count is of the stretch until the next sample: it is `held`
/// in the middle of it, and its bins end with it.
///
/// shape   rows × (inputs × 1, 3, 2 or bins), the columns of an input side by side
/// units   of the input; derivatives per s, that by dispersion per 1
/// exact   inputs are constant between onsets and are integrated as such, not sampled
Eigen::MatrixXd input_columns(const BaselineProblem& problem,
                              const std::vector<double>& delay,
                              const InputForm& form);

/// How many columns that are.
Eigen::Index column_count(const BaselineProblem& problem, const InputForm& form);

/// The mean of a held input over begin … end (s), begin < end; 0 before its first onset.
double mean_input(const BaselineInput& input, double begin, double end);

/// The forms that a linear model of this recording should choose from. BOLD: the canonical response
/// with derivatives, and bins of one sampling interval, at least 2 s, over 32 s. Kernels: the
/// kernel with its derivative, and at most 32 bins up to its end. Counts: at most 32 bins of one
/// interval, and at most 32 bins, whole intervals wide, over the kind's memory. Else: the input as
/// it is, and bins of one sampling interval over 8 and 32 intervals.
std::vector<InputForm> input_forms(const BaselineProblem& problem);

}  // namespace insula::regression
