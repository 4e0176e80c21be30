// SPDX-License-Identifier: Apache-2.0
// Inputs given as sampled series, and what all kinds of inputs share.
#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;

// A series may end this share of an interval away from the end of the run without a word.
constexpr double kEndAllowed = 1e-3;

void doubt_about_end(const StepSignal& whole,
                     const Columns& file,
                     const Grid& grid,
                     const RunReading& reading) {
  const double end = grid.start + static_cast<double>(file.rows()) * *grid.interval;
  const double late = end - reading.run.duration;
  const std::string where = reading.where + "/" + whole.name;
  const auto after = std::upper_bound(
      whole.onset.begin(), whole.onset.end(), reading.run.duration + kEndAllowed * *grid.interval);
  // The last change of a series is its end; any other change after the run is news.
  const bool is_on_after = after != whole.onset.end() || whole.at(reading.run.duration) != 0;
  if (late > kEndAllowed * *grid.interval && is_on_after) {
    reading.doubts.push_back({Finding::Severity::warning,
                              "input_after_end",
                              where,
                              "the series goes on for " + short_number(late) +
                                  " s after the end of the run and is not 0 there; that part is "
                                  "left out"});
  } else if (late < -kEndAllowed * *grid.interval) {
    reading.doubts.push_back({Finding::Severity::warning,
                              "input_shorter_than_run",
                              where,
                              "the series ends " + short_number(-late) +
                                  " s before the run; the input is 0 from there on"});
  }
}

void read_sampled(const Node& node, const RunReading& reading) {
  Reader r(node, "the input block of " + reading.where, reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  Grid grid;
  grid.interval = read_interval(r);
  grid.start = r.optional_quantity("start", Dimension::time).value_or(0);
  const std::string unit = r.optional_text("unit").value_or("1");
  const std::vector<double> clip = read_clip(r);
  const Node columns = r.any("columns");
  const Node time = r.any("time");
  r.finish();
  if (!file) return;
  std::vector<std::size_t> not_data;
  if (const auto column = check_time_column(time,
                                            *file,
                                            grid,
                                            reading.where + "/inputs",
                                            reading.sources,
                                            reading.mistakes,
                                            reading.doubts)) {
    not_data.push_back(*column);
  }
  const std::vector<Chosen> chosen =
      choose_columns(columns, *file, r.what(), not_data, reading.mistakes);
  if (!grid.interval) return;
  for (const Chosen& input : chosen) {
    const std::vector<double> values =
        reading.sources.numbers(*file,
                                input.column,
                                "input '" + input.name +
                                    "' is missing here, but an input must be known "
                                    "at all times");
    StepSignal signal = sampled(input.name, values, grid.start, *grid.interval);
    signal.unit = unit;
    if (reading.run.duration > 0) doubt_about_end(signal, *file, grid, reading);
    add_input(std::move(signal), input.place, clip, reading);
  }
}

}  // namespace

std::vector<double> read_clip(Reader& reader) {
  const Node node = reader.optional_list("clip");
  if (node.is_missing()) return {};
  std::vector<double> range;
  for (const Node& item : node.items()) {
    const auto number = read_quantity(
        item, "'clip' of " + reader.what(), Dimension::none, config::any_number, reader.mistakes());
    if (!number) return {};
    range.push_back(*number);
  }
  if (range.size() == 2 && range[0] < range[1]) return range;
  reader.mistake(
      "clip",
      "'clip' of " + reader.what() + " needs two numbers, the lower one first, for example [0, 1]");
  return {};
}

void add_input(StepSignal signal,
               const Place& place,
               const std::vector<double>& clip,
               const RunReading& reading) {
  if (reading.run.input(signal.name) != nullptr) {
    reading.mistakes.add(place,
                         "run " + reading.where + " has two inputs named '" + signal.name + "'",
                         "name one of them otherwise with 'columns: {name: column}'");
    return;
  }
  if (clip.size() == 2) signal = clipped(signal, clip[0], clip[1]);
  reading.run.inputs.push_back(cut(signal, reading.run.duration));
}

void read_inputs(const Node& node, const RunReading& reading) {
  if (node.is_missing()) return;
  if (!node.is_list() && !node.is_map()) {
    reading.mistakes.add(node.place(),
                         "'inputs' of " + reading.where +
                             " needs a mapping or a list of mappings, got " + config::found(node));
    return;
  }
  for (const Node& block : node.is_list() ? node.items() : std::vector<Node>{node}) {
    if (block.is_map() && !block["events"].is_missing()) {
      read_events(block, reading);
    } else {
      read_sampled(block, reading);
    }
  }
}

}  // namespace insula::dataset::detail
