// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/spm_run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "framework/simulation/timeline.h"

namespace insula::simulation {
namespace {

// Onsets that lie this little after a bin's start belong to it: k·bin and k·interval are rounded.
constexpr double kSameBin = 1e-9;  // s

void refuse_other_kinds(const System& system, Mistakes& mistakes) {
  for (const auto& region : system.architecture.regions)
    if (region.kind->name != "neuronal" && region.kind->name != "two_state")
      mistakes.add(region.place,
                   "SPM's integrators know regions of kind 'neuronal' and 'two_state'; '" +
                       region.name + "' is '" + std::string(region.kind->name) + "'",
                   "leave out 'compatibility: spm' to integrate the equations themselves");
  for (const auto& projection : system.architecture.projections)
    if (projection.kind->name == "saturating")
      mistakes.add(projection.place,
                   "SPM's integrators expand about rest, where '" +
                       to_text(system.architecture, projection) + "' cannot saturate",
                   "leave out 'compatibility: spm', or make it 'linear'");
  for (const auto& observation : system.architecture.observations)
    if (observation.kind->name != "bold")
      mistakes.add(observation.place,
                   "SPM's integrators know observations of kind 'bold'; '" + observation.name +
                       "' is '" + std::string(observation.kind->name) + "'");
  for (const LearnedNode& node : system.learned) {
    const auto& input = system.architecture.inputs[static_cast<std::size_t>(node.input)];
    mistakes.add(
        input.place,
        "SPM's integrators know no learners; input '" + input.name + "' holds a signal of one");
  }
  for (const auto& observation : system.architecture.observations)
    if (observation.loadings.of != architecture::Loadings::Of::own)
      mistakes.add(observation.place,
                   "SPM's integrators know a channel for each region; '" + observation.name +
                       "' has loadings");
  for (std::size_t i = 1; i < system.architecture.observations.size(); ++i)
    mistakes.add(system.architecture.observations[i].place,
                 "SPM's integrators take one recording; '" +
                     system.architecture.observations[i].name + "' is another");
}

int sample_bin(const System& system,
               const ChannelNode& channel,
               const dataset::Recording& recording,
               double bin) {
  const auto& observation = system.architecture.observations.front();
  const auto region = std::find(observation.regions.begin(),
                                observation.regions.end(),
                                static_cast<std::size_t>(channel.region));
  const std::string& name =
      observation.channels[static_cast<std::size_t>(region - observation.regions.begin())];
  const auto column = std::find(recording.channels.begin(), recording.channels.end(), name);
  const double delay = recording.time(0, column - recording.channels.begin());
  return std::max(static_cast<int>(std::lround(delay / bin)), 1);
}

}  // namespace

SpmRun spm_run(const System& system, const dataset::Run& run) {
  Mistakes mistakes;
  refuse_other_kinds(system, mistakes);
  mistakes.throw_if_any();
  timeline(system, run);  // refuses what the run lacks

  const dataset::Recording& recording =
      *run.recording(system.architecture.observations.front().name);
  SpmRun spm;
  spm.repetition_time = recording.interval;
  spm.bin = recording.interval / spm.bins_per_scan;
  spm.scans = static_cast<int>(recording.samples.rows());
  for (const ChannelNode& channel : system.channels) {
    spm.sample_bin.push_back(sample_bin(system, channel, recording, spm.bin));
    if (spm.sample_bin.back() > spm.bins_per_scan)
      mistakes.add(recording.place,
                   "SPM's integrators sample within a scan of the scan's start; '" + channel.name +
                       "' is sampled later");
  }
  mistakes.throw_if_any();

  const Eigen::Index bins = static_cast<Eigen::Index>(spm.scans) * spm.bins_per_scan;
  spm.input.resize(static_cast<Eigen::Index>(system.inputs.size()), bins);
  for (std::size_t i = 0; i < system.inputs.size(); ++i) {
    const dataset::StepSignal* signal = run.input(system.inputs[i]);
    for (Eigen::Index b = 0; b < bins; ++b)
      spm.input(static_cast<Eigen::Index>(i), b) =
          signal ? signal->at(static_cast<double>(b) * spm.bin + kSameBin) : 0;
  }
  return spm;
}

bool is_gated(const System& system) {
  return std::any_of(system.projections.begin(),
                     system.projections.end(),
                     [](const ProjectionNode& projection) { return !projection.gates.empty(); });
}

SpmGrid spm_grid(const SpmRun& run, int stops_per_scan) {
  const int bins = static_cast<int>(run.input.cols());
  std::vector<char> stops(static_cast<std::size_t>(bins) + 1, 0);
  const auto stop = [&](int bin) {
    if (bin <= bins) stops[static_cast<std::size_t>(bin)] = 1;
  };
  stop(1);
  for (int b = 1; b < bins; ++b)
    if (run.input.col(b) != run.input.col(b - 1)) stop(b + 1);
  for (int s = 0; s < run.scans; ++s)
    for (const int offset : run.sample_bin) stop(run.bins_per_scan * s + offset);
  // SPM places these by the first region's delay, up to the last scan's sample.
  for (int k = 0; stops_per_scan > 0 && k <= (run.scans - 1) * stops_per_scan; ++k)
    stop((k * run.bins_per_scan + stops_per_scan - 1) / stops_per_scan + run.sample_bin.front());

  SpmGrid grid;
  grid.moment.assign(stops.size(), kNone);
  std::map<std::vector<double>, int> levels;
  for (int b = 1; b <= bins; ++b) {
    if (!stops[static_cast<std::size_t>(b)]) continue;
    grid.moment[static_cast<std::size_t>(b)] = static_cast<int>(grid.bin.size());
    if (!grid.bin.empty()) grid.length.push_back(b - grid.bin.back());
    grid.bin.push_back(b);
    const auto u = run.input.col(b - 1);
    grid.level.push_back(
        levels.try_emplace({u.begin(), u.end()}, static_cast<int>(levels.size())).first->second);
  }
  grid.length.push_back(0);
  std::map<std::pair<int, int>, int> shares;
  for (std::size_t m = 0; m < grid.bin.size(); ++m) {
    const int next = static_cast<int>(shares.size());
    grid.share.push_back(shares.try_emplace({grid.level[m], grid.length[m]}, next).first->second);
    if (grid.share.back() == next) grid.uses.push_back(0);
    ++grid.uses[static_cast<std::size_t>(grid.share.back())];
  }
  grid.input.resize(run.input.rows(), static_cast<Eigen::Index>(levels.size()));
  for (const auto& [values, level] : levels)
    for (std::size_t i = 0; i < values.size(); ++i)
      grid.input(static_cast<Eigen::Index>(i), level) = values[i];
  return grid;
}

}  // namespace insula::simulation
