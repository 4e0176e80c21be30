// SPDX-License-Identifier: Apache-2.0
// Which events of a BIDS dataset are answered trials, and what their columns mean.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/base/nan.h"
#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kTrialType = "trial_type";
constexpr const char* kResponseTime = "response_time";
constexpr const char* kStimulusFile = "stim_file";
// More answers than these are no choice, and more levels no condition.
constexpr std::size_t kMostLabels = 12, kMostLevels = 40;

using Tables = std::vector<const Table*>;

bool all_have(const Tables& tables, const std::string& column) {
  return !tables.empty() && std::ranges::all_of(tables, [&](const Table* table) {
    return table->find(column).has_value();
  });
}

bool is_answered(const Table& table, std::size_t row, const BidsTrials& trials) {
  return std::ranges::any_of(std::vector<std::string>{trials.response, trials.response_time},
                             [&](const std::string& column) {
                               const auto index = table.find(column);
                               return index && !is_missing(table.text(row, *index));
                             });
}

bool is_any_answered(const Table& table, const BidsTrials& trials) {
  for (std::size_t row = 0; row < table.rows(); ++row)
    if (is_answered(table, row, trials)) return true;
  return false;
}

// A column that some tables of trials lack is left out of all, and that is told if others have it.
void keep_if_everywhere(std::string& column,
                        const Tables& tables,
                        std::vector<std::string>& notes) {
  const auto count = static_cast<std::size_t>(std::ranges::count_if(
      tables, [&](const Table* table) { return table->find(column).has_value(); }));
  if (count == tables.size()) return;
  if (count > 0)
    notes.push_back(std::to_string(tables.size() - count) + " of " + std::to_string(tables.size()) +
                    " tables of trials have no column '" + column +
                    "': trials are taken without it");
  column.clear();
}

void find_time_unit(const Sidecar& sidecar, BidsTrials& trials) {
  if (trials.response_time.empty()) return;
  const std::string key = trials.response_time + "/Units";
  const std::string unit = tidy_unit(sidecar_text(sidecar, key));
  if (unit.empty()) return;
  if (dimension_of(unit) != Dimension::time)
    refuse_bids(sidecar.at(key).file,
                "'" + trials.response_time + "' is in '" + unit + "', which is no unit of time",
                "the units of a time are " + in_words(units_of(Dimension::time)));
  trials.time_unit = unit;
}

void find_answers(const Tables& tables,
                  const Sidecar& sidecar,
                  BidsTrials& trials,
                  std::vector<std::string>& notes) {
  if (trials.response.empty()) return;
  trials.responses = levels_in_order(content_of(trials.response, tables), trials.response, sidecar);
  if (!trials.responses.empty() && trials.responses.size() <= kMostLabels) return;
  notes.push_back("column '" + trials.response + "' holds " +
                  std::to_string(trials.responses.size()) +
                  " different answers, so it is no choice; --response names another");
  trials.response.clear();
}

// Types of events that nobody ever answers are no trials.
void find_unanswered(const Tables& tables, BidsTrials& trials) {
  std::vector<std::string> levels;
  std::set<std::string> answered;
  for (const Table* table : tables) {
    const auto type = table->find(kTrialType);
    for (std::size_t row = 0; type && row < table->rows(); ++row) {
      const std::string text = table->text(row, *type);
      const std::string level = is_missing(text) ? "" : text;
      if (std::ranges::find(levels, level) == levels.end()) levels.push_back(level);
      if (is_answered(*table, row, trials)) answered.insert(level);
    }
  }
  for (const std::string& level : levels) {
    if (answered.contains(level)) continue;
    if (level.empty())
      trials.has_untyped = true;
    else
      trials.unanswered.push_back(level);
  }
}

void find_other_columns(const Tables& tables,
                        const Sidecar& sidecar,
                        BidsTrials& trials,
                        std::vector<std::string>& notes) {
  const std::set<std::string> taken{
      "onset", "duration", "sample", "HED", trials.response, trials.response_time, trials.stimulus};
  for (const std::string& name : tables.front()->names()) {
    if (taken.contains(name) || !all_have(tables, name)) continue;
    const ColumnContent content = content_of(name, tables);
    if (!content.is_there) continue;
    const auto told = sidecar.find(name + "/Levels");
    const bool is_factor = name == kTrialType || !content.is_numeric ||
                           (told != sidecar.end() && !told->second.list.empty());
    std::vector<std::string> levels = levels_in_order(content, name, sidecar);
    if (name == kTrialType)
      std::erase_if(levels, [&](const std::string& level) {
        return std::ranges::find(trials.unanswered, level) != trials.unanswered.end();
      });
    if (name == kTrialType && levels.size() < 2) continue;
    if (!is_factor) {
      trials.columns.push_back({name, tidy_unit(sidecar_text(sidecar, name + "/Units")), {}});
    } else if (content.levels.size() <= kMostLevels) {
      trials.factors.push_back({name, "", std::move(levels)});
    } else {
      notes.push_back("column '" + name + "' of trials has " +
                      std::to_string(content.levels.size()) + " different texts and is left out");
    }
  }
}

