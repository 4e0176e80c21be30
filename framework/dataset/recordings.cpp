// SPDX-License-Identifier: Apache-2.0
// Recordings and their confounds.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

constexpr const char* kMissingConfound =
    "a confound is missing here, but confounds must be known at every sample";
// What 'missing' of confounds may say: the samples of their rows become missing.
const std::vector<std::string> kMissingConfounds = {"censor"};

Eigen::MatrixXd matrix(const Columns& file,
                       const std::vector<Chosen>& chosen,
                       const std::string& missing,
                       Sources& sources) {
  Eigen::MatrixXd values(static_cast<Eigen::Index>(file.rows()),
                         static_cast<Eigen::Index>(chosen.size()));
  for (std::size_t c = 0; c < chosen.size(); ++c) {
    const std::vector<double> column = sources.numbers(file, chosen[c].column, missing);
    values.col(static_cast<Eigen::Index>(c)) =
        Eigen::Map<const Eigen::VectorXd>(column.data(), values.rows());
  }
  return values;
}

void read_samples(const Columns& file,
                  const Node& channels,
                  const Grid& grid,
                  const Node& time,
                  Recording& recording,
                  const RunReading& reading) {
  const std::string what = "recording '" + recording.name + "'";
  std::vector<std::size_t> not_data;
  if (const auto column = check_time_column(time,
                                            file,
                                            grid,
                                            reading.where + "/" + recording.name,
                                            reading.sources,
                                            reading.mistakes,
                                            reading.doubts)) {
    not_data.push_back(*column);
  }
  const auto chosen = choose_columns(channels, file, what, not_data, reading.mistakes);
  if (file.rows() == 0) {
    reading.mistakes.add(recording.place,
                         what + " has no samples: '" + file.path() + "' has a header and no rows");
  }
  for (const Chosen& channel : chosen) recording.channels.push_back(channel.name);
  recording.samples = matrix(file, chosen, "", reading.sources);
}

// Samples whose confounds are not all known become missing: nothing is made up for them. What then
// stands in their rows has no effect; it is the column's mean, which is as inconspicuous as may be.
void censor_missing_confounds(Recording& recording) {
  Eigen::MatrixXd& confounds = recording.confounds;
  for (Eigen::Index row = 0; row < recording.samples.rows(); ++row)
    if (confounds.row(row).hasNaN()) recording.samples.row(row).setConstant(kNaN);
  for (Eigen::Index c = 0; c < confounds.cols(); ++c) {
    auto column = confounds.col(c).array();
    const auto known = !column.isNaN();
    const double mean =
        known.select(column, 0).sum() / std::max(1.0, static_cast<double>(known.count()));
    column = known.select(column, mean).eval();
  }
}

