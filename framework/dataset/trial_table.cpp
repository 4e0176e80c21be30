// SPDX-License-Identifier: Apache-2.0
// A table of trials, one row a trial.
//
//     file: events.tsv               # not within 'subjects: {file: …}', which names it
//     rows: trials                   # optional: see manifest.cpp
//     onset: onset                   # optional: s from the start of the run
//     duration: duration             # optional: a column, or one time for all trials ("500 ms")
//     response: choice               # optional: the column; n/a = no response
//     responses: [left, right]       # its labels in order, or {wrong: 0, correct: 1} = as written
//     response_time: rt              # optional: s from the onset of the trial; n/a = none
//     stimulus: face                 # optional: short for factors: {stimulus: face}
//     columns: {coherence: coh}      # optional: numbers
//     factors: {context: cond}       # optional: levels, in order of first appearance in the
//     dataset exclude:                       # optional: rules; the first that applies gives the
//     reason
//       - {column: rt, below: 200 ms, reason: too fast}
//
// Each of onset, duration, response_time and the columns may be written {column: rt, unit: ms}; a
// known unit is converted to SI. A column may come from another file with a row for each trial:
// {file: theta.npy, column: 0}. A factor with declared levels: {column: cond, levels: [off, on]} or
// levels: {off: 0, on: 1}. A rule has one of below, above, equals (a value or a list) and
// missing: true, and speaks of a column of the file in the unit that the table gives it.
//
// 'trials' of a run is one table, named "trials", or several: {detection: {file: …}, …}.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"
#include "framework/dataset/detail/trials.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

constexpr std::array kTableKeys = {"file",
                                   "rows",
                                   "format",
                                   "header",
                                   "onset",
                                   "duration",
                                   "response",
                                   "responses",
                                   "response_time",
                                   "stimulus",
                                   "columns",
                                   "factors",
                                   "exclude"};

bool is_table_key(const std::string& key) {
  return std::ranges::find(kTableKeys, key) != kTableKeys.end();
}

// One table has a table's keys; several have other names.
bool is_one_table(const Node& node) {
  return !node.is_map() || node.entries().empty() ||
         std::ranges::any_of(node.entries(), [](const Entry& e) { return is_table_key(e.key); });
}

// A time that is not right is a mistake with this message in a trial in use, and missing in an
// excluded one.
template <typename IsRight>
std::vector<double> times_in(const UnitColumn& column,
                             const Trials& trials,
                             const std::string& message,
                             const std::string& note,
                             IsRight is_right,
                             Sources& sources) {
  std::vector<double> times = numbers_in(column, sources);
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (std::isnan(times[row]) || is_right(times[row])) continue;
    if (trials.is_in_use(row)) {
      sources.mistake(*column.file,
                      row,
                      column.column,
                      message + ", got " + short_number(times[row], 6) + " s",
                      note);
    }
    times[row] = kNaN;
  }
  return times;
}

// The entries of one table, as they stand in the manifest.
struct Keys {
  Node onset, duration, response, responses, response_time, stimulus, columns, factors, exclude;
};

Keys read_keys(Reader& r) {
  Keys keys;
  keys.onset = r.any("onset");
  keys.duration = r.any("duration");
  keys.response = r.any("response");
  keys.responses = r.any("responses");
  keys.response_time = r.any("response_time");
  keys.stimulus = r.any("stimulus");
  keys.columns = r.any("columns");
  keys.factors = r.any("factors");
  keys.exclude = r.optional_list("exclude");
  return keys;
}

std::optional<UnitColumn> time_column(const Node& node,
                                      const std::string& key,
                                      const TableReading& reading) {
  if (node.is_missing()) return std::nullopt;
  return read_unit_column(node, "'" + key + "' of " + reading.what, true, reading);
}

bool is_one_time(const Node& node) {
  return node.is_scalar() && !node.quoted() && parse_quantity(node.scalar());
}

void read_durations(const Node& node,
                    const std::optional<UnitColumn>& column,
                    Trials& trials,
                    const TableReading& reading) {
  if (is_one_time(node)) {
    const auto time = config::read_quantity(node,
                                            "'duration' of " + reading.what,
                                            Dimension::time,
                                            config::not_negative,
                                            reading.mistakes);
    trials.duration.assign(trials.size(), time.value_or(0));
  } else if (column) {
    trials.duration = times_in(
        *column,
        trials,
        "the duration of a trial must not be negative",
        "",
        [](double time) { return time >= 0; },
        reading.sources);
  }
}

void read_response_times(const UnitColumn& column, Trials& trials, const TableReading& reading) {
  trials.response_time = times_in(
      column,
      trials,
      "a response time must be positive",
      "write n/a where there was no response, or exclude the trial with a rule",
      [](double time) { return time > 0; },
      reading.sources);
}

// Why a trial in use cannot start at `onset`, and what helps; empty if it can. `last` is the onset
// before it.
struct Trouble {
  std::string message, note;
};

