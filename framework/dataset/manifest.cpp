// SPDX-License-Identifier: Apache-2.0
// The manifest of a dataset.
//
//     insula: dataset/1
//     name: attention-to-motion
//     description: One subject, one run.         # optional, as are citation and licence
//     citation: Büchel & Friston 1997, Cereb. Cortex 7:768
//     licence: not stated
//     subjects:
//       - id: s01
//         runs:
//           - id: run-1
//             duration: 1159.2 s         # may be absent where there are only trials without onset
//             stimulus: noise-1          # optional: runs of a subject with the same repeat it
//             inputs: …                  # optional
//             recordings:                # optional: a dataset to simulate from has none
//               bold: …
//             trials: …                      # optional: trial_table.cpp describes it
//             features: …                    # optional: feature_bands.cpp describes them
//     features: …                    # optional: bands of the trials of all runs
//
// Where one file holds the trials of all subjects, 'subjects' is a mapping: subject_table.cpp. What
// subjects differ by is in a table of its own, 'participants': participants.cpp. Which trials show
// the same stimulus again is said by 'repeats': repeats.cpp. What never trains is said by 'sets':
// sets.cpp.
//
// Paths are relative to the manifest or start with "${NAME}/", an environment variable (in quotes:
// YAML reads braces otherwise). Formats: tsv, csv, npy, npz, safetensors and hdf5, all but the last
// also gzipped, by extension or by the key 'format'; 'header' names the columns of a table that
// begins with its first row of numbers; of a file of several arrays, 'array' (npz),
// 'tensor' (safetensors) or 'dataset' (hdf5) names one. Columns of an array are named 0, 1, …. An
// array that holds a trial in each row and a sample in each column has, with 'rows: trials', its
// samples one below the other, trial after trial, in the column "value", beside the columns "trial"
// and "sample", counted from 0.
//
// Wherever columns are chosen: all of them (no key), one (`V1`), a list (`[V1, V5]`; for an array
// the names of all its columns in order), or {name: column, …}.
//
// 'inputs' is one block or a list of blocks. A block of samples holds each value for one interval:
//     file: inputs.tsv
//     interval: 201.25 ms            # or rate: 60 Hz
//     start: 0 s                     # optional
//     columns: {photic: photic}      # optional
//     time: time_s                   # optional: a column of times in s, compared with the interval
//     clip: [0, 1]                   # optional
//     unit: "1"                      # optional
// A block of events makes boxcars; overlapping events of one input add up (BIDS: onset and duration
// in s, n/a = not applicable):
//     events: events.tsv
//     onset: onset                   # optional: the column
//     duration: duration             # optional: the column, or one time for all events ("500 ms")
//     amplitude: amplitude           # optional: a column or one number; 1 if absent
//     name: tone                     # all events are one input; or
//     by: trial_type                 # each level of a column is an input; or
//     columns: {photic: photic}      # each column holds the heights of one input
//     levels: {motion: [fast, slow]} # optional, with by: which levels, under which names
//     clip: [0, 1]                   # optional, after adding up
//     unit: "1"                      # optional
//
// A recording:
//     modality: bold
//     file: bold.tsv
//     interval: 3.22 s               # or rate: 60 Hz
//     start: 0 s                     # optional
//     unit: a.u.                     # optional
//     delay: 1.61 s                  # optional: one time, or {V1: 0.1 s, …} for every channel
//     channels: {V1: V1, V5: V5}     # optional
//     time: time_s                   # optional: a column of times in s, compared with the interval
//     confounds: {file: confounds.tsv, columns: [x0, x1]}   # optional; one row a sample
//                                    # missing: censor makes samples missing that lack one
//     censor: {file: confounds.tsv, column: fd, unit: mm, above: 0.5 mm}   # optional
//     percent_of_mean: true          # optional: percent change from each channel's mean
//     bin: 100 ms                    # optional: means of the samples in bins, within the run; or
//     cut: true                      # optional: what is outside the run is left out
#include <filesystem>
#include <set>
#include <utility>

