// SPDX-License-Identifier: Apache-2.0
// Which row of a feature band belongs to which trial or event.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "framework/base/nan.h"
#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/features.h"

namespace insula::dataset::detail {
namespace {

using config::Node;

constexpr const char* kStimulus = "stimulus";

// 1, 1.0 and 1e0 are one key.
std::string plain_key(const std::string& text) {
  const std::optional<double> number = parse_number(text);
  return number ? number_text(*number) : text;
}

// The key of each trial, "" where missing; nothing if row k is that of trial k.
struct TrialKeys {
  std::string name;  // of the factor or column
  std::vector<std::string> keys;
};

std::vector<std::string> keys_of(const TrialFactor& factor) {
  std::vector<std::string> keys;
  for (const int level : factor.value) {
    keys.push_back(level == kMissing ? "" : factor.levels[static_cast<std::size_t>(level)]);
  }
  return keys;
}

std::vector<std::string> keys_of(const TrialColumn& column) {
  std::vector<std::string> keys;
  for (const double value : column.value) {
    keys.push_back(std::isnan(value) ? "" : number_text(value));
  }
  return keys;
}

std::vector<std::string> key_names(const Trials& trials) {
  std::vector<std::string> names;
  for (const TrialFactor& factor : trials.factors) names.push_back(factor.name);
  for (const TrialColumn& column : trials.columns) names.push_back(column.name);
  return names;
}

// Nothing after a mistake.
std::optional<TrialKeys> trial_keys(const BandEntry& entry,
                                    const Trials& trials,
                                    const std::string& where,
                                    Mistakes& mistakes) {
  const bool has_key = !entry.key.is_missing();
  const std::string name = has_key ? entry.key.scalar() : kStimulus;
  if (const TrialFactor* factor = trials.factor(name)) return TrialKeys{name, keys_of(*factor)};
  if (has_key) {
    if (const TrialColumn* column = trials.column(name)) return TrialKeys{name, keys_of(*column)};
    mistakes.add(entry.key.place(),
                 "'key' of " + entry.what + " must be a factor or a column of the trials, got " +
                     config::found(entry.key),
                 name_hint(name, key_names(trials)));
    return std::nullopt;
  }
  if (entry.band.values.rows() == trials.size()) return TrialKeys{};
  mistakes.add(entry.band.place,
               entry.what + " has " + std::to_string(entry.band.values.rows()) + " rows, but " +
                   where + " has " + std::to_string(trials.size()) + " trials",
               "without a 'key', row k belongs to trial k; 'key' names the factor or column of "
               "trials that says which row");
  return std::nullopt;
}

// The rows of the keys; what has none, by its number.
struct RowsFound {
  std::vector<std::size_t> row;
  std::vector<std::size_t> lacking;
};

RowsFound rows_of_keys(const std::vector<std::string>& keys, const KeyRows& rows) {
  RowsFound found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto row = keys[i].empty() ? std::nullopt : rows.find(keys[i]);
    found.row.push_back(row.value_or(kNoRow));
    if (!row) found.lacking.push_back(i);
  }
  return found;
}

std::string lacking_text(const BandEntry& entry, std::size_t count, const std::string& where) {
  return entry.what + " has no row for " + std::to_string(count) +
         (count == 1 ? " trial" : " trials") + where;
}

}  // namespace

KeyRows::KeyRows(const std::vector<std::string>& names)
    : rows_(names.size()), has_names_(true), names_(names) {
  for (std::size_t row = 0; row < names.size(); ++row) row_.emplace(plain_key(names[row]), row);
}

