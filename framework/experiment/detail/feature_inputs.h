// SPDX-License-Identifier: Apache-2.0
// Bands of features as inputs: standardised and reduced by what their rows of the training part
// are, and by nothing else.
//
//     φ(t) = (x(t) − x̄)/(s·√p),   then its first k principal components if asked for
//
// x̄, s: mean and sd of each of the band's p columns over training rows, each as often as it is
// shown; a column that is constant there is 0. So all columns together have variance 1 whatever p
// is, components keep their variances, and a scale of weights means the same for every band.
// Between events φ is 0: as an event of average features. Of trials without onsets each has its
// row.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/features.h"
#include "framework/evaluation/folds.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// A band as hypotheses use it; of several numbers of components the largest.
struct UsedBand {
  std::string name;
  architecture::Band band;
};
std::vector<UsedBand> used_bands(const Experiment& experiment);

/// Where a band's rows stand in a run: when each begins, s, and for how long it holds; without a
/// time axis the place among the trials in use, and 1.
struct ShownRow {
  std::size_t row = 0;
  double time = 0, duration = 0;
};
std::vector<ShownRow> shown_rows(const dataset::FeatureBand& band, const dataset::Run& run);

/// The training rows of a fold, or of all data where it is null: those that begin in its training
/// part, and in no set that lies apart. One entry a time that a row is shown.
std::vector<std::size_t> training_rows(const dataset::FeatureBand& band,
                                       const dataset::Run& run,
                                       std::size_t run_index,
                                       const evaluation::Fold* fold,
                                       double gap);

/// Gives trials without onsets a column for each column of each band, 0 where there is a row and
/// NaN where there is none: with it what a trial lacks can be told before any value is made.
void add_columns_of_features(Experiment& experiment);

/// The dataset as it was loaded, without these.
dataset::Dataset without_columns_of_features(const Experiment& experiment);

/// The subject with an input for each column of each band (architecture::columns_of) in every run,
/// or, without a time axis, these columns of its trials.
/// What columns are made by is fitted on the training part of `fold` (null: everything): the
/// subject's own, or everyone's where subjects are fitted together, by their folds of the same
/// number.
///
/// shape   folds: [subjects], null for all data
/// errors  InputError (data) if a feature is not finite
dataset::Subject with_features(const Experiment& experiment,
                               std::size_t subject,
                               const std::vector<const evaluation::Fold*>& folds);

}  // namespace insula::experiment
