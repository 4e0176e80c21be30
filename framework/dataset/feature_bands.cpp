// SPDX-License-Identifier: Apache-2.0
// 'features' of a run, or of the whole dataset: a mapping of names to bands.
//
//     clip:
//       file: clip.safetensors       # an array, a row a stimulus (or trial, event, sample)
//       tensor: image_embeds         # or 'array' or 'dataset', as for any file of several arrays
//       at: trials                   # a table of trials of the run, or a file of events
//       key: picture                 # optional: the factor or column that says which row; default
//                                    # 'stimulus'; without one, row k belongs to trial k
//       names: {file: pictures.tsv, column: picture}  # optional: the key of each row; without it,
//                                    # the file's own names, else a key is the number of its row,
//                                    # from 0
//     surprisal:
//       file: words.tsv              # a table: 'columns' chooses, and 'names' is a column
//       columns: [surprisal, length]
//       names: word
//       at: events.tsv
//       key: word
//       onset: onset                 # optional: column of the file of events
//       duration: 500 ms             # optional: a column or one time
//     motion_energy:
//       file: energy.npy             # a row a sample
//       rate: 60 Hz                  # or 'interval'
//       start: 0 s                   # optional
#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/features.h"
#include "framework/dataset/detail/flat_array.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

// The columns of a table as an array in memory.
Array array_of_table(const Columns& table,
                     const std::vector<Chosen>& chosen,
                     const FeatureReading& reading) {
  const std::size_t rows = table.rows(), columns = chosen.size();
  if (rows == 0 || columns == 0) return {};
  std::string bytes(rows * columns * sizeof(double), '\0');
  for (std::size_t c = 0; c < columns; ++c) {
    const std::vector<double> values = reading.sources.numbers(
        table, chosen[c].column, "a feature is missing here, but features must be known");
    for (std::size_t r = 0; r < rows; ++r) {
      std::memcpy(&bytes[(r * columns + c) * sizeof(double)], &values[r], sizeof(double));
    }
  }
  ArrayFacts facts{table.path(), "the table", "number", sizeof(double), {rows, columns}};
  return flat_array(std::move(facts),
                    *number_type("f8"),
                    false,
                    source_of(PlainBytes::of_text(std::move(bytes))),
                    0);
}

// The texts of a column, none of them missing and no two the same.
std::optional<KeyRows> keys_in(const Columns& file,
                               std::size_t column,
                               const FeatureReading& reading) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> first;
  bool is_right = true;
  for (std::size_t row = 0; row < file.rows(); ++row) {
    names.push_back(file.text(row, column));
    const auto [seen, is_new] = first.emplace(names.back(), row);
    if (is_missing(names.back())) {
      reading.sources.mistake(file, row, column, "the name of a row of features is missing here");
    } else if (!is_new) {
      reading.sources.mistake(
          file,
          row,
          column,
          "'" + names.back() + "' names a second row of features",
          "the first is row " + std::to_string(seen->second) + " (counted from 0)");
    } else {
      continue;
    }
    is_right = false;
  }
  if (!is_right) return std::nullopt;
  return KeyRows(names);
}

