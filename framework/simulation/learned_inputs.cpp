// SPDX-License-Identifier: Apache-2.0
// Inputs whose values learners give, at one parameter vector: in time, and in trials without time.
#include "framework/base/error.h"
#include "framework/simulation/equilibrium.h"
#include "framework/simulation/timeline.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Per learner of the architecture; empty for those without rows, which move no input.
std::vector<LearnerSignals> signals_of_learners(const System& system,
                                                const std::vector<LearnerRows>& rows,
                                                const std::vector<double>& natural,
                                                bool with_slopes) {
  std::vector<LearnerSignals> signals(rows.size());
  for (const LearnedNode& node : system.learned) {
    const std::size_t l = node.signal.learner;
    if (signals[l].value.size() > 0 || rows[l].size() == 0) continue;
    signals[l] = learner_signals(
        system.architecture.learners[l],
        rows[l],
        {natural.data() + node.first_parameter, static_cast<std::size_t>(node.parameters)},
        with_slopes);
  }
  return signals;
}

// Where ∂u/∂p of each of System::learned begin, and behind them how many rows there are.
std::vector<Index> slope_rows(const System& system) {
  std::vector<Index> first{0};
  for (const LearnedNode& node : system.learned) first.push_back(first.back() + node.parameters);
  return first;
}

}  // namespace

Timeline with_signals(const System& system,
                      const Timeline& timeline,
                      const std::vector<double>& natural,
                      bool with_slopes) {
  Timeline line = timeline;
  const std::vector<LearnerSignals> signals =
      signals_of_learners(system, line.learner_rows, natural, with_slopes);
  const std::vector<Index> first_slope = slope_rows(system);
  if (with_slopes) line.input_slope = MatrixXd::Zero(first_slope.back(), line.segments());
  for (const HeldSignal& held : line.held) {
    const auto n = static_cast<std::size_t>(held.learned);
    const LearnedNode& node = system.learned[n];
    const LearnerSignals& of = signals[node.signal.learner];
    const auto row = static_cast<Index>(held.row);
    const Index count = held.end - held.first;
    line.input.row(node.input).segment(held.first, count).array() +=
        of.value(row, node.signal.signal);
    if (!with_slopes) continue;
    const MatrixXd& slope = of.slope[static_cast<std::size_t>(node.signal.signal)];
    line.input_slope.block(first_slope[n], held.first, node.parameters, count).colwise() +=
        slope.row(row).transpose();
  }
  return line;
}

TrialInputs with_signals(const System& system,
                         const MatrixXd& known,
                         const std::vector<LearnerRows>& learner_rows,
                         const std::vector<double>& natural,
                         bool with_slopes) {
  TrialInputs inputs{known, {}};
  if (system.learned.empty()) return inputs;
  const std::vector<LearnerSignals> signals =
      signals_of_learners(system, learner_rows, natural, with_slopes);
  const std::vector<Index> first_slope = slope_rows(system);
  if (with_slopes) inputs.slope = MatrixXd::Zero(first_slope.back(), known.cols());
  for (std::size_t n = 0; n < system.learned.size(); ++n) {
    const LearnedNode& node = system.learned[n];
    const LearnerSignals& of = signals[node.signal.learner];
    if (of.value.size() == 0) continue;
    if (of.value.rows() != known.cols())
      throw InternalError("with_signals: a learner learned from other trials than are settled");
    inputs.value.row(node.input) = of.value.col(node.signal.signal).transpose();
    if (with_slopes)
      inputs.slope.middleRows(first_slope[n], node.parameters) =
          of.slope[static_cast<std::size_t>(node.signal.signal)].transpose();
  }
  return inputs;
}

}  // namespace insula::simulation
