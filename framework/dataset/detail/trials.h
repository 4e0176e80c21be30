// SPDX-License-Identifier: Apache-2.0
// The parts of a table of trials in a manifest; what may stand in them is described in
// trial_table.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/quantity.h"
#include "framework/config/node.h"
#include "framework/dataset/detail/sources.h"
#include "framework/dataset/trials.h"

namespace insula::dataset::detail {

/// The labels of a response or the levels of a factor, for all runs: an index means the same label
/// in each. Undeclared levels are added as they appear.
struct SharedLabels {
  std::vector<std::string> names;
  bool is_declared = false;
  Place place;
  std::map<std::string, int> index = {};
};
/// By table and by factor ("response" for responses).
using LabelBook = std::map<std::pair<std::string, std::string>, SharedLabels>;
inline constexpr const char* kResponse = "response";

/// What the readers of a table share.
struct TableReading {
  std::string what;  // "trial table 'trials' of s01/run-1"
  std::shared_ptr<const Columns> file;
  Sources& sources;
  Mistakes& mistakes;
  LabelBook& labels;
};

/// A column of a file and the unit of its numbers.
struct UnitColumn {
  std::shared_ptr<const Columns> file;
  std::size_t column = 0;
  Dimension dimension = Dimension::none;
  std::string unit = "1";  // as written
};

/// A column by its name or as {column: …, unit: …, file: …}; a time if `is_time`, in s by default.
/// `what` is the subject of messages ("'onset' of trial table 'trials'").
std::optional<UnitColumn> read_unit_column(const config::Node& node,
                                           const std::string& what,
                                           bool is_time,
                                           const TableReading& reading);
/// Its numbers in SI units, NaN where missing.
std::vector<double> numbers_in(const UnitColumn& column, Sources& sources);

struct NamedColumn {
  std::string name;
  Place place;
  UnitColumn column;
};

/// The names that a table's columns and factors have so far: no two may be the same.
using TakenNames = std::set<std::string>;
/// False, with a mistake, if a column or factor cannot have this name.
bool take_name(const std::string& name,
               const Place& place,
               TakenNames& taken,
               const TableReading& reading);

/// 'columns': one column, a list or {name: column or {column: …, unit: …, file: …}}.
std::vector<NamedColumn> read_trial_columns(const config::Node& node,
                                            TakenNames& taken,
                                            const TableReading& reading);
/// 'factors' and 'stimulus', which is short for a factor of that name.
std::vector<TrialFactor> read_trial_factors(const config::Node& factors,
                                            const config::Node& stimulus,
                                            const Trials& trials,
                                            TakenNames& taken,
                                            const TableReading& reading);
/// 'response' and 'responses', into `trials`. A text that is no label is a mistake in a trial in
/// use and missing in an excluded one.
void read_responses(const config::Node& column,
                    const config::Node& labels,
                    Trials& trials,
                    const TableReading& reading);
/// 'exclude': fills reasons and exclusion, which is as long as the file has rows. A rule reads a
/// column of the file in the unit that the table's other keys give it.
void read_exclusions(const config::Node& node,
                     const std::vector<UnitColumn>& columns,
                     Trials& trials,
                     const TableReading& reading);

/// A table of trials as its file holds it, whichever runs the rows belong to.
struct WholeTable {
  Trials trials;  // levels of factors follow once all files are read
  std::shared_ptr<const Columns> file;
  std::optional<UnitColumn> onset;
};

/// One table or several by name; nothing is left out but what mistakes prevent. `where` ends the
/// subject of messages: " of s01/run-1". `file` is the file of all tables, or nothing if each names
/// its own.
std::vector<WholeTable> read_trial_tables(const config::Node& node,
                                          const std::string& where,
                                          const std::shared_ptr<const Columns>& file,
                                          Sources& sources,
                                          Mistakes& mistakes,
                                          LabelBook& labels);
WholeTable read_trial_table(const config::Node& node,
                            const std::string& name,
                            bool names_file,
                            const TableReading& reading);

/// The trials of a run, which are these rows of the table; onsets must ascend within the run.
Trials trials_of_run(const WholeTable& table,
                     const std::vector<std::size_t>& rows,
                     double duration,
                     Sources& sources);

/// Gives the factors of all runs the levels that the book holds in the end.
void settle_levels(Dataset& dataset, const LabelBook& labels);

}  // namespace insula::dataset::detail
