// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/pull_back.h"

#include <algorithm>

#include "framework/numerics/parallel.h"

namespace insula::simulation {
namespace {

using Eigen::Index;

// The parameter entries of a form that were asked for.
struct Pulls {
  std::vector<int> row, entry;
  std::vector<Index> parameter;  // its column
  std::vector<double> factor;    // d value / dθ
};

Pulls pulls_of(const System& system,
               const Eigen::VectorXd& theta,
               const std::vector<Index>& column_of,
               const FormStructure& form) {
  Pulls pulls;
  for (std::size_t k = 0; k < form.parameters.size(); ++k) {
    const ParameterEntry& p = form.parameters[k];
    if (column_of[z(p.parameter)] < 0) continue;
    const architecture::Parameter& parameter = system.architecture.parameters[z(p.parameter)];
    const auto root = std::ranges::lower_bound(system.free, parameter.tied_to);
    pulls.row.push_back(p.row);
    pulls.entry.push_back(static_cast<int>(form.states.size() + k));
    pulls.parameter.push_back(column_of[z(p.parameter)]);
    pulls.factor.push_back(parameter.derivative(theta[root - system.free.begin()]));
  }
  return pulls;
}

PullForm pull_form(const Pulls& pulls, const LinearForm& form, std::vector<double>& slope) {
  slope.assign(pulls.row.size() * kLanes, 0.0);
  return {
      form, static_cast<int>(pulls.row.size()), pulls.row.data(), pulls.entry.data(), slope.data()};
}

// samples × kLanes; empty if no set has weights for the channel.
std::vector<double> blocked(std::span<const SampleWeights> sets, std::size_t channel) {
  std::vector<double> all;
  for (std::size_t l = 0; l < sets.size(); ++l) {
    const Eigen::VectorXd& weight = sets[l][channel];
    if (weight.size() == 0) continue;
    all.resize(z(weight.size()) * kLanes, 0.0);
    for (Index i = 0; i < weight.size(); ++i) all[z(i) * kLanes + l] = weight[i];
  }
  return all;
}

}  // namespace

bool can_be_reversed(const Linearised& run) {
  return run.trajectory.within.empty() &&
         std::ranges::all_of(run.timeline.convolution,
                             [](const Convolution& c) { return c.is_empty(); });
}

Eigen::MatrixXd carry_back(const Linearised& run,
                           const Eigen::VectorXd& theta,
                           const std::vector<Index>& column_of,
                           Index parameters,
                           std::span<const SampleWeights> sets) {
  const System& system = run.system;
  const Structure& structure = *system.structure;
  const std::vector<Direction> none(system.architecture.parameters.size());
  const Chunk chunk = make_chunk(structure, std::vector<char>(z(system.states), 1), none);
  const Pulls drift = pulls_of(system, theta, column_of, structure.drift);
  std::vector<Pulls> output;
  for (const FormStructure& form : structure.output)
    output.push_back(pulls_of(system, theta, column_of, form));

  Eigen::MatrixXd slope = Eigen::MatrixXd::Zero(parameters, static_cast<Index>(sets.size()));
  parallel_for((sets.size() + kLanes - 1) / kLanes, [&](std::size_t part) {
    const std::size_t first = part * kLanes;
    const auto lanes = sets.subspan(first, std::min(kLanes, sets.size() - first));
    std::vector<double> of_drift;
    std::vector<std::vector<double>> of_output(output.size()), weight;
    std::vector<WeighedOutput> outputs;
    for (std::size_t c = 0; c < output.size(); ++c) {
      weight.push_back(blocked(lanes, c));
      const LinearForm form =
          view(chunk.output[c], run.streams.output[c].data(), structure.output[c].width());
      outputs.push_back({pull_form(output[c], form, of_output[c]),
                         weight[c].empty() ? nullptr : weight[c].data()});
    }
    std::vector<double> work((kStages + 2) * z(chunk.rows) * kLanes);
    const LinearForm form = view(chunk.drift, run.streams.drift.get(), structure.drift.width());
    kernels(system.isa)
        .reverse({pull_form(drift, form, of_drift),
                  run.trajectory.steps.data(),
                  run.trajectory.steps_until.data(),
                  run.timeline.first_sample.data(),
                  run.timeline.samples.data(),
                  run.timeline.time.size(),
                  outputs.data(),
                  work.data()});
    const auto collect = [&](const Pulls& pulls, const std::vector<double>& from) {
      for (std::size_t k = 0; k < pulls.row.size(); ++k)
        for (std::size_t l = 0; l < lanes.size(); ++l)
          slope(pulls.parameter[k], static_cast<Index>(first + l)) +=
              pulls.factor[k] * from[k * kLanes + l];
    };
    collect(drift, of_drift);
    for (std::size_t c = 0; c < output.size(); ++c) collect(output[c], of_output[c]);
  });
  return slope;
}

}  // namespace insula::simulation
