// SPDX-License-Identifier: Apache-2.0
// What a subject was shown again, and how near a score comes to what that allows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/experiment/detail/scored_model.h"

namespace insula::experiment {

/// Runs that repeat one stimulus together, every other run alone, in order of first appearance.
std::vector<std::vector<std::size_t>> runs_by_stimulus(const dataset::Subject& subject);

/// Per run: which of these groups it is in.
std::vector<int> group_of_runs(const dataset::Subject& subject);

/// True if the dataset says of anything that it was shown again.
bool has_repeats(const dataset::Dataset& dataset);

/// What tells a trial's stimulus from others, in these factors and columns; nothing if any of it is
/// missing.
std::optional<std::vector<double>> levels_of(const std::vector<std::string>& by,
                                             const dataset::Trials& trials,
                                             std::size_t trial);

/// What each of RunData::samples() shows: equal numbers are repeats, −1 came once or is not known.
/// Of a run that repeats a stimulus, samples at the same time and trials with the same number in
/// the run; otherwise what the dataset's `repeats` say, samples at the same time after the onset of
/// trials that agree. Empty if nothing is repeated.
std::vector<int> stimuli_of(const Experiment& experiment,
                            const dataset::Subject& subject,
                            const Target& target);

/// The same for the samples of a channel, of all runs one below the other. Every run has the
/// recording and the channel.
std::vector<int> stimuli_of_samples(const dataset::Repeats& repeats,
                                    const dataset::Subject& subject,
                                    const std::string& recording,
                                    const std::string& channel);

/// A score's noise ceiling and the score over it, for channels of all subjects.
struct OverCeiling {
  double ceiling = report::kUnknown;  // mean over the channels that have one, and over subjects
  evaluation::Interval95 normalised{report::kUnknown, report::kUnknown, report::kUnknown};
};

/// Of one channel of one subject.
OverCeiling over_ceiling(const evaluation::Metric& metric,
                         const std::vector<evaluation::HeldOut>& folds,
                         const evaluation::Bootstrap& bootstrap);
/// Of several channels: the median of their quotients.
OverCeiling over_ceiling(const evaluation::Metric& metric,
                         const HeldOutTable& channels,
                         const evaluation::Bootstrap& bootstrap);
/// The mean over subjects. `draws`: of each one's bootstrap; 0: no interval is asked for.
OverCeiling over_ceiling(const RunData& data,
                         const evaluation::Metric& metric,
                         const std::vector<HeldOutTable>& tables,
                         int draws);

/// Says of which channels no ceiling could be told, and why, if the dataset has repeats.
void tell_missing_ceilings(const RunData& data,
                           const std::vector<ScoredModel>& scored,
                           report::Results& results);

}  // namespace insula::experiment