Trouble trouble_with(double onset, double last, double duration) {
  const std::string at = "the trial starts at " + short_number(onset, 6) + " s, ";
  if (std::isnan(onset)) return {"the onset of the trial is missing", ""};
  if (onset < 0) return {at + "before the run", ""};
  if (duration > 0 && onset >= duration) {
    return {at + "after the run, which lasts " + short_number(duration, 6) + " s", ""};
  }
  if (onset >= last) return {};
  return {at + "before the trial above it, at " + short_number(last, 6) + " s",
          "sort the rows by onset"};
}

bool has_onsets(const Node& node) {
  if (is_one_table(node)) return !node["onset"].is_missing();
  return std::ranges::any_of(node.entries(),
                             [](const Entry& e) { return !e.value["onset"].is_missing(); });
}

}  // namespace

WholeTable read_trial_table(const Node& node,
                            const std::string& name,
                            bool names_file,
                            const TableReading& given) {
  TableReading reading = given;
  WholeTable table;
  Trials& trials = table.trials;
  trials.name = name;
  trials.place = node.place();
  Reader r(node, reading.what, reading.mistakes);
  if (names_file) reading.file = reading.sources.open(r, "file");
  const Keys keys = read_keys(r);
  r.finish();
  if (!reading.file) return table;
  table.file = reading.file;
  if (reading.file->rows() == 0) {
    reading.mistakes.add(
        trials.place,
        reading.what + " has no trials: '" + reading.file->path() + "' has a header and no rows");
  }
  TakenNames taken;
  table.onset = time_column(keys.onset, "onset", reading);
  const auto duration =
      is_one_time(keys.duration) ? std::nullopt : time_column(keys.duration, "duration", reading);
  const auto response_time = time_column(keys.response_time, "response_time", reading);
  const std::vector<NamedColumn> columns = read_trial_columns(keys.columns, taken, reading);
  std::vector<UnitColumn> units;
  for (const auto& time : {table.onset, duration, response_time}) {
    if (time) units.push_back(*time);
  }
  for (const NamedColumn& column : columns) units.push_back(column.column);
  read_exclusions(keys.exclude, units, trials, reading);
  if (table.onset) trials.onset = numbers_in(*table.onset, reading.sources);
  read_durations(keys.duration, duration, trials, reading);
  read_responses(keys.response, keys.responses, trials, reading);
  if (response_time) read_response_times(*response_time, trials, reading);
  for (const auto& [column_name, place, column] : columns) {
    const bool is_si = column.dimension != Dimension::none;
    trials.columns.push_back({column_name,
                              is_si ? std::string(unit_name(column.dimension)) : column.unit,
                              numbers_in(column, reading.sources),
                              place});
  }
  trials.factors = read_trial_factors(keys.factors, keys.stimulus, trials, taken, reading);
  return table;
}

std::vector<WholeTable> read_trial_tables(const Node& node,
                                          const std::string& where,
                                          const std::shared_ptr<const Columns>& file,
                                          Sources& sources,
                                          Mistakes& mistakes,
                                          LabelBook& labels) {
  const auto read = [&](const Node& table, const std::string& name) {
    const TableReading reading{
        "trial table '" + name + "'" + where, file, sources, mistakes, labels};
    return read_trial_table(table, name, !file, reading);
  };
  if (node.is_missing()) return {};
  if (is_one_table(node)) return {read(node, "trials")};
  std::vector<WholeTable> tables;
  for (const Entry& entry : node.entries()) {
    if (!is_good_name(entry.key)) {
      mistakes.add(entry.key_place, "a trial table cannot be named '" + entry.key + "'", kGoodName);
    }
    tables.push_back(read(entry.value, entry.key));
    tables.back().trials.place = entry.key_place;
  }
  return tables;
}

Trials trials_of_run(const WholeTable& table,
                     const std::vector<std::size_t>& rows,
                     double duration,
                     Sources& sources) {
  Trials trials = table.trials.select(rows);
  double last = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < trials.onset.size(); ++k) {
    const auto [message, note] = trouble_with(trials.onset[k], last, duration);
    if (message.empty()) {
      last = trials.onset[k];
    } else if (!trials.is_in_use(k)) {
      trials.onset[k] = kNaN;
    } else {
      sources.mistake(*table.onset->file, rows[k], table.onset->column, message, note);
    }
  }
  return trials;
}

double read_duration_for_trials(Reader& reader) {
  const auto duration = reader.optional_quantity("duration", Dimension::time, config::positive);
  if (has_onsets(reader.node()["trials"]))
    reader.needs_one_of({"duration"},
                        reader.what() + " needs the key 'duration'",
                        "its trials have onsets, which are times within a run");
  return duration.value_or(0);
}

void read_trials(const Node& node, const RunReading& reading) {
  for (const WholeTable& table : read_trial_tables(node,
                                                   " of " + reading.where,
                                                   nullptr,
                                                   reading.sources,
                                                   reading.mistakes,
                                                   reading.labels)) {
    std::vector<std::size_t> rows(table.trials.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    reading.run.trials.push_back(trials_of_run(table, rows, reading.run.duration, reading.sources));
  }
}

}  // namespace insula::dataset::detail
