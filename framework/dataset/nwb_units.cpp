// SPDX-License-Identifier: Apache-2.0
// Units of NWB: when each spiked, when it was watched, and in which region it lies.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/text.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kUnits = "units";
constexpr const char* kElectrodes = "general/extracellular_ephys/electrodes";
// Columns in which laboratories keep a unit's region.
constexpr const char* kRegionColumns[] = {"location", "brain_area", "brain_region", "region"};

std::string usable(const std::string& text) {
  std::string name = text;
  while (!name.empty() && name.back() == ' ') name.pop_back();
  const bool says_nothing = name == "unknown" || name == "n/a" || name == "None" || name == "nan";
  return says_nothing ? "" : name;
}

// The location of the first electrode of each unit; "" where nobody says.
std::vector<std::string> regions_by_electrodes(const NwbDynamicTable& units) {
  const Hdf5File& file = units.file();
  std::vector<std::string> regions(units.rows());
  if (!units.has("electrodes") || !file.find(kElectrodes)) return regions;
  const NwbDynamicTable electrodes(file, kElectrodes);
  if (!electrodes.has("location")) return regions;
  const auto locations = electrodes.plain("location");
  if (!locations || !locations->is_text) return regions;
  const std::vector<double> rows = column_of_numbers(file, units.path_of("electrodes"));
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  if (units.is_ragged("electrodes")) ranges = units.ranges("electrodes");
  for (std::size_t u = 0; u < units.rows(); ++u) {
    const std::size_t at = ranges.empty() ? u : ranges[u].first;
    if (at >= rows.size() || (!ranges.empty() && ranges[u].second == at)) continue;
    const double row = rows[at];
    if (!(row >= 0) || row >= static_cast<double>(electrodes.rows()) || row != std::floor(row))
      refuse_nwb(file,
                 "'" + units.path_of("electrodes") + "' names row " + number_text(row) +
                     " of the electrodes, which have " + std::to_string(electrodes.rows()) +
                     " rows");
    regions[u] = usable(locations->texts[static_cast<std::size_t>(row)]);
  }
  return regions;
}

std::vector<std::string> regions_of(const NwbDynamicTable& units) {
  for (const char* column : kRegionColumns) {
    if (!units.has(column)) continue;
    auto found = units.plain(column);
    if (!found || !found->is_text) continue;
    std::ranges::transform(found->texts, found->texts.begin(), usable);
    return found->texts;
  }
  return regions_by_electrodes(units);
}

std::vector<std::vector<double>> spike_times(const NwbDynamicTable& units, NwbSession& session) {
  const auto ranges = units.ranges("spike_times");
  const std::string path = units.path_of("spike_times");
  std::vector<std::vector<double>> times(units.rows());
  const bool is_empty = ranges.empty() || ranges.back().second == 0;
  if (is_empty) return times;
  const Array all = units.file().numbers(path);
  if (all.columns() != 1) refuse_nwb(units.file(), "'" + path + "' is no list of numbers");
  for (std::size_t u = 0; u < times.size(); ++u) {
    times[u].resize(ranges[u].second - ranges[u].first);
    if (times[u].empty()) continue;
    all.read_rows(ranges[u].first, ranges[u].second, std::span<double>(times[u]));
    for (const double time : times[u])
      if (!std::isfinite(time))
        refuse_nwb(units.file(),
                   "'" + path + "' holds " + time_text(time) + " in row " + std::to_string(u) +
                       ", which is no time");
    const auto [low, high] = std::ranges::minmax(times[u]);
    session.note_moments(low, high);
  }
  return times;
}

