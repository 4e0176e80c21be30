// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/stretches.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "framework/numerics/parallel.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

std::vector<std::vector<int>> places_of_samples(const Linearised& run, const Cuts& cuts) {
  const Timeline& timeline = run.timeline;
  std::vector<std::vector<int>> within;
  for (const int samples : timeline.channel_samples) within.emplace_back(z(samples), 0);
  std::vector<int> stretch_of;  // per segment
  for (std::size_t k = 0; k < z(timeline.segments()); ++k)
    stretch_of.push_back(k == 0 ? 0 : stretch_of.back() + (cuts.at[k] ? 1 : 0));
  const auto place = [&](const Sample& sample, int segment) {
    within[z(sample.channel)][z(sample.sample)] = stretch_of[z(segment)];
  };
  for (std::size_t point = 0; point < timeline.time.size(); ++point)
    for (int k = timeline.first_sample[point]; k < timeline.first_sample[point + 1]; ++k)
      place(timeline.samples[z(k)], std::max(0, static_cast<int>(point) - 1));
  for (const WithinStep& w : run.trajectory.within)
    place(w.sample, run.trajectory.steps[z(w.step)].segment);
  return within;
}

// A displacement or a stimulus: its lane, and what it reaches of the chunk's rows and the channels.
struct UnitChange {
  std::size_t lane = 0;
  std::vector<char> rows, channels;
};

bool have_in_common(const std::vector<char>& a, const std::vector<char>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] && b[i]) return true;
  return false;
}

// Displacements that reach nothing in common, as those of different regions' vessels, share a lane:
// what happens in it is told apart by where.
//
// source  Curtis, Powell & Reid 1974, J. Inst. Maths Applics 13:117
std::vector<UnitChange> unit_changes(const Structure& structure,
                                     const Chunk& chunk,
                                     std::size_t stimuli) {
  std::vector<UnitChange> all;
  std::vector<UnitChange> taken;  // by all that share a lane
  for (std::size_t s = 0; s < chunk.place.size(); ++s) {
    if (chunk.place[s] == kNone) continue;
    std::vector<char> from(chunk.place.size(), 0);
    from[s] = 1;
    const std::vector<char> reached = all_reached(structure.drift, std::move(from));
    UnitChange column{0, std::vector<char>(z(chunk.rows), 0), {}};
    for (std::size_t to = 0; to < reached.size(); ++to)
      if (reached[to]) column.rows[z(chunk.place[to])] = 1;
    for (const FormStructure& output : structure.output)
      column.channels.push_back(std::ranges::any_of(
          output.states, [&](const StateEntry& e) { return reached[z(e.column)] != 0; }));
    while (column.lane < taken.size() &&
           (have_in_common(taken[column.lane].rows, column.rows) ||
            have_in_common(taken[column.lane].channels, column.channels)))
      ++column.lane;
    if (column.lane == taken.size()) {
      taken.push_back(column);
    } else {
      UnitChange& lane = taken[column.lane];
      std::ranges::transform(lane.rows, column.rows, lane.rows.begin(), std::bit_or());
      std::ranges::transform(lane.channels, column.channels, lane.channels.begin(), std::bit_or());
    }
    all.push_back(std::move(column));
  }
  for (std::size_t r = 0; r < stimuli; ++r)
    all.push_back({taken.size() + r,
                   std::vector<char>(z(chunk.rows), 1),
                   std::vector<char>(structure.output.size(), 1)});
  return all;
}

}  // namespace

Cuts cuts_at(const Timeline& timeline, const std::vector<int>& inputs) {
  Cuts cuts{std::vector<char>(timeline.time.size(), 0), {}, {}};
  cuts.at.back() = timeline.segments() > 0 ? 1 : 0;
  for (int k = 0; k < timeline.segments(); ++k) {
    if (k > 0)
      cuts.at[z(k)] = timeline.jumps[z(k)] && std::ranges::any_of(inputs, [&](int i) {
                        return timeline.input(i, k) != timeline.input(i, k - 1);
                      });
    if (k > 0 && !cuts.at[z(k)]) continue;
    if (std::ranges::any_of(inputs, [&](int i) { return timeline.input(i, k) != 0; }))
      cuts.stimulus.push_back(static_cast<int>(cuts.segment.size()));
    cuts.segment.push_back(k);
  }
  return cuts;
}

Stretches stretches_of(const Linearised& run, const Cuts& cuts, const std::vector<int>& regions) {
  const System& system = run.system;
  const FormStructure& drift = system.structure->drift;
  const std::vector<Direction> none(system.architecture.parameters.size());
  std::vector<char> reached(z(system.states), 0);
  for (const StimulusEntry& e : drift.stimuli) reached[z(e.row)] = 1;
  const Chunk all = make_chunk(*system.structure, all_reached(drift, std::move(reached)), none);
  const std::vector<UnitChange> columns = unit_changes(*system.structure, all, regions.size());
  const auto n = z(all.rows);
  std::size_t lanes = 0;
  for (const UnitChange& column : columns) lanes = std::max(lanes, column.lane + 1);

  Stretches s;
  s.within = places_of_samples(run, cuts);
  s.end.assign(cuts.segment.size(), MatrixXd::Zero(all.rows, std::ssize(columns)));
  for (const int samples : run.timeline.channel_samples)
    s.sample.emplace_back(Stretches::RowMajor::Zero(samples, std::ssize(columns)));
  parallel_for((lanes + kLanes - 1) / kLanes, [&](std::size_t part) {
    const std::size_t first = part * kLanes;
    const auto is_here = [&](const UnitChange& c) { return c.lane / kLanes == part; };
    Chunk chunk = all;
    Restarts restarts{cuts.at, std::vector<double>(n * kLanes), {}};
    restarts.ends.resize(s.end.size() * n * kLanes);
    for (std::size_t row = 0; row < n; ++row)
      if (is_here(columns[row])) restarts.start[row * kLanes + columns[row].lane - first] = 1;
    for (std::size_t k = 0; k < drift.stimuli.size(); ++k)
      for (std::size_t r = 0; r < regions.size(); ++r)
        if (drift.stimuli[k].region == regions[r] && is_here(columns[n + r]))
          chunk.drift.injection.push_back(
              {chunk.place[z(drift.stimuli[k].row)],
               static_cast<int>(columns[n + r].lane - first),
               static_cast<int>(drift.states.size() + drift.parameters.size() + k),
               1});
    const std::vector<std::vector<double>> tangent = carry(run, chunk, &restarts);
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const UnitChange& column = columns[j];
      if (!is_here(column)) continue;
      const std::size_t lane = column.lane - first;
      for (std::size_t row = 0; row < n; ++row)
        for (std::size_t g = 0; g < s.end.size() && column.rows[row]; ++g)
          s.end[g](static_cast<Index>(row), static_cast<Index>(j)) =
              restarts.ends[(g * n + row) * kLanes + lane];
      for (std::size_t c = 0; c < tangent.size(); ++c)
        for (Index k = 0; k < s.sample[c].rows() && column.channels[c]; ++k)
          s.sample[c](k, static_cast<Index>(j)) = tangent[c][z(k) * kLanes + lane];
    }
  });
  return s;
}

}  // namespace insula::simulation
