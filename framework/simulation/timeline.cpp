// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/timeline.h"

#include <algorithm>

#include "framework/base/text.h"
#include "framework/simulation/detail/convolution.h"

namespace insula::simulation {
namespace {

// Times nearer than this are one break point: sums of decimal intervals differ in the last digits.
constexpr double kSameTime = 1e-9;  // s

const dataset::StepSignal& find_input(const System& system,
                                      std::size_t index,
                                      const dataset::Run& run) {
  const auto& input = system.architecture.inputs[system.input_of[index]];
  const std::string& name = system.inputs[index];
  const dataset::StepSignal* signal = run.input(name);
  if (signal == nullptr) {
    std::vector<std::string> names;
    for (const auto& s : run.inputs) names.push_back(s.name);
    throw InputError(input.place,
                     "run '" + run.id + "' has no input '" + name + "'",
                     name_hint(name, names),
                     ExitCode::data);
  }
  return *signal;
}

struct Column {
  const dataset::Recording* recording;
  Eigen::Index channel;
};

Column find_column(const System& system, const ChannelNode& node, const dataset::Run& run) {
  const auto& observation =
      system.architecture.observations[static_cast<std::size_t>(node.observation)];
  const dataset::Recording* recording = run.recording(observation.name);
  if (recording == nullptr) {
    std::vector<std::string> names;
    for (const auto& r : run.recordings) names.push_back(r.name);
    throw InputError(observation.place,
                     "run '" + run.id + "' has no recording '" + observation.name + "'",
                     name_hint(observation.name, names),
                     ExitCode::data);
  }
  // What regions share channels is sampled at the same time in all of them.
  std::size_t position = 0;
  if (observation.loadings.of == architecture::Loadings::Of::own)
    while (observation.regions[position] != static_cast<std::size_t>(node.region)) ++position;
  const std::string& name = observation.channels[position];
  const auto found = std::find(recording->channels.begin(), recording->channels.end(), name);
  if (found == recording->channels.end())
    throw InputError(observation.place,
                     "recording '" + observation.name + "' has no channel '" + name + "'",
                     name_hint(name, recording->channels),
                     ExitCode::data);
  return {recording, found - recording->channels.begin()};
}

std::vector<char> used_inputs(const System& system) {
  std::vector<char> used(system.inputs.size(), 0);
  for (const DriveNode& d : system.drives) used[static_cast<std::size_t>(d.input)] = 1;
  for (const ProjectionNode& p : system.projections)
    for (const Weight& w : p.contexts) used[static_cast<std::size_t>(w.index)] = 1;
  return used;
}

// Where the stretches lie among the segments: a segment is within one if its middle is.
void hold(const System& system,
          const dataset::Run& run,
          const std::vector<std::vector<HeldStretch>>& stretches,
          Timeline& line) {
  const auto segment_from = [&](double time) {
    int first = 0, end = line.segments();
    while (first < end) {
      const int k = (first + end) / 2;
      const double middle = 0.5 * (line.time[static_cast<std::size_t>(k)] +
                                   line.time[static_cast<std::size_t>(k) + 1]);
      (middle < time ? first : end) = middle < time ? k + 1 : k;
    }
    return first;
  };
  for (std::size_t n = 0; n < stretches.size(); ++n)
    for (const HeldStretch& s : stretches[n]) {
      const HeldSignal held{static_cast<int>(n), s.row, segment_from(s.from), segment_from(s.to)};
      if (held.first == held.end) continue;
      line.held.push_back(held);
      line.jumps[static_cast<std::size_t>(held.first)] = 1;
      line.jumps[static_cast<std::size_t>(held.end)] = 1;
    }
  if (line.held.empty()) return;
  line.learner_rows.resize(system.architecture.learners.size());
  for (const HeldSignal& held : line.held) {
    const std::size_t l = system.learned[static_cast<std::size_t>(held.learned)].signal.learner;
    if (line.learner_rows[l].size() == 0)
      line.learner_rows[l] = learner_rows(run, system.architecture.learners[l]);
  }
}

}  // namespace

Timeline timeline(const System& system,
                  const dataset::Run& run,
                  const std::vector<std::vector<double>>& probe_times) {
  Timeline line;
  line.run = run.id;

  std::vector<Glimpse> taken;  // the integrator stops there
  const auto take = [&](const std::vector<double>& times, double later, bool stops) {
    const auto channel = static_cast<int>(line.channel_samples.size());
    line.channel_samples.push_back(static_cast<int>(times.size()));
    for (std::size_t i = 0; i < times.size(); ++i) {
      const double time = std::max(0.0, times[i] + later);
      const bool at_start = time <= kSameTime;
      (stops || at_start ? taken : line.glimpses)
          .push_back({at_start ? 0 : time, {channel, static_cast<int>(i)}});
    }
  };
  for (std::size_t c = 0; c < system.observed(); ++c) {
    const Column column = find_column(system, system.channels[c], run);
    const SampleTimes times =
        sample_times(system.channels[c].kind->kernel, *column.recording, column.channel);
    line.convolution.push_back(times.convolution);
    take(times.simulated,
         system.channels[c].kind->counts() ? 0.5 * column.recording->interval : 0,
         times.convolution.is_empty() && column.recording->interval >= kLongInterval);
  }
  for (std::size_t p = 0; p < system.probes.size(); ++p) {
    line.convolution.emplace_back();
    take(probe_times.empty() ? std::vector<double>{} : probe_times[p], 0, false);
  }
  std::ranges::stable_sort(taken, {}, &Glimpse::time);
  std::ranges::stable_sort(line.glimpses, {}, &Glimpse::time);
  const double end = std::max(taken.empty() ? 0 : taken.back().time,
                              line.glimpses.empty() ? 0 : line.glimpses.back().time);

  const std::vector<char> used = used_inputs(system);
  std::vector<std::vector<HeldStretch>> stretches;
  std::vector<const dataset::StepSignal*> signals(system.inputs.size(), nullptr);
  std::vector<double> times{0.0, end};
  for (const Glimpse& t : taken) times.push_back(t.time);
  for (std::size_t k = 0; k < signals.size(); ++k) {
    if (!used[k] || system.architecture.inputs[system.input_of[k]].learned) continue;
    signals[k] = &find_input(system, k, run);
    for (const double onset : signals[k]->onset)
      if (onset > 0 && onset < end) times.push_back(onset);
  }
  for (const LearnedNode& node : system.learned) {
    const auto k = static_cast<std::size_t>(node.input);
    stretches.emplace_back();
    if (!used[k]) continue;
    stretches.back() = stretches_of(system.architecture, system.architecture.inputs[k], run);
    for (const HeldStretch& s : stretches.back())
      for (const double edge : {s.from, s.to})
        if (edge > 0 && edge < end) times.push_back(edge);
  }
  std::sort(times.begin(), times.end());
  for (const double t : times)
    if (line.time.empty() || t - line.time.back() > kSameTime) line.time.push_back(t);

  line.input = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(signals.size()), line.segments());
  for (int k = 0; k < line.segments(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double middle = 0.5 * (line.time[at] + line.time[at + 1]);
    for (std::size_t i = 0; i < signals.size(); ++i)
      if (signals[i]) line.input(static_cast<Eigen::Index>(i), k) = signals[i]->at(middle);
  }

  line.jumps.assign(line.time.size(), 0);
  for (Eigen::Index k = 1; k < line.segments(); ++k)
    line.jumps[static_cast<std::size_t>(k)] = line.input.col(k) != line.input.col(k - 1);
  hold(system, run, stretches, line);
  std::size_t next = 0;
  for (const double t : line.time) {
    line.first_sample.push_back(static_cast<int>(next));
    while (next < taken.size() && taken[next].time <= t + kSameTime)
      line.samples.push_back(taken[next++].sample);
  }
  line.first_sample.push_back(static_cast<int>(next));
  return line;
}

}  // namespace insula::simulation
