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
    held,  // the input as it is when the sample is taken
    hrf,   // convolved with the canonical response and its two derivatives
    fir,   // averaged over bins that end at the sample, one column per bin
  };
  Kind kind = Kind::held;
  int bins = 0;      // fir: how many
  double width = 0;  // fir: of each, s

  std::string text() const;  // "inputs as they are", "HRF and derivatives", "FIR of 11 x 3.22 s"
};

/// Columns of all runs, one below the other, for a channel that is sampled `delay` s (per run)
/// after the recording's own times.
///
/// shape   rows × (inputs × 1, 3 or bins), the columns of an input side by side
/// units   of the input; hrf derivatives 1/s and 1
/// exact   inputs are constant between onsets and are integrated as such, not sampled
Eigen::MatrixXd input_columns(const BaselineProblem& problem,
                              const std::vector<double>& delay,
                              const InputForm& form);

/// The mean of a held input over begin … end (s), begin < end; 0 before its first onset.
double mean_input(const BaselineInput& input, double begin, double end);

/// The forms that a linear model of this modality should choose from. BOLD: the canonical response
/// with derivatives, and bins of one sampling interval, at least 2 s, over 32 s. Else: the input as
/// it is, and bins of one sampling interval over 8 and 32 intervals.
std::vector<InputForm> input_forms(const BaselineProblem& problem);

}  // namespace insula::regression
