// SPDX-License-Identifier: Apache-2.0
// Recordings and their confounds.
#include <cmath>
#include <map>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

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

void read_confounds(const Node& node, Recording& recording, const RunReading& reading) {
  if (node.is_missing()) return;
  const std::string what = "the confounds of recording '" + recording.name + "'";
  Reader r(node, what, reading.mistakes);
  const auto file = reading.sources.open(r, "file");
  const Node columns = r.any("columns");
  r.finish();
  if (!file) return;
  const auto chosen = choose_columns(columns, *file, what, {}, reading.mistakes);
  for (const Chosen& confound : chosen) recording.confound_names.push_back(confound.name);
  recording.confounds =
      matrix(*file,
             chosen,
             "a confound is missing here, but confounds must be known at every sample",
             reading.sources);
  if (recording.samples.rows() > 0 && recording.confounds.rows() != recording.samples.rows()) {
    r.mistake("file",
              what + " have " + std::to_string(recording.confounds.rows()) +
                  " rows, the recording has " + std::to_string(recording.samples.rows()) +
                  " samples");
  }
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
  const Node confounds = r.optional_map("confounds");
  r.finish();
  if (file) read_samples(*file, channels, grid, time, recording, reading);
  read_delays(delay, recording, reading.mistakes);
  read_confounds(confounds, recording, reading);
  if (recording.confounds.cols() == 0) recording.confounds.resize(recording.samples.rows(), 0);
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
