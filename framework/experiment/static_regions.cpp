// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/static_regions.h"

#include <algorithm>
#include <cmath>

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// What learners make of parameters that no belief survives is no number. The first trial with such
// an input, named as an equilibrium that is not reached; finished if there is none.
Outcome outcome_of_signals(const simulation::System& system,
                           const simulation::TrialInputs& inputs) {
  Index first_slope = 0;
  for (const simulation::LearnedNode& node : system.learned) {
    const auto value = inputs.value.row(node.input);
    for (Index t = 0; t < value.size(); ++t) {
      const bool moves = inputs.slope.size() > 0;
      if (std::isfinite(value[t]) &&
          (!moves || inputs.slope.col(t).segment(first_slope, node.parameters).allFinite()))
        continue;
      return {Outcome::Kind::unsettled,
              "what " + system.inputs[static_cast<std::size_t>(node.input)] + " drives on trial " +
                  std::to_string(t + 1),
              0,
              {}};
    }
    first_slope += node.parameters;
  }
  return {};
}

}  // namespace

bool is_static(const dataset::Run& run) { return !(run.duration > 0); }

bool acts_on_regions(const architecture::Architecture& architecture,
                     const architecture::Input& input) {
  return !input.drives.empty() || architecture::modulates(architecture, input.name);
}

Index count_of_columns(const architecture::Architecture& architecture) {
  std::size_t count = 0;
  for (const architecture::Input& input : architecture.inputs)
    count += architecture::columns_of(input).size();
  return static_cast<Index>(count);
}

MatrixXd held_inputs(const architecture::Architecture& architecture,
                     const dataset::Trials& trials) {
  const std::vector<std::size_t> in_use = trials.in_use();
  MatrixXd held = MatrixXd::Zero(count_of_columns(architecture), static_cast<Index>(in_use.size()));
  Index row = 0;
  for (const architecture::Input& input : architecture.inputs) {
    const bool is_known = !input.learned && acts_on_regions(architecture, input);
    for (const std::string& column : architecture::columns_of(input)) {
      const std::vector<double> values =
          is_known ? values_of(trials, column) : std::vector<double>();
      for (std::size_t t = 0; is_known && t < in_use.size(); ++t)
        held(row, static_cast<Index>(t)) = values[in_use[t]];
      ++row;
    }
  }
  return held;
}

std::vector<simulation::LearnerRows> rows_of_learners(
    const architecture::Architecture& architecture, const dataset::Subject& subject) {
  std::vector<simulation::LearnerRows> rows(architecture.learners.size());
  for (const architecture::Input& input : architecture.inputs) {
    if (!input.learned || !acts_on_regions(architecture, input)) continue;
    const std::size_t learner = input.learned->signal.learner;
    if (rows[learner].size() == 0)
      rows[learner] = simulation::learner_rows(subject, architecture.learners[learner]);
  }
  return rows;
}

simulation::Equilibrium StaticActivities::settle(const TrialProblem& problem) const {
  const simulation::TrialInputs inputs = simulation::with_signals(
      system_, problem.rows.input, problem.input_learners, system_.natural(theta_), with_slopes_);
  const Outcome signals = outcome_of_signals(system_, inputs);
  if (!signals.finished()) return {signals, {}, {}};
  return simulation::equilibrium(system_, inputs, theta_, with_slopes_);
}

std::vector<Moving> StaticActivities::of(const TrialProblem& problem) {
  const auto [at, is_new] = settled_.try_emplace(problem.observation->table);
  simulation::Equilibrium& settled = at->second;
  if (is_new) settled = settle(problem);
  if (!settled.outcome.finished()) {
    outcome_ = settled.outcome;
    return {};
  }
  std::vector<Index> movers;
  for (Index p = 0; p < system_.dynamic_parameters(); ++p) movers.push_back(p);
  for (const Index p : system_.learning_parameters()) movers.push_back(p);
  std::vector<Moving> all;
  for (const std::size_t region : problem.regions) {
    const auto value = settled.activity.col(static_cast<Index>(region));
    Moving moving{value.array().isFinite().select(value, 0), {}, MatrixXd()};
    if (with_slopes_) {
      moving.parameter = movers;
      moving.slope.resize(value.size(), static_cast<Index>(movers.size()));
      for (std::size_t p = 0; p < movers.size(); ++p) {
        const auto slope = settled.slope[region].col(movers[p]);
        moving.slope.col(static_cast<Index>(p)) = slope.array().isFinite().select(slope, 0);
      }
    }
    all.push_back(std::move(moving));
  }
  return all;
}

}  // namespace insula::experiment
