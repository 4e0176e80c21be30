// SPDX-License-Identifier: Apache-2.0
// The parts of a BIDS dataset; what they are is told in bids.h.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/dataset/bids.h"
#include "framework/dataset/detail/bids_files.h"
#include "framework/dataset/table.h"

namespace insula::dataset::detail {

/// The entities that tell one run from another, whatever was made of it.
BidsEntities run_of(const BidsEntities& entities);

/// A table with its header, gzipped or not. `names` are the columns' where it has no header.
/// errors  InputError if it is damaged, ragged or absent
Table read_bids_table(const std::string& path, const std::vector<std::string>& names = {});

/// A run before its parts are read.
struct RunFiles {
  const BidsFolder* raw = nullptr;
  std::string folder;     // "sub-01/func"
  BidsEntities entities;  // see run_of
  std::string subject() const { return "sub-" + entities.at("sub"); }
  const BidsFile* series = nullptr;
  const BidsFolder* series_folder = nullptr;
  std::string atlas = {};  // the file of labels that makes series of it; "" if it has them
};

using Derivatives = std::vector<std::unique_ptr<BidsFolder>>;

/// The task asked for, or the only one. errors  InputError (usage) with the nearest, or all
std::string task_of(const BidsFolder& raw,
                    const Derivatives& derivatives,
                    const std::string& asked);
/// The runs of study.task, in the order of subjects, sessions and so on; adds to its notes.
std::vector<RunFiles> runs_asked_for(const BidsFolder& raw,
                                     const Derivatives& derivatives,
                                     const BidsQuestion& question,
                                     BidsStudy& study);
/// "ses-1_run-2": what tells a run from others of its subject and task.
std::string id_of(const BidsEntities& run);

/// Columns that a strategy asks for, in this order. `known` are those of the table.
/// errors  InputError (usage) if there is no such strategy; InputError if the table lacks a column
///         and it cannot be computed either
std::vector<std::string> confound_columns(const std::string& strategies, const Table& table);
/// A table with these columns: where `table` lacks one, a difference to the sample before
/// (`_derivative1`) or a square (`_power2`) of one that it has.
std::string computed_confounds(const std::vector<std::string>& columns, const Table& table);
/// True if the table lacks some of the columns.
bool lacks_any(const std::vector<std::string>& columns, const Table& table);

/// The series of a run and its confounds.
BidsSeries read_series(const RunFiles& run,
                       const Derivatives& derivatives,
                       const BidsQuestion& question);

/// The physiological recordings of a run, and when the last of them ends, in s.
std::vector<BidsSignal> read_signals(const RunFiles& run, double& end);

/// Tables of events and of behaviour, one a run, and what they have in common.
class BidsEvents {
 public:
  explicit BidsEvents(std::string response) : asked_response_(std::move(response)) {}
  /// Reads those of a run and names them in it; gives when the last event ends, in s.
  double read(const RunFiles& files, BidsRun& run);
  /// Inputs and trials of all runs, when all are read. `runs` may lose their tables of trials, and
  /// gain what is outside of them.
  void settle(std::vector<BidsSubject>& subjects, BidsStudy& study) const;

 private:
  struct Read {
    std::string path;
    std::shared_ptr<const Table> table;
    Sidecar sidecar;
    bool is_events = false;
  };
  const Read& table_of(const BidsFile& file, const BidsFolder& raw);
  void settle_inputs(BidsStudy& study) const;
  void settle_trials(std::vector<BidsSubject>& subjects, BidsStudy& study) const;
  std::vector<const Read*> tables_of_trials(std::vector<BidsSubject>& subjects,
                                            const BidsTrials& trials) const;
  const Read& read_of(const std::string& path) const;
  std::string response_column() const;

  std::string asked_response_;
  std::deque<Read> tables_;
};

/// Numbers and levels of participants.tsv, for these subjects.
BidsParticipants read_participants(const BidsFolder& raw,
                                   const std::vector<BidsSubject>& subjects,
                                   std::vector<std::string>& notes);

/// A column over several tables: numbers, levels, or neither.
struct ColumnContent {
  bool is_there = false;            // some value is not missing
  bool is_numeric = false;          // all that are there are numbers
  std::vector<std::string> levels;  // different texts, in order of first appearance
};
ColumnContent content_of(const std::string& column, const std::vector<const Table*>& tables);

/// Numbers in their order, texts in alphabetical order, unless the sidecar gives the column one.
std::vector<std::string> levels_in_order(const ColumnContent& content,
                                         const std::string& column,
                                         const Sidecar& sidecar);

/// "s" for seconds, "ms" for milliseconds, and so on; any other unit as it is written.
std::string tidy_unit(const std::string& unit);

}  // namespace insula::dataset::detail