std::optional<std::size_t> KeyRows::find(const std::string& key) const {
  if (has_names_) {
    const auto found = row_.find(plain_key(key));
    if (found == row_.end()) return std::nullopt;
    return found->second;
  }
  const std::optional<double> number = parse_number(key);
  if (!number || *number < 0 || *number >= static_cast<double>(rows_)) return std::nullopt;
  if (*number != std::floor(*number)) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

std::string KeyRows::hint(const std::string& key) const {
  if (!has_names_) {
    return "without 'names' a key is the number of a row, 0 to " + std::to_string(rows_ - 1) +
           "; 'names: {file: …, column: …}' gives the key of each row";
  }
  const std::string nearest = nearest_name(key, names_);
  return nearest.empty() ? "'names' gives the key of each row" : "did you mean '" + nearest + "'?";
}

FeatureBand band_of_trials(const BandEntry& entry,
                           const Trials& trials,
                           const std::string& where,
                           const FeatureReading& reading) {
  FeatureBand band = entry.band;
  band.at = trials.name;
  for (const auto& [node, key] :
       {std::pair(entry.onset, "onset"), std::pair(entry.duration, "duration")}) {
    if (node.is_missing()) continue;
    reading.mistakes.add(node.place(),
                         std::string("'") + key + "' of " + entry.what +
                             " is for a file of events: trials have their own");
  }
  const std::optional<TrialKeys> keys = trial_keys(entry, trials, where, reading.mistakes);
  if (!keys) return band;
  if (keys->name.empty()) {
    band.row.resize(trials.size());
    std::iota(band.row.begin(), band.row.end(), std::size_t{0});
  } else {
    RowsFound found = rows_of_keys(keys->keys, *entry.keys);
    std::erase_if(found.lacking, [&](std::size_t trial) { return !trials.is_in_use(trial); });
    if (!found.lacking.empty()) {
      const std::string& key = keys->keys[found.lacking.front()];
      reading.mistakes.add(entry.key.is_missing() ? entry.band.place : entry.key.place(),
                           lacking_text(entry, found.lacking.size(), " of " + where) +
                               "; the first is trial " + std::to_string(found.lacking.front()) +
                               " (counted from 0), whose '" + keys->name + "' is " +
                               (key.empty() ? "missing" : "'" + key + "'"),
                           key.empty() ? "a trial in use needs its key: 'exclude' the trial"
                                       : entry.keys->hint(key));
    }
    band.row = std::move(found.row);
  }
  band.onset = trials.onset;
  band.duration = trials.duration;
  if (!band.onset.empty() && band.duration.empty()) band.duration.assign(trials.size(), kNaN);
  return band;
}

namespace {

// The column of onsets, which ascend once the events are sorted.
std::optional<std::vector<double>> onsets_of(const BandEntry& entry,
                                             const Columns& file,
                                             const FeatureReading& reading) {
  const auto column = entry.onset.is_missing() ? file.find("onset")
                                               : find_column(entry.onset, file, reading.mistakes);
  if (!column) {
    if (entry.onset.is_missing()) {
      reading.mistakes.add(entry.at.place(),
                           "'" + file.path() + "' has no column 'onset'",
                           name_hint("onset", file.names()));
    }
    return std::nullopt;
  }
  return reading.sources.numbers(file, *column, "the onset of the event is missing");
}

std::vector<double> durations_of(const BandEntry& entry,
                                 const Columns& file,
                                 const FeatureReading& reading) {
  const Node& node = entry.duration;
  if (node.is_scalar() && !node.quoted() && parse_quantity(node.scalar())) {
    const auto time = read_quantity(
        node, "'duration' of " + entry.what, Dimension::time, config::positive, reading.mistakes);
    return std::vector<double>(file.rows(), time.value_or(kNaN));
  }
  const auto column =
      node.is_missing() ? file.find("duration") : find_column(node, file, reading.mistakes);
  if (!column) return std::vector<double>(file.rows(), kNaN);
  std::vector<double> durations = reading.sources.numbers(file, *column);
  for (std::size_t row = 0; row < durations.size(); ++row) {
    if (!(durations[row] < 0)) continue;
    reading.sources.mistake(file,
                            row,
                            *column,
                            "the duration of an event must not be negative, got " +
                                short_number(durations[row], 6) + " s");
  }
  return durations;
}

// The row of each event; kNoRow for n/a, which means that the event has no stimulus. Nothing after
// a mistake.
std::optional<std::vector<std::size_t>> rows_of_events(const BandEntry& entry,
                                                       const Columns& file,
                                                       const FeatureReading& reading) {
  if (entry.key.is_missing() && !file.find(kStimulus)) {
    if (entry.band.values.rows() != file.rows()) {
      reading.mistakes.add(entry.band.place,
                           entry.what + " has " + std::to_string(entry.band.values.rows()) +
                               " rows, but '" + file.path() + "' has " +
                               std::to_string(file.rows()) + " events",
                           "without a 'key', row k belongs to event k");
      return std::nullopt;
    }
    std::vector<std::size_t> rows(file.rows());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
  }
  const auto column = entry.key.is_missing() ? file.find(kStimulus)
                                             : find_column(entry.key, file, reading.mistakes);
  if (!column) return std::nullopt;
  std::vector<std::size_t> rows(file.rows(), kNoRow);
  for (std::size_t event = 0; event < rows.size(); ++event) {
    const std::string key = file.text(event, *column);
    if (is_missing(key)) continue;
    const auto row = entry.keys->find(key);
    rows[event] = row.value_or(kNoRow);
    if (row) continue;
    reading.sources.mistake(
        file, event, *column, entry.what + " has no row for '" + key + "'", entry.keys->hint(key));
  }
  return rows;
}

}  // namespace

FeatureBand band_of_events(const BandEntry& entry, const FeatureReading& reading) {
  FeatureBand band = entry.band;
  const auto file = reading.sources.open(entry.at);
  if (!file) return band;
  const auto onset = onsets_of(entry, *file, reading);
  const std::vector<double> duration = durations_of(entry, *file, reading);
  const auto row = rows_of_events(entry, *file, reading);
  if (!onset || !row) return band;
  std::vector<std::size_t> order;
  for (std::size_t event = 0; event < row->size(); ++event) {
    if ((*row)[event] != kNoRow && !std::isnan((*onset)[event])) order.push_back(event);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t event) { return (*onset)[event]; });
  for (const std::size_t event : order) {
    band.row.push_back((*row)[event]);
    band.onset.push_back((*onset)[event]);
    band.duration.push_back(duration[event]);
  }
  return band;
}

}  // namespace insula::dataset::detail
