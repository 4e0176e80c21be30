// SPDX-License-Identifier: Apache-2.0
// One subject's series as an engine fits them, for programs that take a fit over.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/experiment/experiment.h"

namespace insula::experiment {

struct FittedSeries {
  std::vector<std::string> channels;  // as in the architecture's observations
  Eigen::VectorXd centre, factor;     // of each channel: fitted = (data − centre) · factor
  Eigen::MatrixXd data;               // samples of all runs × channels, as they were fitted
  Eigen::MatrixXd prediction;         // f(θ) without confounds, in the same numbers
};

/// shape   theta: one number for each free parameter of the hypothesis
/// domain  channels without loadings, of one number of samples
/// errors  InputError (data) if the model diverges at θ
FittedSeries fitted_series(const Experiment& experiment,
                           const Hypothesis& hypothesis,
                           std::size_t subject,
                           const Eigen::VectorXd& theta);

}  // namespace insula::experiment
