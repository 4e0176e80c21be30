// SPDX-License-Identifier: Apache-2.0
// Tables of events and of behaviour: what of them drives regions, and what are answered trials.
//
// source  BIDS 1.9, "Task events" and "Behavioral experiments"
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kType = "trial_type";
// An event without a duration lasts 1 s: its integral is that of SPM's stick. source  spm_get_ons
constexpr double kStick = 1;
// More types than these are identities of events, not conditions.
constexpr std::size_t kMostTypes = 40;

// Times of a column; NaN where there is none or the table lacks the column.
double time_at(const Table& table, const char* column, std::size_t row) {
  const auto index = table.find(column);
  return index ? table.number(row, *index).value_or(kNaN) : kNaN;
}

void refuse_without_times(const std::string& path, const Table& table, const Sidecar& sidecar) {
  for (const char* column : {"onset", "duration"}) {
    if (!table.find(column))
      refuse_bids(path,
                  std::string("events have no column '") + column + "'",
                  name_hint(column, table.names(), "the columns are"));
    const std::string unit = tidy_unit(sidecar_text(sidecar, std::string(column) + "/Units"));
    if (unit.empty() || unit == "s") continue;
    refuse_bids(sidecar.at(std::string(column) + "/Units").file,
                std::string("'") + column + "' of events is in " + unit + ", but BIDS has it in s",
                "convert the column, or mend the sidecar");
  }
}

double end_of_last(const Table& table) {
  double end = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double onset = time_at(table, "onset", row);
    for (const char* longer : {"duration", "response_time"}) {
      const double length = time_at(table, longer, row);
      if (!std::isnan(onset)) end = std::max(end, onset + (length > 0 ? length : 0));
    }
  }
  return end;
}

// Durations of the events of one type, over all runs.
struct Durations {
  std::vector<double> positive;
  std::size_t others = 0;  // 0 or missing

  BidsInput input(const std::string& level, std::vector<std::string>& notes) const {
    if (others == 0) return {level, std::nullopt};
    const std::string events = level.empty() ? "events" : "events of '" + level + "'";
    if (positive.empty()) {
      notes.push_back(events + " have no duration: they last 1 s, like SPM's sticks");
      return {level, kStick};
    }
    std::vector<double> sorted = positive;
    std::ranges::sort(sorted);
    const double middle = sorted[sorted.size() / 2];
    notes.push_back(std::to_string(others) + " of " + std::to_string(others + positive.size()) +
                    " " + events + " have no duration: all last " + short_number(middle, 6) +
                    " s, the median of the others");
    return {level, middle};
  }
};

}  // namespace

std::string tidy_unit(const std::string& unit) {
  for (const char* second : {"s", "sec", "secs", "second", "seconds"})
    if (unit == second) return "s";
  for (const char* thousandth : {"ms", "msec", "millisecond", "milliseconds"})
    if (unit == thousandth) return "ms";
  for (const char* none : {"n/a", "unitless", "arbitrary", "arbitrary units", "au", "AU"})
    if (unit == none) return "";
  return unit;
}

Table read_bids_table(const std::string& path, const std::vector<std::string>& names) {
  refuse_absent_content(path);
  std::string text = read_bytes(path);
  if (is_gzip(text) || path.ends_with(".gz")) text = gunzip(text, path);
  return Table(std::move(text), path, '\t', names);
}

ColumnContent content_of(const std::string& column, const std::vector<const Table*>& tables) {
  ColumnContent content;
  content.is_numeric = true;
  std::set<std::string> seen;
  for (const Table* table : tables) {
    const auto index = table->find(column);
    if (!index) continue;
    for (std::size_t row = 0; row < table->rows(); ++row) {
      const std::string text = table->text(row, *index);
      if (is_missing(text)) continue;
      content.is_there = true;
      content.is_numeric &= table->number(row, *index).has_value();
      if (seen.insert(text).second) content.levels.push_back(text);
    }
  }
  content.is_numeric &= content.is_there;
  return content;
}

const BidsEvents::Read& BidsEvents::table_of(const BidsFile& file, const BidsFolder& raw) {
  const auto known = std::ranges::find(tables_, file.path, &Read::path);
  if (known != tables_.end()) return *known;
  tables_.push_back({file.path,
                     std::make_shared<const Table>(read_bids_table(file.path)),
                     raw.sidecar(file),
                     file.name.suffix == "events"});
  const Read& read = tables_.back();
  if (read.is_events) refuse_without_times(file.path, *read.table, read.sidecar);
  return read;
}

double BidsEvents::read(const RunFiles& files, BidsRun& run) {
  double end = 0;
  if (const auto* file = files.raw->nearest(files.folder, files.entities, "events", ".tsv")) {
    const Read& read = table_of(*file, *files.raw);
    run.events = file->path;
    run.has_types = read.table->find(kType).has_value();
    end = end_of_last(*read.table);
  }
  if (const auto* file = files.raw->nearest(files.folder, files.entities, "beh", ".tsv")) {
    const Read& read = table_of(*file, *files.raw);
    run.trials = file->path;  // unless events turn out to be answered
    if (run.events.empty() && read.table->find("onset")) end = end_of_last(*read.table);
  }
  return end;
}

void BidsEvents::settle(std::vector<BidsSubject>& subjects, BidsStudy& study) const {
  settle_inputs(study);
  settle_trials(subjects, study);
}

void BidsEvents::settle_inputs(BidsStudy& study) const {
  std::vector<std::string> levels;
  std::map<std::string, Durations> of_level;
  for (const Read& read : tables_) {
    if (!read.is_events) continue;
    const auto type = read.table->find(kType);
    for (std::size_t row = 0; row < read.table->rows(); ++row) {
      const std::string level = type ? read.table->text(row, *type) : "";
      if (type && is_missing(level)) continue;
      if (std::ranges::find(levels, level) == levels.end()) levels.push_back(level);
      const double duration = time_at(*read.table, "duration", row);
      if (duration > 0)
        of_level[level].positive.push_back(duration);
      else
        of_level[level].others += 1;
    }
  }
  if (levels.size() > kMostTypes) {
    study.notes.push_back("trial_type has " + std::to_string(levels.size()) +
                          " levels: all events together are one input");
    Durations all;
    for (const auto& [level, some] : of_level) {
      all.positive.insert(all.positive.end(), some.positive.begin(), some.positive.end());
      all.others += some.others;
    }
    study.inputs.push_back(all.input("", study.notes));
    return;
  }
  for (const std::string& level : levels)
    study.inputs.push_back(of_level[level].input(level, study.notes));
}

}  // namespace insula::dataset::detail