void read_confounds(const Node& node, Recording& recording, const RunReading& reading) {
  if (node.is_missing()) return;
  const std::string what = "the confounds of recording '" + recording.name + "'";
  Reader r(node, what, reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  const Node columns = r.any("columns");
  const bool censors = r.optional_choice("missing", kMissingConfounds).has_value();
  r.finish();
  if (!file) return;
  const auto chosen = choose_columns(columns, *file, what, {}, reading.mistakes);
  for (const Chosen& confound : chosen) recording.confound_names.push_back(confound.name);
  recording.confounds = matrix(*file, chosen, censors ? "" : kMissingConfound, reading.sources);
  if (recording.samples.rows() > 0 && recording.confounds.rows() != recording.samples.rows()) {
    r.mistake("file",
              what + " have " + std::to_string(recording.confounds.rows()) +
                  " rows, the recording has " + std::to_string(recording.samples.rows()) +
                  " samples");
    return;
  }
  if (censors) censor_missing_confounds(recording);
}

// One delay for all channels, or one for each by name.
void read_delays(const Node& node, Recording& recording, Mistakes& mistakes) {
  const std::string what = "'delay' of recording '" + recording.name + "'";
  recording.delay.assign(recording.channels.size(), 0);
  if (node.is_missing()) return;
  if (!node.is_map()) {
    const auto delay = read_quantity(node, what, Dimension::time, config::any_number, mistakes);
    recording.delay.assign(recording.channels.size(), delay.value_or(0));
    return;
  }
  std::map<std::string, double> delays;
  for (const Entry& entry : node.entries()) {
    const auto delay = read_quantity(entry.value,
                                     what + ", channel '" + entry.key + "',",
                                     Dimension::time,
                                     config::any_number,
                                     mistakes);
    delays[entry.key] = delay.value_or(0);
    bool is_channel = recording.channels.empty();  // then their mistake is told already
    for (const std::string& channel : recording.channels) is_channel |= channel == entry.key;
    if (!is_channel) {
      mistakes.add(entry.key_place,
                   what + " names '" + entry.key + "', which is no channel of it",
                   name_hint(entry.key, recording.channels));
    }
  }
  for (std::size_t c = 0; c < recording.channels.size(); ++c) {
    const auto it = delays.find(recording.channels[c]);
    if (it != delays.end()) {
      recording.delay[c] = it->second;
    } else {
      mistakes.add(node.place(), what + " lacks channel '" + recording.channels[c] + "'");
    }
  }
}

// Averages in bins, or cuts, as the keys say.
void within_run(Recording& recording,
                const std::optional<double>& bin,
                Reader& r,
                const RunReading& reading) {
  const double duration = reading.run.duration;
  if (recording.samples.rows() == 0 || !(duration > 0)) return;  // which is told
  if (bin && recording.confounds.cols() > 0) {
    r.mistake("bin", r.what() + " has both 'bin' and 'confounds', which are one a sample");
    return;
  }
  if (bin && r.has("cut")) {
    r.mistake("cut", r.what() + " has both 'bin' and 'cut', but bins are within the run anyway");
    return;
  }
  if (bin) average_in_bins(recording, *bin, duration);
  if (!bin) cut_to_run(recording, duration);
  if (recording.samples.rows() > 0) return;
  r.mistake(bin ? "bin" : "cut",
            r.what() + " has no " + (bin ? "bin" : "sample") + " within the run, which lasts " +
                short_number(duration, 6) + " s",
            bin ? "" : "'start' is the time of its first sample from the start of the run");
}

Recording read_recording(const Entry& entry, const RunReading& reading) {
  Recording recording;
  recording.name = entry.key;
  recording.place = entry.key_place;
  Reader r(entry.value, "recording '" + entry.key + "'", reading.mistakes);
  recording.modality = r.text("modality").value_or("");
  const auto file = reading.sources.open(r, "file");
  Grid grid;
  grid.interval = read_interval(r);
  grid.start = r.optional_quantity("start", Dimension::time).value_or(0);
  recording.start = grid.start;
  recording.interval = grid.interval.value_or(0);
  recording.unit = r.optional_text("unit").value_or("a.u.");
  const Node delay = r.any("delay"), channels = r.any("channels"), time = r.any("time");
  const Node confounds = r.optional_map("confounds"), censoring = r.optional_map("censor");
  const bool is_percent = r.optional_boolean("percent_of_mean").value_or(false);
  const bool is_cut = r.optional_boolean("cut").value_or(false);
  const double conversion = r.optional_number("conversion").value_or(1);
  const double offset = r.optional_number("offset").value_or(0);
  const auto bin = r.optional_quantity("bin", Dimension::time, config::positive);
  r.finish();
  if (file) read_samples(*file, channels, grid, time, recording, reading);
  // As NWB has it: numbers × conversion + offset are in the unit.
  if (conversion != 1) recording.samples *= conversion;
  if (offset != 0) recording.samples.array() += offset;
  read_delays(delay, recording, reading.mistakes);
  read_confounds(confounds, recording, reading);
  if (recording.confounds.cols() == 0) recording.confounds.resize(recording.samples.rows(), 0);
  censor(censoring, recording, reading);
  if (is_percent) to_percent_of_mean(recording, reading.mistakes);
  if (bin || is_cut) within_run(recording, bin, r, reading);
  return recording;
}

}  // namespace

void read_recordings(const Node& node, const RunReading& reading) {
  for (const Entry& entry : node.entries()) {
    if (!is_good_name(entry.key)) {
      reading.mistakes.add(
          entry.key_place, "a recording cannot be named '" + entry.key + "'", kGoodName);
    }
    reading.run.recordings.push_back(read_recording(entry, reading));
  }
}

}  // namespace insula::dataset::detail