#include "framework/config/reader.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/detail/features.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset {
namespace {

using config::Node;
using config::Reader;

// The state that reading a manifest needs.
struct Reading {
  detail::Sources& sources;
  Mistakes& mistakes;
  Dataset& dataset;
  detail::LabelBook& labels;
  std::vector<Node> features_of_runs = {};  // read when the trials are known
  Node features = {};
};

// "run 's01/run-1'" for messages; the word alone with an article where no id stands.
std::string title(const std::string& kind, const std::string& before, const Node& node) {
  const Node id = node.is_map() ? node["id"] : Node();
  return id.is_scalar() ? kind + " '" + before + id.scalar() + "'" : "a " + kind;
}

std::string read_id(Reader& r, const std::string& kind, std::set<std::string>& taken) {
  const std::string id = r.text("id").value_or("");
  if (id.empty()) return id;
  if (!detail::is_good_name(id)) {
    r.mistake("id", "a " + kind + " cannot have the id '" + id + "'", detail::kGoodName);
  } else if (!taken.insert(id).second) {
    r.mistake("id", "two " + kind + "s have the id '" + id + "'");
  }
  return id;
}

Run read_run(const Node& node,
             const std::string& subject,
             std::set<std::string>& taken,
             Reading& reading) {
  Run run;
  run.place = node.place();
  Reader r(node, title("run", subject + "/", node), reading.mistakes);
  run.id = read_id(r, "run", taken);
  const bool is_only_trials = !r.has("inputs") && !r.has("recordings") && r.has("trials");
  run.duration = is_only_trials
                     ? detail::read_duration_for_trials(r)
                     : r.quantity("duration", Dimension::time, config::positive).value_or(0);
  run.stimulus = r.optional_text("stimulus").value_or("");
  const Node inputs = r.any("inputs");
  const Node recordings = r.optional_map("recordings"), trials = r.optional_map("trials");
  reading.features_of_runs.push_back(r.optional_map("features"));
  r.finish();
  const detail::RunReading entries{run,
                                   subject + "/" + run.id,
                                   reading.sources,
                                   reading.mistakes,
                                   reading.dataset.doubts,
                                   reading.labels};
  detail::read_inputs(inputs, entries);
  detail::read_recordings(recordings, entries);
  detail::read_trials(trials, entries);
  return run;
}

Subject read_subject(const Node& node, std::set<std::string>& taken, Reading& reading) {
  Subject subject;
  subject.place = node.place();
  Reader r(node, title("subject", "", node), reading.mistakes);
  subject.id = read_id(r, "subject", taken);
  const Node runs = r.list("runs");
  r.finish();
  if (runs.is_list() && runs.items().empty()) {
    r.mistake("runs", "subject '" + subject.id + "' has no runs, expected at least one");
  }
  std::set<std::string> run_ids;
  for (const Node& run : runs.items()) {
    subject.runs.push_back(read_run(run, subject.id, run_ids, reading));
  }
  return subject;
}

void read_dataset(const Node& root, Reading& reading) {
  Dataset& dataset = reading.dataset;
  dataset.place = root.place();
  Reader r(root, "the dataset", reading.mistakes);
  config::read_document_kind(r, "dataset", 1);
  dataset.name = r.text("name").value_or("");
  dataset.description = r.optional_text("description").value_or("");
  dataset.citation = r.optional_text("citation").value_or("");
  dataset.licence = r.optional_text("licence").value_or("");
  const bool is_table = root["subjects"].is_map();
  const Node subjects = is_table ? r.map("subjects") : r.list("subjects");
  const Node participants = r.optional_map("participants");
  reading.features = r.optional_map("features");
  const Node repeats = r.optional_map("repeats");
  r.any("sets");
  r.finish();
  if (is_table) {
    detail::read_subject_table(
        subjects, dataset, {reading.sources, reading.mistakes, reading.labels});
  }
  if (subjects.is_list() && subjects.items().empty()) {
    r.mistake("subjects", "the dataset has no subjects, expected at least one");
  }
  std::set<std::string> subject_ids;
  for (const Node& subject : subjects.items()) {
    dataset.subjects.push_back(read_subject(subject, subject_ids, reading));
  }
  detail::read_participants(
      participants, dataset, {reading.sources, reading.mistakes, reading.labels});
  detail::read_repeats(repeats, dataset, reading.mistakes);
}

}  // namespace

Dataset load(const std::string& manifest_path) {
  const Node root = config::parse_file(manifest_path);
  Dataset dataset;
  Mistakes mistakes;
  detail::Sources sources(manifest_path, mistakes);
  detail::LabelBook labels;
  Reading reading{sources, mistakes, dataset, labels};
  read_dataset(root, reading);
  detail::settle_levels(dataset, labels);
  detail::read_sets(root["sets"], dataset, mistakes);
  detail::read_features(reading.features_of_runs, reading.features, dataset, {sources, mistakes});
  const bool is_manifest_right = mistakes.empty();
  dataset.files = sources.finish();
  if (!mistakes.empty()) {
    throw InputError(mistakes.sorted(), is_manifest_right ? ExitCode::data : ExitCode::config);
  }
  return dataset;
}

}  // namespace insula::dataset