// 'names': a column of the table of features, or {file: …, column: …}.
std::optional<KeyRows> read_names(const Node& node,
                                  const std::string& what,
                                  const Columns* table,
                                  const Array& values,
                                  const FeatureReading& reading) {
  const std::size_t rows = values.rows();
  if (node.is_missing() && !values.row_names().empty()) return KeyRows(values.row_names());
  if (node.is_missing()) return KeyRows(rows);
  if (!node.is_map()) {
    if (table == nullptr) {
      reading.mistakes.add(
          node.place(),
          "'names' of " + what + " needs a file and a column, got " + config::found(node),
          "for example 'names: {file: stimuli.tsv, column: stimulus}'");
      return std::nullopt;
    }
    const auto column = find_column(node, *table, reading.mistakes);
    return column ? keys_in(*table, *column, reading) : std::nullopt;
  }
  Reader r(node, "'names' of " + what, reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  r.text("column");
  r.finish();
  if (!file || node["column"].is_missing()) return std::nullopt;
  const auto column = find_column(node["column"], *file, reading.mistakes);
  if (!column) return std::nullopt;
  if (file->rows() != rows) {
    r.mistake("file",
              "'names' of " + what + " has " + std::to_string(file->rows()) +
                  " rows, but the features have " + std::to_string(rows),
              "it gives the key of each row of features, in their order");
    return std::nullopt;
  }
  return keys_in(*file, *column, reading);
}

// What the band is made of; false after a mistake.
bool read_values(Reader& r,
                 const Node& columns,
                 const Node& names,
                 BandEntry& entry,
                 const FeatureReading& reading) {
  const std::optional<Sources::Features> file = reading.sources.open_features(r, "file");
  if (!file) return false;
  entry.band.path = file->shown_as;
  entry.band.array = file->array;
  entry.band.sha256 = file->sha256;
  if (!file->table) {
    if (!columns.is_missing()) {
      reading.mistakes.add(columns.place(),
                           "'columns' of " + entry.what + " is for tables, but '" + file->shown_as +
                               "' is an array: all its columns are taken");
    }
    entry.band.values = file->values;
  } else {
    std::vector<std::size_t> not_data;
    if (names.is_scalar()) {
      if (const auto column = file->table->find(names.scalar())) not_data.push_back(*column);
    }
    const std::vector<Chosen> chosen =
        choose_columns(columns, *file->table, entry.what, not_data, reading.mistakes);
    for (const Chosen& feature : chosen) entry.band.columns.push_back(feature.name);
    entry.band.values = array_of_table(*file->table, chosen, reading);
    if (file->table->rows() == 0) r.mistake("file", "'" + file->shown_as + "' has no rows");
  }
  entry.keys = read_names(names, entry.what, file->table.get(), entry.band.values, reading);
  return entry.keys.has_value() && entry.band.values.rows() > 0;
}

// Keys that mean something only for samples, or only for events.
void refuse_keys(Reader& r, const std::vector<const char*>& keys, const char* why) {
  for (const char* key : keys) {
    if (r.has(key)) r.mistake(key, std::string("'") + key + "' of " + r.what() + why);
  }
}

std::optional<BandEntry> read_entry(const Entry& entry,
                                    const std::string& where,
                                    const FeatureReading& reading) {
  BandEntry result;
  result.band.name = entry.key;
  result.band.place = entry.key_place;
  result.what = "feature band '" + entry.key + "'" + where;
  if (!is_good_name(entry.key)) {
    reading.mistakes.add(
        entry.key_place, "a feature band cannot be named '" + entry.key + "'", kGoodName);
  }
  const bool is_taken = entry.key == "inputs" || entry.key == "rest";
  if (is_taken) {
    reading.mistakes.add(entry.key_place,
                         "a feature band cannot be named '" + entry.key + "'",
                         "tables call all inputs that are no features 'inputs', and what no band "
                         "explains 'rest'");
  }
  Reader r(entry.value, result.what, reading.mistakes);
  result.at = r.any("at");
  result.key = r.any("key");
  result.onset = r.any("onset");
  result.duration = r.any("duration");
  const Node columns = r.any("columns"), names = r.any("names");
  const bool is_by_sample = r.has("interval") || r.has("rate");
  std::optional<double> interval;
  const auto start = r.optional_quantity("start", Dimension::time);
  if (is_by_sample) {
    interval = read_interval(r);
    refuse_keys(r, {"at", "key", "names", "onset", "duration"}, " is for features of events");
  } else {
    r.optional_quantity("interval", Dimension::time);  // a key that may stand here
    r.optional_quantity("rate", Dimension::rate);
    refuse_keys(r, {"start"}, " needs an 'interval' or a 'rate' beside it");
  }
  const bool is_right = read_values(r, columns, names, result, reading);
  r.needs_one_of({"at", "interval", "rate"},
                 result.what + " needs 'at', or an 'interval' or a 'rate'",
                 "'at: trials' puts rows to trials, 'rate: 60 Hz' makes each row a sample");
  r.finish();
  if (!is_by_sample && !r.has("at")) return std::nullopt;
  if (is_taken || !is_right || (is_by_sample && !interval)) return std::nullopt;
  result.band.start = start.value_or(0);
  result.band.interval = interval.value_or(0);
  return result;
}

void add_band(FeatureBand band, Run& run, const std::string& where, Mistakes& mistakes) {
  if (run.feature_band(band.name) != nullptr) {
    mistakes.add(band.place,
                 "run " + where + " has two feature bands named '" + band.name + "'",
                 "'features' of the dataset are those of each of its runs");
    return;
  }
  run.features.push_back(std::move(band));
}

void read_of_run(const Node& node,
                 Run& run,
                 const std::string& where,
                 const FeatureReading& reading) {
  for (const Entry& named : node.entries()) {
    const auto entry = read_entry(named, " of " + where, reading);
    if (!entry) continue;
    if (entry->band.is_by_sample()) {
      add_band(entry->band, run, where, reading.mistakes);
    } else if (const Trials* trials = run.trial_table(entry->at.scalar())) {
      add_band(band_of_trials(*entry, *trials, where, reading), run, where, reading.mistakes);
    } else if (Sources::names_file(entry->at.scalar())) {
      add_band(band_of_events(*entry, reading), run, where, reading.mistakes);
    } else {
      std::vector<std::string> tables;
      for (const Trials& table : run.trials) tables.push_back(table.name);
      reading.mistakes.add(entry->at.place(),
                           "'at' of " + entry->what +
                               " must be a table of trials of the run or a file of events, got " +
                               config::found(entry->at),
                           tables.empty() ? "the run has no trials"
                                          : name_hint(entry->at.scalar(), tables, "the run has"));
    }
  }
}

// What is wrong with a band in one run is mostly wrong in many: the first tells it for all.
void add_of_runs(const std::vector<Mistakes>& wrong, Mistakes& mistakes) {
  if (wrong.empty()) return;
  const std::size_t more = wrong.size() - 1;
  for (Mistake mistake : wrong.front().sorted()) {
    if (more > 0)
      mistake.message += " (something is wrong with it in " + std::to_string(more) + " more " +
                         (more == 1 ? "run)" : "runs)");
    mistakes.add(mistake.place, mistake.message, mistake.note);
  }
}

void read_of_dataset(const Node& node, Dataset& dataset, const FeatureReading& reading) {
  for (const Entry& named : node.entries()) {
    const auto entry = read_entry(named, "", reading);
    if (!entry) continue;
    if (entry->band.is_by_sample()) {
      reading.mistakes.add(named.key_place,
                           entry->what + " has a row a sample, so it belongs to a run",
                           "time starts anew in each run: name it in 'features' of the runs");
      continue;
    }
    bool is_used = false;
    std::vector<Mistakes> wrong;  // of runs
    for (Subject& subject : dataset.subjects) {
      for (Run& run : subject.runs) {
        const Trials* trials = run.trial_table(entry->at.scalar());
        if (trials == nullptr) continue;
        is_used = true;
        const std::string where = subject.id + "/" + run.id;
        Mistakes mistakes;
        add_band(band_of_trials(*entry, *trials, where, {reading.sources, mistakes}),
                 run,
                 where,
                 mistakes);
        if (!mistakes.empty()) wrong.push_back(std::move(mistakes));
      }
    }
    add_of_runs(wrong, reading.mistakes);
    if (is_used) continue;
    const std::vector<std::string> tables = dataset.trial_table_names();
    reading.mistakes.add(
        entry->at.place(),
        "'at' of " + entry->what + " must be a table of trials that runs have, got " +
            config::found(entry->at),
        tables.empty() ? "no run has trials" : name_hint(entry->at.scalar(), tables, "there are"));
  }
}

}  // namespace

void read_features(const std::vector<Node>& of_runs,
                   const Node& of_all,
                   Dataset& dataset,
                   const FeatureReading& reading) {
  std::size_t next = 0;
  for (Subject& subject : dataset.subjects) {
    for (Run& run : subject.runs) {
      if (next == of_runs.size()) break;
      read_of_run(of_runs[next++], run, subject.id + "/" + run.id, reading);
    }
  }
  read_of_dataset(of_all, dataset, reading);
}

}  // namespace insula::dataset::detail
