// SPDX-License-Identifier: Apache-2.0
// Rows of a band of features as hypotheses use it: those of its file, or, where it is resampled,
// one for each step; when they are shown, and which of them a fold trains on.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/dataset/features.h"
#include "framework/evaluation/folds.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// Where a band's rows stand in a run: when each begins, s, and for how long it holds; without a
/// time axis the place among the trials in use, and 1.
struct ShownRow {
  std::size_t row = 0;
  double time = 0, duration = 0;
};
/// Of the band as the dataset has it.
std::vector<ShownRow> shown_rows(const dataset::FeatureBand& band, const dataset::Run& run);
/// As it is used.
std::vector<ShownRow> used_rows(const architecture::Band& used,
                                const dataset::FeatureBand& band,
                                const dataset::Run& run);

/// Values of rows that used_rows tells of.
///
/// shape   → rows × columns of the band
/// errors  InputError (data) if a feature is not finite
Eigen::MatrixXd used_values(const architecture::Band& used,
                            const dataset::FeatureBand& band,
                            std::span<const std::size_t> rows);

/// The used rows that train in a fold, or in all data where it is null: those that begin in its
/// training part, and in no set that lies apart. One entry a time that a row is shown. A resampled
/// row is made of several of the file: all of them must be so, so that nothing that is fitted to
/// such rows knows any other.
std::vector<std::size_t> training_rows(const architecture::Band& used,
                                       const dataset::FeatureBand& band,
                                       const dataset::Run& run,
                                       std::size_t run_index,
                                       const evaluation::Fold* fold,
                                       double gap);

}  // namespace insula::experiment
