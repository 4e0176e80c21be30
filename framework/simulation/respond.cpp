// SPDX-License-Identifier: Apache-2.0
// Values, and exact sensitivities by tangents: the trajectory is solved once, every equation is
// linearised along it, and directions of parameter space are carried through it kLanes at a time.
#include <algorithm>
#include <memory>

#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/convolution.h"
#include "framework/simulation/detail/linearise.h"
#include "framework/simulation/response.h"

namespace insula::simulation {
namespace {

// A form as one chunk of directions sees it: only rows that the chunk's parameters reach.
struct ChunkForm {
  std::vector<int> row_start, entry, column;
  std::vector<Injection> injection;

  LinearForm view(const double* stream, std::size_t width) const {
    return {stream,
            width,
            static_cast<int>(row_start.size()) - 1,
            row_start.data(),
            entry.data(),
            column.data(),
            static_cast<int>(injection.size()),
            injection.data()};
  }
};

struct Chunk {
  ChunkForm drift;
  std::vector<ChunkForm> output;  // per channel
};

// Of each parameter of the architecture: which direction of the chunk it belongs to, and d
// value/dθ.
struct Direction {
  int lane = kNone;
  double factor = 0;
};

std::vector<char> reached_states(const FormStructure& drift,
                                 const std::vector<Direction>& of,
                                 std::size_t states) {
  std::vector<char> reached(states, 0);
  for (const ParameterEntry& p : drift.parameters)
    if (of[z(p.parameter)].lane != kNone) reached[z(p.row)] = 1;
  for (bool grew = true; grew;) {
    grew = false;
    for (const StateEntry& e : drift.states)
      if (reached[z(e.column)] && !reached[z(e.row)]) {
        reached[z(e.row)] = 1;
        grew = true;
      }
  }
  return reached;
}

// `row_of`, `column_of`: place among the chunk's rows and tangents; kNone: not there.
ChunkForm restricted(const FormStructure& form,
                     const std::vector<int>& row_of,
                     const std::vector<int>& column_of,
                     const std::vector<Direction>& of) {
  ChunkForm chunk;
  const auto rows = std::count_if(row_of.begin(), row_of.end(), [](int r) { return r != kNone; });
  std::size_t next = 0;
  for (int row = 0; row < static_cast<int>(row_of.size()); ++row) {
    const bool here = row_of[z(row)] != kNone;
    if (here) chunk.row_start.push_back(static_cast<int>(chunk.entry.size()));
    for (; next < form.states.size() && form.states[next].row == row; ++next)
      if (here && column_of[z(form.states[next].column)] != kNone) {
        chunk.entry.push_back(static_cast<int>(next));
        chunk.column.push_back(column_of[z(form.states[next].column)]);
      }
  }
  chunk.row_start.resize(static_cast<std::size_t>(rows) + 1, static_cast<int>(chunk.entry.size()));
  for (std::size_t k = 0; k < form.parameters.size(); ++k) {
    const Direction& d = of[z(form.parameters[k].parameter)];
    if (d.lane != kNone)
      chunk.injection.push_back({row_of[z(form.parameters[k].row)],
                                 d.lane,
                                 static_cast<int>(form.states.size() + k),
                                 d.factor});
  }
  return chunk;
}

Chunk make_chunk(const System& system,
                 const Eigen::VectorXd& theta,
                 std::size_t first,
                 std::size_t last) {
  const auto& parameters = system.architecture.parameters;
  std::vector<Direction> of(parameters.size());
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (std::size_t d = first; d < last; ++d)
      if (parameters[p].tied_to == system.free[d])
        of[p] = {static_cast<int>(d - first),
                 parameters[p].derivative(theta[static_cast<Eigen::Index>(d)])};

  const Structure& structure = *system.structure;
  const std::vector<char> reached = reached_states(structure.drift, of, z(system.states));
  std::vector<int> place(reached.size(), kNone);
  int rows = 0;
  for (std::size_t s = 0; s < reached.size(); ++s)
    if (reached[s]) place[s] = rows++;
  Chunk chunk{restricted(structure.drift, place, place, of), {}};
  for (const FormStructure& output : structure.output)
    chunk.output.push_back(restricted(output, {0}, place, of));
  return chunk;
}

struct Streams {
  std::unique_ptr<double[]> drift;  // left as it is until filled: megabytes that need no zeros
  std::vector<std::vector<double>> output;  // per channel
};

void carry(const System& system,
           const Timeline& timeline,
           const Trajectory& trajectory,
           const Streams& streams,
           const Eigen::VectorXd& theta,
           std::size_t first,
           std::vector<Eigen::MatrixXd>& jacobian) {
  const std::size_t last = std::min(first + kLanes, system.free.size());
  const Chunk chunk = make_chunk(system, theta, first, last);
  const Structure& structure = *system.structure;
  const std::size_t channels = system.channels.size();

  std::vector<std::vector<double>> tangent(channels);
  std::vector<OutputForm> outputs;
  for (std::size_t c = 0; c < channels; ++c) {
    tangent[c].resize(z(timeline.channel_samples[c]) * kLanes);
    outputs.push_back({chunk.output[c].view(streams.output[c].data(), structure.output[c].width()),
                       tangent[c].data()});
  }
  const LinearForm drift = chunk.drift.view(streams.drift.get(), structure.drift.width());
  std::vector<double> work((kStages + 4) * z(drift.rows) * kLanes);
  kernels(system.isa)
      .propagate({drift,
                  trajectory.steps.data(),
                  trajectory.steps.size(),
                  trajectory.steps_until.data(),
                  timeline.first_sample.data(),
                  timeline.samples.data(),
                  timeline.time.size(),
                  trajectory.within.data(),
                  trajectory.within.size(),
                  outputs.data(),
                  work.data()});
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t d = first; d < last; ++d)
      for (std::size_t s = 0; s < z(timeline.channel_samples[c]); ++s)
        jacobian[c](static_cast<Eigen::Index>(s), static_cast<Eigen::Index>(d)) =
            tangent[c][s * kLanes + d - first];
}

}  // namespace