// When each unit was watched: pairs of times.
std::vector<std::vector<std::pair<double, double>>> watched(const NwbDynamicTable& units) {
  std::vector<std::vector<std::pair<double, double>>> seen;
  if (!units.is_ragged("obs_intervals")) return seen;
  const auto ranges = units.ranges("obs_intervals");
  if (ranges.empty() || ranges.back().second == 0) return seen;
  const Array all = units.file().numbers(units.path_of("obs_intervals"));
  if (all.columns() != 2)
    refuse_nwb(units.file(),
               "'" + units.path_of("obs_intervals") + "' has " + std::to_string(all.columns()) +
                   " columns, expected 2: from when to when a unit was watched");
  for (const auto& [begin, end] : ranges) {
    std::vector<double> numbers(2 * (end - begin));
    if (begin < end) all.read_rows(begin, end, std::span<double>(numbers));
    auto& intervals = seen.emplace_back();
    for (std::size_t i = 0; i < end - begin; ++i)
      intervals.emplace_back(numbers[2 * i], numbers[2 * i + 1]);
  }
  return seen;
}

// One channel a region with the spikes of all of its units.
NwbSession::Counted by_region(const NwbSession::Counted& units,
                              const std::vector<std::string>& regions) {
  NwbSession::Counted summed{"spikes", "spikes", {}, {}, {}};
  for (std::size_t u = 0; u < regions.size(); ++u) {
    if (regions[u].empty()) continue;
    const auto known = std::ranges::find(summed.channels, regions[u]);
    const auto r = static_cast<std::size_t>(known - summed.channels.begin());
    if (known == summed.channels.end()) {
      summed.channels.push_back(regions[u]);
      summed.times.emplace_back();
      if (!units.seen.empty()) summed.seen.push_back(units.seen[u]);
    }
    auto& times = summed.times[r];
    times.insert(times.end(), units.times[u].begin(), units.times[u].end());
    // A sum is known where all of its parts are; units of a region are watched together.
    if (!units.seen.empty() && summed.seen[r] != units.seen[u]) {
      std::vector<std::pair<double, double>> both;
      for (const auto& [a, b] : summed.seen[r])
        for (const auto& [c, d] : units.seen[u])
          if (std::max(a, c) < std::min(b, d)) both.emplace_back(std::max(a, c), std::min(b, d));
      summed.seen[r] = both;
    }
  }
  return summed;
}

}  // namespace

void read_nwb_units(NwbSession& session) {
  const auto group = session.file.find(kUnits);
  if (!group) return;
  const NwbDynamicTable units(session.file, kUnits);
  if (!units.has("spike_times") || units.rows() == 0) {
    session.notes.push_back("units have no spike_times, so nothing is counted");
    return;
  }
  if (!units.is_ragged("spike_times"))
    refuse_nwb(session.file,
               "'units/spike_times' has no 'units/spike_times_index'",
               "the index says where the spikes of each unit end; write the file with PyNWB or "
               "MatNWB");
  auto times = spike_times(units, session);
  auto seen = watched(units);
  const std::vector<std::string> all_regions = regions_of(units);
  const std::vector<double> ids = units.ids();
  NwbSession::Counted each{"units", "spikes", {}, {}, {}};
  std::vector<std::string> regions;  // of the channels
  std::map<std::string, std::size_t> in_region;
  for (std::size_t u = 0; u < units.rows(); ++u) {
    const std::string& region = all_regions[u];
    if (times[u].empty()) continue;
    each.channels.push_back((region.empty() ? "unit" : region) + "_" + number_text(ids[u]));
    each.times.push_back(std::move(times[u]));
    if (!seen.empty()) each.seen.push_back(std::move(seen[u]));
    regions.push_back(region);
    if (!region.empty()) ++in_region[region];
  }
  const std::size_t silent = units.rows() - each.channels.size();
  if (silent > 0)
    session.notes.push_back(std::to_string(silent) + " of " + std::to_string(units.rows()) +
                            (silent == 1 ? " units never spikes and is left out"
                                         : " units never spike and are left out"));
  if (each.channels.empty()) return;
  const bool has_several =
      std::ranges::any_of(in_region, [](const auto& region) { return region.second > 1; });
  if (has_several) session.counted.push_back(by_region(each, regions));
  session.counted.push_back(std::move(each));
}

}  // namespace insula::dataset::detail
