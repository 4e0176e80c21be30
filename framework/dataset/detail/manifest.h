// SPDX-License-Identifier: Apache-2.0
// The entries of a run in a manifest; what may stand in them is described in manifest.cpp.
#pragma once

#include <string>
#include <vector>

#include "framework/config/node.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/detail/sources.h"
#include "framework/dataset/detail/trials.h"

namespace insula::dataset::detail {

/// What the readers of a run's entries share.
struct RunReading {
  Run& run;
  std::string where;  // "s01/run-1"
  Sources& sources;
  Mistakes& mistakes;
  std::vector<Finding>& doubts;
  LabelBook& labels;
};

/// Reads 'inputs': one block or a list of blocks.
void read_inputs(const config::Node& node, const RunReading& reading);
/// One block with the key 'events'.
void read_events(const config::Node& node, const RunReading& reading);
/// Adds an input of the run, clipped if `clip` holds two numbers and cut to the run; a second one
/// of the same name is a mistake.
void add_input(StepSignal signal,
               const Place& place,
               const std::vector<double>& clip,
               const RunReading& reading);
/// The two numbers of 'clip', or nothing.
std::vector<double> read_clip(config::Reader& reader);

/// Reads 'recordings': a mapping of names to recordings.
void read_recordings(const config::Node& node, const RunReading& reading);

/// Reads 'censor', {file: …, column: …, unit: …, above: …}, and makes the samples missing whose row
/// is above the limit; rows without a number say nothing.
void censor(const config::Node& node, Recording& recording, const RunReading& reading);
/// Each channel as the percentage by which it differs from its mean over the run. A mean that is
/// not positive is a mistake.
void to_percent_of_mean(Recording& recording, Mistakes& mistakes);
/// The means of the samples in bins of `bin` s from 0 s to the end of the run, at the middles of
/// the bins; NaN where none is there. What is outside the run is in no bin.
void average_in_bins(Recording& recording, double bin, double duration);
/// Leaves out the samples that are taken, of any channel, before 0 s or after `duration` s.
void cut_to_run(Recording& recording, double duration);

/// Reads 'trials' of a run: one table or several by name.
void read_trials(const config::Node& node, const RunReading& reading);

/// 'duration' of runs that hold nothing but 'trials' (a key of the same mapping): needed if these
/// have onsets, otherwise there is no time axis and it may be absent, which gives 0.
double read_duration_for_trials(config::Reader& reader);

/// What the readers of a table of all subjects need.
struct SubjectReading {
  Sources& sources;
  Mistakes& mistakes;
  LabelBook& labels;
};

/// Reads 'subjects' as a mapping: one file with the trials of all subjects.
void read_subject_table(const config::Node& node, Dataset& dataset, const SubjectReading& reading);

/// Reads 'participants': a table with a row for each subject. The subjects are read already.
void read_participants(const config::Node& node, Dataset& dataset, const SubjectReading& reading);

/// Reads 'repeats', and checks that runs that repeat a stimulus are alike. The subjects are read
/// already.
void read_repeats(const config::Node& node, Dataset& dataset, Mistakes& mistakes);

/// Reads 'sets': what lies apart and never trains. Levels of factors are settled already.
void read_sets(const config::Node& node, Dataset& dataset, Mistakes& mistakes);

}  // namespace insula::dataset::detail