// What of the table is outside the run or has no time.
void look_at_times(const Table& table, BidsTrials& trials, BidsRun& run) {
  const auto onset = table.find("onset"), time = table.find(trials.response_time);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (time && table.number(row, *time).value_or(1) <= 0) trials.has_no_times = true;
    if (!onset || !trials.has_onset) continue;
    const double at = table.number(row, *onset).value_or(kNaN);
    if (at < 0) run.starts_before = true;
    if (at >= run.duration) run.ends_after = true;
    if (at >= 0 && at < run.duration) run.last = std::max(run.last, at);
  }
}

}  // namespace

std::vector<std::string> levels_in_order(const ColumnContent& content,
                                         const std::string& column,
                                         const Sidecar& sidecar) {
  std::vector<std::string> levels = content.levels;
  const auto told = sidecar.find(column + "/Levels");
  if (told != sidecar.end() && !told->second.list.empty()) {
    std::vector<std::string> ordered;
    for (const std::string& level : told->second.list)
      if (std::ranges::find(levels, level) != levels.end()) ordered.push_back(level);
    if (ordered.size() == levels.size()) return ordered;
  }
  if (!content.is_numeric) {
    std::ranges::sort(levels);
    return levels;
  }
  const auto value = [](const std::string& level) { return std::strtod(level.c_str(), nullptr); };
  std::ranges::stable_sort(levels, {}, value);
  const auto is_same = [&](const std::string& a, const std::string& b) {
    return value(a) == value(b);  // 1 and 1.0
  };
  levels.erase(std::unique(levels.begin(), levels.end(), is_same), levels.end());
  return levels;
}

std::string BidsEvents::response_column() const {
  std::vector<std::string> names;
  for (const Read& read : tables_)
    for (const std::string& name : read.table->names())
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  const std::string wanted = asked_response_.empty() ? "response" : asked_response_;
  if (std::ranges::find(names, wanted) != names.end()) return wanted;
  if (asked_response_.empty()) return "";
  throw InputError({},
                   "no table of events or behaviour has a column '" + wanted + "'",
                   name_hint(wanted, names, "the columns are"),
                   ExitCode::usage);
}

// Events are trials if any is answered; otherwise a table of behaviour is.
std::vector<const BidsEvents::Read*> BidsEvents::tables_of_trials(
    std::vector<BidsSubject>& subjects, const BidsTrials& trials) const {
  std::vector<const Read*> found;
  for (BidsSubject& subject : subjects)
    for (BidsRun& run : subject.runs) {
      const Read* events = run.events.empty() ? nullptr : &read_of(run.events);
      if (events != nullptr && is_any_answered(*events->table, trials)) run.trials = run.events;
      if (run.trials.empty()) continue;
      const Read* read = &read_of(run.trials);
      if (std::ranges::find(found, read) == found.end()) found.push_back(read);
    }
  return found;
}

const BidsEvents::Read& BidsEvents::read_of(const std::string& path) const {
  return *std::ranges::find(tables_, path, &Read::path);
}

void BidsEvents::settle_trials(std::vector<BidsSubject>& subjects, BidsStudy& study) const {
  BidsTrials& trials = study.trials;
  trials.response = response_column();
  trials.response_time = kResponseTime;
  const std::vector<const Read*> reads = tables_of_trials(subjects, trials);
  if (reads.empty()) return;
  Tables tables;
  for (const Read* read : reads) tables.push_back(read->table.get());
  const Sidecar& sidecar = reads.front()->sidecar;
  for (std::string* column : {&trials.response, &trials.response_time})
    keep_if_everywhere(*column, tables, study.notes);
  trials.has_onset = all_have(tables, "onset");
  trials.has_duration = trials.has_onset && all_have(tables, "duration");
  if (all_have(tables, kStimulusFile)) trials.stimulus = kStimulusFile;
  find_time_unit(sidecar, trials);
  find_answers(tables, sidecar, trials, study.notes);
  if (trials.has_onset) find_unanswered(tables, trials);
  find_other_columns(tables, sidecar, trials, study.notes);
  for (BidsSubject& subject : subjects)
    for (BidsRun& run : subject.runs)
      if (!run.trials.empty()) look_at_times(*read_of(run.trials).table, trials, run);
}

}  // namespace insula::dataset::detail
