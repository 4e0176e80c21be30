// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/static_regions.h"

#include <algorithm>

namespace insula::experiment {

using Eigen::Index;
using Eigen::MatrixXd;

bool is_static(const dataset::Run& run) { return !(run.duration > 0); }

bool acts_on_regions(const architecture::Architecture& architecture,
                     const architecture::Input& input) {
  return !input.drives.empty() || architecture::modulates(architecture, input.name);
}

MatrixXd held_inputs(const architecture::Architecture& architecture,
                     const dataset::Trials& trials) {
  const std::vector<std::size_t> in_use = trials.in_use();
  MatrixXd held = MatrixXd::Zero(static_cast<Index>(architecture.inputs.size()),
                                 static_cast<Index>(in_use.size()));
  for (std::size_t i = 0; i < architecture.inputs.size(); ++i) {
    if (!acts_on_regions(architecture, architecture.inputs[i])) continue;
    const std::vector<double> values = values_of(trials, architecture.inputs[i].name);
    for (std::size_t t = 0; t < in_use.size(); ++t)
      held(static_cast<Index>(i), static_cast<Index>(t)) = values[in_use[t]];
  }
  return held;
}

std::vector<Moving> StaticActivities::of(const TrialProblem& problem) {
  const auto [at, is_new] = settled_.try_emplace(problem.observation->table);
  simulation::Equilibrium& settled = at->second;
  if (is_new) settled = simulation::equilibrium(system_, problem.rows.input, theta_, with_slopes_);
  if (!settled.outcome.finished()) {
    outcome_ = settled.outcome;
    return {};
  }
  std::vector<Moving> all;
  for (const std::size_t region : problem.regions) {
    const auto value = settled.activity.col(static_cast<Index>(region));
    Moving moving{value.array().isFinite().select(value, 0), {}, MatrixXd()};
    if (with_slopes_) {
      const auto slope = settled.slope[region].leftCols(system_.dynamic_parameters());
      moving.slope = slope.array().isFinite().select(slope, 0);
      for (Index p = 0; p < slope.cols(); ++p) moving.parameter.push_back(p);
    }
    all.push_back(std::move(moving));
  }
  return all;
}

}  // namespace insula::experiment
