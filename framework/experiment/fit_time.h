// SPDX-License-Identifier: Apache-2.0
// How long an experiment's hypotheses will take to fit, from a short measurement.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "framework/experiment/experiment.h"

namespace insula::experiment {

struct FitTime {
  std::size_t fits = 0;  // of hypotheses: all data and folds, each subject, clean and spoilt;
                         // simulated data
  std::size_t runs = 0;  // at draws from posteriors: k̂, importance sampling, interventions
  double seconds = 0;    // of one processor, for all of them
  std::string slowest;   // the hypothesis whose step takes longest
  double step = 0;       // s of one processor: predictions and sensitivities at the prior mean
};

/// Steps of a fit that the estimate counts with. Of 39 fits of hypotheses in examples/demo and
/// examples/attention-to-motion the median is 9, the range 6 to 14.
inline constexpr double kStepsOfAFit = 10;

/// One step of each hypothesis is timed on the first subject's data; baselines and the several
/// rounds of a hierarchical group are not counted. Nothing where a hypothesis uses bands of
/// features, which are made first, or cannot be run at its prior mean.
/// cost    a step of each hypothesis
std::optional<FitTime> expected_fit_time(const Experiment& experiment);

}  // namespace insula::experiment
