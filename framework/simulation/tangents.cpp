// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/tangents.h"

#include <algorithm>

#include "framework/numerics/parallel.h"

namespace insula::simulation {
namespace {

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

Chunk chunk_of(const System& system,
               const Eigen::VectorXd& theta,
               const std::size_t* direction,
               std::size_t lanes) {
  const auto& parameters = system.architecture.parameters;
  std::vector<Direction> of(parameters.size());
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (std::size_t l = 0; l < lanes; ++l)
      if (parameters[p].tied_to == system.free[direction[l]])
        of[p] = {static_cast<int>(l),
                 parameters[p].derivative(theta[static_cast<Eigen::Index>(direction[l])])};
  const Structure& structure = *system.structure;
  std::vector<char> reached(z(system.states), 0);
  for (const ParameterEntry& p : structure.drift.parameters)
    if (of[z(p.parameter)].lane != kNone) reached[z(p.row)] = 1;
  return make_chunk(structure, all_reached(structure.drift, std::move(reached)), of);
}

}  // namespace

LinearForm view(const ChunkForm& form, const double* stream, std::size_t width) {
  return {stream,
          width,
          static_cast<int>(form.row_start.size()) - 1,
          form.row_start.data(),
          form.entry.data(),
          form.column.data(),
          static_cast<int>(form.injection.size()),
          form.injection.data()};
}

std::vector<char> all_reached(const FormStructure& drift, std::vector<char> reached) {
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

Chunk make_chunk(const Structure& structure,
                 const std::vector<char>& reached,
                 const std::vector<Direction>& of) {
  Chunk chunk;
  chunk.place.assign(reached.size(), kNone);
  for (std::size_t s = 0; s < reached.size(); ++s)
    if (reached[s]) chunk.place[s] = chunk.rows++;
  chunk.drift = restricted(structure.drift, chunk.place, chunk.place, of);
  for (const FormStructure& output : structure.output)
    chunk.output.push_back(restricted(output, {0}, chunk.place, of));
  return chunk;
}

std::vector<std::vector<double>> carry(const Linearised& run,
                                       const Chunk& chunk,
                                       Restarts* restarts) {
  const Structure& structure = *run.system.structure;
  const Timeline& timeline = run.timeline;
  const Trajectory& trajectory = run.trajectory;
  std::vector<std::vector<double>> tangent(run.system.channels.size());
  std::vector<OutputForm> outputs;
  for (std::size_t c = 0; c < tangent.size(); ++c) {
    tangent[c].resize(z(timeline.channel_samples[c]) * kLanes);
    outputs.push_back(
        {view(chunk.output[c], run.streams.output[c].data(), structure.output[c].width()),
         tangent[c].data()});
  }
  std::vector<double> work((kStages + 4) * z(chunk.rows) * kLanes);
  Propagation task{view(chunk.drift, run.streams.drift.get(), structure.drift.width()),
                   trajectory.steps.data(),
                   trajectory.steps.size(),
                   trajectory.steps_until.data(),
                   timeline.first_sample.data(),
                   timeline.samples.data(),
                   timeline.time.size(),
                   trajectory.within.data(),
                   trajectory.within.size(),
                   outputs.data(),
                   work.data()};
  if (restarts != nullptr) {
    task.restarts = restarts->at.data();
    task.start = restarts->start.data();
    task.ends = restarts->ends.data();
  }
  kernels(run.system.isa).propagate(task);
  return tangent;
}

void carry_parameters(const Linearised& run,
                      const Eigen::VectorXd& theta,
                      const std::vector<std::size_t>& direction,
                      const std::vector<Eigen::Index>& column,
                      std::vector<Eigen::MatrixXd>& jacobian) {
  parallel_for((direction.size() + kLanes - 1) / kLanes, [&](std::size_t part) {
    const std::size_t first = part * kLanes;
    const std::size_t lanes = std::min(kLanes, direction.size() - first);
    const Chunk chunk = chunk_of(run.system, theta, direction.data() + first, lanes);
    const std::vector<std::vector<double>> tangent = carry(run, chunk, nullptr);
    for (std::size_t c = 0; c < tangent.size(); ++c)
      for (std::size_t l = 0; l < lanes; ++l)
        for (std::size_t s = 0; s < z(run.timeline.channel_samples[c]); ++s)
          jacobian[c](static_cast<Eigen::Index>(s), column[first + l]) = tangent[c][s * kLanes + l];
  });
}

}  // namespace insula::simulation
