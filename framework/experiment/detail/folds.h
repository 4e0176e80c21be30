// SPDX-License-Identifier: Apache-2.0
// A subject's folds: stretches of time, or of trials in a dataset without a time axis.
#pragma once

#include <string>
#include <vector>

#include "framework/evaluation/folds.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// None for the split `none`. Every run has a length, and there are two for the split `runs`. Runs
/// that repeat a stimulus count as one: they are cut at the same times and held out together. The
/// factor of `stimulus_types` is one that stimulus_types() knows.
std::vector<evaluation::Fold> folds_of(const Experiment& experiment,
                                       const dataset::Subject& subject);

/// What `blocks` and `runs` divide: runs that repeat a stimulus together, without those that belong
/// to a set apart from the rest.
std::vector<std::vector<std::size_t>> groups_in_folds(const dataset::Subject& subject);

/// The run's only table of trials that has the factor; nullptr if none has, or more than one.
const dataset::Trials* table_with(const dataset::Run& run, const std::string& factor);

/// Levels of the factor that some trial in use has, in their order.
std::vector<int> stimulus_types(const dataset::Dataset& dataset, const std::string& factor);

/// Which samples of a recording, per run, the folds of the subject keep in one part because they
/// show one stimulus; empty if there are none. Samples of the same number ≥ 0 belong together: of
/// runs that repeat a stimulus those at the same time, of the split `stimulus_types` those of one
/// type. For folds inside a training part.
std::vector<std::vector<int>> held_out_together(const Experiment& experiment,
                                                const dataset::Subject& subject,
                                                const std::string& recording);

}  // namespace insula::experiment
