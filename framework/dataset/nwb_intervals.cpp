// SPDX-License-Identifier: Apache-2.0
// Tables of intervals: trials, and everything else that begins and ends.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/text.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kIntervals = "intervals";
constexpr const char* kEvents = "events";
constexpr const char* kInvalid = "invalid_times";
constexpr const char* kTimes[] = {"start_time", "stop_time", "timestamp", "duration"};

template <typename T>
void arrange(std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<T> arranged;
  arranged.reserve(order.size());
  for (const std::size_t row : order) arranged.push_back(values[row]);
  values = std::move(arranged);
}

// By their starts; rows without a start are left out.
void sort_rows(NwbTable& table) {
  std::vector<std::size_t> order(table.start.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t row) { return !std::isfinite(table.start[row]); });
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return table.start[row]; });
  for (NwbColumn& column : table.columns) {
    arrange(column.numbers, order);
    arrange(column.texts, order);
  }
  arrange(table.stop, order);
  arrange(table.start, order);
}

std::vector<double> times_of(const NwbDynamicTable& table, const std::string& name) {
  const auto column = table.plain(name);
  if (!column || column->is_text)
    refuse_nwb(table.file(),
               "the table of '" + table.path_of(name) + "' has no such column of numbers",
               "a table of intervals has the columns start_time and stop_time, in s");
  return column->numbers;
}

// NWB's columns of times are on the session's clock. One whose times all lie within their trials is
// counted from the start of the trial.
void count_from_start(NwbTable& table, std::vector<std::string>& notes) {
  for (NwbColumn& column : table.columns) {
    if (column.is_text || !column.name.ends_with("time")) continue;
    bool is_within = true, is_known = false;
    for (std::size_t row = 0; row < table.start.size(); ++row) {
      const double time = column.numbers[row];
      if (std::isnan(time)) continue;
      is_known = true;
      is_within &= time >= table.start[row] && !(time > table.stop[row]);
    }
    if (!is_within || !is_known) continue;
    for (std::size_t row = 0; row < table.start.size(); ++row)
      column.numbers[row] -= table.start[row];
    notes.push_back("times in '" + column.name + "' of the " + table.name +
                    " are counted from the start of each");
  }
}

// Starts and, unless they are moments, stops.
void read_times(const NwbDynamicTable& rows, bool is_events, NwbTable& table) {
  table.start = times_of(rows, is_events ? "timestamp" : "start_time");
  if (!is_events) table.stop = times_of(rows, "stop_time");
  if (!is_events || !rows.has("duration")) return;
  table.stop = times_of(rows, "duration");
  for (std::size_t row = 0; row < table.stop.size(); ++row) table.stop[row] += table.start[row];
}

NwbTable read_table(NwbSession& session, const std::string& room, const std::string& name) {
  const std::string path = room + "/" + name;
  const NwbDynamicTable intervals(session.file, path);
  NwbTable table;
  table.name = name;
  if (intervals.rows() == 0) return table;
  const bool is_events = room == kEvents;
  read_times(intervals, is_events, table);
  std::vector<std::string> left_out;
  for (const std::string& column : intervals.columns()) {
    if (std::ranges::find(kTimes, column) != std::end(kTimes)) continue;
    const auto read = intervals.plain(column);
    if (read) table.columns.push_back(*read);
    if (!read && column != "timeseries" && column != "tags") left_out.push_back(column);
  }
  if (!left_out.empty())
    session.notes.push_back("of '" + path + "' " + in_words(left_out) +
                            (left_out.size() == 1 ? " is" : " are") +
                            " left out: not one number or text a row");
  const std::size_t before = table.start.size();
  sort_rows(table);
  if (table.start.size() < before)
    session.notes.push_back(std::to_string(before - table.start.size()) + " rows of '" + path +
                            "' have no start and are left out");
  for (std::size_t row = 0; row < table.start.size(); ++row) {
    const bool has_stop = !table.stop.empty() && std::isfinite(table.stop[row]);
    if (has_stop && table.stop[row] < table.start[row])
      refuse_nwb(session.file,
                 "an interval of '" + path + "' stops at " + number_text(table.stop[row]) +
                     " s, before it starts at " + number_text(table.start[row]) + " s");
    session.note_moments(table.start[row], table.start[row]);
    if (has_stop) session.note_times(table.start[row], table.stop[row]);
  }
  if (!is_events) count_from_start(table, session.notes);
  return table;
}

// They do not make the session longer: what lies in them is not used.
void read_invalid_times(NwbSession& session) {
  const std::string path = std::string(kIntervals) + "/" + kInvalid;
  const NwbDynamicTable rows(session.file, path);
  if (rows.rows() == 0) return;
  const std::vector<double> start = times_of(rows, "start_time"),
                            stop = times_of(rows, "stop_time");
  for (std::size_t row = 0; row < start.size(); ++row) {
    if (!(start[row] <= stop[row]))
      refuse_nwb(session.file,
                 "an interval of '" + path + "' goes from " + time_text(start[row]) + " s to " +
                     time_text(stop[row]) + " s",
                 "mend its start_time or stop_time, or remove the row");
    session.run.invalid.emplace_back(start[row], stop[row]);
  }
  std::ranges::sort(session.run.invalid);
  session.notes.push_back("'" + path + "' has " + std::to_string(start.size()) +
                          (start.size() == 1 ? " stretch" : " stretches") +
                          ": samples within are missing, and trials that overlap are excluded");
}

}  // namespace

void add_nwb_events(NwbSession& session, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  NwbTable table = read_table(session, path.substr(0, slash), path.substr(slash + 1));
  if (!table.start.empty()) session.run.events.push_back(std::move(table));
}

void read_nwb_intervals(NwbSession& session) {
  for (const char* room : {kIntervals, kEvents}) {
    const auto group = session.file.find(room);
    if (!group || !group->is_group()) continue;
    for (const std::string& name : group->members) {
      if (room == kIntervals && name == kInvalid) {
        read_invalid_times(session);
        continue;
      }
      NwbTable table = read_table(session, room, name);
      if (table.start.empty()) continue;
      if (room == kIntervals && name == "trials")
        session.run.trials = std::move(table);
      else if (room == kEvents && is_about_licks(name))
        session.counted.push_back({name, "licking", {name}, {table.start}, {}});
      else
        session.run.events.push_back(std::move(table));
    }
  }
}

}  // namespace insula::dataset::detail
