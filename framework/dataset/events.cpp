// SPDX-License-Identifier: Apache-2.0
// Inputs given as events.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

// A value for each event: one number for all of them or a column.
struct PerEvent {
  double number = 0;
  std::optional<std::size_t> column;
  bool is_known = true;  // false after a mistake
};

PerEvent column_or(const Node& node,
                   const std::string& standard,
                   const Columns& file,
                   const Place& place,
                   Mistakes& mistakes) {
  PerEvent result;
  if (!node.is_missing()) {
    result.column = find_column(node, file, mistakes);
  } else if (!(result.column = file.find(standard))) {
    mistakes.add(place,
                 "'" + file.path() + "' has no column '" + standard + "'",
                 name_hint(standard, file.names()));
  }
  result.is_known = result.column.has_value();
  return result;
}

PerEvent duration_of(const Node& node,
                     const Columns& file,
                     const Place& place,
                     const RunReading& reading) {
  if (node.is_scalar() && !node.quoted() && parse_quantity(node.scalar())) {
    const auto time = read_quantity(node,
                                    "'duration' of the event block of " + reading.where,
                                    Dimension::time,
                                    config::positive,
                                    reading.mistakes);
    return {time.value_or(0), std::nullopt, time.has_value()};
  }
  return column_or(node, "duration", file, place, reading.mistakes);
}

PerEvent amplitude_of(const Node& node, const Columns& file, const RunReading& reading) {
  if (node.is_missing()) return {1, std::nullopt, true};
  if (node.is_scalar() && !node.quoted()) {
    if (const auto number = parse_number(node.scalar())) return {*number, std::nullopt, true};
  }
  return column_or(node, "amplitude", file, node.place(), reading.mistakes);
}

// One input: its name and the events that concern it.
struct InputEvents {
  struct Height {
    std::size_t row;
    double height;
  };
  std::string name;
  Place place;
  std::vector<Height> heights = {};
};

// The times of all events; those that concern an input are checked.
struct Times {
  std::vector<double> onset;
  std::vector<double> duration;
};

std::vector<bool> rows_in_use(const std::vector<InputEvents>& inputs, const Columns& file) {
  std::vector<bool> is_used(file.rows(), false);
  for (const InputEvents& input : inputs)
    for (const InputEvents::Height& event : input.heights) is_used[event.row] = true;
  return is_used;
}

Times read_times(const PerEvent& onset,
                 const PerEvent& duration,
                 const std::vector<bool>& is_used,
                 const Columns& file,
                 Sources& sources) {
  Times times;
  times.onset = sources.numbers(file, *onset.column);
  if (duration.column) {
    times.duration = sources.numbers(file, *duration.column);
  } else {
    times.duration.assign(file.rows(), duration.number);
  }
  for (std::size_t row = 0; row < is_used.size(); ++row) {
    if (!is_used[row]) continue;
    if (std::isnan(times.onset[row]))
      sources.mistake(file, row, *onset.column, "the onset of the event is missing");
    if (times.duration[row] > 0) continue;
    if (std::isnan(times.duration[row]))
      sources.mistake(file, row, *duration.column, "the duration of the event is missing");
    else
      sources.mistake(file,
                      row,
                      *duration.column,
                      "the duration of an event must be positive, got " +
                          short_number(times.duration[row], 6) + " s",
                      "'duration: 100 ms' gives all events of this block one duration");
  }
  return times;
}

// The height of every event; 0, so no event, for n/a, which means "not applicable" in BIDS.
std::vector<double> heights_in(const Columns& file, const PerEvent& amplitude, Sources& sources) {
  if (!amplitude.column) return std::vector<double>(file.rows(), amplitude.number);
  std::vector<double> heights = sources.numbers(file, *amplitude.column);
  for (double& height : heights) {
    if (std::isnan(height)) height = 0;
  }
  return heights;
}

InputEvents of_all_rows(const std::string& name,
                        const Place& place,
                        const std::vector<double>& heights) {
  InputEvents input{name, place};
  for (std::size_t row = 0; row < heights.size(); ++row) {
    input.heights.push_back({row, heights[row]});
  }
  return input;
}