Response respond_accurately(const System& system,
                            const Timeline& given,
                            const Eigen::VectorXd& theta,
                            bool with_jacobian,
                            const std::vector<Step>* replay,
                            std::vector<Step>* steps) {
  Response response;
  const std::vector<double> natural = system.natural(theta);
  const Timeline learned =
      given.held.empty() ? Timeline{} : with_signals(system, given, natural, with_jacobian);
  const Timeline& timeline = given.held.empty() ? given : learned;
  const Trajectory trajectory = integrate(system, timeline, natural, with_jacobian, replay);
  response.outcome = trajectory.outcome;
  if (steps) *steps = trajectory.steps;
  if (!trajectory.outcome.finished()) return response;

  const std::size_t channels = system.channels.size();
  Streams streams;
  streams.output.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    response.value.push_back(observe_samples(system,
                                             *system.structure,
                                             natural,
                                             trajectory,
                                             c,
                                             z(timeline.channel_samples[c]),
                                             with_jacobian ? &streams.output[c] : nullptr));
    if (!timeline.convolution[c].is_empty())
      response.value.back() = convolve(timeline.convolution[c], response.value.back());
  }
  if (!with_jacobian) return response;

  const std::size_t blocks = (trajectory.steps.size() * kStages + kLanes - 1) / kLanes;
  streams.drift =
      std::make_unique_for_overwrite<double[]>(blocks * system.structure->drift.width() * kLanes);
  constexpr std::size_t kBlocksPerTask = 64;
  parallel_for((blocks + kBlocksPerTask - 1) / kBlocksPerTask, [&](std::size_t task) {
    fill_drift_stream(system,
                      *system.structure,
                      timeline,
                      natural,
                      trajectory,
                      task * kBlocksPerTask,
                      std::min(blocks, (task + 1) * kBlocksPerTask),
                      streams.drift.get());
  });
  for (std::size_t c = 0; c < channels; ++c)
    response.jacobian.emplace_back(timeline.channel_samples[c],
                                   static_cast<Eigen::Index>(system.free.size()));
  parallel_for((system.free.size() + kLanes - 1) / kLanes, [&](std::size_t chunk) {
    carry(system, timeline, trajectory, streams, theta, chunk * kLanes, response.jacobian);
  });
  for (std::size_t c = 0; c < channels; ++c)
    if (!timeline.convolution[c].is_empty())
      response.jacobian[c] = convolve(timeline.convolution[c], response.jacobian[c]);
  return response;
}

Response respond(const System& system,
                 const Timeline& timeline,
                 const Eigen::VectorXd& theta,
                 bool with_jacobian) {
  return respond_accurately(system, timeline, theta, with_jacobian, nullptr, nullptr);
}

}  // namespace insula::simulation
