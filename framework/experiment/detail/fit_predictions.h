// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Where one subject's channels and trials stand in a fit.
struct Offsets {
  std::size_t channel = 0, scored = 0;
};

/// Adds what a fit says of one subject's samples and trials, whether they trained or not. `task`
/// names the random numbers of predictive densities.
void add_predictions(const RunData& data,
                     const FitProblem& problem,
                     const inference::Fit& fit,
                     Offsets first,
                     const std::string& task,
                     PartResult& result);

}  // namespace insula::experiment
