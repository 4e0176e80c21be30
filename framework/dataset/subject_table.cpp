// SPDX-License-Identifier: Apache-2.0
// Subjects whose trials share one file: 'subjects' as a mapping instead of a list.
//
//     file: DataAll.csv
//     by: subj_idx          # each value of this column is a subject
//     run: block            # optional: each value of this column is a run; "run-1" if absent
//     duration: 300 s       # of each run; needed if the trials have onsets
//     trials: {…}           # one table or several, as in trial_table.cpp, without 'file'
#include <map>
#include <numeric>

#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;

// The rows of each value of a column, values in order of appearance among `rows`.
struct Group {
  std::string id;
  std::vector<std::size_t> rows;
};

std::vector<Group> groups_by(std::size_t column,
                             const std::string& kind,
                             const std::vector<std::size_t>& rows,
                             const Columns& file,
                             Sources& sources) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> known;
  for (const std::size_t row : rows) {
    const std::string id = file.text(row, column);
    if (is_missing(id)) {
      sources.mistake(file, row, column, "the " + kind + " of the trial is missing");
      continue;
    }
    const auto [it, is_new] = known.emplace(id, groups.size());
    if (is_new) {
      groups.push_back({id, {}});
      if (!is_good_name(id)) {
        sources.mistake(
            file, row, column, "a " + kind + " cannot have the id '" + id + "'", kGoodName);
      }
    }
    groups[it->second].rows.push_back(row);
  }
  return groups;
}

std::vector<Group> runs_of(const Group& subject,
                           const std::optional<std::size_t>& column,
                           const Columns& file,
                           Sources& sources) {
  if (!column) return {{"run-1", subject.rows}};
  return groups_by(*column, "run", subject.rows, file, sources);
}

}  // namespace

void read_subject_table(const Node& node, Dataset& dataset, const SubjectReading& reading) {
  Reader r(node, "'subjects'", reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  r.text("by");
  r.optional_text("run");
  const Node by = node["by"], run_node = node["run"], trials = r.map("trials");
  const double duration = read_duration_for_trials(r);
  r.finish();
  if (!file) return;
  const auto tables =
      read_trial_tables(trials, "", file, reading.sources, reading.mistakes, reading.labels);
  const auto column = by.is_missing() ? std::nullopt : find_column(by, *file, reading.mistakes);
  const auto run_column =
      run_node.is_missing() ? std::nullopt : find_column(run_node, *file, reading.mistakes);
  if (!column) return;
  std::vector<std::size_t> rows(file->rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (const Group& group : groups_by(*column, "subject", rows, *file, reading.sources)) {
    Subject subject{group.id, {}, by.place()};
    for (const Group& part : runs_of(group, run_column, *file, reading.sources)) {
      Run run;
      run.id = part.id;
      run.duration = duration;
      run.place = (run_column ? run_node : by).place();
      for (const WholeTable& table : tables) {
        run.trials.push_back(trials_of_run(table, part.rows, run.duration, reading.sources));
      }
      subject.runs.push_back(std::move(run));
    }
    dataset.subjects.push_back(std::move(subject));
  }
}

}  // namespace insula::dataset::detail
