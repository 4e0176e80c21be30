// SPDX-License-Identifier: Apache-2.0
// Bands of features as inputs: standardised and reduced by what their rows of the training part
// are, and by nothing else.
//
//     φ(t) = (x(t) − x̄)/(s·√p),   then random directions or its first k principal components if
//                                  asked for, or the components of the directions
//
// x̄, s: mean and sd of each of the band's p columns over training rows, each as often as it is
// shown; a column that is constant there is 0. So all columns together have variance 1 whatever p
// is, components keep their variances, and a scale of weights means the same for every band.
// Between events φ is 0: as an event of average features. Of trials without onsets each has its
// row. A delayed column is what φ was that long ago, 0 before the run.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/evaluation/folds.h"
#include "framework/experiment/detail/band_rows.h"
#include "framework/experiment/experiment.h"
#include "framework/regression/reduction.h"
#include "framework/schedule/store.h"

namespace insula::experiment {

/// A band as hypotheses use it; of several numbers of components the largest, and all delays.
struct UsedBand {
  std::string name;
  architecture::Band band;
};
std::vector<UsedBand> used_bands(const Experiment& experiment);

/// Gives trials without onsets a column for each column of each band, 0 where there is a row and
/// NaN where there is none: with it what a trial lacks can be told before any value is made.
void add_columns_of_features(Experiment& experiment);

/// The dataset as it was loaded, without these.
dataset::Dataset without_columns_of_features(const Experiment& experiment);

/// Where principal components are kept, so that a run that goes on does not find them again; null:
/// nowhere. `program` as in RunOptions.
struct ReductionStore {
  schedule::Store* store = nullptr;
  std::string program;
};

/// What makes columns of each of used_bands(), fitted on the training part of `fold` (null:
/// everything): the subject's own, or everyone's where subjects are fitted together, by their folds
/// of the same number; then it is the same for every subject.
///
/// shape   folds: [subjects], null for all data
/// errors  InputError (data) if a feature is not finite
std::vector<regression::Reduction> fitted_reductions(
    const Experiment& experiment,
    std::size_t subject,
    const std::vector<const evaluation::Fold*>& folds,
    const ReductionStore& kept = {});

/// The subject with an input for each column of each band (architecture::columns_of) in every run,
/// or, without a time axis, these columns of its trials.
///
/// errors  InputError (data) if a feature is not finite
dataset::Subject with_columns_of(const Experiment& experiment,
                                 std::size_t subject,
                                 const std::vector<regression::Reduction>& reductions);
/// With reductions that are fitted first.
dataset::Subject with_features(const Experiment& experiment,
                               std::size_t subject,
                               const std::vector<const evaluation::Fold*>& folds);

}  // namespace insula::experiment