// The inputs to make and the levels that belong to each.
struct Level {
  std::string input;
  std::string level;
  Place place;
};

std::vector<Level> levels_asked(const Node& node, const std::string& what, Mistakes& mistakes) {
  std::vector<Level> levels;
  std::set<std::pair<std::string, std::string>> seen;
  const auto add = [&](const std::string& input, const Node& level) {
    const std::string& name = input.empty() ? level.scalar() : input;
    if (!level.is_scalar()) {
      mistakes.add(level.place(), "a level in " + what + " is text, got " + config::found(level));
    } else if (!seen.emplace(name, level.scalar()).second) {
      mistakes.add(level.place(), what + " names the level '" + level.scalar() + "' twice");
    } else {
      levels.push_back({name, level.scalar(), level.place()});
    }
  };
  if (node.is_list()) {
    for (const Node& item : node.items()) add("", item);
  } else if (node.is_map()) {
    for (const Entry& entry : node.entries()) {
      if (!entry.value.is_list()) add(entry.key, entry.value);
      for (const Node& item : entry.value.is_list() ? entry.value.items() : std::vector<Node>{}) {
        add(entry.key, item);
      }
    }
  } else if (!node.is_missing()) {
    mistakes.add(node.place(),
                 "'levels' of " + what +
                     " needs a list of levels or a mapping {input: levels}, got " +
                     config::found(node));
  }
  return levels;
}

// The rows of each level, and the levels in the order of the file.
struct LevelRows {
  std::map<std::string, std::vector<std::size_t>> rows;
  std::vector<std::string> levels;
};

LevelRows rows_by_level(const Columns& file, std::size_t column) {
  LevelRows found;
  for (std::size_t row = 0; row < file.rows(); ++row) {
    const std::string level = file.text(row, column);
    if (is_missing(level)) continue;
    std::vector<std::size_t>& rows = found.rows[level];
    if (rows.empty()) found.levels.push_back(level);
    rows.push_back(row);
  }
  return found;
}

// A level may be absent from a run, such as that of rare errors; a wrongly written one looks alike.
void doubt_about_level(const Level& level, const LevelRows& found, const RunReading& reading) {
  if (found.rows.contains(level.level)) return;
  reading.doubts.push_back({Finding::Severity::warning,
                            "level_without_events",
                            reading.where + "/" + level.input,
                            "no event has the level '" + level.level + "'; " +
                                name_hint(level.level, found.levels, "there are")});
}

std::vector<InputEvents> by_level(const Node& by,
                                  const Node& levels_node,
                                  const PerEvent& amplitude,
                                  const Columns& file,
                                  const RunReading& reading) {
  const auto column = find_column(by, file, reading.mistakes);
  std::vector<Level> levels =
      levels_asked(levels_node, "the event block of " + reading.where, reading.mistakes);
  if (!column) return {};
  const LevelRows found = rows_by_level(file, *column);
  if (levels_node.is_missing()) {
    for (const std::string& level : found.levels) levels.push_back({level, level, by.place()});
  }
  const std::vector<double> height = heights_in(file, amplitude, reading.sources);
  std::vector<InputEvents> inputs;
  for (const Level& level : levels) {
    doubt_about_level(level, found, reading);
    if (inputs.empty() || inputs.back().name != level.input) {
      inputs.push_back({level.input, level.place});
    }
    const auto rows = found.rows.find(level.level);
    if (rows == found.rows.end()) continue;
    for (const std::size_t row : rows->second) inputs.back().heights.push_back({row, height[row]});
  }
  return inputs;
}

std::vector<InputEvents> by_column(const Node& columns,
                                   const Columns& file,
                                   const RunReading& reading) {
  std::vector<InputEvents> inputs;
  for (const Chosen& chosen :
       choose_columns(columns, file, "the event block of " + reading.where, {}, reading.mistakes)) {
    const PerEvent heights{0, chosen.column, true};
    inputs.push_back(
        of_all_rows(chosen.name, chosen.place, heights_in(file, heights, reading.sources)));
  }
  return inputs;
}

void doubt_about_events(const std::string& name,
                        const std::vector<Event>& events,
                        const RunReading& reading) {
  const double duration = reading.run.duration;
  const auto outside = std::count_if(events.begin(), events.end(), [&](const Event& event) {
    return event.onset < -kSameTime || event.onset + event.duration > duration + kSameTime;
  });
  if (outside == 0) return;
  reading.doubts.push_back({Finding::Severity::warning,
                            "events_outside_run",
                            reading.where + "/" + name,
                            std::to_string(outside) + " of " + std::to_string(events.size()) +
                                " events lie partly or wholly outside the run, which lasts " +
                                short_number(duration, 6) + " s; what is outside is left out"});
}

void add_events(const InputEvents& input,
                const Times& times,
                const std::vector<double>& clip,
                const std::string& unit,
                const RunReading& reading) {
  std::vector<Event> events;
  for (const auto& [row, height] : input.heights) {
    const bool is_right = std::isfinite(times.onset[row]) && times.duration[row] > 0;
    if (is_right && height != 0) {
      events.push_back({times.onset[row], times.duration[row], height});
    }
  }
  if (!is_good_name(input.name)) {
    reading.mistakes.add(input.place, "an input cannot be named '" + input.name + "'", kGoodName);
    return;
  }
  if (reading.run.duration > 0) doubt_about_events(input.name, events, reading);
  StepSignal signal = boxcars(input.name, events);
  signal.unit = unit;
  add_input(std::move(signal), input.place, clip, reading);
}

// Exactly one of 'by', 'columns' and 'name' says which inputs the events make.
bool says_which_inputs(Reader& r) {
  int ways = 0;
  for (const char* key : {"by", "columns", "name"}) ways += r.has(key) ? 1 : 0;
  if (ways == 1) return true;
  r.mistake(ways == 0       ? "events"
            : r.has("name") ? "name"
                            : "columns",
            r.what() + " needs exactly one of 'by', 'columns' and 'name', got " +
                (ways == 0 ? "none" : std::to_string(ways)),
            "by: a column whose levels become inputs; columns: a column of heights for each input; "
            "name: all events are one input");
  return false;
}

}  // namespace

void read_events(const Node& node, const RunReading& reading) {
  Reader r(node, "the event block of " + reading.where, reading.mistakes);
  const auto file = reading.sources.open(r, "events");
  const Node onset_node = r.any("onset"), duration_node = r.any("duration");
  const Node amplitude_node = r.any("amplitude"), levels = r.any("levels");
  const Node by = r.any("by"), columns = r.any("columns");
  const std::string name = r.optional_text("name").value_or("");
  const std::string unit = r.optional_text("unit").value_or("1");
  const std::vector<double> clip = read_clip(r);
  r.finish();
  const bool is_clear = says_which_inputs(r);
  if (r.has("columns") && r.has("amplitude")) {
    r.mistake("amplitude",
              r.what() +
                  " has both 'columns' and 'amplitude', but the columns hold "
                  "the amplitudes");
  }
  if (r.has("levels") && !r.has("by")) {
    r.mistake("levels", r.what() + " has 'levels' without 'by', the column of the levels");
  }
  if (!file || !is_clear) return;
  const Place place = node["events"].place();
  const PerEvent onset = column_or(onset_node, "onset", *file, place, reading.mistakes);
  const PerEvent duration = duration_of(duration_node, *file, place, reading);
  const PerEvent amplitude = amplitude_of(amplitude_node, *file, reading);
  std::vector<InputEvents> inputs;
  if (!by.is_missing()) {
    inputs = by_level(by, levels, amplitude, *file, reading);
  } else if (!columns.is_missing()) {
    inputs = by_column(columns, *file, reading);
  } else {
    inputs = {
        of_all_rows(name, node["name"].place(), heights_in(*file, amplitude, reading.sources))};
  }
  if (!onset.is_known || !duration.is_known || !amplitude.is_known) return;
  const Times times =
      read_times(onset, duration, rows_in_use(inputs, *file), *file, reading.sources);
  for (const InputEvents& input : inputs) add_events(input, times, clip, unit, reading);
}

}  // namespace insula::dataset::detail
